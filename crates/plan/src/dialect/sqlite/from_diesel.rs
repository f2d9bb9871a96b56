//! SQLite's type for a column of a `schema.rs`: `diesel_type`, the other way around.
//!
//! What one type of Diesel's can come from several of, such as `text` and `varchar(n)`, is the plainest of them.

use heck::ToShoutySnakeCase;

use crate::{
    model::DataType,
    schema_rs::{DieselType, SqlType},
};

/// The type of a column.
///
/// # Errors
/// When it is one of another database.
pub(crate) fn data_type(sql_type: &SqlType) -> Result<DataType, String> {
    let other = |name: &str| Err(format!("`{name}` is a type of another database than SQLite"));
    if sql_type.is_array {
        return other("Array");
    }
    let name = match &sql_type.element {
        DieselType::Known(name) => name,
        DieselType::Custom(custom) => return other(&custom.sql_name),
        DieselType::Path(path) => return Ok(with_path(path)),
    };
    Ok(match name.as_str() {
        "Bool" => DataType::Boolean,
        "SmallInt" | "Smallint" => DataType::Smallint,
        "Integer" => DataType::Integer,
        "BigInt" | "Bigint" => DataType::Bigint,
        "Text" | "VarChar" | "Varchar" => DataType::Text,
        "Binary" | "Blob" => DataType::Bytes,
        "Float" => DataType::Real,
        "Double" => DataType::Double,
        "Date" => DataType::Date,
        "Time" => DataType::Time(None),
        "Timestamp" => DataType::Timestamp(None),
        "TimestamptzSqlite" | "Json" | "Jsonb" => with_path(name),
        _ => return other(name),
    })
}

/// A type by its path: its name in the database is most likely that of the Rust type.
fn with_path(path: &str) -> DataType {
    let name = path.rsplit("::").next().unwrap_or(path);
    let sql = name.strip_suffix("Sqlite").unwrap_or(name).to_shouty_snake_case();
    DataType::Sql { sql, diesel: Some(path.to_owned()) }
}
