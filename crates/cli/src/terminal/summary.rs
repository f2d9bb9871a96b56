//! What a planned migration changes, in lines for people. Must not look at the database.

use std::collections::BTreeSet;

use makemigrations_plan::{
    hazard::step_locks,
    model::{Dialect, Schema},
    operation::{
        InternalNames, Operation, apply_all,
        effect::{Effect, effects, rollback_effects},
        inverse,
    },
    record::Record,
};

use super::{Paint, Terminal};

/// This many things that going down costs are named; `down.sql` names more.
const NAMED: usize = 6;

impl Terminal {
    /// The operations with their signs, then what they lose, what may fail and what they lock.
    pub(crate) fn summary(&self, dialect: Dialect, before: &Schema, operations: &[Operation]) -> String {
        let mut text = self.changes(before, operations);
        for effect in effects(dialect, before, operations).into_iter().collect::<BTreeSet<_>>() {
            text += &self.effect(operations, effect);
        }
        text
    }

    /// The same of a record: a step of an online change has locks of its own.
    pub(crate) fn summary_of(&self, before: &Schema, record: &Record) -> String {
        let Record { dialect, operations, step, .. } = record;
        let Some(step) = step.filter(|step| step.is_online) else {
            return self.summary(*dialect, before, operations);
        };
        let mut text = self.changes(before, operations);
        // What is checked is checked by the step that validates.
        let of_step = effects(*dialect, before, operations).into_iter().filter(|effect| match effect {
            Effect::LosesData(_) | Effect::MayLose(_) => true,
            Effect::MayFail(_) | Effect::CannotBeDone(_) => step.number == step.of,
            Effect::NotRestored(_) | Effect::Locks(_) => false,
        });
        for effect in of_step.collect::<BTreeSet<_>>() {
            text += &self.effect(operations, effect);
        }
        for lock in step_locks(before, operations) {
            text += &format!("  {} {}\n", self.paint(Paint::Warning, "locks"), lock.full_line());
        }
        text
    }

    fn changes(&self, before: &Schema, operations: &[Operation]) -> String {
        let mut text = String::new();
        let internal = InternalNames::of(operations);
        let mut schema = before.clone();
        for operation in operations {
            let change = operation.change();
            let details = details(&schema, operation);
            // One that does not fit is reported by who applies them all.
            drop(operation.apply(&mut schema));
            if internal.hides(operation) {
                continue;
            }
            let sign = change.sign().as_char();
            let paint = match sign {
                '-' => Paint::Error,
                '+' => Paint::Good,
                _ => Paint::Strong,
            };
            let line = change.describe() + &details;
            text += &format!("  {} {}\n", self.paint(paint, &sign.to_string()), internal.shown(&line));
        }
        text
    }

    fn effect(&self, operations: &[Operation], effect: Effect) -> String {
        let line = match effect {
            Effect::LosesData(what) => format!("  {}: {what}\n", self.paint(Paint::Error, "loses data")),
            Effect::MayLose(what) => format!("  {}: {what}\n", self.paint(Paint::Error, "may lose")),
            // Of a rollback only.
            Effect::NotRestored(_) => String::new(),
            Effect::MayFail(what) => format!("  {}: {what}\n", self.paint(Paint::Warning, "may fail on")),
            Effect::CannotBeDone(what) => format!("  {}: {what}\n", self.paint(Paint::Error, "fails on")),
            Effect::Locks(what) => format!("  {} {what}\n", self.paint(Paint::Warning, "locks")),
        };
        InternalNames::of(operations).shown(&line)
    }

    /// What taking the operations back costs on a database with rows.
    pub(crate) fn rollback_impact(&self, dialect: Dialect, before: &Schema, operations: &[Operation]) -> String {
        let (Ok(after), Ok(back)) = (apply_all(before, operations), inverse(before, operations)) else {
            return String::new();
        };
        let mut lines = BTreeSet::new();
        for effect in rollback_effects(dialect, (before, operations), (&after, &back)) {
            match effect {
                Effect::LosesData(what) => {
                    lines.insert(format!("  going down {}: {what}\n", self.paint(Paint::Error, "loses")));
                }
                Effect::MayLose(what) => {
                    lines.insert(format!("  going down {}: {what}\n", self.paint(Paint::Error, "may lose")));
                }
                Effect::NotRestored(what) => {
                    let word = self.paint(Paint::Warning, "does not bring back");
                    lines.insert(format!("  going down {word} {what}\n"));
                }
                Effect::MayFail(what) => {
                    lines.insert(format!("  going down {}: {what}\n", self.paint(Paint::Warning, "may fail on")));
                }
                Effect::CannotBeDone(what) => {
                    let word = self.paint(Paint::Error, "is not possible any more");
                    lines.insert(format!("  going down {word} once there are {what}\n"));
                }
                Effect::Locks(_) => {}
            }
        }
        if lines.is_empty() {
            return format!("  {}\n", self.paint(Paint::Good, "going down takes everything back"));
        }
        let more = lines.len().saturating_sub(NAMED);
        let more = if more > 0 { format!("  and {more} more, which `down.sql` says\n") } else { String::new() };
        let internal = InternalNames::of(operations);
        lines.into_iter().take(NAMED).chain([more]).map(|line| internal.shown(&line)).collect()
    }
}

/// What changes, where the operation alone does not say it.
fn details(before: &Schema, operation: &Operation) -> String {
    let Operation::AlterColumn(alter) = operation else { return String::new() };
    let column = before.tables.get(&alter.table).and_then(|table| table.columns.get(&alter.column));
    let differences = column.map(|column| alter.differences(column)).unwrap_or_default();
    if differences.is_empty() { String::new() } else { format!(": {}", in_one_line(&differences.join(", "))) }
}

/// In one line.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
