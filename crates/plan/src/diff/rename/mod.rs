//! Finds what was renamed: said by flags and hints, asked when something that comes resembles what goes, and seen by itself
//! where nothing but the name differs (constraints and indexes).
//!
//! Gives the present schema under its new names, so that everything after it compares like with like.

mod candidate;
mod enumeration;
mod named;
mod net_renames;
mod solve;
mod rename_order;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use enumeration::{Labels, enums, solve_enums, values};
pub(super) use named::named;
pub use net_renames::net_renames;
pub(super) use solve::Mapping;

use super::{Answers, Problems, Question, Rename, Stop, given::Given, step::Steps, table::common};
use crate::{
    graph::{names_column, spare_name},
    hint::Hint,
    model::{Dialect, Enum, Schema, Table},
    operation::{Operation, RenameColumn, RenameTable},
    snapshot::Wanted,
};
use solve::{Names, solve};

/// Candidates of one question; there can be thousands.
const CANDIDATES: usize = 50;

/// What is known about names: those of tables and enums, and of the columns and values below them.
#[derive(Debug, Default)]
pub(super) struct Mappings {
    /// Of tables.
    pub(super) tables: Mapping,
    /// Of enums.
    pub(super) enums: Mapping,
    /// Of columns, by the table's wanted key.
    pub(super) columns: BTreeMap<String, Mapping>,
    /// Of values, by the enum's wanted key.
    pub(super) values: BTreeMap<String, Mapping>,
}

impl Mappings {
    /// Takes all flags and hints about names together.
    pub(super) fn solve(
        present: &Schema,
        target: &Schema,
        wanted: &Wanted,
        answers: &Answers,
        problems: &mut Problems,
    ) -> Self {
        let tables = solve_tables(present, target, wanted, answers, problems);
        let enums = solve_enums(present, target, wanted, answers, problems);
        let mut mappings = Self { tables, enums, ..Self::default() };
        for (key, table) in &target.tables {
            let before = mappings.tables.before(key);
            match before.and_then(|before| present.tables.get_key_value(before)) {
                Some((before, known)) => {
                    let mapping = solve_columns((key, table), (before, Some(known)), wanted, answers, problems);
                    mappings.columns.insert(key.clone(), mapping);
                }
                // Only for what is wrong with its hints.
                None => drop(solve_columns((key, table), (key, None), wanted, answers, problems)),
            }
        }
        for (key, definition) in &target.enums {
            let before = mappings.enums.before(key);
            match before.and_then(|before| present.enums.get_key_value(before)) {
                Some((before, known)) => {
                    let known = (before, Some(known));
                    let mapping = enumeration::solve_values((key, definition), known, wanted, answers, problems);
                    mappings.values.insert(key.clone(), mapping);
                }
                None => {
                    drop(enumeration::solve_values((key, definition), (key, None), wanted, answers, problems));
                }
            }
        }
        mappings
    }

    /// Enums that get another key: recorded key to wanted key.
    pub(super) fn renamed_enums(&self) -> BTreeMap<&str, &str> {
        self.enums.pairs.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect()
    }
}

fn solve_tables(
    present: &Schema,
    target: &Schema,
    wanted: &Wanted,
    answers: &Answers,
    problems: &mut Problems,
) -> Mapping {
    let flags = answers.renames.iter().filter_map(|rename| match rename {
        Rename::Table { from, to } => Some((from.clone(), to.clone())),
        Rename::Column { .. } | Rename::Enum { .. } | Rename::EnumValue { .. } => None,
    });
    let hints = wanted.hints.tables.iter().filter(|(key, _)| target.tables.contains_key(*key));
    let hints = hints.map(|(key, hint)| (hint.renamed_from.value.as_str(), key.as_str(), &hint.renamed_from));
    let names = Names {
        kind: "table",
        present: present.tables.keys().collect(),
        wanted: target.tables.keys().collect(),
        flags: flags.collect(),
        hints: hints.collect(),
    };
    let rename = |from: &str, to: &str| Rename::Table { from: from.to_owned(), to: to.to_owned() };
    solve(
        &names,
        |from, to| answers.used.contains(&Hint::from(rename(from, to))),
        |from, to| rename(from, to).as_flag(),
        problems,
    )
}

fn solve_columns(
    (key, table): (&String, &Table),
    (before, known): (&String, Option<&Table>),
    wanted: &Wanted,
    answers: &Answers,
    problems: &mut Problems,
) -> Mapping {
    let flags = answers.renames.iter().filter_map(|rename| match rename {
        Rename::Column { table, from, to } if table == key => Some((from.clone(), to.clone())),
        Rename::Column { .. } | Rename::Table { .. } | Rename::Enum { .. } | Rename::EnumValue { .. } => None,
    });
    let hints = table.columns.keys().filter_map(|column| {
        let hint = wanted.hints.columns.get(&(key.clone(), column.clone()))?.renamed_from.as_ref()?;
        Some((hint.value.as_str(), column.as_str(), hint))
    });
    let names = Names {
        kind: &format!("column of table `{key}`"),
        present: known.into_iter().flat_map(|table| table.columns.keys()).collect(),
        wanted: table.columns.keys().collect(),
        flags: flags.collect(),
        hints: hints.collect(),
    };
    let rename =
        |table: &str, from: &str, to: &str| Rename::Column { table: table.into(), from: from.into(), to: to.into() };
    solve(
        &names,
        |from, to| answers.used.contains(&Hint::from(rename(before, from, to))),
        |from, to| rename(key, from, to).as_flag(),
        problems,
    )
}

