//! PostgreSQL's names of column types.
//!
//! Which casts exist is the model's business.

use crate::{
    dialect::text::qualified,
    model::{DataType, Schema},
};

/// The type in a column's definition.
pub(super) fn sql(schema: &Schema, data_type: &DataType) -> String {
    match data_type {
        DataType::Double => "double precision".to_owned(),
        DataType::Bytes => "bytea".to_owned(),
        DataType::Enum(key) => {
            let place = schema.enums.get(key).and_then(|item| item.schema.as_deref());
            qualified(place, key)
        }
        DataType::Array(element) => format!("{}[]", sql(schema, element)),
        DataType::Sql { sql, .. } => sql.clone(),
        DataType::Smallint
        | DataType::Integer
        | DataType::Bigint
        | DataType::Smallserial
        | DataType::Serial
        | DataType::Bigserial
        | DataType::Real
        | DataType::Numeric(_)
        | DataType::Boolean
        | DataType::Text
        | DataType::Varchar(_)
        | DataType::Char(_)
        | DataType::Citext
        | DataType::Date
        | DataType::Time(_)
        | DataType::Timetz(_)
        | DataType::Timestamp(_)
        | DataType::Timestamptz(_)
        | DataType::Interval(_)
        | DataType::Uuid
        | DataType::Json
        | DataType::Jsonb
        | DataType::Bit(_)
        | DataType::Varbit(_)
        | DataType::Postgres(_) => data_type.to_string(),
    }
}

/// The type of the stored values: a serial is an integer with a default.
pub(crate) fn storage(schema: &Schema, data_type: &DataType) -> String {
    sql(schema, &data_type.storage())
}
