//! Changes of a column's type: what becomes of its values, and which of them would not survive it.
//!
//! SQLite keeps any value in any column: `'abc'` stays what it is in a column that became `INTEGER`, and is read as 0. So
//! values are converted as PostgreSQL's casts do, and a change of type refuses what PostgreSQL would refuse. Where it is
//! deliberately different:
//! - a half is rounded away from zero, as PostgreSQL's `numeric` does; its floats round to the even neighbour;
//! - a `numeric` keeps its digits: SQLite does not hold any to precision and scale, and rolling back finds them again;
//! - the text of a float is SQLite's (`1.0`), and bytes become the text that they spell, so that rolling back is exact;
//! - what is text to SQLite anyway stays unchecked: dates, times, intervals, UUIDs.

use crate::model::DataType;

/// The SQL `value` of the type `from` as one of the type `to`; what SQLite's own affinity does is not said.
pub(super) fn value(from: &DataType, to: &DataType, value: String) -> String {
    let (from, to) = (from.storage(), to.storage());
    let is_text = |data_type: &DataType| {
        matches!(data_type, DataType::Text | DataType::Varchar(_) | DataType::Char(_) | DataType::Citext)
    };
    match (&from, &to) {
        // What is too large stays a float, and is refused as a misfit.
        (DataType::Real | DataType::Double | DataType::Numeric(_), to) if to.is_integer() => format!(
            "CASE WHEN typeof({value}) = 'real' AND abs({value}) < 9e18 THEN CAST(round({value}) AS INTEGER) \
             ELSE {value} END"
        ),
        (DataType::Boolean, to) if is_text(to) => {
            format!("CASE {value} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE {value} END")
        }
        (from, DataType::Boolean) if is_text(from) => format!(
            "CASE WHEN lower(trim({value})) IN ('t', 'true', 'y', 'yes', 'on', '1') THEN 1 \
             WHEN lower(trim({value})) IN ('f', 'false', 'n', 'no', 'off', '0') THEN 0 ELSE {value} END"
        ),
        (from, DataType::Boolean) if from.is_integer() => format!("{value} <> 0"),
        (DataType::Bytes, to) if is_text(to) => format!("CAST({value} AS TEXT)"),
        (from, DataType::Bytes) if is_text(from) => format!("CAST({value} AS BLOB)"),
        (DataType::Timestamp(_) | DataType::Timestamptz(_), DataType::Date) => {
            of_text(&value, &format!("date({value})"))
        }
        (DataType::Timestamp(_) | DataType::Timestamptz(_), DataType::Time(_)) => {
            of_text(&value, &format!("strftime('%H:%M:%f', {value})"))
        }
        (DataType::Date, DataType::Timestamp(_)) => of_text(&value, &format!("date({value}) || ' 00:00:00'")),
        (DataType::Date, DataType::Timestamptz(_)) => of_text(&value, &format!("date({value}) || ' 00:00:00+00:00'")),
        _ => value,
    }
}

/// A conversion for texts that SQLite's functions of date and time understand; any other value stays what it is.
fn of_text(value: &str, converted: &str) -> String {
    format!("CASE typeof({value}) WHEN 'text' THEN coalesce({converted}, {value}) ELSE {value} END")
}

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
        DataType::Json | DataType::Jsonb => Some(format!("NOT json_valid({column})")),
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
