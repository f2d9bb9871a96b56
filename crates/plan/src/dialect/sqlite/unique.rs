//! Unique constraints: unique indexes.
//!
//! An index can be made and dropped without touching the table, and foreign keys may point at its columns just as well.

use makemigrations_sql::quote_identifier;

use crate::{
    dialect::text,
    model::{Table, Unique},
};

/// `CREATE UNIQUE INDEX`. Columns that are only carried along, deferred checking and equal `NULL`s do not exist here.
pub(super) fn create(table: &Table, name: &str, unique: &Unique) -> String {
    let (name, columns) = (quote_identifier(name), text::list(&unique.columns));
    format!("CREATE UNIQUE INDEX {name} ON {} ({columns})", quote_identifier(&table.name))
}
