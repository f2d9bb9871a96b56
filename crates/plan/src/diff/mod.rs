//! From the present schema and the wanted one to operations, or to questions that only a person can answer.
//!
//! Invariant: never imports `dialect`: what changes is decided here, how it is written elsewhere.
//!
//! Renames are resolved first and applied to a copy of the present schema; what still differs after that is compared one
//! object kind at a time, each into its `step::Steps`, and put in an order in which every operation finds what it
//! needs.

mod answer;
mod invalidation;
mod column;
mod constraint;
mod domain;
mod enumeration;
mod foreign_key;
mod given;
mod offer;
mod outcome;
mod partition;
mod problem;
mod question;
mod removed;
mod rename;
mod step;
mod table;
mod value_check;
mod view;

pub use answer::{Answers, InvalidFlag, Rename, parse_assignment, parse_rename, quote_key};
pub use offer::Offer;
pub use question::{Choice, Question, for_shell};
pub use rename::net_renames;

use std::{borrow::Cow, collections::BTreeSet};

use crate::{
    diagnostic::Diagnostic,
    graph::order,
    hint::Hint,
    model::{Dialect, Domain, Schema},
    operation::{Operation, apply_all},
    snapshot::{Hints, Wanted},
};
use given::Given;
use outcome::Outcome;
use problem::Problems;
use rename::Mappings;
use step::Steps;

/// The operations that lead from the present schema to the wanted one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// In the order in which they must run; empty when there is nothing to do.
    pub operations: Vec<Operation>,
    /// Every hint of the snapshots that has no effect any more once the plan is recorded.
    pub used_hints: BTreeSet<Hint>,
    /// Hints that have been used before, or name nothing.
    pub notes: Vec<Diagnostic>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq)]
pub enum Stop {
    /// Only a person knows; the same call with the answers goes on.
    Questions(Vec<Question>),
    /// The change is not possible, or not supported yet.
    Refused(Vec<String>),
    /// Answers (flags) that name nothing, or cannot be done together.
    UnknownAnswers(Vec<String>),
    /// Hints that cannot be done.
    InvalidHints(Vec<Diagnostic>),
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
        // The usual case of a check: nothing is copied.
        return Ok(Plan::default());
    }
    // A schema with nothing in it may be of no dialect that anybody has said.
    let present = if present.dialect == dialect { Cow::Borrowed(present) } else { Cow::Owned(of(dialect, present)) };
    let present: &Schema = &present;
    let narrowed = only.map(|domain| {
        let answers = answers.resolved(present, &wanted.schema);
        domain::narrowed(present, wanted, &answers, domain)
    });
    let narrowed = narrowed.transpose().map_err(Stop::Refused)?;
    let wanted = narrowed.as_ref().unwrap_or(wanted);
    let mut target = of(dialect, &wanted.schema);
    column::keep_recorded_numbers(present, &mut target);
    let target = &target;
    let answers = &answers.resolved(present, target);
    let mut problems = Problems::default();
    let mappings = Mappings::solve(present, target, wanted, answers, &mut problems);
    problems.flags.extend(answers.flawed(dialect));
    problems.flags.extend(answers.unknown(present, target, &mappings));
    problems.result()?;
    let given = Given::new(dialect, wanted, answers, &mappings);

    let mut steps = Steps::default();
    let renamed = rename::tables(dialect, present, target, &mappings, answers, &mut steps)?;
    let renamed = rename::columns(dialect, &renamed, target, &mappings, &given, &mut steps)?;
    let renamed = rename::enums(dialect, (present, &renamed), target, &mappings, answers, &mut steps)?;
    let renamed = rename::named(dialect, &renamed, target, &mut steps)?;
    let (renamed, labels) = rename::values(dialect, &renamed, target, &mappings, answers, &mut steps)?;
    removed::refuse(&renamed, target, &mut steps);
    let renamed = invalidation::drop_dependents(dialect, present, renamed, target, &labels, &mut steps)?;

    enumeration::compare(present, &renamed, target, &labels, &mut steps);
    table::compare(&renamed, target, &mut steps);
    column::compare(&renamed, target, &given, &mut steps);
    constraint::compare(&renamed, target, &mut steps);
    foreign_key::compare(dialect, &renamed, target, &mut steps);
    view::compare(&renamed, target, &mut steps);
    partition::refuse(dialect, &renamed, target, &mut steps);
    if !steps.refused.is_empty() {
        return Err(Stop::Refused(steps.refused));
    }
    if !steps.questions.is_empty() {
        return Err(Stop::Questions(steps.questions));
    }
    let outcome = Outcome::of((present, target), wanted, answers, &mappings, &steps);
    let operations = steps.into_operations(&renamed, target);
    let operations = order(present, operations).map_err(|cycle| Stop::Refused(vec![cycle.to_string()]))?;
    prove(present, target, &operations)?;
    Ok(Plan { operations, used_hints: outcome.used, notes: outcome.notes })
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