/// Whether a table that comes may be one that goes.
pub(super) fn resembles_table(gone: (&str, &Table), come: (&str, &Table), enums: &BTreeMap<&str, &str>) -> bool {
    candidate::of_tables(gone, come, enums).is_some()
}

/// Whether an enum that comes may be one that goes.
pub(super) fn resembles_enum(gone: (&str, &Enum), come: (&str, &Enum)) -> bool {
    candidate::of_enums(gone, come).is_some()
}

/// Renames tables. Gives the schema after it.
pub(super) fn tables(
    dialect: Dialect,
    present: &Schema,
    target: &Schema,
    mappings: &Mappings,
    answers: &Answers,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let mut renamed = present.clone();
    let pairs = mappings.tables.pairs.clone();
    for (from, to) in rename_order::in_order(dialect, pairs, present.tables.keys().cloned().collect()) {
        let name = free_name(dialect, &renamed, &from, target, &to);
        apply(RenameTable { from, to, name }.into(), &mut renamed, steps)?;
    }
    sql_names(dialect, &mut renamed, target, steps)?;
    let enums = mappings.renamed_enums();
    for from in &mappings.tables.gone {
        let come = mappings.tables.come.iter().filter_map(|to| {
            let score = candidate::of_tables((from, &present.tables[from]), (to, &target.tables[to]), &enums)?;
            Some((score, Rename::Table { from: from.clone(), to: to.clone() }))
        });
        ask(come.collect(), answers, steps);
    }
    Ok(renamed)
}

/// The SQL name that a table gets with its key: the wanted one, or, while another table still has that, a spare one.
fn free_name(dialect: Dialect, schema: &Schema, from: &str, target: &Schema, to: &str) -> String {
    let own = schema.tables.get(from).and_then(|table| table.schema.as_ref());
    let others = schema.tables.iter().filter(|(key, table)| *key != from && stays_in(key, table, own, target));
    let taken: BTreeSet<String> = others.map(|(_, table)| table.name.clone()).collect();
    let name = target.tables.get(to).map_or(to, |table| table.name.as_str());
    if taken.contains(name) { spare_name(dialect, name, &taken) } else { name.to_owned() }
}

/// Whether a table is in the SQL schema, and keeps its name there until it is renamed or dropped. One that leaves it does so
/// before its name is taken: the order of operations sees to that.
fn stays_in(key: &str, table: &Table, schema: Option<&String>, target: &Schema) -> bool {
    let leaves = target.tables.get(key).is_some_and(|wanted| wanted.schema != table.schema);
    table.schema.as_ref() == schema && !leaves
}

/// Renames tables in the database that keep their keys. A name is taken within its SQL schema only.
fn sql_names(dialect: Dialect, renamed: &mut Schema, target: &Schema, steps: &mut Steps) -> Result<(), Stop> {
    let mut pairs: BTreeMap<Option<String>, Vec<(String, String)>> = BTreeMap::new();
    for (_, known, wanted) in common(renamed, target).filter(|(_, known, wanted)| known.name != wanted.name) {
        pairs.entry(known.schema.clone()).or_default().push((known.name.clone(), wanted.name.clone()));
    }
    for (schema, pairs) in pairs {
        let is_renamed = |table: &Table| pairs.iter().any(|(from, _)| *from == table.name);
        let tables = renamed.tables.iter().filter(|(key, table)| {
            stays_in(key, table, schema.as_ref(), target) || (table.schema == schema && is_renamed(table))
        });
        let taken = tables.map(|(_, table)| table.name.clone()).collect();
        for (from, name) in rename_order::in_order(dialect, pairs, taken) {
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
    mappings: &Mappings,
    given: &Given<'_>,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let mut renamed = present.clone();
    let enums = mappings.renamed_enums();
    for (key, known, table) in common(present, target) {
        let Some(mapping) = mappings.columns.get(key) else { continue };
        let taken = known.columns.keys().cloned().collect();
        for (from, to) in rename_order::in_order(dialect, mapping.pairs.clone(), taken) {
            apply(RenameColumn { table: key.clone(), from, to }.into(), &mut renamed, steps)?;
        }
        for from in &mapping.gone {
            let gone = &known.columns[from];
            let come = mapping.come.iter().filter_map(|to| {
                let added = &table.columns[to];
                // Who says what existing rows get in a column says that it is new, unless that can be meant for the rows
                // of one that was nullable.
                let is_filled = given
                    .backfill(key, to)
                    .is_some_and(|sql| !gone.nullable || added.nullable || names_column(dialect, &sql, from));
                let score = candidate::of_columns((from, gone), (to, added), &enums).filter(|_| !is_filled)?;
                Some((score, Rename::Column { table: key.clone(), from: from.clone(), to: to.clone() }))
            });
            ask(come.collect(), given.answers, steps);
        }
    }
    Ok(renamed)
}

/// Asks which of the candidates something that goes has become.
fn ask(scored: Vec<((usize, u32), Rename)>, answers: &Answers, steps: &mut Steps) {
    if answers.no_renames {
        return;
    }
    let mut candidates = candidate::best_first(scored);
    candidates.retain(|rename| !answers.denied.contains(rename));
    let more = candidates.len().saturating_sub(CANDIDATES);
    candidates.truncate(CANDIDATES);
    if !candidates.is_empty() {
        steps.questions.push(Question::Rename { candidates, more });
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
