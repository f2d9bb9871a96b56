//! From the present schema and the wanted one to operations, or to questions that only a person can answer.
//!
//! Invariant: never imports `dialect`: what changes is decided here, how it is written elsewhere.
//!
//! Renames are settled first and applied to a copy of the present schema; what still differs after that is compared one
//! object kind at a time, each into its `step::Steps`, and laid in an order in which every operation finds what it
//! needs.

mod answer;
mod aside;
mod column;
mod constraint;
mod enumeration;
mod foreign_key;
mod order;
mod question;
mod rename;
mod step;
mod table;
mod view;

pub use answer::{Answers, InvalidFlag, Rename, parse_assignment, parse_rename, quote_key};
pub use question::{Question, for_shell};
pub use rename::net_renames;

use std::borrow::Cow;

use crate::{
    diagnostic::Diagnostic,
    model::{Dialect, Domain, Schema},
    operation::{Operation, apply_all},
    snapshot::{Hints, Wanted},
};
use step::Steps;

/// The operations that lead from the present schema to the wanted one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// In the order in which they must run; empty when there is nothing to do.
    pub operations: Vec<Operation>,
    /// Hints that have done their work.
    pub notes: Vec<Diagnostic>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// Only a person knows; the same call with the answers goes on.
    Questions(Vec<Question>),
    /// The change is not possible, or not supported yet.
    Refused(Vec<String>),
    /// Answers (flags) that name nothing.
    UnknownAnswers(Vec<String>),
}

/// Compares two schemas. With `only`, nothing outside that domain changes.
///
/// # Errors
/// Questions, refusals, or answers that name nothing.
pub fn diff(
    dialect: Dialect,
    present: &Schema,
    wanted: &Wanted,
    answers: &Answers,
    only: Option<&Domain>,
) -> Result<Plan, Stop> {
    if *present == wanted.schema && wanted.hints == Hints::default() && *answers == Answers::default() {
        // The usual case of a check: nothing is copied. A hint may still want two names swapped.
        return Ok(Plan::default());
    }
    // A schema with nothing in it may be of no dialect that anybody has said.
    let present = &if present.dialect == dialect { Cow::Borrowed(present) } else { Cow::Owned(of(dialect, present)) };
    let target = match only {
        Some(domain) => narrowed(present, &wanted.schema, domain),
        None => of(dialect, &wanted.schema),
    };
    let answers = &answers.settled(present, &target);
    let unknown = answers.unknown(present, &target);
    if !unknown.is_empty() {
        return Err(Stop::UnknownAnswers(unknown));
    }
    let dangling = dangling(&target, &wanted.schema);
    if !dangling.is_empty() {
        return Err(Stop::Refused(dangling));
    }
    let mut steps = Steps::default();
    let renamed = rename::tables(dialect, present, &target, wanted, answers, &mut steps)?;
    let renamed = rename::columns(dialect, &renamed, &target, wanted, answers, &mut steps)?;
    let renamed = rename::enums(dialect, &renamed, &target, wanted, answers, &mut steps)?;
    let renamed = rename::named(dialect, &renamed, &target, &mut steps)?;
    let (renamed, labels) = rename::values(dialect, &renamed, &target, wanted, answers, &mut steps)?;
    let renamed = aside::step_aside(dialect, present, renamed, &target, &labels, &mut steps)?;

    enumeration::compare(present, &renamed, &target, &labels, &mut steps);
    table::compare(&renamed, &target, &mut steps);
    column::compare(&renamed, &target, wanted, answers, &mut steps);
    constraint::compare(&renamed, &target, &mut steps);
    foreign_key::compare(dialect, &renamed, &target, &mut steps);
    view::compare(&renamed, &target, &mut steps);
    if !steps.refused.is_empty() {
        return Err(Stop::Refused(steps.refused));
    }
    if !steps.questions.is_empty() {
        return Err(Stop::Questions(steps.questions));
    }
    let notes = answer::spent_hints(present, wanted, &steps);
    let operations = steps.into_operations(&renamed, &target);
    prove(present, &target, &operations)?;
    Ok(Plan { operations, notes })
}

