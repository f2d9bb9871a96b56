//! Names of constraints inside a table: written only when they are not the automatic ones.
//!
//! SQLite can rename a table and a column in place but never a constraint, and automatic names contain both. Left out,
//! there is nothing to rename; they would only show up in the messages of checks.

use std::collections::BTreeSet;

use makemigrations_sql::quote_identifier;

use crate::{
    model::{Dialect, Schema, Table, name, name::NameKind},
    operation::Operation,
};

/// The constraints of a table, by name, that have automatic names when the migration is done.
#[derive(Debug, Default)]
pub(super) struct Unnamed(BTreeSet<String>);

impl Unnamed {
    /// Those of `table`, which has the key `key` before the renames that are `later`; `end` is the schema
    /// after them.
    pub(super) fn of(table: &Table, key: &str, later: &[&Operation], end: &Schema) -> Self {
        let Some(last) = end.tables.get(key_after(later, key)) else { return Self::default() };
        let primary_key = table.primary_key.iter().map(|key| (NameKind::PrimaryKey, &key.name));
        let foreign_keys = table.foreign_keys.keys().map(|name| (NameKind::ForeignKey, name));
        let checks = table.checks.keys().map(|name| (NameKind::Check, name));
        let all = primary_key.chain(foreign_keys).chain(checks);
        let is_automatic =
            |(kind, name): &(NameKind, &String)| is_automatic_in(last, *kind, name_after(later, key, *kind, name));
        Self(all.filter(is_automatic).map(|(_, name)| name.clone()).collect())
    }

    /// `CONSTRAINT "name" `, or nothing for a name that is automatic, now or when the migration is done: nothing would
    /// rename it.
    pub(super) fn prefix(&self, table: &Table, kind: NameKind, name: &str, columns: &[String]) -> String {
        if self.0.contains(name) || is_automatic(table, kind, name, columns) {
            String::new()
        } else {
            format!("CONSTRAINT {} ", quote_identifier(name))
        }
    }
}

/// Whether an operation changes the name of a table or of what is written with one.
pub(super) fn renames(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::RenameTable(_)
            | Operation::RenamePrimaryKey(_)
            | Operation::RenameForeignKey(_)
            | Operation::RenameCheck(_)
    )
}

/// The name that a constraint of a table has after the operations.
fn name_after<'a>(operations: &[&'a Operation], key: &'a str, kind: NameKind, name: &'a str) -> &'a str {
    let (mut key, mut name) = (key, name);
    for operation in operations {
        let (table, from, to) = match (kind, operation) {
            (_, Operation::RenameTable(rename)) => {
                key = if rename.from == key { &rename.to } else { key };
                continue;
            }
            (NameKind::PrimaryKey, Operation::RenamePrimaryKey(rename)) => (&rename.table, &rename.from, &rename.to),
            (NameKind::ForeignKey, Operation::RenameForeignKey(rename)) => (&rename.table, &rename.from, &rename.to),
            (NameKind::Check, Operation::RenameCheck(rename)) => (&rename.table, &rename.from, &rename.to),
            _ => continue,
        };
        if table == key && from == name {
            name = to;
        }
    }
    name
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
