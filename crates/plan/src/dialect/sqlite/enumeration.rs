//! Enums: SQLite has none, so every column of one lists its values.
//!
//! An added, removed or renamed value is therefore a change of tables, see `alteration`; the enum's own name and order
//! are written nowhere but in that list.

use std::collections::BTreeMap;

use makemigrations_sql::{quote_identifier, quote_literal};

use crate::{
    model::{Column, DataType, Schema, Table},
    operation::Contradiction,
};

/// The check on a column of an enum's type; nothing for any other column. It has no name: SQLite's
/// message then names the column.
///
/// # Errors
/// When the enum does not exist.
pub(super) fn check(schema: &Schema, name: &str, column: &Column) -> Result<Option<String>, Contradiction> {
    let DataType::Enum(key) = &column.data_type else { return Ok(None) };
    let missing = || Contradiction(format!("enum `{key}` does not exist at this point"));
    let values = &schema.enums.get(key).ok_or_else(missing)?.values;
    Ok(Some(format!("CHECK ({} IN ({}))", quote_identifier(name), list(values))))
}

/// The labels of every column of the table that has an enum's type, by the column's name.
pub(super) fn labels(schema: &Schema, table: &Table) -> BTreeMap<String, Vec<String>> {
    let labels = |(name, column): (&String, &Column)| {
        let DataType::Enum(key) = &column.data_type else { return None };
        Some((name.clone(), schema.enums.get(key)?.values.clone()))
    };
    table.columns.iter().filter_map(labels).collect()
}

/// `'new', 'open'`
pub(super) fn list(labels: &[String]) -> String {
    labels.iter().map(|label| quote_literal(label)).collect::<Vec<_>>().join(", ")
}
