//! The SQL dialects, as a value.
//!
//! Only names and limits: how SQL is written belongs to the `dialect` modules.

use std::{fmt, str::FromStr};

/// A SQL dialect that migrations can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    /// Every dialect, in the order of the documentation.
    pub const ALL: [Self; 2] = [Self::Postgres, Self::Sqlite];

    /// The name in settings, lock files and records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }

    /// The longest identifier in bytes. SQLite has no limit of its own; PostgreSQL's is kept there too, so that a
    /// schema means the same names on both.
    #[must_use]
    pub const fn max_identifier_bytes(self) -> usize {
        match self {
            Self::Postgres | Self::Sqlite => 63,
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A dialect name that is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownDialect {
    /// A dialect that is planned.
    #[error("dialect `{0}` is not supported yet, expected `postgres` or `sqlite`")]
    Planned(String),
    /// Anything else.
    #[error("unknown dialect `{0}`, expected `postgres` or `sqlite`")]
    Unknown(String),
}

impl FromStr for Dialect {
    type Err = UnknownDialect;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "postgres" | "postgresql" => Ok(Self::Postgres),
            "sqlite" => Ok(Self::Sqlite),
            "mysql" | "mariadb" => Err(UnknownDialect::Planned(text.to_owned())),
            _ => Err(UnknownDialect::Unknown(text.to_owned())),
        }
    }
}
