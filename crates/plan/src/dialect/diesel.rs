//! What Diesel sees of a database, for `schema.rs`: one question each, and every dialect's answer.
//!
//! Writes nothing.

use super::{postgres, sqlite};
use crate::{
    model::{Column, DataType, Dialect, Enum, Schema, Table},
    schema_rs::{Backend, CustomType, SqlType},
};

/// How columns of an enum are kept.
pub(crate) enum EnumStorage {
    /// In a type of its own.
    Type(CustomType),
    /// As text.
    Text,
}

/// The type of a column in `table!`.
///
/// # Errors
/// When `diesel print-schema` knows no type for it.
pub(crate) fn diesel_type(
    dialect: Dialect,
    schema: &Schema,
    rowid_is_bigint: bool,
    (table, name, column): (&Table, &str, &Column),
) -> Result<SqlType, String> {
    match dialect {
        Dialect::Postgres => Ok(postgres::diesel_type::diesel_type(schema, &column.data_type)),
        Dialect::Sqlite => sqlite::diesel_type::diesel_type(schema, rowid_is_bigint, table, name, column),
    }
}

/// The type of a column that a `schema.rs` declares.
///
/// # Errors
/// When the dialect has no such type.
pub(crate) fn from_diesel(dialect: Dialect, sql_type: &SqlType) -> Result<DataType, String> {
    match dialect {
        Dialect::Postgres => Ok(postgres::from_diesel::data_type(sql_type)),
        Dialect::Sqlite => sqlite::from_diesel::data_type(sql_type),
    }
}

/// How columns of an enum are kept.
pub(crate) fn enum_in_diesel(dialect: Dialect, key: &str, item: &Enum) -> EnumStorage {
    match dialect {
        Dialect::Postgres => EnumStorage::Type(postgres::diesel_type::enum_type(key, item)),
        Dialect::Sqlite => EnumStorage::Text,
    }
}

/// How values of an enum travel.
pub(crate) fn diesel_backend(dialect: Dialect) -> Backend {
    match dialect {
        Dialect::Postgres => Backend {
            path: "diesel::pg::Pg",
            to_sql: &["std::io::Write::write_all(out, self.as_str().as_bytes())?;"],
            raw_value: "diesel::pg::PgValue<'_>",
            from_sql: &["let text = std::str::from_utf8(bytes.as_bytes())?;"],
        },
        Dialect::Sqlite => Backend {
            path: "diesel::sqlite::Sqlite",
            to_sql: &["out.set_value(self.as_str());"],
            raw_value: "diesel::sqlite::SqliteValue<'_, '_, '_>",
            from_sql: &[
                "let text: std::string::String = diesel::deserialize::FromSql::<",
                "    diesel::sql_types::Text,",
                "    diesel::sqlite::Sqlite,",
                ">::from_sql(bytes)?;",
            ],
        },
    }
}

/// The SQL schema that a table is in; a dialect without them has only `public`.
pub(crate) fn sql_schema_in_diesel(dialect: Dialect, table: &Table) -> &str {
    match dialect {
        Dialect::Postgres => table.schema.as_deref().unwrap_or("public"),
        Dialect::Sqlite => "public",
    }
}

/// Whether `diesel print-schema` passes over tables of the name.
pub(crate) fn is_hidden_from_diesel(dialect: Dialect, name: &str) -> bool {
    let is_internal = match dialect {
        Dialect::Postgres => false,
        Dialect::Sqlite => name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("sqlite")),
    };
    is_internal || name.starts_with("__")
}

/// The columns of the primary key in the order in which Diesel gets them.
pub(crate) fn primary_key_in_diesel(dialect: Dialect, table: &Table) -> Vec<String> {
    match dialect {
        Dialect::Postgres => table.primary_key.iter().flat_map(|key| key.columns.clone()).collect(),
        Dialect::Sqlite => table.columns.keys().filter(|name| table.is_key(name)).cloned().collect(),
    }
}

/// The column that stands for the key of a table without one.
pub(crate) fn row_number(dialect: Dialect, table: &Table) -> Option<&'static str> {
    match dialect {
        Dialect::Postgres => None,
        Dialect::Sqlite => ROW_NUMBERS.into_iter().find(|name| !table.columns.contains_key(*name)),
    }
}

/// SQLite's names of the column that every table has, unless another one is called so.
const ROW_NUMBERS: [&str; 3] = ["rowid", "oid", "_rowid_"];

/// Whether a column of the name stands for the key of a table without one.
pub(crate) fn is_row_number(dialect: Dialect, name: &str) -> bool {
    match dialect {
        Dialect::Postgres => false,
        Dialect::Sqlite => ROW_NUMBERS.contains(&name),
    }
}

/// Whether the database keeps comments.
pub(crate) fn keeps_comments(dialect: Dialect) -> bool {
    match dialect {
        Dialect::Postgres => true,
        Dialect::Sqlite => false,
    }
}
