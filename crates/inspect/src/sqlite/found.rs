//! What has been found so far, with what all readers of tables need.
//!
//! Asks no database.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::model::Schema;

use super::names::Names;

#[derive(Debug)]
pub(super) struct Found {
    pub(super) schema: Schema,
    pub(super) names: Names,
    pub(super) unknown: BTreeSet<String>,
    /// Texts of `CREATE INDEX` by name.
    pub(super) indexes: BTreeMap<String, String>,
}

impl Found {
    /// What the snapshot format cannot express.
    pub(super) fn unknown(&mut self, line: impl Into<String>) {
        self.unknown.insert(line.into());
    }

    /// A given name; one that something else has as well is not the same in a snapshot.
    pub(super) fn given(&mut self, table: &str, name: &str) -> String {
        let own = self.names.given(name);
        if own != name {
            self.unknown(format!("the name `{name}` of a constraint of table `{table}`, which something else has too"));
        }
        own
    }
}
