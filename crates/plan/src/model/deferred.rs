//! What has left the snapshots and is still in the database: its drop is deferred.
//!
//! It stays in the schema, which is what the database has; [`Schema::without_deferred`] is what programs may use.

use super::Schema;

/// A drop that is deferred.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deferred {
    /// Of a table, by its key.
    Table(String),
    /// Of a column, by the table's key and its name.
    Column(String, String),
    /// Of an enum, by its key.
    Enum(String),
}

impl Deferred {
    /// What it is of: `ticket.title`, `table note`, `enum state`.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Table(key) => format!("table {key}"),
            Self::Column(table, column) => format!("column {column} of {table}"),
            Self::Enum(key) => format!("enum {key}"),
        }
    }

    /// Whether it is a table, or a column of it.
    #[must_use]
    pub fn is_of_table(&self, table: &str) -> bool {
        match self {
            Self::Table(key) | Self::Column(key, _) => key == table,
            Self::Enum(_) => false,
        }
    }

    /// The same after the table `from` has got the key `to`.
    #[must_use]
    pub fn renamed(self, from: &str, to: &str) -> Self {
        match self {
            Self::Table(key) if key == from => Self::Table(to.to_owned()),
            Self::Column(key, column) if key == from => Self::Column(to.to_owned(), column),
            other => other,
        }
    }

    /// Whether it is in the schema.
    #[must_use]
    pub fn is_in(&self, schema: &Schema) -> bool {
        match self {
            Self::Table(key) => schema.tables.contains_key(key),
            Self::Column(table, column) => {
                schema.tables.get(table).is_some_and(|table| table.columns.contains_key(column))
            }
            Self::Enum(key) => schema.enums.contains_key(key),
        }
    }
}

impl Schema {
    /// The schema without what is to be dropped: what the snapshots are compared with.
    #[must_use]
    pub fn without_deferred(&self) -> Self {
        let mut schema = self.clone();
        for deferred in &self.deferred {
            match deferred {
                Deferred::Table(key) => drop(schema.tables.remove(key)),
                Deferred::Enum(key) => drop(schema.enums.remove(key)),
                Deferred::Column(table, column) => {
                    if let Some(table) = schema.tables.get_mut(table) {
                        table.columns.shift_remove(column);
                    }
                }
            }
        }
        if !schema.deferred.is_empty() {
            // One that only they are in is as good as gone.
            let (before, used) = (self.used_schemas(), schema.used_schemas());
            schema.schemas.retain(|name| used.contains(name) || !before.contains(name));
        }
        schema.deferred.clear();
        schema
    }
}
