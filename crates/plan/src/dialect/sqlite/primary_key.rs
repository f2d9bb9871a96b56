//! Primary keys: with the column when there is one, with the table when there are several.
//!
//! `INTEGER PRIMARY KEY` is the row's own number in SQLite and fills itself; with `AUTOINCREMENT` numbers of deleted rows
//! are never given out again.

use super::constraint::Unnamed;
use crate::{
    dialect::text,
    model::{Column, DataType, Table, name::NameKind},
};

/// `PRIMARY KEY` for the column that alone is the key.
pub(super) fn inline(table: &Table, unnamed: &Unnamed, name: &str, column: &Column) -> Option<String> {
    let key = table.primary_key.as_ref()?;
    table.single_key().filter(|single| *single == name)?;
    let named = unnamed.prefix(table, NameKind::PrimaryKey, &key.name, &key.columns);
    let counter = if is_counter(table, name, column) { " AUTOINCREMENT" } else { "" };
    Some(format!("{named}PRIMARY KEY{counter}"))
}

/// `PRIMARY KEY (...)` for a key of several columns.
pub(super) fn constraint(table: &Table, unnamed: &Unnamed) -> Option<String> {
    let key = table.primary_key.as_ref().filter(|key| key.columns.len() > 1)?;
    let named = unnamed.prefix(table, NameKind::PrimaryKey, &key.name, &key.columns);
    Some(format!("{named}PRIMARY KEY ({})", text::list(&key.columns)))
}

/// Whether the column is the key and counts by itself. SQLite has no other counters.
pub(super) fn is_counter(table: &Table, name: &str, column: &Column) -> bool {
    let counts = column.identity.is_some() || column.data_type.is_serial();
    counts && column.data_type.is_integer() && table.single_key() == Some(name)
}

/// Whether the column is the row's own number, which takes nothing but whole numbers.
pub(super) fn is_row_number(table: &Table, name: &str, column: &Column) -> bool {
    let is_integer = column.data_type.storage() == DataType::Integer && table.single_key() == Some(name);
    is_integer || is_counter(table, name, column)
}
