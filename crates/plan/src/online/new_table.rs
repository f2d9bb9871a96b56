//! New tables whose foreign keys lock tables in use. Must not look at tables that are there already.

use std::collections::{BTreeMap, BTreeSet};

use super::expansion::Expansion;
use crate::operation::{AddForeignKey, CreateTable, Operation};

impl Expansion<'_> {
    /// How many tables in use the new tables point at.
    pub(super) fn parents_of_new_tables(&self, operations: &[Operation]) -> usize {
        let created = operations.iter().filter_map(|operation| match operation {
            Operation::CreateTable(create) => Some(&create.definition),
            _ => None,
        });
        let parents = created.flat_map(|table| table.foreign_keys.values().map(|key| key.table.as_str()));
        parents.filter(|parent| self.is_in_use(parent)).collect::<BTreeSet<_>>().len()
    }

    /// The table by itself, then each foreign key that locks a table in use: no transaction locks two of those.
    pub(super) fn create_table(&mut self, create: &CreateTable) {
        let mut bare = create.clone();
        let keys = std::mem::take(&mut bare.definition.foreign_keys);
        let (hot, own): (BTreeMap<_, _>, _) = keys.into_iter().partition(|(_, key)| self.is_in_use(&key.table));
        bare.definition.foreign_keys = own;
        self.at_once(bare);
        for (name, definition) in hot {
            let add = AddForeignKey { table: create.key.clone(), name, definition };
            self.later_as_always("foreign_key", add.into());
        }
    }
}
