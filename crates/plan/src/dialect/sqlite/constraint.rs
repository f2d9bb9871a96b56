//! Names of constraints inside a table: written only when they are not the automatic ones.
//!
//! SQLite can rename a table and a column in place but never a constraint, and automatic names contain both. Left out,
//! there is nothing to rename; they would only show up in the messages of checks.

use makemigrations_sql::quote_identifier;

use crate::{
    model::{Dialect, Table, name, name::NameKind},
    operation::Operation,
};

/// `CONSTRAINT "name" `, or nothing for an automatic name.
pub(super) fn prefix(table: &Table, kind: NameKind, name: &str, columns: &[String]) -> String {
    if is_automatic(table, kind, name, columns) {
        String::new()
    } else {
        format!("CONSTRAINT {} ", quote_identifier(name))
    }
}

/// Whether the constraint's name is the one it gets by itself. A check may have been declared on any one column.
pub(super) fn is_automatic(table: &Table, kind: NameKind, name: &str, columns: &[String]) -> bool {
    let automatic = |columns: &[&str]| name == name::automatic(Dialect::Sqlite, kind, &table.name, columns);
    match kind {
        NameKind::Check => table.columns.keys().any(|column| automatic(&[column])),
        NameKind::PrimaryKey | NameKind::Unique | NameKind::ForeignKey | NameKind::Index => {
            automatic(&columns.iter().map(String::as_str).collect::<Vec<_>>())
        }
    }
}

/// The same for a constraint that is known by its name; one that is not there has no name to keep.
pub(super) fn is_automatic_in(table: &Table, kind: NameKind, name: &str) -> bool {
    let columns = match kind {
        NameKind::PrimaryKey => {
            table.primary_key.as_ref().filter(|key| key.name == name).map(|key| key.columns.as_slice())
        }
        NameKind::ForeignKey => table.foreign_keys.get(name).map(|key| key.columns.as_slice()),
        NameKind::Unique => table.unique.get(name).map(|unique| unique.columns.as_slice()),
        NameKind::Check | NameKind::Index => Some([].as_slice()),
    };
    columns.is_none_or(|columns| is_automatic(table, kind, name, columns))
}

/// The key that the table had before the operations.
pub(super) fn key_before<'a>(operations: &[&'a Operation], key: &'a str) -> &'a str {
    operations.iter().rev().fold(key, |key, operation| {
        if let Operation::RenameTable(rename) = operation
            && rename.to == key
        {
            &rename.from
        } else {
            key
        }
    })
}

/// The key that the table has after the operations.
pub(super) fn key_after<'a>(operations: &[&'a Operation], key: &'a str) -> &'a str {
    operations.iter().fold(key, |key, operation| {
        if let Operation::RenameTable(rename) = operation
            && rename.from == key
        {
            &rename.to
        } else {
            key
        }
    })
}