fn of(dialect: Dialect, schema: &Schema) -> Schema {
    Schema { dialect, ..schema.clone() }
}

/// The operations, applied, must give the target: a plan that does not is a defect, and is never written.
fn prove(present: &Schema, target: &Schema, operations: &[Operation]) -> Result<(), Stop> {
    if operations.is_empty() && present == target {
        return Ok(());
    }
    let defect = |what: String| Err(Stop::Refused(vec![format!("defect in makemigrations, please report it: {what}")]));
    match apply_all(present, operations) {
        Ok(reached) if reached == *target => Ok(()),
        Ok(reached) => defect(format!(
            "the planned operations do not lead to the snapshots: {}",
            first_difference(&reached, target)
        )),
        Err(contradiction) => defect(contradiction.to_string()),
    }
}

fn first_difference(reached: &Schema, target: &Schema) -> String {
    for (key, table) in &target.tables {
        match reached.tables.get(key) {
            None => return format!("table `{key}` is missing"),
            Some(other) if other != table => return format!("table `{key}` differs"),
            Some(_) => {}
        }
    }
    match reached.tables.keys().find(|key| !target.tables.contains_key(*key)) {
        Some(key) => format!("table `{key}` is left over"),
        None if reached.views != target.views => "views differ".to_owned(),
        None if reached.objects != target.objects => "objects differ".to_owned(),
        None => "enums, schemas or extensions differ".to_owned(),
    }
}

/// The present schema with the objects of one domain as wanted.
fn narrowed(present: &Schema, wanted: &Schema, domain: &Domain) -> Schema {
    let mut target = present.clone();
    target.tables.retain(|_, table| table.domain != *domain);
    target.enums.retain(|_, item| item.domain != *domain);
    let tables = wanted.tables.iter().filter(|(_, table)| table.domain == *domain);
    target.tables.extend(tables.map(|(key, table)| (key.clone(), table.clone())));
    let enums = wanted.enums.iter().filter(|(_, item)| item.domain == *domain);
    target.enums.extend(enums.map(|(key, item)| (key.clone(), item.clone())));
    target.views.retain(|_, view| view.domain != *domain);
    target.objects.retain(|_, object| object.domain != *domain);
    let views = wanted.views.iter().filter(|(_, view)| view.domain == *domain);
    target.views.extend(views.map(|(key, view)| (key.clone(), view.clone())));
    let objects = wanted.objects.iter().filter(|(_, object)| object.domain == *domain);
    target.objects.extend(objects.map(|(key, object)| (key.clone(), object.clone())));
    // Extensions belong to no domain: new ones may be needed by this one, none is dropped.
    target.extensions.extend(wanted.extensions.iter().cloned());
    target.schemas = target.used_schemas();
    target
}

/// Whether a table, view or object has the key.
fn is_there(schema: &Schema, key: &str) -> bool {
    schema.tables.contains_key(key) || schema.views.contains_key(key) || schema.objects.contains_key(key)
}

/// What would point at nothing when only one domain is taken.
fn dangling(target: &Schema, wanted: &Schema) -> Vec<String> {
    let mut found = Vec::new();
    for key in wanted.views.keys().chain(wanted.objects.keys()).filter(|key| is_there(target, key)) {
        if let Some(needed) = aside::needed(wanted, key).iter().find(|needed| !is_there(target, needed)) {
            found.push(format!("`{key}` would need `{needed}`, which changes in another domain: leave `--domain` out"));
        }
    }
    for (key, table) in &target.tables {
        for (name, reference) in &table.foreign_keys {
            if !reference.has_target(target) {
                found.push(format!(
                    "foreign key `{name}` of table `{key}` would point at `{}`, which changes in another domain: leave \
                     `--domain` out",
                    reference.table
                ));
            }
        }
        for (column, definition) in &table.columns {
            if let Some(item) = definition.data_type.enum_key().filter(|item| !target.enums.contains_key(*item)) {
                found.push(format!(
                    "column `{key}.{column}` would need enum `{item}`, which changes in another domain: leave \
                     `--domain` out"
                ));
            }
        }
    }
    found
}
