//! The whole database: every object of every domain.
//!
//! Says nothing about how it came to be.

use std::collections::{BTreeMap, BTreeSet};

use super::{Deferred, Dialect, Enum, Object, Table, View};

/// A database's schema.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Schema {
    /// The dialect that its SQL texts are written in.
    pub dialect: Dialect,
    /// PostgreSQL extensions.
    pub extensions: BTreeSet<String>,
    /// SQL schemas that were created for its objects.
    pub schemas: BTreeSet<String>,
    /// Enumerated types by key.
    pub enums: BTreeMap<String, Enum>,
    /// Tables by key.
    pub tables: BTreeMap<String, Table>,
    /// Views by key.
    pub views: BTreeMap<String, View>,
    /// Objects that are tracked by their text, by key.
    pub objects: BTreeMap<String, Object>,
    /// What of these is only there until it is dropped.
    pub deferred: BTreeSet<Deferred>,
}

impl Schema {
    /// A database with nothing in it.
    #[must_use]
    pub fn empty(dialect: Dialect) -> Self {
        Self { dialect, ..Self::default() }
    }

    /// The SQL schemas that the objects live in.
    #[must_use]
    pub fn used_schemas(&self) -> BTreeSet<String> {
        let tables = self.tables.values().filter_map(|table| table.schema.clone());
        let enums = self.enums.values().filter_map(|item| item.schema.clone());
        let views = self.views.values().filter_map(|view| view.schema.clone());
        tables.chain(enums).chain(views).collect()
    }

    /// Every column whose type comes from the enum, as `(table key, column)`.
    pub fn columns_of_enum<'a>(&'a self, key: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.tables.iter().flat_map(move |(table, definition)| {
            let used = definition.columns.iter().filter(move |(_, column)| column.data_type.enum_key() == Some(key));
            used.map(move |(column, _)| (table.as_str(), column.as_str()))
        })
    }

    /// Every foreign key that points at a table from another one, as `(table key, constraint name)`.
    pub fn references_to<'a>(&'a self, target: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.tables.iter().filter(move |(table, _)| *table != target).flat_map(move |(table, definition)| {
            let keys = definition.foreign_keys.iter().filter(move |(_, key)| key.table == target);
            keys.map(move |(name, _)| (table.as_str(), name.as_str()))
        })
    }
}
