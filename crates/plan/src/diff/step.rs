//! The steps of a plan and their order.
//!
//! Comparing fills the steps in any order; only this file knows which step must come before which.

use std::collections::BTreeSet;

use super::{question::Question, view};
use crate::{
    graph::{Needs, names_column, names_in, needed_first, parents_first},
    model::{Column, Schema},
    operation::{CreateTable, DropTable, Operation},
};

/// Operations by step, in the order of the fields.
#[derive(Debug, Default)]
pub(super) struct Steps {
    /// Enum values, under the recorded names.
    pub(super) add_values: Vec<Operation>,
    /// Views, and objects that no table needs; before the renames, because their texts use the old names.
    pub(super) drop_dependents: Vec<Operation>,
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
    /// After additions: a backfill may read them. Before the enum is made anew that one has, when none does.
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
    pub(super) create_dependents: Vec<Operation>,

    pub(super) questions: Vec<Question>,
    pub(super) refused: Vec<String>,
}

impl Steps {
    /// All of it in an order in which each operation finds what it needs.
    pub(super) fn into_operations(mut self, present: &Schema, target: &Schema) -> Vec<Operation> {
        let creates = self.creates(target);
        let mut drops = parents_first(&present.tables, &self.drop_tables);
        drops.reverse();
        // Dropped last, so that backfills can read the old tables, unless something needs them out of the way.
        let early = self.tables_hold_values(present);
        let drops: Vec<_> = drops.into_iter().map(|key| Operation::from(DropTable::new(key))).collect();
        let (early_drops, late_drops) = if early { (drops, Vec::new()) } else { (Vec::new(), drops) };
        let columns = std::mem::take(&mut self.drop_columns);
        let (early_columns, late_columns): (Vec<_>, Vec<_>) =
            columns.into_iter().partition(|drop| self.holds_values(present, drop));
        // It goes with its default, and comes back with it.
        self.drop_defaults.retain(|step| !early_columns.iter().any(|drop| is_of_same_column(step, drop)));

        let mut operations = self.add_values;
        operations.extend(self.drop_dependents);
        operations.extend(self.renames);
        operations.extend(self.drop_foreign_keys);
        operations.extend(self.drop_constraints);
        operations.extend(self.drop_generated);
        operations.extend(self.drop_defaults);
        operations.extend(self.rename_values);
        operations.extend(early_drops);
        operations.extend(early_columns);
        operations.extend(self.drop_objects);
        operations.extend(self.foundations);
        operations.extend(creates);
        operations.extend(self.add_columns);
        operations.extend(self.alter_columns);
        operations.extend(self.add_generated);
        operations.extend(late_columns);
        operations.extend(self.add_constraints);
        operations.extend(self.add_foreign_keys);
        operations.extend(late_drops);
        operations.extend(self.drop_needed_objects);
        operations.extend(self.leftovers);
        operations.extend(self.create_dependents);
        operations.extend(self.remarks);
        operations
    }

    /// Whether a column that goes has the type of an enum that is made anew, and nobody reads it before it goes. Then what
    /// its rows hold must not be in the way of the new type.
    fn holds_values(&self, present: &Schema, drop: &Operation) -> bool {
        let Operation::DropColumn(drop) = drop else { return false };
        let column = present.tables.get(&drop.table).and_then(|table| table.columns.get(&drop.column));
        column.is_some_and(|column| self.is_made_anew(column))
            && !self.fills().any(|text| names_column(present.dialect, text, &drop.column))
    }

    /// The same for the tables that go: all of them, or their foreign keys would be in each other's way.
    fn tables_hold_values(&self, present: &Schema) -> bool {
        let tables: Vec<_> = self.drop_tables.iter().filter_map(|key| present.tables.get(key)).collect();
        let mut columns = tables.iter().flat_map(|table| table.columns.values());
        columns.any(|column| self.is_made_anew(column))
            && !self
                .fills()
                .any(|text| tables.iter().any(|table| names_in(present.dialect, text).contains(&table.name)))
    }

    fn is_made_anew(&self, column: &Column) -> bool {
        let key = column.data_type.enum_key();
        let mut steps = self.foundations.iter();
        steps.any(|step| matches!(step, Operation::SetEnumValues(set) if Some(set.key.as_str()) == key))
    }

    /// What people have said of the values of columns that come or change.
    fn fills(&self) -> impl Iterator<Item = &String> {
        self.add_columns
            .iter()
            .chain(&self.alter_columns)
            .flat_map(|step| match step {
                Operation::AddColumn(add) => [add.backfill.as_ref(), None],
                Operation::AlterColumn(alter) => [alter.backfill.as_ref(), alter.using.as_ref()],
                _ => [None, None],
            })
            .flatten()
    }

    /// The new tables and the objects that they need, each after what it needs itself.
    fn creates(&self, target: &Schema) -> Vec<Operation> {
        let needs = |key: &str| match (target.tables.get(key), target.objects.get(key)) {
            (Some(table), _) => Needs::of_table(table),
            (None, Some(object)) => Needs { must: object.depends_on.clone(), should: BTreeSet::new() },
            (None, None) => Needs::default(),
        };
        let keys = self.create_tables.iter().chain(&self.create_objects).cloned().collect();
        let ordered = needed_first(keys, needs).into_iter();
        let create = |key: String| match target.tables.get(&key).cloned() {
            Some(table) => Some(CreateTable { key, definition: table }.into()),
            None => view::create(target, key),
        };
        ordered.filter_map(create).collect()
    }
}

fn is_of_same_column(altered: &Operation, dropped: &Operation) -> bool {
    match (altered, dropped) {
        (Operation::AlterColumn(alter), Operation::DropColumn(drop)) => {
            (&alter.table, &alter.column) == (&drop.table, &drop.column)
        }
        _ => false,
    }
}
