//! What merge, rebase and squash decide about migrations that two lines have made: whether their operations commute, what is
//! left of a migration on top of another line, and which answers its operations hold.
//!
//! Reads no git and no files, and asks nobody: `cli::commands::rebase` does, and writes what comes of it.

pub mod commute;
mod fitting;
mod recorded_answers;

pub use fitting::{Fitted, Misfit, builds_on, fitted};
pub use recorded_answers::{RecordedAnswers, recorded_answers, with_given};
