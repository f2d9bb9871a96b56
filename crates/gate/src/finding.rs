//! What the gate says about the migrations: a stable id, a message, the next command.
//!
//! Only data: who shows it decides on colours and format.

use std::fmt;

/// Says which rule a finding is about. Scripts rely on the ids: they are never reused for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Id {
    /// `M001`: a file differs from what is recorded or merged.
    Edited,
    /// `M002`: a merged migration, or a file of it, is gone.
    Removed,
    /// `M003`: a merged migration, or a file of it, has another name.
    Renamed,
    /// `M004`: a file was added to a merged migration.
    Added,
    /// `M005`: not in the lock file.
    NotRecorded,
    /// `M006`: in the lock file, but gone.
    Gone,
    /// `M007`: two migrations with one number.
    DuplicateNumber,
    /// `M008`: two migrations with one Diesel version.
    DuplicateVersion,
    /// `M009`: sorts before a merged migration, or the numbers do not follow the versions.
    OutOfOrder,
    /// `M010`: a folder without `up.sql`.
    NoUpSql,
    /// `M011`: an SQL file without anything in it, or which is not text.
    EmptySql,
    /// `M012`: a `metadata.toml` that does not say `run_in_transaction`.
    NoTransactionKey,
    /// `M013`: `BEGIN` or `COMMIT` in a file that Diesel runs inside its own transaction.
    TransactionControl,
    /// `M014`: the lock file was changed for a merged migration.
    LockRewritten,
    /// `M015`: a symbolic link, or something else that is not a plain file.
    Link,
    /// `M016`: the lock file is not as the tool writes it.
    LockNotCanonical,
    /// `M017`: SQL that differs from what its operations generate, and is not declared as manual.
    UndeclaredSql,
    /// `M018`: an override without a reason.
    NoReason,
    /// `M019`: git cannot tell what is merged.
    UnknownBase,
    /// `M020`: something that does not belong in the folder, and does no harm.
    Stray,
    /// `M021`: a squashed migration that does not fit those that it stands for.
    Squashed,
    /// `M022`: several statements in a file that PostgreSQL runs outside of a transaction.
    SeveralStatements,
    /// `M023`: git tracks what would be taken for the state of a command.
    TrackedState,
    /// `M024`: an override where the settings of the base forbid them.
    ForbiddenOverride,
    /// `schema`: a `schema.rs` that is not what the snapshots say. Found by the command line, which generates it.
    SchemaRs,
}

impl Id {
    /// `M001` and so on.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edited => "M001",
            Self::Removed => "M002",
            Self::Renamed => "M003",
            Self::Added => "M004",
            Self::NotRecorded => "M005",
            Self::Gone => "M006",
            Self::DuplicateNumber => "M007",
            Self::DuplicateVersion => "M008",
            Self::OutOfOrder => "M009",
            Self::NoUpSql => "M010",
            Self::EmptySql => "M011",
            Self::NoTransactionKey => "M012",
            Self::TransactionControl => "M013",
            Self::LockRewritten => "M014",
            Self::Link => "M015",
            Self::LockNotCanonical => "M016",
            Self::UndeclaredSql => "M017",
            Self::NoReason => "M018",
            Self::UnknownBase => "M019",
            Self::Stray => "M020",
            Self::Squashed => "M021",
            Self::SeveralStatements => "M022",
            Self::TrackedState => "M023",
            Self::ForbiddenOverride => "M024",
            Self::SchemaRs => "schema",
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a finding fails the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Fails the check and the build.
    Error,
    /// Is printed.
    Warning,
}

/// One thing that the gate says.
///
/// Findings sort by place: those about the lock file first, then by migration, path and line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Name of the migration's folder. Also in the message.
    pub migration: Option<String>,
    /// The file or folder, as [`Folder::path`](crate::Folder::path) names it.
    pub path: Option<String>,
    /// Line in the file, from 1.
    pub line: Option<usize>,
    /// The rule.
    pub id: Id,
    /// Whether it fails the check.
    pub severity: Severity,
    /// What is wrong: a lower-case fragment, names in backticks.
    pub message: String,
    /// What to do: the next command.
    pub hint: String,
}

impl Finding {
    /// A finding that fails the check.
    pub fn error(id: Id, message: impl Into<String>, hint: impl Into<String>) -> Self {
        let (message, hint) = (message.into(), hint.into());
        Self { migration: None, path: None, line: None, id, severity: Severity::Error, message, hint }
    }

    /// A finding that is only printed.
    pub fn warning(id: Id, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(id, message, hint) }
    }

    /// The same about a migration.
    #[must_use]
    pub fn of(mut self, migration: impl Into<String>) -> Self {
        self.migration = Some(migration.into());
        self
    }

    /// The same with the place.
    #[must_use]
    pub fn at(mut self, path: impl Into<String>, line: Option<usize>) -> Self {
        self.path = Some(path.into());
        self.line = line;
        self
    }

    /// The same with another severity.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }
}

impl fmt::Display for Finding {
    /// Several lines of plain text: id and message, place, hint.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.id, self.message)?;
        match (&self.path, self.line) {
            (Some(path), Some(line)) => write!(f, "\n  --> {path}:{line}")?,
            (Some(path), None) => write!(f, "\n  --> {path}")?,
            (None, _) => {}
        }
        write!(f, "\n  hint: {}", self.hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_plain_text() {
        let finding =
            Finding::error(Id::Edited, "`a/up.sql` was edited", "restore it").at("migrations/a/up.sql", Some(3));
        assert_eq!(finding.to_string(), "M001: `a/up.sql` was edited\n  --> migrations/a/up.sql:3\n  hint: restore it");
    }
}
