//! Operations to `operations.toml` and back, to the letter: what is written reads back equal.
//!
//! The grammar of definitions is the snapshots', with every name explicit. Checks no schema: replaying does.

mod column;
mod deferred;
mod definition;
mod dependency;
mod enumeration;
mod field;
mod hint;
mod named;
mod object;
mod online;
mod operation;
mod read;
mod table;
mod view;
mod write;

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::hint::Hint;
use crate::model::Dialect;
use crate::operation::Operation;

/// What a migration's `operations.toml` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The migration's number.
    pub number: u64,
    /// The dialect that its SQL is written for.
    pub dialect: Dialect,
    /// Whether people wrote the SQL, or part of it.
    pub manual: bool,
    /// Why they did, of a migration that stands for others.
    pub manual_reason: Option<ManualReason>,
    /// Whether the operations only say what is there already: the state that the migrations of another tool left, which
    /// this one therefore does not make.
    pub baseline: bool,
    /// Which step of an online change it is.
    pub step: Option<OnlineStep>,
    /// The folders of the merged migrations, oldest first, that this one stands for where none of them is applied.
    pub replaces: Vec<String>,
    /// Hints of the snapshots that have no effect from this migration on, where its operations do not say so.
    pub used_hints: BTreeSet<Hint>,
    /// The changes, in order.
    pub operations: Vec<Operation>,
}

/// One of the migrations that are an online change together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnlineStep {
    /// Which one, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
    /// Whether its SQL has a form of its own that keeps nobody waiting; otherwise it is what the operations always give.
    pub is_online: bool,
}

/// The reason that people gave for SQL that they changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualReason {
    /// The reason, in one line.
    pub text: String,
    /// The checksum of the SQL that it was given for.
    pub sum: String,
}

impl Record {
    /// The record of a migration whose SQL the operations give.
    #[must_use]
    pub fn new(number: u64, dialect: Dialect, operations: Vec<Operation>) -> Self {
        Self {
            number,
            dialect,
            manual: false,
            manual_reason: None,
            baseline: false,
            step: None,
            replaces: Vec::new(),
            used_hints: BTreeSet::new(),
            operations,
        }
    }

    /// Whether it stands for other migrations, and so changes nothing itself.
    #[must_use]
    pub fn is_stand_in(&self) -> bool {
        !self.replaces.is_empty()
    }
}

/// Reads an `operations.toml`; `path` is what messages call it.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn read(path: &str, text: &str) -> Result<Record, Vec<Diagnostic>> {
    read::read(path, text)
}

/// The text of an `operations.toml`. The same record gives the same bytes.
#[must_use]
pub fn write(record: &Record) -> String {
    write::write(record)
}

#[cfg(test)]
mod strategy;
#[cfg(test)]
mod tests;
