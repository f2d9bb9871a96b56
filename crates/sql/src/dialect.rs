//! The SQL dialects, as a value, and how each compares names.
//!
//! Only names and limits: how SQL is written belongs to the planner's `dialect` modules.

use std::{borrow::Cow, error::Error, fmt, str::FromStr};

/// A SQL dialect that migrations can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Dialect {
    /// PostgreSQL.
    #[default]
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

    /// Whether the database is a file of the application, and not a server with many databases.
    #[must_use]
    pub const fn is_embedded(self) -> bool {
        match self {
            Self::Postgres => false,
            Self::Sqlite => true,
        }
    }

    /// Whether tables are in SQL schemas, each with names of its own.
    #[must_use]
    pub const fn has_sql_schemas(self) -> bool {
        match self {
            Self::Postgres => true,
            Self::Sqlite => false,
        }
    }

    /// Whether the database keeps the statement that made a table, and not only what it says.
    #[must_use]
    pub const fn keeps_statements(self) -> bool {
        match self {
            Self::Postgres => false,
            Self::Sqlite => true,
        }
    }

    /// Whether a name in double quotes that nothing has is read as a text.
    #[must_use]
    pub const fn reads_unknown_names_as_text(self) -> bool {
        match self {
            Self::Postgres => false,
            Self::Sqlite => true,
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

    /// The name as the database compares it: two names are one where their keys are equal. PostgreSQL compares names byte
    /// by byte, SQLite without regard to the case of ASCII letters.
    #[must_use]
    pub fn name_key(self, name: &str) -> Cow<'_, str> {
        match self {
            Self::Sqlite if name.bytes().any(|byte| byte.is_ascii_uppercase()) => Cow::Owned(name.to_ascii_lowercase()),
            Self::Postgres | Self::Sqlite => Cow::Borrowed(name),
        }
    }

    /// Whether the database takes two names for one.
    #[must_use]
    pub fn is_same_name(self, one: &str, other: &str) -> bool {
        match self {
            Self::Postgres => one == other,
            Self::Sqlite => one.eq_ignore_ascii_case(other),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A dialect name that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownDialect {
    /// A dialect that is planned.
    Planned(String),
    /// Anything else.
    Unknown(String),
}

impl fmt::Display for UnknownDialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Planned(name) => write!(f, "dialect `{name}` is not supported yet, expected `postgres` or `sqlite`"),
            Self::Unknown(name) => write!(f, "unknown dialect `{name}`, expected `postgres` or `sqlite`"),
        }
    }
}

impl Error for UnknownDialect {}

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
