//! The SQL that is offered where a change of type alters values: what the database would do by itself, written out.
//!
//! Decides nothing: a person takes it or writes another.

use makemigrations_sql::quote_identifier;

use crate::model::{DataType, Dialect};

/// What the database does by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The expression over the row.
    pub sql: String,
    /// What it does to values: `digits after the point are rounded`.
    pub alters: &'static str,
}

/// The expression for values of the column that become another type.
pub(super) fn sql(dialect: Dialect, from: &DataType, to: &DataType, column: &str) -> String {
    let column = quote_identifier(column);
    match dialect {
        Dialect::Postgres => format!("{column}::{}", postgres(&to.storage())),
        Dialect::Sqlite => sqlite(&from.storage(), &to.storage(), &column),
    }
}

/// PostgreSQL's spelling. Enums do not alter values, so they are not offered.
fn postgres(to: &DataType) -> String {
    match to {
        DataType::Double => "double precision".to_owned(),
        DataType::Bytes => "bytea".to_owned(),
        DataType::Array(element) => format!("{}[]", postgres(element)),
        other => other.to_string(),
    }
}

fn sqlite(from: &DataType, to: &DataType, column: &str) -> String {
    let is_moment = matches!(from, DataType::Timestamp(_) | DataType::Timestamptz(_));
    match to {
        DataType::Date if is_moment => format!("date({column})"),
        DataType::Time(_) if is_moment => format!("strftime('%H:%M:%f', {column})"),
        DataType::Boolean if from.is_integer() => format!("{column} <> 0"),
        DataType::Boolean => format!(
            "CASE WHEN lower(trim({column})) IN ('t', 'true', 'y', 'yes', 'on', '1') THEN 1 \
             WHEN lower(trim({column})) IN ('f', 'false', 'n', 'no', 'off', '0') THEN 0 ELSE {column} END"
        ),
        to if to.is_integer() && matches!(from, DataType::Real | DataType::Double | DataType::Numeric(_)) => {
            format!("CAST(round({column}) AS INTEGER)")
        }
        // The column's affinity does the rest, and what is none of its values is refused.
        _ => column.to_owned(),
    }
}
