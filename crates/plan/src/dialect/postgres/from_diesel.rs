//! PostgreSQL's type for a column of a `schema.rs`: `diesel_type`, the other way around.
//!
//! What one type of Diesel's can come from several of, such as `integer` and `serial`, is the plainest of them.

use heck::{ToSnakeCase, ToUpperCamelCase};
use makemigrations_sql::quote_identifier;

use crate::{
    model::DataType,
    schema_rs::{CustomType, DieselType, SqlType},
    snapshot::known_type,
};

use super::diesel_type::is_in_catalog;

/// The type of a column.
pub(crate) fn data_type(sql_type: &SqlType) -> DataType {
    let element = element(&sql_type.element, sql_type.max_length);
    match (sql_type.is_array, element) {
        (false, element) => element,
        (true, DataType::Sql { sql, diesel }) => {
            let diesel = diesel.map(|path| format!("Array<Nullable<{path}>>"));
            DataType::Sql { sql: format!("{sql}[]"), diesel }
        }
        (true, element) => DataType::Array(Box::new(element)),
    }
}

fn element(element: &DieselType, max_length: Option<u32>) -> DataType {
    match element {
        DieselType::Known(name) => known(name, max_length).unwrap_or_else(|| named_alike(name)),
        DieselType::Path(path) => {
            match path.strip_prefix("diesel::sql_types::").and_then(|name| known(name, max_length)) {
                Some(known) if !matches!(known, DataType::Sql { .. }) => known,
                Some(_) | None => range(path).unwrap_or_else(|| named_alike(path)),
            }
        }
        DieselType::Custom(custom) => own(custom, max_length),
    }
}

/// A type of Diesel's.
fn known(name: &str, max_length: Option<u32>) -> Option<DataType> {
    let with_path = |sql: &str| DataType::Sql { sql: sql.to_owned(), diesel: Some(name.to_owned()) };
    Some(match name {
        "Int2" | "SmallInt" | "Smallint" => DataType::Smallint,
        "Int4" | "Integer" => DataType::Integer,
        "Int8" | "BigInt" | "Bigint" => DataType::Bigint,
        "SmallSerial" => DataType::Smallserial,
        "Serial" => DataType::Serial,
        "BigSerial" => DataType::Bigserial,
        "Float4" | "Float" => DataType::Real,
        "Float8" | "Double" => DataType::Double,
        "Numeric" | "Decimal" => DataType::Numeric(None),
        "Bool" => DataType::Boolean,
        "Text" => DataType::Text,
        "Varchar" | "VarChar" => DataType::Varchar(max_length),
        "Bpchar" => max_length.map_or_else(|| with_path("bpchar"), DataType::Char),
        "CChar" => with_path("\"char\""),
        "Citext" => DataType::Citext,
        "Bytea" | "Binary" => DataType::Bytes,
        "Date" => DataType::Date,
        "Time" => DataType::Time(None),
        "Timestamp" => DataType::Timestamp(None),
        "Timestamptz" => DataType::Timestamptz(None),
        "Interval" => DataType::Interval(None),
        "Uuid" => DataType::Uuid,
        "Json" => DataType::Json,
        "Jsonb" => DataType::Jsonb,
        "PgLsn" => DataType::Sql { sql: "pg_lsn".to_owned(), diesel: None },
        "MacAddr" => DataType::Postgres("macaddr"),
        "MacAddr8" => DataType::Postgres("macaddr8"),
        _ => {
            let own = DataType::POSTGRES_ONLY.into_iter().find(|own| own.to_upper_camel_case() == name)?;
            DataType::Postgres(own)
        }
    })
}

/// `Range<Integer>`, which `diesel print-schema` writes in one word.
fn range(path: &str) -> Option<DataType> {
    let of = path.strip_prefix("Range<")?.strip_suffix('>')?;
    let name = match of {
        "Int4" | "Integer" => "int4range",
        "Int8" | "BigInt" | "Bigint" => "int8range",
        "Numeric" => "numrange",
        "Timestamp" => "tsrange",
        "Timestamptz" => "tstzrange",
        "Date" => "daterange",
        _ => return None,
    };
    Some(DataType::Postgres(name))
}

/// A type that only the application knows: its SQL name is most likely that of the Rust type.
fn named_alike(path: &str) -> DataType {
    let name = path.rsplit("::").next().unwrap_or(path);
    DataType::Sql { sql: name.to_snake_case(), diesel: Some(path.to_owned()) }
}

/// A type that `sql_types` defines.
fn own(custom: &CustomType, max_length: Option<u32>) -> DataType {
    let CustomType { sql_schema, sql_name } = custom;
    if sql_schema.as_deref() == Some("pg_catalog") {
        match (sql_name.as_str(), max_length) {
            ("timetz", _) => return DataType::Timetz(None),
            ("bit", Some(length)) => return DataType::Bit(length),
            ("varbit", _) => return DataType::Varbit(max_length),
            (name, _) => {
                if let Some(known) = DataType::POSTGRES_ONLY.into_iter().find(|known| *known == name) {
                    return DataType::Postgres(known);
                }
            }
        }
    }
    let name = identifier(sql_name);
    let sql = match sql_schema.as_deref() {
        Some(schema) => format!("{}.{name}", identifier(schema)),
        // Alone it would be PostgreSQL's own.
        None if known_type(&name).is_some() || is_in_catalog(sql_name) => format!("public.{name}"),
        None => name,
    };
    DataType::Sql { sql, diesel: None }
}

fn identifier(name: &str) -> String {
    let is_plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain { name.to_owned() } else { quote_identifier(name) }
}
