//! What the files and the name of a step of an online change say about it.
//!
//! Which steps there are is decided elsewhere.

use crate::{
    dialect::one_line,
    hazard::{TableLock, step_locks, waits},
    model::Schema,
    operation::Operation,
    record::Record,
};

/// The name of a step: `ticket_priority_2_backfill`.
#[must_use]
pub fn step_name(change: &str, number: u32, step: &str) -> String {
    format!("{change}_{number}_{step}")
}

/// The name of the change that the step `number` of that name belongs to; the name itself when it is none.
#[must_use]
pub fn name_of_change(name: &str, number: u32) -> &str {
    name.rfind(&format!("_{number}_")).map_or(name, |place| &name[..place])
}

/// The lines below the header: which step it is, and the locks of its statements.
pub(super) fn remarks(record: &Record, before: &Schema, operations: &[Operation]) -> String {
    let Some(step) = record.step else { return String::new() };
    let mut text = match step.of {
        1 => "--\n-- An online change: others go on working meanwhile.\n".to_owned(),
        of => format!("--\n-- Step {} of {of} of an online change: others go on working meanwhile.\n", step.number),
    };
    let locks = if step.is_online { step_locks(before, operations) } else { waits(before, operations) };
    let lines = locks.iter().map(TableLock::full_line);
    text.extend(lines.map(|line| format!("-- locks {}\n", one_line(&line))));
    text
}
