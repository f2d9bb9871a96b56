//! SQLite's types as Diesel calls them: by words in the text of the type, in the order in which `diesel print-schema`
//! looks for them.
//!
//! Types that it stops at are errors here, so that the table can be left out.

use makemigrations_sql::{Dialect, tokens};

use super::{data_type, primary_key};
use crate::{
    model::{Column, DataType, Schema, Table},
    schema_rs::{DieselType, SqlType},
};

/// The type of a column.
///
/// # Errors
/// When `diesel print-schema` knows no type for it.
pub(crate) fn diesel_type(
    schema: &Schema,
    rowid_is_bigint: bool,
    table: &Table,
    name: &str,
    column: &Column,
) -> Result<SqlType, String> {
    if let DataType::Sql { diesel: Some(path), .. } = &column.data_type {
        return Ok(SqlType { element: DieselType::Path(path.clone()), is_array: false, max_length: None });
    }
    let text = match primary_key::is_counter(table, name, column) {
        true => "INTEGER".to_owned(),
        false => data_type::sql(&column.data_type).map_err(|error| error.to_string())?,
    };
    let text = text.to_lowercase();
    let has = |word: &str| text.contains(word);
    let is = |words: &[&str]| words.contains(&text.as_str());
    let name = if is(&["boolean", "bool"]) || has("tiny") && has("int") {
        "Bool"
    } else if is(&["int2"]) || has("small") && has("int") {
        "SmallInt"
    } else if is(&["int8"]) || has("big") && has("int") {
        "BigInt"
    } else if has("int") {
        let is_row_number = text == "integer" && is_row_number_of(table, name);
        if rowid_is_bigint && (is_row_number || references_row_number(schema, table, name)) {
            "BigInt"
        } else {
            "Integer"
        }
    } else if has("char") || has("clob") || has("text") {
        "Text"
    } else if has("blob") || has("binary") || text.is_empty() {
        "Binary"
    } else if has("float") || has("real") {
        "Float"
    } else if has("double") || has("num") || has("dec") {
        "Double"
    } else if is(&["datetime", "timestamp"]) {
        "Timestamp"
    } else if is(&["date"]) {
        "Date"
    } else if is(&["time"]) {
        "Time"
    } else {
        return Err(format!(
            "`diesel print-schema` knows no type for `{0}`; `type = {{ sql = \"{0}\", diesel = \"...\" }}` names one",
            text.to_uppercase()
        ));
    };
    Ok(SqlType::known(name))
}

/// Whether the column alone is the key of a table whose rows are numbered.
fn is_row_number_of(table: &Table, name: &str) -> bool {
    table.single_key() == Some(name) && has_row_numbers(table)
}

fn has_row_numbers(table: &Table) -> bool {
    let options = table.options.as_deref().unwrap_or_default();
    !tokens(options, Dialect::Sqlite).any(|token| token.is_word("rowid"))
}

fn references_row_number(schema: &Schema, table: &Table, name: &str) -> bool {
    let keys = table.foreign_keys.values().filter(|key| key.columns.iter().any(|column| column == name));
    let mut targets = keys.filter_map(|key| schema.tables.get(&key.table));
    targets
        .any(|target| target.primary_key.as_ref().is_none_or(|key| key.columns.len() == 1) && has_row_numbers(target))
}
