//! Finds what was renamed: told by flags and hints, asked when a removed and an added thing look alike, and seen by
//! itself where nothing but the name differs (constraints and indexes).
//!
//! Gives the present schema under its new names, so that everything after it compares like with like.

mod enumeration;
mod named;
mod net;
mod told;
mod turn;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use enumeration::{Labels, enums, values};
pub(super) use named::named;
pub use net::net_renames;

use super::{Answers, Question, Rename, Stop, step::Steps, table::common};
use crate::{
    model::{Column, Dialect, Schema, Table},
    operation::{Operation, RenameColumn, RenameTable},
    snapshot::Wanted,
};

/// Renames tables. Gives the schema after it.
pub(super) fn tables(
    dialect: Dialect,
    present: &Schema,
    target: &Schema,
    wanted: &Wanted,
    answers: &Answers,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let mut renamed = present.clone();
    let told = told::tables(present, target, wanted, answers);
    for (from, to) in turn::in_turn(dialect, told, present.tables.keys().cloned().collect()) {
        let name = free_name(dialect, &renamed, &from, target.tables.get(&to), &to);
        apply(RenameTable { from, to, name }.into(), &mut renamed, steps)?;
    }
    sql_names(dialect, &mut renamed, target, steps)?;
    let alike = |from: &Table, to: &Table| {
        let shape = |table: &Table| -> Vec<(String, Column)> {
            let mut columns: Vec<_> =
                table.columns.iter().map(|(name, column)| (name.clone(), shape(column))).collect();
            columns.sort_by(|a, b| a.0.cmp(&b.0));
            columns
        };
        from.schema == to.schema && shape(from) == shape(to)
    };
    for (to, added) in target.tables.iter().filter(|(key, _)| !renamed.tables.contains_key(*key)) {
        for (from, _) in
            renamed.tables.iter().filter(|(key, gone)| !target.tables.contains_key(*key) && alike(gone, added))
        {
            ask(Rename::Table { from: from.clone(), to: to.clone() }, answers, steps);
        }
    }
    Ok(renamed)
}

/// The SQL name that a table gets with its key: the wanted one, or, while another table still has that, a spare one.
fn free_name(dialect: Dialect, schema: &Schema, from: &str, wanted: Option<&Table>, to: &str) -> String {
    let own = schema.tables.get(from).and_then(|table| table.schema.as_ref());
    let others = schema.tables.iter().filter(|(key, table)| *key != from && table.schema.as_ref() == own);
    let taken: BTreeSet<String> = others.map(|(_, table)| table.name.clone()).collect();
    let name = wanted.map_or(to, |table| table.name.as_str());
    if taken.contains(name) { turn::spare_name(dialect, name, &taken) } else { name.to_owned() }
}

/// Renames tables in the database that keep their keys. A name is taken within its SQL schema only.
fn sql_names(dialect: Dialect, renamed: &mut Schema, target: &Schema, steps: &mut Steps) -> Result<(), Stop> {
    let mut pairs: BTreeMap<Option<String>, Vec<(String, String)>> = BTreeMap::new();
    for (_, known, wanted) in common(renamed, target).filter(|(_, known, wanted)| known.name != wanted.name) {
        pairs.entry(known.schema.clone()).or_default().push((known.name.clone(), wanted.name.clone()));
    }
    for (schema, pairs) in pairs {
        let taken = renamed.tables.values().filter(|table| table.schema == schema).map(|table| table.name.clone());
        for (from, name) in turn::in_turn(dialect, pairs, taken.collect()) {
            let mut tables = renamed.tables.iter();
            let owner = tables.find(|(_, table)| table.schema == schema && table.name == from);
            if let Some(key) = owner.map(|(key, _)| key.clone()) {
                apply(RenameTable { from: key.clone(), to: key, name }.into(), renamed, steps)?;
            }
        }
    }
    Ok(())
}

/// Renames columns of the tables that both schemas have. Gives the schema after it.
pub(super) fn columns(
    dialect: Dialect,
    present: &Schema,
    target: &Schema,
    wanted: &Wanted,
    answers: &Answers,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let mut renamed = present.clone();
    for (key, known, table) in common(present, target) {
        let told = told::columns(key, known, table, wanted, answers);
        for (from, to) in turn::in_turn(dialect, told, known.columns.keys().cloned().collect()) {
            apply(RenameColumn { table: key.clone(), from, to }.into(), &mut renamed, steps)?;
        }
        let known = &renamed.tables[key];
        // Who says what existing rows get in a column says that it is new.
        let is_filled = |column: &String| {
            let place = (key.clone(), column.clone());
            let hint = wanted.hints.columns.get(&place);
            answers.backfills.contains_key(&place) || hint.is_some_and(|hint| hint.backfill.is_some())
        };
        let is_new = |name: &String| !known.columns.contains_key(name) && !is_filled(name);
        for (to, added) in table.columns.iter().filter(|(name, _)| is_new(name)) {
            for (from, _) in known
                .columns
                .iter()
                .filter(|(name, gone)| !table.columns.contains_key(*name) && shape(gone) == shape(added))
            {
                ask(Rename::Column { table: key.clone(), from: from.clone(), to: to.clone() }, answers, steps);
            }
        }
    }
    Ok(renamed)
}

/// What two columns must share to look like one that was renamed.
fn shape(column: &Column) -> Column {
    let mut shape = Column::new(column.data_type.storage(), column.nullable);
    shape.generated.clone_from(&column.generated);
    shape
}

fn ask(rename: Rename, answers: &Answers, steps: &mut Steps) {
    if !answers.no_renames && !answers.denied.contains(&rename) {
        steps.questions.push(Question::Rename(rename));
    }
}

fn apply(operation: Operation, schema: &mut Schema, steps: &mut Steps) -> Result<(), Stop> {
    make(&operation, schema)?;
    steps.renames.push(operation);
    Ok(())
}

fn make(operation: &Operation, schema: &mut Schema) -> Result<(), Stop> {
    operation.apply(schema).map_err(|contradiction| Stop::Refused(vec![contradiction.to_string()]))
}
