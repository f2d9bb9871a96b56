//! What was found: a rule, a place, what waits, and how to do it safely. Must not know how it is shown.

use makemigrations_plan::hazard::LockMode;

/// How much a finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported.
    Warning,
    /// Reported, and the lint fails.
    Error,
}

impl Level {
    /// As the settings spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level that a setting spells.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Off, Self::Warning, Self::Error].into_iter().find(|level| level.as_str() == text)
    }
}

/// A hazard in a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The name of the rule.
    pub rule: &'static str,
    /// The rows of the hazard table that it stands for: `H01`.
    pub hazards: &'static [&'static str],
    /// An error or a warning.
    pub level: Level,
    /// Whether the generator wrote the statement, and nobody has changed it.
    pub is_generated: bool,
    /// The folder of the migration.
    pub migration: String,
    /// The path of the file.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The statement, in one line.
    pub statement: String,
    /// What is wrong.
    pub message: String,
    /// The strongest lock that the statement takes on what was there before.
    pub lock: Option<LockMode>,
    /// The tables that are locked, or changed.
    pub tables: Vec<String>,
    /// How to do it safely.
    pub safe: String,
}

impl Finding {
    /// What has to wait while the lock is held.
    #[must_use]
    pub fn blocks(&self) -> Option<&'static str> {
        self.lock.and_then(LockMode::blocks)
    }
}
