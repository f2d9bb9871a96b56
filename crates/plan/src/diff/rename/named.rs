//! Constraints and indexes that differ in nothing but their names: automatic names follow tables and columns.
//!
//! Nobody is asked: the definition says that it is the same.

use std::collections::BTreeMap;

use super::{apply, rename_order, stays_in};
use crate::{
    diff::{Stop, step::Steps, table::common},
    model::{Check, Dialect, Exclusion, ForeignKey, Index, Schema, Table, Unique},
    operation::{self, Named, Operation, RenamePrimaryKey},
};

/// What carries a name of the namespace that indexes share in a SQL schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CarrierKind {
    PrimaryKey,
    Unique,
    Index,
    Exclusion,
}

/// A carrier of such a name, and where it is going.
#[derive(Debug)]
struct Carrier {
    table: String,
    kind: CarrierKind,
    name: String,
}

/// Renames what has another name only. Gives the schema after it.
pub(in crate::diff) fn named(
    dialect: Dialect,
    present: &Schema,
    target: &Schema,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let mut renamed = present.clone();
    let mut wanted: BTreeMap<Option<String>, Vec<(String, String)>> = BTreeMap::new();
    for (key, known, table) in common(present, target) {
        let indexed = wanted.entry(known.schema.clone()).or_default();
        if let (Some(before), Some(after)) = (&known.primary_key, &table.primary_key)
            && before.name != after.name
            && before.columns == after.columns
        {
            indexed.push((before.name.clone(), after.name.clone()));
        }
        indexed.extend(pairs::<Unique>(known, table));
        indexed.extend(pairs::<Index>(known, table));
        indexed.extend(pairs::<Exclusion>(known, table));
        of_table::<ForeignKey>(dialect, key, known, table, &mut renamed, steps)?;
        of_table::<Check>(dialect, key, known, table, &mut renamed, steps)?;
    }
    for (schema, pairs) in wanted.into_iter().filter(|(_, pairs)| !pairs.is_empty()) {
        let mut carriers = carriers(present, schema.as_ref());
        // What leaves the SQL schema takes its names along.
        carriers.retain(|carrier| {
            present.tables.get(&carrier.table).is_some_and(|table| {
                stays_in(&carrier.table, table, schema.as_ref(), target)
                    || pairs.iter().any(|(from, _)| *from == carrier.name)
            })
        });
        let taken = carriers.iter().map(|carrier| carrier.name.clone()).collect();
        for (from, to) in rename_order::in_order(dialect, pairs, taken) {
            let Some(carrier) = carriers.iter_mut().find(|carrier| carrier.name == from) else { continue };
            carrier.name.clone_from(&to);
            let table = carrier.table.clone();
            let rename = match carrier.kind {
                CarrierKind::PrimaryKey => RenamePrimaryKey { table, from, to }.into(),
                CarrierKind::Unique => operation::RenameUnique::new(table, from, to).into(),
                CarrierKind::Index => operation::RenameIndex::new(table, from, to).into(),
                CarrierKind::Exclusion => operation::RenameExclusion::new(table, from, to).into(),
            };
            apply(rename, &mut renamed, steps)?;
        }
    }
    Ok(renamed)
}

/// Everything in a SQL schema that has a name of the indexes' namespace.
fn carriers(schema: &Schema, sql_schema: Option<&String>) -> Vec<Carrier> {
    let of = |(key, table): (&String, &Table)| {
        let own = table.primary_key.iter().map(|own| (CarrierKind::PrimaryKey, &own.name));
        let unique = table.unique.keys().map(|name| (CarrierKind::Unique, name));
        let indexes = table.indexes.keys().map(|name| (CarrierKind::Index, name));
        let exclusions = table.exclusions.keys().map(|name| (CarrierKind::Exclusion, name));
        let all = own.chain(unique).chain(indexes).chain(exclusions);
        all.map(|(kind, name)| Carrier { table: key.clone(), kind, name: name.clone() }).collect::<Vec<_>>()
    };
    schema.tables.iter().filter(|(_, table)| table.schema.as_ref() == sql_schema).flat_map(of).collect()
}

/// Names of constraints that only their table must know.
fn of_table<D: Named>(
    dialect: Dialect,
    key: &str,
    known: &Table,
    wanted: &Table,
    renamed: &mut Schema,
    steps: &mut Steps,
) -> Result<(), Stop>
where
    Operation: From<operation::Rename<D>>,
{
    let taken = D::of(known).keys().cloned().collect();
    for (from, to) in rename_order::in_order(dialect, pairs::<D>(known, wanted), taken) {
        apply(operation::Rename::<D>::new(key, from, to).into(), renamed, steps)?;
    }
    Ok(())
}

/// `(from, to)` of what is the same under another name.
fn pairs<D: Named>(known: &Table, wanted: &Table) -> Vec<(String, String)> {
    let (known, wanted) = (D::of(known), D::of(wanted));
    let stays = |name: &String, definition: &D| wanted.get(name) == Some(definition);
    let mut gone: Vec<_> = known.iter().filter(|(name, definition)| !stays(name, definition)).collect();
    let mut pairs = Vec::new();
    for (to, definition) in wanted.iter().filter(|(name, definition)| known.get(*name) != Some(*definition)) {
        if let Some(place) = gone.iter().position(|(_, before)| *before == definition) {
            let (from, _) = gone.remove(place);
            pairs.push((from.clone(), to.clone()));
        }
    }
    pairs
}
