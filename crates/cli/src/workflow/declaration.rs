//! The reason that people give for SQL which they changed in a squashed migration, and the SQL that they gave it for. Must
//! not judge what that SQL does.

use makemigrations_gate::{Folder, Lock, Override, migration_sum};
use makemigrations_plan::record::{ManualReason, Record};

use crate::workspace::migrations::RECORD;

/// Stands for the migration in the checksum of its SQL: `rebase` gives it another name, and leaves its SQL alone.
const NAME: &str = "squashed";

/// What the record of a squashed migration says of changes by hand.
pub(crate) enum Declaration<'r> {
    /// Nothing, or no reason.
    Missing,
    /// A reason that was given for other SQL than is there.
    OfOtherSql(&'r str),
    /// Why the SQL that is there was changed.
    Valid(&'r str),
}

/// What is declared of a migration's SQL.
pub(crate) fn of<'r>(folder: &Folder, name: &str, record: &'r Record) -> Declaration<'r> {
    let Some(ManualReason { text, sum }) = record.manual_reason.as_ref().filter(|_| record.manual) else {
        return Declaration::Missing;
    };
    let normal = Override::new(name, text);
    if !normal.has_reason() || normal.reason != *text {
        return Declaration::Missing;
    }
    if *sum == sql_sum(folder, name) { Declaration::Valid(text) } else { Declaration::OfOtherSql(text) }
}

/// The reason, for the SQL as it is now. `None` when it says nothing.
pub(crate) fn declare(folder: &Folder, name: &str, reason: &str) -> Option<ManualReason> {
    let normal = Override::new(name, reason);
    normal.has_reason().then(|| ManualReason { text: normal.reason, sum: sql_sum(folder, name) })
}

/// One checksum for all that is run of a migration, and how.
fn sql_sum(folder: &Folder, name: &str) -> String {
    let mut part = Lock::default();
    for (file, content) in folder.files(name).into_iter().flatten().filter(|(file, _)| *file != RECORD) {
        part.record(NAME, file, content.sum());
    }
    migration_sum(&part, NAME).map(|sum| sum.to_string()).unwrap_or_default()
}
