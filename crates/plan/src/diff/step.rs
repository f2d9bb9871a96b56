//! The steps of a plan and their order.
//!
//! Comparing fills the steps in any order; only this file knows which step must come before which.

use super::{order, question::Question};
use crate::{
    model::Schema,
    operation::{CreateTable, DropTable, Operation},
};

/// Operations by step, in the order of the fields.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Tables, columns, constraints: first, so that everything else can use the new names.
    pub(super) renames: Vec<Operation>,
    /// Extensions, SQL schemas, enums, enum values.
    pub(super) foundations: Vec<Operation>,
    pub(super) drop_foreign_keys: Vec<Operation>,
    /// Indexes, unique constraints, checks, primary keys.
    pub(super) drop_constraints: Vec<Operation>,
    pub(super) create_tables: Vec<String>,
    /// Computed columns go before the columns that they read change.
    pub(super) drop_generated: Vec<Operation>,
    pub(super) add_columns: Vec<Operation>,
    pub(super) alter_columns: Vec<Operation>,
    pub(super) add_generated: Vec<Operation>,
    /// After additions: a backfill may read them.
    pub(super) drop_columns: Vec<Operation>,
    pub(super) add_constraints: Vec<Operation>,
    pub(super) add_foreign_keys: Vec<Operation>,
    pub(super) drop_tables: Vec<String>,
    /// Comments and domains.
    pub(super) remarks: Vec<Operation>,
    /// Enums, SQL schemas, extensions that nothing uses any more.
    pub(super) leftovers: Vec<Operation>,

    pub(super) questions: Vec<Question>,
    pub(super) refused: Vec<String>,
}

impl Steps {
    /// All of it in an order in which each operation finds what it needs.
    pub(super) fn into_operations(self, present: &Schema, target: &Schema) -> Vec<Operation> {
        let creates = order::parents_first(&target.tables, &self.create_tables).into_iter().map(|key| {
            let table = target.tables[&key].clone();
            Operation::from(CreateTable { key, table })
        });
        let mut drops = order::parents_first(&present.tables, &self.drop_tables);
        drops.reverse();
        // Dropped last, so that backfills can read the old tables, unless a new object needs one of their names.
        let early = self.names_return(present, target);
        let drops: Vec<_> = drops.into_iter().map(|key| Operation::from(DropTable { key })).collect();
        let (early_drops, late_drops) = if early { (drops, Vec::new()) } else { (Vec::new(), drops) };

        let mut operations = self.renames;
        operations.extend(self.drop_foreign_keys);
        operations.extend(self.drop_constraints);
        operations.extend(early_drops);
        operations.extend(self.foundations);
        operations.extend(creates);
        operations.extend(self.drop_generated);
        operations.extend(self.add_columns);
        operations.extend(self.alter_columns);
        operations.extend(self.add_generated);
        operations.extend(self.drop_columns);
        operations.extend(self.add_constraints);
        operations.extend(self.add_foreign_keys);
        operations.extend(late_drops);
        operations.extend(self.remarks);
        operations.extend(self.leftovers);
        operations
    }

    /// Whether a name of a dropped table, of its constraints or indexes is used again.
    fn names_return(&self, present: &Schema, target: &Schema) -> bool {
        let names = |schema: &Schema, key: &String| -> Vec<String> {
            schema.tables.get(key).map_or_else(Vec::new, |table| {
                let key = table.primary_key.iter().map(|key| key.name.clone());
                let named = table.unique.keys().chain(table.indexes.keys()).cloned();
                key.chain(named).chain([table.name.clone()]).collect()
            })
        };
        let dropped: Vec<_> = self.drop_tables.iter().flat_map(|key| names(present, key)).collect();
        !dropped.is_empty()
            && target.tables.keys().any(|key| names(target, key).iter().any(|name| dropped.contains(name)))
    }
}
