//! Names in between: where things exchange their names in the database, one of them waits under a spare one.
//!
//! Changes no key that the snapshots know.

use std::collections::BTreeSet;

use super::{
    sort::Edge,
    sql_name::{all_names, plain_names},
};
use crate::{
    model::{Dialect, Schema},
    operation::{
        CreateSchema, DropSchema, Operation, Rename, RenameEnum, RenamePrimaryKey, RenameTable, SPARE, SetEnumSchema,
        SetTableSchema, apply_all,
    },
};

/// The operations with one of the cycle in two steps, so that the name it takes is free in time; `None` when no operation of
/// the cycle takes a name in a way that has steps.
pub(super) fn split(before: &Schema, operations: &[Operation], cycle: &[Edge]) -> Option<Vec<Operation>> {
    let after = apply_all(before, operations).ok()?;
    let mut taken = plain_names(&all_names(before));
    taken.extend(plain_names(&all_names(&after)));
    taken.extend(operations.iter().filter_map(given_name));
    let schemas: BTreeSet<String> = before.schemas.union(&after.schemas).cloned().collect();
    let takers = cycle.iter().filter(|edge| edge.takes_name).map(|edge| edge.to);
    let (place, steps) = takers.into_iter().find_map(|place| {
        let steps = steps(operations.get(place)?, before.dialect, &taken, &schemas)?;
        Some((place, steps))
    })?;
    let mut all = operations[..place].to_vec();
    all.extend(steps);
    all.extend_from_slice(&operations[place + 1..]);
    Some(all)
}

/// The name that an operation gives, which another spare one must not be.
fn given_name(operation: &Operation) -> Option<String> {
    match operation {
        Operation::RenameTable(rename) => Some(rename.name.clone()),
        Operation::RenameEnum(rename) => Some(rename.to.clone()),
        Operation::RenamePrimaryKey(rename) => Some(rename.to.clone()),
        Operation::RenameUnique(rename) => Some(rename.to.clone()),
        Operation::RenameIndex(rename) => Some(rename.to.clone()),
        Operation::RenameExclusion(rename) => Some(rename.to.clone()),
        Operation::CreateSchema(create) => Some(create.name.clone()),
        _ => None,
    }
}

fn steps(
    operation: &Operation,
    dialect: Dialect,
    taken: &BTreeSet<String>,
    schemas: &BTreeSet<String>,
) -> Option<Vec<Operation>> {
    match operation {
        Operation::RenameTable(rename) => {
            let spare = spare_name(dialect, &rename.name, taken);
            let first = RenameTable { from: rename.from.clone(), to: rename.to.clone(), name: spare };
            let second = RenameTable { from: rename.to.clone(), to: rename.to.clone(), name: rename.name.clone() };
            Some(vec![first.into(), second.into()])
        }
        Operation::RenameEnum(rename) => {
            let spare = spare_name(dialect, &rename.to, taken);
            let first = RenameEnum { from: rename.from.clone(), to: spare.clone() };
            Some(vec![first.into(), RenameEnum { from: spare, to: rename.to.clone() }.into()])
        }
        Operation::RenamePrimaryKey(rename) => {
            let (table, spare) = (rename.table.clone(), spare_name(dialect, &rename.to, taken));
            let first = RenamePrimaryKey { table: table.clone(), from: rename.from.clone(), to: spare.clone() };
            Some(vec![first.into(), RenamePrimaryKey { table, from: spare, to: rename.to.clone() }.into()])
        }
        Operation::RenameUnique(rename) => Some(renamed_twice(rename, dialect, taken)),
        Operation::RenameIndex(rename) => Some(renamed_twice(rename, dialect, taken)),
        Operation::RenameExclusion(rename) => Some(renamed_twice(rename, dialect, taken)),
        Operation::SetTableSchema(set) => {
            let spare = spare_schema(dialect, set.schema.as_deref(), taken, schemas);
            let first = SetTableSchema::new(&set.key, Some(spare.clone()));
            Some(through(spare, first.into(), operation))
        }
        Operation::SetEnumSchema(set) => {
            let spare = spare_schema(dialect, set.schema.as_deref(), taken, schemas);
            let first = SetEnumSchema::new(&set.key, Some(spare.clone()));
            Some(through(spare, first.into(), operation))
        }
        _ => None,
    }
}

fn renamed_twice<D>(rename: &Rename<D>, dialect: Dialect, taken: &BTreeSet<String>) -> Vec<Operation>
where
    Operation: From<Rename<D>>,
{
    let spare = spare_name(dialect, &rename.to, taken);
    let first = Rename::<D>::new(&rename.table, &rename.from, &spare);
    vec![first.into(), Rename::<D>::new(&rename.table, spare, &rename.to).into()]
}

/// A SQL schema of its own for the time in between: a table moves with its indexes and sequences, all of which have names.
fn through(spare: String, first: Operation, last: &Operation) -> Vec<Operation> {
    let create = CreateSchema { name: spare.clone() };
    vec![create.into(), first, last.clone(), DropSchema { name: spare }.into()]
}

fn spare_schema(
    dialect: Dialect,
    schema: Option<&str>,
    taken: &BTreeSet<String>,
    schemas: &BTreeSet<String>,
) -> String {
    let taken: BTreeSet<String> = taken.union(schemas).cloned().collect();
    spare_name(dialect, schema.unwrap_or("public"), &taken)
}

/// A name on the way to another, which nothing has.
pub(crate) fn spare_name(dialect: Dialect, name: &str, taken: &BTreeSet<String>) -> String {
    let mut spare = short(dialect, name, SPARE);
    let mut next = 2;
    while taken.contains(&spare) {
        spare = short(dialect, name, &format!("{SPARE}_{next}"));
        next += 1;
    }
    spare
}

/// The name with an end that stays whole.
fn short(dialect: Dialect, name: &str, end: &str) -> String {
    let mut room = dialect.max_identifier_bytes().saturating_sub(end.len()).min(name.len());
    while !name.is_char_boundary(room) {
        room -= 1;
    }
    format!("{}{end}", &name[..room])
}
