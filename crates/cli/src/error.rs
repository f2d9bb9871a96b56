//! Expected failures of the command line: kind, message, hint. Must not print.

use std::{fmt::Display, path::Path};

use crate::exit_code;

/// What kind of failure it is; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// A check failed.
    Check,
    /// Wrong usage, a bad snapshot or setting, a file that cannot be written.
    Usage,
    /// The database said no.
    Database,
    /// Somebody else holds the migration lock.
    Locked,
    /// Ctrl-C, while a question was on the screen.
    Interrupted,
}

impl FailureKind {
    pub(crate) fn exit_code(self) -> u8 {
        match self {
            Self::Check => exit_code::CHECK_FAILED,
            Self::Usage => exit_code::USAGE,
            Self::Database => exit_code::DATABASE,
            Self::Locked => exit_code::LOCKED,
            Self::Interrupted => exit_code::INTERRUPTED,
        }
    }
}

/// An expected failure. Details that have a place in a file are reported before it is returned.
#[derive(Debug, Clone)]
pub(crate) struct CliError {
    pub(crate) kind: FailureKind,
    pub(crate) message: String,
    pub(crate) hints: Vec<String>,
    /// The migrations that are applied and not here, where that is what is wrong.
    pub(crate) absent: Vec<String>,
    /// What the database added: it can hold values of rows, and is not for every eye.
    pub(crate) detail: Option<String>,
}

impl CliError {
    pub(crate) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), absent: Vec::new(), detail: None }
    }

    pub(crate) fn check(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Check, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, message)
    }

    /// What belongs to a later version.
    pub(crate) fn not_supported(what: impl Display) -> Self {
        Self::usage(format!("{what} is not supported yet"))
    }

    /// The operating system refused something about a file.
    pub(crate) fn io(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::usage(format!("cannot {doing} `{}`: {error}", path.display()))
    }

    /// The same with one more line of what to do.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl From<makemigrations_run::Error> for CliError {
    fn from(error: makemigrations_run::Error) -> Self {
        let kind = match error.kind() {
            makemigrations_run::ErrorKind::Check => FailureKind::Check,
            makemigrations_run::ErrorKind::Usage => FailureKind::Usage,
            makemigrations_run::ErrorKind::Database => FailureKind::Database,
            makemigrations_run::ErrorKind::Locked => FailureKind::Locked,
        };
        let absent = match &error {
            makemigrations_run::Error::Gone { migrations } | makemigrations_run::Error::NotStored { migrations } => {
                migrations.clone()
            }
            _ => Vec::new(),
        };
        let (hints, detail) = (error.hint().into_iter().collect(), error.detail().map(str::to_owned));
        Self { kind, message: error.message(), hints, absent, detail }
    }
}

impl From<makemigrations_gate::Error> for CliError {
    fn from(error: makemigrations_gate::Error) -> Self {
        Self::usage(error.to_string())
    }
}

pub(crate) type Result<T> = std::result::Result<T, CliError>;
