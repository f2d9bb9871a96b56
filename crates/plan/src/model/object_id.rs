//! One way to name anything that a schema has.
//!
//! Says nothing about what depends on what: that is the graph's.

use std::{borrow::Cow, fmt};

use super::Dialect;

/// What names one thing of a [`Schema`](super::Schema), by the keys that the snapshots know it by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectId {
    /// An extension.
    Extension(String),
    /// A SQL schema.
    SqlSchema(String),
    /// An enumerated type, by its key.
    Enum(String),
    /// A table, by its key.
    Table(String),
    /// A column of a table.
    Column {
        /// The table's key.
        table: String,
        /// The column's name.
        column: String,
    },
    /// A constraint of a table: its primary key, a unique constraint, foreign key, check or exclusion constraint.
    Constraint {
        /// The table's key.
        table: String,
        /// The constraint's name.
        name: String,
    },
    /// An index of a table.
    Index {
        /// The table's key.
        table: String,
        /// The index's name.
        name: String,
    },
    /// A view, by its key.
    View(String),
    /// An object that is tracked by its text, by its key.
    Object(String),
}

impl ObjectId {
    /// The column of a table.
    pub fn column(table: impl Into<String>, column: impl Into<String>) -> Self {
        Self::Column { table: table.into(), column: column.into() }
    }

    /// The constraint of a table.
    pub fn constraint(table: impl Into<String>, name: impl Into<String>) -> Self {
        Self::Constraint { table: table.into(), name: name.into() }
    }

    /// The index of a table.
    pub fn index(table: impl Into<String>, name: impl Into<String>) -> Self {
        Self::Index { table: table.into(), name: name.into() }
    }

    /// The key of the table that it is part of.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        match self {
            Self::Column { table, .. } | Self::Constraint { table, .. } | Self::Index { table, .. } => Some(table),
            Self::Extension(_)
            | Self::SqlSchema(_)
            | Self::Enum(_)
            | Self::Table(_)
            | Self::View(_)
            | Self::Object(_) => None,
        }
    }

    /// The thing under the name that the database compares: parts of tables are known by what the database calls them.
    #[must_use]
    pub fn compared(&self, dialect: Dialect) -> Cow<'_, Self> {
        match self {
            Self::Column { table, column: name } | Self::Constraint { table, name } | Self::Index { table, name } => {
                let Cow::Owned(name) = dialect.name_key(name) else { return Cow::Borrowed(self) };
                Cow::Owned(match self {
                    Self::Column { .. } => Self::column(table, name),
                    Self::Constraint { .. } => Self::constraint(table, name),
                    _ => Self::index(table, name),
                })
            }
            Self::Extension(_)
            | Self::SqlSchema(_)
            | Self::Enum(_)
            | Self::Table(_)
            | Self::View(_)
            | Self::Object(_) => Cow::Borrowed(self),
        }
    }

    /// The same part of another table; anything else as it is.
    #[must_use]
    pub fn in_table(&self, table: &str) -> Self {
        match self {
            Self::Column { column, .. } => Self::column(table, column),
            Self::Constraint { name, .. } => Self::constraint(table, name),
            Self::Index { name, .. } => Self::index(table, name),
            other => other.clone(),
        }
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Extension(name) => write!(f, "extension `{name}`"),
            Self::SqlSchema(name) => write!(f, "SQL schema `{name}`"),
            Self::Enum(key) => write!(f, "enum `{key}`"),
            Self::Table(key) => write!(f, "table `{key}`"),
            Self::Column { table, column } => write!(f, "column `{table}.{column}`"),
            Self::Constraint { table, name } => write!(f, "constraint `{name}` of table `{table}`"),
            Self::Index { table, name } => write!(f, "index `{name}` of table `{table}`"),
            Self::View(key) => write!(f, "view `{key}`"),
            Self::Object(key) => write!(f, "object `{key}`"),
        }
    }
}
