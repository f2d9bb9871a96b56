//! Parts of tables that must be dropped and re-created: computed columns over columns that change, with everything on them,
//! and expressions that name labels or objects that change.
//!
//! Views and whole objects are not looked at here.

use std::collections::BTreeSet;

use super::{changes::TableChanges, drop_now};
use crate::{
    diff::{Stop, rename::Labels, step::Steps},
    graph::{PartName, created_names, names_in, table_parts},
    model::{Column, DataType, Dialect, Schema, Table},
    operation::{AlterColumn, DropColumn, DropForeignKey, Operation},
};

/// Drops the parts of all tables that cannot stay. `remade` are the keys of the objects that go or are made anew.
pub(super) fn of_tables(
    dialect: Dialect,
    schema: &mut Schema,
    target: &Schema,
    labels: &Labels,
    remade: &BTreeSet<String>,
    steps: &mut Steps,
) -> Result<(), Stop> {
    let changed = |key: &&String| target.objects.contains_key(*key);
    let texts = remade.iter().filter(changed).filter_map(|key| schema.objects.get(key));
    let made_anew: BTreeSet<String> = texts.flat_map(|object| created_names(dialect, &object.create)).collect();
    let keys: Vec<_> = schema.tables.keys().cloned().collect();
    for key in keys {
        let table = &schema.tables[&key];
        refuse_types(dialect, &key, table, &made_anew)?;
        let changes = TableChanges::new(dialect, &key, schema, target, labels, &made_anew);
        let drops = [
            (foreign_keys(&key, schema, &changes), &mut steps.drop_foreign_keys),
            (elements(&key, table, &changes), &mut steps.drop_constraints),
            (columns(&key, table, target.tables.get(&key), &changes), &mut steps.drop_generated),
            (defaults(&key, table, target, &changes), &mut steps.drop_defaults),
        ];
        for (drops, step) in drops {
            for drop in drops {
                drop_now(drop, schema, step)?;
            }
        }
    }
    Ok(())
}

/// Those that rest on a column which is made anew.
fn foreign_keys(key: &str, schema: &Schema, changes: &TableChanges<'_>) -> Vec<Operation> {
    if changes.remade.is_empty() {
        return Vec::new();
    }
    let all = schema
        .tables
        .iter()
        .flat_map(|(owner, table)| table.foreign_keys.iter().map(move |(name, reference)| (owner, name, reference)));
    let affected = all.filter(|(owner, _, reference)| {
        (*owner == key && changes.loses(reference.columns.iter()))
            || (reference.table == key && changes.loses(reference.references.iter()))
    });
    affected.map(|(owner, name, _)| DropForeignKey::new(owner, name).into()).collect()
}

/// Indexes, unique constraints, exclusion constraints, checks, the primary key.
fn elements(key: &str, table: &Table, changes: &TableChanges<'_>) -> Vec<Operation> {
    let all = table_parts(table).into_iter().filter(|part| !matches!(part.name, PartName::Generated(_)));
    all.filter(|part| changes.affects(part)).map(|part| part.drop_from(key)).collect()
}

/// Computed columns: what stops being computed lets go of what it reads before that changes, the others go.
fn columns(key: &str, table: &Table, wanted: Option<&Table>, changes: &TableChanges<'_>) -> Vec<Operation> {
    let stops = table.columns.iter().filter(|(name, column)| {
        let after = wanted.and_then(|wanted| wanted.columns.get(*name));
        column.generated.is_some() && after.is_some_and(|after| after.generated.is_none())
    });
    let plain = stops.map(|(name, column)| altered(key, name, Column { generated: None, ..column.clone() }));
    let gone =
        changes.remade.iter().map(|name| DropColumn { table: key.to_owned(), column: (*name).to_owned() }.into());
    plain.chain(gone).collect()
}

fn defaults(key: &str, table: &Table, target: &Schema, changes: &TableChanges<'_>) -> Vec<Operation> {
    let kept = table.columns.iter().filter(|(name, _)| !changes.remade.contains(name.as_str()));
    let affected = kept.filter(|(name, column)| {
        let wanted = target.tables.get(key).and_then(|table| table.columns.get(*name)?.default.as_ref());
        let default = column.default.as_ref();
        default.is_some_and(|default| changes.affects_default(default, wanted, &column.data_type, target))
    });
    affected.map(|(name, column)| altered(key, name, Column { default: None, ..column.clone() })).collect()
}

fn altered(table: &str, column: &str, definition: Column) -> Operation {
    let (table, column) = (table.to_owned(), column.to_owned());
    AlterColumn { table, column, definition, backfill: None, using: None }.into()
}

/// A column cannot be without its type for a moment.
fn refuse_types(dialect: Dialect, key: &str, table: &Table, words: &BTreeSet<String>) -> Result<(), Stop> {
    let typed = table.columns.iter().find(|(_, column)| match &column.data_type {
        DataType::Sql { sql, .. } => {
            let names = names_in(dialect, sql);
            words.iter().any(|word| names.contains(word))
        }
        _ => false,
    });
    match typed {
        Some((column, _)) => Err(Stop::Refused(vec![format!(
            "`tables.{key}.columns.{column}`: its type is an object whose text changes, and rows hold values of it: change \
             the type by hand with `--manual`"
        )])),
        None => Ok(()),
    }
}
