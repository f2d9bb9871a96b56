//! The steps of a plan and their order.
//!
//! Comparing fills the steps in any order; only this file knows which step must come before which.

use std::collections::BTreeSet;

use super::{
    order::{self, Needs},
    question::Question,
    view,
};
use crate::{
    model::Schema,
    operation::{CreateTable, DropTable, Operation},
};

/// Operations by step, in the order of the fields.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Enum values, under the recorded names.
    pub(super) add_values: Vec<Operation>,
    /// Views, and objects that no table needs; before the renames, because their texts use the old names.
    pub(super) unhook: Vec<Operation>,
    /// Tables, columns, constraints, enums: early, so that everything else can use the new names.
    pub(super) renames: Vec<Operation>,
    pub(super) drop_foreign_keys: Vec<Operation>,
    /// Indexes, unique constraints, checks, primary keys.
    pub(super) drop_constraints: Vec<Operation>,
    /// Computed columns go before the columns that they read change.
    pub(super) drop_generated: Vec<Operation>,
    /// Defaults that call an object which is made anew.
    pub(super) drop_defaults: Vec<Operation>,
    /// After everything that has a label in its text is out of the way.
    pub(super) rename_values: Vec<Operation>,
    /// Objects that tables need and that are made anew.
    pub(super) drop_objects: Vec<Operation>,
    /// Extensions, SQL schemas and what moves between them, enums.
    pub(super) foundations: Vec<Operation>,
    pub(super) create_tables: Vec<String>,
    /// Objects that tables need: created among the tables.
    pub(super) create_objects: Vec<String>,
    pub(super) add_columns: Vec<Operation>,
    pub(super) alter_columns: Vec<Operation>,
    pub(super) add_generated: Vec<Operation>,
    /// After additions: a backfill may read them.
    pub(super) drop_columns: Vec<Operation>,
    pub(super) add_constraints: Vec<Operation>,
    pub(super) add_foreign_keys: Vec<Operation>,
    pub(super) drop_tables: Vec<String>,
    /// Comments, domains, dependencies.
    pub(super) remarks: Vec<Operation>,
    /// Objects that no table needs any more.
    pub(super) drop_needed_objects: Vec<Operation>,
    /// Enums, SQL schemas, extensions that nothing uses any more.
    pub(super) leftovers: Vec<Operation>,
    /// Views, and objects that no table needs.
    pub(super) hook: Vec<Operation>,

    pub(super) questions: Vec<Question>,
    pub(super) refused: Vec<String>,
}

impl Steps {
    /// All of it in an order in which each operation finds what it needs.
    pub(super) fn into_operations(self, present: &Schema, target: &Schema) -> Vec<Operation> {
        let creates = self.creates(target);
        let mut drops = order::parents_first(&present.tables, &self.drop_tables);
        drops.reverse();
        // Dropped last, so that backfills can read the old tables, unless a new object needs one of their names.
        let early = self.names_return(present, target);
        let drops: Vec<_> = drops.into_iter().map(|key| Operation::from(DropTable { key })).collect();
        let (early_drops, late_drops) = if early { (drops, Vec::new()) } else { (Vec::new(), drops) };

        let mut operations = self.add_values;
        operations.extend(self.unhook);
        operations.extend(self.renames);
        operations.extend(self.drop_foreign_keys);
        operations.extend(self.drop_constraints);
        operations.extend(self.drop_generated);
        operations.extend(self.drop_defaults);
        operations.extend(self.rename_values);
        operations.extend(early_drops);
        operations.extend(self.drop_objects);
        operations.extend(self.foundations);
        operations.extend(creates);
        operations.extend(self.add_columns);
        operations.extend(self.alter_columns);
        operations.extend(self.add_generated);
        operations.extend(self.drop_columns);
        operations.extend(self.add_constraints);
        operations.extend(self.add_foreign_keys);
        operations.extend(late_drops);
        operations.extend(self.drop_needed_objects);
        operations.extend(self.leftovers);
        operations.extend(self.hook);
        operations.extend(self.remarks);
        operations
    }

    /// The new tables and the objects that they need, each after what it needs itself.
    fn creates(&self, target: &Schema) -> Vec<Operation> {
        let needs = |key: &str| match (target.tables.get(key), target.objects.get(key)) {
            (Some(table), _) => Needs::of_table(table),
            (None, Some(object)) => Needs { must: object.depends_on.clone(), should: BTreeSet::new() },
            (None, None) => Needs::default(),
        };
        let keys = self.create_tables.iter().chain(&self.create_objects).cloned().collect();
        let ordered = order::needed_first(keys, needs).into_iter();
        let create = |key: String| match target.tables.get(&key).cloned() {
            Some(table) => Some(CreateTable { key, table }.into()),
            None => view::create(target, key),
        };
        ordered.filter_map(create).collect()
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
