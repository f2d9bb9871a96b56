//! Operations to `operations.toml` and back, to the letter: what is written reads back equal.
//!
//! The grammar of definitions is the snapshots', with every name explicit. Checks no schema: replaying does.

mod column;
mod definition;
mod dependency;
mod enumeration;
mod field;
mod named;
mod object;
mod operation;
mod read;
mod table;
mod view;
mod write;

use crate::diagnostic::Diagnostic;
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
    /// The changes, in order.
    pub operations: Vec<Operation>,
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
