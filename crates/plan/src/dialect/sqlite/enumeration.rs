//! Enums: SQLite has none, so every column of one lists its values.
//!
//! An added or removed value is therefore a change of tables, see `alteration`.

use makemigrations_sql::{quote_identifier, quote_literal};

use crate::{
    model::{Column, DataType, Schema},
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
    let values: Vec<_> = values.iter().map(|value| quote_literal(value)).collect();
    Ok(Some(format!("CHECK ({} IN ({}))", quote_identifier(name), values.join(", "))))
}
