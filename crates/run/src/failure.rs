//! What is known of a migration that failed. Must not guess: what is not known is not said.

use std::fmt;

use crate::engine::Refusal;
use crate::plan::Direction;

/// Of a statement more than this is not shown; the line in the file leads to all of it.
const SHOWN: usize = 1000;

/// A migration that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Name of its folder.
    pub migration: String,
    /// Which way it ran.
    pub direction: Direction,
    /// The file of it that ran.
    pub file: &'static str,
    /// The statement that failed, where that is known.
    pub statement: Option<String>,
    /// The line of the file, from 1, where that is known.
    pub line: Option<usize>,
    /// What the database said.
    pub refusal: Refusal,
    /// Whether nothing of the migration stayed in the database.
    pub undone: bool,
    /// Whether an earlier run of it was interrupted.
    pub interrupted: bool,
    /// Names of the migrations that were applied or reverted before it in the same run: they stay so.
    pub before: Vec<String>,
}

impl Failure {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        if self.interrupted && self.direction == Direction::Up && !self.undone {
            return Some(format!(
                "an earlier run of it was interrupted and may have done its work: look, and if it is done, record it with \
                 `cargo xtask migrate --fake --to {}`",
                self.migration
            ));
        }
        None
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = format!("{}/{}", self.migration, self.file);
        match self.line {
            Some(line) => write!(f, "`{file}:{line}` failed: {}", self.refusal)?,
            None => write!(f, "`{file}` failed: {}", self.refusal)?,
        }
        if let Some(statement) = &self.statement {
            match statement.char_indices().nth(SHOWN) {
                Some((end, _)) => write!(f, "\nstatement: {} ...", &statement[..end])?,
                None => write!(f, "\nstatement: {statement}")?,
            }
        }
        if self.undone {
            f.write_str("\nnothing of it stays in the database")?;
        } else {
            f.write_str("\nit does not run in one transaction: what it did before may have stayed")?;
        }
        match self.before.as_slice() {
            [] => Ok(()),
            before => {
                let verb = if self.direction == Direction::Up { "applied" } else { "reverted" };
                write!(f, "\n{verb} before it, and staying so: `{}`", before.join("`, `"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(statement: &str) -> Failure {
        Failure {
            migration: "0002_b".to_owned(),
            direction: Direction::Up,
            file: "up.sql",
            statement: Some(statement.to_owned()),
            line: Some(3),
            refusal: Refusal { detail: Some("Key (id)=(1)".to_owned()), ..Refusal::new("it is there") },
            undone: true,
            interrupted: false,
            before: vec!["0001_a".to_owned()],
        }
    }

    #[test]
    fn says_what_a_person_needs() {
        let text = "`0002_b/up.sql:3` failed: it is there (Key (id)=(1))\nstatement: SELECT 1\n\
                    nothing of it stays in the database\napplied before it, and staying so: `0001_a`";
        assert_eq!(failure("SELECT 1").to_string(), text);
    }

    #[test]
    fn a_long_statement_is_cut_between_characters() {
        let text = failure(&"ä".repeat(5000)).to_string();
        assert!(text.contains(&format!("{} ...", "ä".repeat(SHOWN))) && text.len() < 3000);
    }

    #[test]
    fn an_interrupted_one_may_be_done_already() {
        let interrupted = Failure { undone: false, interrupted: true, ..failure("SELECT 1") };
        assert!(interrupted.hint().unwrap().contains("--fake --to 0002_b"));
        assert_eq!(failure("SELECT 1").hint(), None);
    }
}
