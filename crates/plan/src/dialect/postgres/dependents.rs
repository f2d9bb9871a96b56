//! Dependents of a column or an enum type that is made anew: dropped before, re-created as they were.
//!
//! Says it in operations, so that every object is dropped and created in the one place that knows how.

use super::run;
use crate::{
    graph::names_column,
    model::{Column, Dialect, Schema, Table},
    operation::{
        AddColumn, Contradiction, DropCheck, DropColumn, DropExclusion, DropForeignKey, DropIndex, DropPrimaryKey,
        DropUnique, Operation, inverse,
    },
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
        let named = |columns: &[String]| columns.iter().any(|name| name == column);
        self.foreign_keys_on(schema, table, column);
        self.foreign_keys_over(schema, table, column);
        for (name, index) in &owner.indexes {
            if index.column_names().any(|known| known == column) || named(&index.include) || over(index.texts(), column)
            {
                push(&mut self.others, DropIndex::new(table, name));
            }
        }
        for (name, unique) in &owner.unique {
            if named(&unique.columns) || named(&unique.include) {
                push(&mut self.others, DropUnique::new(table, name));
            }
        }
        for (name, exclusion) in &owner.exclusions {
            if exclusion.column_names().any(|known| known == column) || over(exclusion.texts(), column) {
                push(&mut self.others, DropExclusion::new(table, name));
            }
        }
        self.checks_over(table, owner, column);
        if owner.is_key(column) {
            push(&mut self.others, DropPrimaryKey { table: table.to_owned() });
        }
    }

    fn expressions_over(&mut self, schema: &Schema, table: &str, owner: &Table, column: &str) {
        self.checks_over(table, owner, column);
        for (name, _) in owner.indexes.iter().filter(|(_, index)| over(index.texts(), column)) {
            push(&mut self.others, DropIndex::new(table, name));
        }
        for (name, _) in owner.exclusions.iter().filter(|(_, exclusion)| over(exclusion.texts(), column)) {
            push(&mut self.others, DropExclusion::new(table, name));
        }
        for (name, definition) in &owner.columns {
            let Some(generated) = &definition.generated else { continue };
            if name == column || names_column(Dialect::Postgres, &generated.expression, column) {
                self.everything_on(schema, table, owner, name);
                push(&mut self.columns, DropColumn { table: table.to_owned(), column: name.clone() });
            }
        }
    }

    fn checks_over(&mut self, table: &str, owner: &Table, column: &str) {
        for (name, _) in
            owner.checks.iter().filter(|(_, check)| names_column(Dialect::Postgres, &check.expression, column))
        {
            push(&mut self.others, DropCheck::new(table, name));
        }
    }

    /// See [`of_carried`].
    fn foreign_keys_over(&mut self, schema: &Schema, table: &str, column: &str) {
        let Some(owner) = schema.tables.get(table) else { return };
        let carries = |include: &[String]| include.iter().any(|name| name == column);
        let unique = owner.unique.values().filter(|unique| carries(&unique.include));
        let unique = unique.map(|unique| unique.columns.iter().map(String::as_str).collect::<Vec<_>>());
        let indexes = owner.indexes.values().filter(|index| index.unique && carries(&index.include));
        let grounds: Vec<_> = unique.chain(indexes.map(|index| index.column_names().collect())).collect();
        if grounds.is_empty() {
            return;
        }
        for (child, definition) in &schema.tables {
            for (name, key) in definition.foreign_keys.iter().filter(|(_, key)| key.table == table) {
                if grounds.iter().any(|ground| same(&key.references, ground)) {
                    push(&mut self.foreign_keys, DropForeignKey::new(child, name));
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
                    push(&mut self.foreign_keys, DropForeignKey::new(owner, name));
                }
            }
        }
    }
}

/// Whether both name the same columns, in any order.
fn same(columns: &[String], others: &[&str]) -> bool {
    columns.len() == others.len() && columns.iter().all(|column| others.contains(&column.as_str()))
}

fn over<'a>(mut texts: impl Iterator<Item = &'a str>, column: &str) -> bool {
    texts.any(|text| names_column(Dialect::Postgres, text, column))
}

fn push(heap: &mut Vec<Operation>, drop: impl Into<Operation>) {
    let drop = drop.into();
    if !heap.contains(&drop) {
        heap.push(drop);
    }
}
