//! Foreign keys, and when one can be created.
//!
//! The order of tables is decided elsewhere.

use std::collections::BTreeSet;

use makemigrations_sql::quote_identifier;

use super::{alter_table, data_type, find_table, unique};
use crate::{
    dialect::text,
    model::{ForeignKey, Schema, Table},
    operation::{Contradiction, Operation},
};

/// The constraint as part of a table's body or of `ADD`.
pub(super) fn constraint(name: &str, key: &ForeignKey, target: &Table) -> String {
    format!("CONSTRAINT {} {}", quote_identifier(name), text::foreign_key(key, target))
}

pub(super) fn add(schema: &Schema, table: &str, name: &str, key: &ForeignKey) -> Result<String, Contradiction> {
    let target = find_table(schema, &key.table)?;
    alter_table(schema, table, &format!("ADD {}", constraint(name, key, target)))
}

/// Whether the referenced table is there, its columns are unique, and no later operation gives them another type or takes
/// away what makes them unique.
pub(super) fn can_stand(schema: &Schema, key: &ForeignKey, later: &[Operation]) -> bool {
    let Some(target) = schema.tables.get(&key.table) else { return false };
    let unique_indexes = target.indexes.values().filter(|index| index.unique && index.predicate.is_none());
    let by_index = unique_indexes.filter(|index| index.column_names().count() == index.columns.len());
    let mut by_index = by_index.map(|index| index.column_names().collect::<BTreeSet<_>>());
    let supported = is_constrained(target, &key.references) || by_index.any(|columns| columns == set(&key.references));
    let loses_support = |operation: &Operation| {
        let changed = unsupported_columns(schema, operation);
        changed.is_some_and(|(table, columns)| table == key.table && set(&key.references).is_superset(&columns))
    };
    supported && !later.iter().any(|operation| loses_support(operation) || retypes(schema, target, key, operation))
}

/// Whether a primary key or a unique constraint makes the columns unique. One that is deferrable does not for a foreign key.
fn is_constrained(table: &Table, columns: &[String]) -> bool {
    unique_columns(table, |_| true).any(|unique| set(unique) == set(columns))
}

/// The same in the statement that creates the table. Constraints with the same columns as another come after it.
pub(super) fn is_constrained_at_once(table: &Table, columns: &[String]) -> bool {
    unique_columns(table, |name| !unique::has_twin(table, name)).any(|unique| set(unique) == set(columns))
}

fn unique_columns(table: &Table, counts: impl Fn(&str) -> bool) -> impl Iterator<Item = &Vec<String>> {
    let unique = table.unique.iter().filter(move |(name, unique)| unique.deferrable.is_none() && counts(name));
    table.primary_key.iter().map(|key| &key.columns).chain(unique.map(|(_, unique)| &unique.columns))
}

/// The foreign keys, as `(table, name)`, that `operation` makes impossible and whose tables a later operation drops.
/// They must go now; all others are dropped by operations of their own.
pub(super) fn in_the_way(schema: &Schema, operation: &Operation, later: &[Operation]) -> Vec<(String, String)> {
    let Some((target, columns)) = unsupported_columns(schema, operation) else { return Vec::new() };
    let is_dropped = |table: &str| {
        later.iter().any(|operation| matches!(operation, Operation::DropTable(drop) if drop.key == table))
    };
    let rests =
        |owner: &str, name: &str| set(&schema.tables[owner].foreign_keys[name].references).is_superset(&columns);
    let keys = schema.references_to(target).filter(|(owner, name)| is_dropped(owner) && rests(owner, name));
    keys.map(|(owner, name)| (owner.to_owned(), name.to_owned())).collect()
}

/// The table and columns that the operation makes no longer unique, or gives another type.
fn unsupported_columns<'a>(schema: &'a Schema, operation: &'a Operation) -> Option<(&'a str, BTreeSet<&'a str>)> {
    if let Operation::DropPrimaryKey(drop) = operation {
        let key = schema.tables.get(&drop.table)?.primary_key.as_ref()?;
        return Some((&drop.table, set(&key.columns)));
    }
    if let Operation::DropUnique(drop) = operation {
        let unique = schema.tables.get(&drop.table)?.unique.get(&drop.name)?;
        return Some((&drop.table, set(&unique.columns)));
    }
    if let Operation::DropIndex(drop) = operation {
        let index = schema.tables.get(&drop.table)?.indexes.get(&drop.name)?;
        return index.unique.then(|| (drop.table.as_str(), index.column_names().collect()));
    }
    if let Operation::AlterColumn(alter) = operation {
        let before = &schema.tables.get(&alter.table)?.columns.get(&alter.column)?.data_type;
        let retyped = data_type::storage(schema, before) != data_type::storage(schema, &alter.definition.data_type);
        return retyped.then(|| (alter.table.as_str(), BTreeSet::from([alter.column.as_str()])));
    }
    None
}

fn retypes(schema: &Schema, target: &Table, key: &ForeignKey, operation: &Operation) -> bool {
    let Operation::AlterColumn(alter) = operation else { return false };
    if alter.table != key.table || !key.references.contains(&alter.column) {
        return false;
    }
    target.columns.get(&alter.column).is_some_and(|before| {
        data_type::storage(schema, &before.data_type) != data_type::storage(schema, &alter.definition.data_type)
    })
}

fn set(columns: &[String]) -> BTreeSet<&str> {
    columns.iter().map(String::as_str).collect()
}
