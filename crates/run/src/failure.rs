//! What is known of a migration that failed. Must not guess: what is not known is not said.

use std::fmt;

use makemigrations_gate::{quoted, wording::listed};

use crate::engine::Refusal;
use crate::plan::Direction;
use crate::progress::Blocker;
use crate::timeouts::is_lock_timeout;

/// Of a statement more than this is not shown; the line in the file leads to all of it.
const SHOWN: usize = 1000;

/// The table of the guards in a migration for SQLite.
const SQLITE_GUARD: &str = "\"__makemigrations_guard\"";

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
    /// Whether the connection was lost while all of it was being committed, so that nobody knows how that ended.
    pub unknown: bool,
    /// Whether an earlier run of it was interrupted.
    pub interrupted: bool,
    /// How often it was tried.
    pub tries: u32,
    /// The sessions that were in its way, as far as that was seen.
    pub blockers: Vec<Blocker>,
    /// Names of the migrations that were applied or reverted before it in the same run: they stay so.
    pub before: Vec<String>,
}

impl Failure {
    /// What to do about it, with the next command.
    #[must_use]
    pub fn hint(&self) -> String {
        let again = match self.direction {
            Direction::Up => "cargo xtask migrate",
            Direction::Down => "cargo xtask migrate:down",
        };
        if self.interrupted && self.direction == Direction::Up && !self.undone {
            return format!(
                "an earlier run of it was interrupted and may have done its work: look, and if it is done, record it with \
                 `cargo xtask migrate --fake --to {}`",
                quoted(&self.migration)
            );
        }
        if self.unknown {
            return format!("`{again}` finds out whether it is done, and goes on from there");
        }
        if is_lock_timeout(&self.refusal) {
            let sessions = self.blockers.iter().filter(|blocker| blocker.pid != 0).map(|blocker| blocker.pid);
            let end: Vec<_> = sessions.map(|pid| format!("`SELECT pg_terminate_backend({pid});`")).collect();
            let end =
                if end.is_empty() { String::new() } else { format!(" or end what is in the way ({}),", end.join(" ")) };
            return format!("wait until others are done,{end} then `{again}`");
        }
        let before = if self.undone { "" } else { "take back by hand what stayed, " };
        if self.guard().is_some() {
            return format!("{before}settle what it says, then `{again}`");
        }
        let what = match self.direction {
            Direction::Up => "the migration",
            Direction::Down => "its `down.sql`",
        };
        format!("{before}mend what the database says, or {what} as long as it is not merged; then `{again}`")
    }

    /// What a guard of the migration says: SQL that counts rows and refuses is for the database to read.
    fn guard(&self) -> Option<&str> {
        let (statement, message) = (self.statement.as_deref()?, self.refusal.message.as_str());
        if let Some(said) = message.strip_prefix("CHECK constraint failed: ") {
            return statement.contains(SQLITE_GUARD).then_some(said);
        }
        let is_block = statement.get(..2).is_some_and(|word| word.eq_ignore_ascii_case("do"));
        let (_, raised) = statement.split_once("RAISE EXCEPTION '").filter(|_| is_block)?;
        // The text that it raises, up to its closing quote; `%` stands for a value.
        let text = raised.replace("''", "\u{0}").split('\'').next()?.replace('\u{0}', "'").replace("%%", "\u{0}");
        let mut parts = text.split('%').map(|part| part.replace('\u{0}', "%"));
        parts.all(|part| message.contains(&part)).then_some(message)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = format!("{}/{}", self.migration, self.file);
        let guard = self.guard();
        match (guard, self.line) {
            (Some(said), Some(line)) => write!(f, "`{file}:{line}` refuses: {said}")?,
            (Some(said), None) => write!(f, "`{file}` refuses: {said}")?,
            (None, Some(line)) => write!(f, "`{file}:{line}` failed: {}", self.refusal)?,
            (None, None) => write!(f, "`{file}` failed: {}", self.refusal)?,
        }
        if let Some(statement) = self.statement.as_ref().filter(|_| guard.is_none()) {
            match statement.char_indices().nth(SHOWN) {
                Some((end, _)) => write!(f, "\nstatement: {} ...", &statement[..end])?,
                None => write!(f, "\nstatement: {statement}")?,
            }
        }
        if self.tries > 1 {
            write!(f, "\nit was tried {} times", self.tries)?;
        }
        for blocker in &self.blockers {
            write!(f, "\nin the way: {blocker}")?;
        }
        if self.unknown {
            f.write_str("\nit was about to be committed: whether it is applied is not known")?;
        } else if self.undone {
            f.write_str("\nnothing of it stays in the database")?;
        } else {
            f.write_str("\nit does not run in one transaction: what it did before may have stayed")?;
        }
        match self.before.as_slice() {
            [] => Ok(()),
            before => {
                let verb = if self.direction == Direction::Up { "applied" } else { "reverted" };
                write!(f, "\n{verb} before it, and staying so: {}", listed(before))
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
            unknown: false,
            interrupted: false,
            tries: 1,
            blockers: Vec::new(),
            before: vec!["0001_a".to_owned()],
        }
    }

    #[test]
    fn says_what_a_person_needs() {
        let text = "`0002_b/up.sql:3` failed: it is there\nstatement: SELECT 1\n\
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
        assert!(interrupted.hint().contains("--fake --to 0002_b"));
    }

    #[test]
    fn the_next_command_is_always_said() {
        assert!(failure("SELECT 1").hint().ends_with("`cargo xtask migrate`"));
        let down = Failure { direction: Direction::Down, ..failure("SELECT 1") };
        assert!(down.hint().ends_with("`cargo xtask migrate:down`"));
        assert!(Failure { undone: false, ..down }.hint().contains("take back by hand"));
    }

    #[test]
    fn a_guard_speaks_for_itself() {
        let block = "DO $$\nBEGIN\n    IF number > 0 THEN\n        RAISE EXCEPTION '% of \"a''b\" with 5%%', number;\n";
        let said = |statement: &str, message: &str| {
            Failure { refusal: Refusal::new(message), ..failure(statement) }.to_string()
        };
        let guarded = said(block, "2 rows of \"a'b\" with 5%");
        assert!(guarded.starts_with("`0002_b/up.sql:3` refuses: 2 rows of \"a'b\" with 5%\nnothing"), "{guarded}");
        assert!(said(block, "relation \"a\" does not exist").contains("statement: DO $$"));
        let update = "UPDATE temp.\"__makemigrations_guard\" SET \"nulls\" = 1";
        let guarded = said(update, "CHECK constraint failed: rows of `t` have no value");
        assert!(guarded.starts_with("`0002_b/up.sql:3` refuses: rows of `t` have no value\nnothing"), "{guarded}");
        assert!(said("UPDATE t SET a = 1", "CHECK constraint failed: a_check").contains("statement: UPDATE t"));
    }
}
