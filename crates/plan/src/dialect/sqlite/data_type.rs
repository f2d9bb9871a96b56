//! Column types as SQLite spells them: Diesel's own names where it has them.
//!
//! Counters, collations and the values of enums belong to the column.

use crate::{model::DataType, operation::Contradiction};

/// The type's name. What it is called decides how values are kept (SQLite's "affinity"): `INT` anywhere in the name makes
/// it an integer, `CHAR`, `CLOB` or `TEXT` a text, `BLOB` bytes, `REAL`, `FLOA` or `DOUB` a float, all else a number.
///
/// # Errors
/// When the type is PostgreSQL's alone.
pub(super) fn sql(data_type: &DataType) -> Result<String, Contradiction> {
    let sized = |name: &str, size: Option<u32>| match size {
        Some(size) => format!("{name}({size})"),
        None => name.to_owned(),
    };
    Ok(match data_type {
        DataType::Smallint | DataType::Smallserial => "SMALLINT".to_owned(),
        DataType::Integer | DataType::Serial => "INTEGER".to_owned(),
        DataType::Bigint | DataType::Bigserial => "BIGINT".to_owned(),
        DataType::Real => "REAL".to_owned(),
        DataType::Double => "DOUBLE".to_owned(),
        DataType::Numeric(None) => "NUMERIC".to_owned(),
        DataType::Numeric(Some((precision, None))) => format!("NUMERIC({precision})"),
        DataType::Numeric(Some((precision, Some(scale)))) => format!("NUMERIC({precision}, {scale})"),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Varchar(size) => sized("VARCHAR", *size),
        DataType::Char(size) => sized("CHAR", Some(*size)),
        // `UUID` and `BINARY` would be numbers to SQLite, and a UUID such as `1e100000-...` at risk of becoming one;
        // `INTERVAL` has `INT` in it.
        DataType::Text | DataType::Citext | DataType::Uuid | DataType::Interval(_) | DataType::Enum(_) => {
            "TEXT".to_owned()
        }
        DataType::Bytes => "BLOB".to_owned(),
        DataType::Date => "DATE".to_owned(),
        DataType::Time(_) | DataType::Timetz(_) => "TIME".to_owned(),
        DataType::Timestamp(_) => "TIMESTAMP".to_owned(),
        DataType::Timestamptz(_) => "TIMESTAMPTZ".to_owned(),
        DataType::Json => "JSON".to_owned(),
        DataType::Jsonb => "JSONB".to_owned(),
        DataType::Sql { sql, .. } => sql.clone(),
        DataType::Bit(_) | DataType::Varbit(_) | DataType::Postgres(_) | DataType::Array(_) => {
            return Err(Contradiction(format!("type `{data_type}` does not exist on SQLite")));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_text_becomes_a_number() {
        for data_type in [DataType::Uuid, DataType::Interval(None), DataType::Citext, DataType::Enum("status".into())] {
            assert_eq!(sql(&data_type).unwrap(), "TEXT");
        }
        assert_eq!(sql(&DataType::Numeric(Some((12, Some(2))))).unwrap(), "NUMERIC(12, 2)");
    }

    #[test]
    fn a_type_of_postgresql_is_refused_by_name() {
        let error = sql(&DataType::Array(Box::new(DataType::Text))).unwrap_err();
        assert_eq!(error.to_string(), "type `text[]` does not exist on SQLite");
    }
}
