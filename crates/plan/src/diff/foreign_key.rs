//! Compares foreign keys of tables that stay.
//!
//! A key also goes and comes back when what it rests on changes: the type of a column on either side, or the primary key
//! or unique index it points at.

use std::collections::BTreeSet;

use super::{step::Steps, table::common};
use crate::{
    model::{Dialect, ForeignKey, Schema, Table},
    operation::{AddForeignKey, DropForeignKey},
};

pub(super) fn compare(dialect: Dialect, present: &Schema, target: &Schema, steps: &mut Steps) {
    for (key, known, wanted) in common(present, target) {
        for (name, definition) in &known.foreign_keys {
            if wanted.foreign_keys.get(name) != Some(definition)
                || is_disturbed(dialect, present, target, key, definition)
            {
                steps.drop_foreign_keys.push(DropForeignKey::new(key, name).into());
            }
        }
        for (name, definition) in &wanted.foreign_keys {
            if known.foreign_keys.get(name) != Some(definition)
                || is_disturbed(dialect, present, target, key, definition)
            {
                let (table, name, definition) = (key.clone(), name.clone(), definition.clone());
                steps.add_foreign_keys.push(AddForeignKey { table, name, definition }.into());
            }
        }
    }
}

/// Whether an unchanged foreign key depends on something that changes. SQLite checks keys row by row and keeps no such
/// ties.
fn is_disturbed(dialect: Dialect, present: &Schema, target: &Schema, owner: &str, key: &ForeignKey) -> bool {
    match dialect {
        Dialect::Sqlite => return false,
        Dialect::Postgres => {}
    }
    let both = |name: &str| Some((present.tables.get(name)?, target.tables.get(name)?));
    let (Some(from), Some(to)) = (both(owner), both(&key.table)) else { return false };
    retyped(from, &key.columns)
        || retyped(to, &key.references)
        || supports(to.0, &key.references) != supports(to.1, &key.references)
}

fn retyped((known, wanted): (&Table, &Table), columns: &[String]) -> bool {
    columns.iter().any(|column| match (known.columns.get(column), wanted.columns.get(column)) {
        (Some(before), Some(after)) => before.data_type.storage() != after.data_type.storage(),
        _ => false,
    })
}

/// What makes the columns unique in a table at once, not only at the commit: names with their definitions, as text to
/// compare.
fn supports(table: &Table, columns: &[String]) -> BTreeSet<String> {
    let wanted: BTreeSet<&str> = columns.iter().map(String::as_str).collect();
    let same = |columns: &[String]| columns.iter().map(String::as_str).collect::<BTreeSet<_>>() == wanted;
    let key = table.primary_key.iter().filter(|key| same(&key.columns)).map(|key| format!("{key:?}"));
    let unique = table
        .unique
        .iter()
        .filter(|(_, unique)| unique.deferrable.is_none() && same(&unique.columns))
        .map(|(name, unique)| format!("{name} {unique:?}"));
    let indexes = table.indexes.iter().filter(|(_, index)| {
        index.unique && index.predicate.is_none() && index.column_names().collect::<BTreeSet<_>>() == wanted
    });
    key.chain(unique).chain(indexes.map(|(name, index)| format!("{name} {index:?}"))).collect()
}
