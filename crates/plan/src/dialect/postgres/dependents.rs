//! Dependents of a column or an enum type that is made anew: dropped before, re-created as they were.
//!
//! Says it in operations, so that every object is dropped and created in the one place that knows how.

use super::run;
use crate::{
    graph::{PartName, TablePart, table_parts},
    model::{Column, Dialect, Schema, Table},
    operation::{AddColumn, Contradiction, DropColumn, DropForeignKey, Operation, inverse},
};

/// Drops a column and adds it with another definition; everything on it goes before and comes back after. For computed
/// columns: their values come back by themselves.
pub(super) fn make_anew(
    schema: &Schema,
    table: &str,
    column: &str,
    definition: &Column,
) -> Result<Vec<String>, Contradiction> {
    let mut dependents = Dependents::default();
    if let Some(owner) = schema.tables.get(table) {
        dependents.everything_on(schema, table, owner, column);
    }
    let drops = dependents.into_operations();
    let back = inverse(schema, &drops)?;
    let (table, column, definition) = (table.to_owned(), column.to_owned(), definition.clone());
    let mut operations = drops;
    operations.push(DropColumn { table: table.clone(), column: column.clone() }.into());
    operations.push(AddColumn { table, column, definition, backfill: None }.into());
    operations.extend(back);
    run(&mut schema.clone(), &operations)
}

/// What holds on to an enum type: expressions over its columns, computed columns of it, foreign keys between its columns.
pub(super) fn of_enum(schema: &Schema, key: &str) -> Vec<Operation> {
    let mut dependents = Dependents::default();
    for (table, column) in schema.columns_of_enum(key) {
        let owner = &schema.tables[table];
        dependents.foreign_keys_on(schema, table, column);
        dependents.foreign_keys_over(schema, table, column);
        dependents.expressions_over(schema, table, owner, column);
    }
    dependents.into_operations()
}

/// Foreign keys that rest on a unique constraint or index which only carries the column along. PostgreSQL makes these anew
/// when the column's type changes, and forgets who rests on them.
pub(super) fn of_carried(schema: &Schema, table: &str, column: &str) -> Vec<Operation> {
    let mut dependents = Dependents::default();
    dependents.foreign_keys_over(schema, table, column);
    dependents.into_operations()
}

/// Drops in three heaps, each without duplicates.
#[derive(Default)]
struct Dependents {
    foreign_keys: Vec<Operation>,
    others: Vec<Operation>,
    columns: Vec<Operation>,
}

impl Dependents {
    /// In an order in which nothing that is dropped is still in use.
    fn into_operations(self) -> Vec<Operation> {
        self.foreign_keys.into_iter().chain(self.others).chain(self.columns).collect()
    }

    fn everything_on(&mut self, schema: &Schema, table: &str, owner: &Table, column: &str) {
        self.foreign_keys_on(schema, table, column);
        self.foreign_keys_over(schema, table, column);
        for part in table_parts(owner) {
            let is_on = part.all_columns().any(|known| known == column) || part.has_in_text(Dialect::Postgres, column);
            if is_on && !matches!(part.name, PartName::Generated(_)) {
                push(&mut self.others, part.drop_from(table));
            }
        }
    }

    fn expressions_over(&mut self, schema: &Schema, table: &str, owner: &Table, column: &str) {
        let over = |part: &TablePart<'_>| part.has_in_text(Dialect::Postgres, column);
        let (checks, others): (Vec<_>, Vec<_>) =
            table_parts(owner).into_iter().partition(|part| matches!(part.name, PartName::Check(_)));
        checks.iter().filter(|check| over(check)).for_each(|check| push(&mut self.others, check.drop_from(table)));
        for part in others {
            match part.name {
                PartName::Generated(name) if name == column || over(&part) => {
                    self.everything_on(schema, table, owner, name);
                    push(&mut self.columns, part.drop_from(table));
                }
                PartName::Index(_) | PartName::Exclusion(_) if over(&part) => {
                    push(&mut self.others, part.drop_from(table));
                }
                _ => {}
            }
        }
    }

    /// See [`of_carried`].
    fn foreign_keys_over(&mut self, schema: &Schema, table: &str, column: &str) {
        let Some(owner) = schema.tables.get(table) else { return };
        let carriers = table_parts(owner).into_iter().filter(|part| part.is_unique && part.included.contains(&column));
        let unique_columns: Vec<_> = carriers.map(|part| part.columns).collect();
        if unique_columns.is_empty() {
            return;
        }
        for (child, definition) in &schema.tables {
            for (name, key) in definition.foreign_keys.iter().filter(|(_, key)| key.table == table) {
                if unique_columns.iter().any(|columns| same(&key.references, columns)) {
                    push(&mut self.foreign_keys, DropForeignKey::new(child, name).into());
                }
            }
        }
    }

    /// The table's own keys with the column, and those of any table that point at it.
    fn foreign_keys_on(&mut self, schema: &Schema, table: &str, column: &str) {
        for (owner, definition) in &schema.tables {
            for (name, key) in &definition.foreign_keys {
                let from = owner == table && key.columns.iter().any(|known| known == column);
                let to = key.table == table && key.references.iter().any(|known| known == column);
                if from || to {
                    push(&mut self.foreign_keys, DropForeignKey::new(owner, name).into());
                }
            }
        }
    }
}

/// Whether both name the same columns, in any order.
fn same(columns: &[String], others: &[&str]) -> bool {
    columns.len() == others.len() && columns.iter().all(|column| others.contains(&column.as_str()))
}

fn push(heap: &mut Vec<Operation>, drop: Operation) {
    if !heap.contains(&drop) {
        heap.push(drop);
    }
}
