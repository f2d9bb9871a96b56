//! Changes of a column's type, and the values that would not survive them.
//!
//! SQLite keeps any value in any column: `'abc'` stays what it is in a column that became `INTEGER`, and is read as 0. A
//! change of type refuses what PostgreSQL would refuse.

use crate::model::DataType;

/// The condition that holds for values of the quoted `column` which the type `to` cannot have; `None` when every value of
/// `from` is one of `to`.
pub(super) fn misfit(from: &DataType, to: &DataType, column: &str) -> Option<String> {
    if !from.narrows_to(to) {
        return None;
    }
    match to.storage() {
        DataType::Smallint => Some(beyond(column, i64::from(i16::MIN), i64::from(i16::MAX))),
        DataType::Integer => Some(beyond(column, i64::from(i32::MIN), i64::from(i32::MAX))),
        DataType::Bigint => Some(format!("typeof({column}) NOT IN ('integer', 'null')")),
        DataType::Real | DataType::Double | DataType::Numeric(_) => {
            Some(format!("typeof({column}) NOT IN ('integer', 'real', 'null')"))
        }
        DataType::Boolean => Some(format!("{column} NOT IN (0, 1)")),
        DataType::Varchar(Some(size)) | DataType::Char(size) => Some(format!("length({column}) > {size}")),
        DataType::Smallserial
        | DataType::Serial
        | DataType::Bigserial
        | DataType::Text
        | DataType::Varchar(None)
        | DataType::Citext
        | DataType::Bytes
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
        | DataType::Postgres(_)
        | DataType::Enum(_)
        | DataType::Array(_)
        | DataType::Sql { .. } => None,
    }
}

fn beyond(column: &str, least: i64, most: i64) -> String {
    format!("typeof({column}) NOT IN ('integer', 'null') OR {column} NOT BETWEEN {least} AND {most}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_go_wrong_is_looked_for() {
        assert_eq!(misfit(&DataType::Smallint, &DataType::Bigint, "a"), None);
        assert_eq!(misfit(&DataType::Integer, &DataType::Text, "a"), None);
        assert_eq!(misfit(&DataType::Text, &DataType::Varchar(Some(3)), "a").unwrap(), "length(a) > 3");
        assert_eq!(misfit(&DataType::Text, &DataType::Bigint, "a").unwrap(), "typeof(a) NOT IN ('integer', 'null')");
    }
}
