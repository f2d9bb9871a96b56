//! Tables: columns and everything that hangs on them.
//!
//! References to other tables are keys; whether they resolve is the schema's business.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use super::{Check, Column, Domain, Exclusion, ForeignKey, Index, Inherited, PrimaryKey, Unique};

/// A table. Its key in [`Schema`](super::Schema) is the snapshots' key, which may differ from its SQL name.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The domain that declares it.
    pub domain: Domain,
    /// SQL name.
    pub name: String,
    /// SQL schema; `None` is the search path's first.
    pub schema: Option<String>,
    /// Columns by name, as declared; never empty.
    pub columns: IndexMap<String, Column>,
    /// Primary key.
    pub primary_key: Option<PrimaryKey>,
    /// Unique constraints by name.
    pub unique: BTreeMap<String, Unique>,
    /// Indexes by name.
    pub indexes: BTreeMap<String, Index>,
    /// Foreign keys by constraint name.
    pub foreign_keys: BTreeMap<String, ForeignKey>,
    /// Check constraints by name.
    pub checks: BTreeMap<String, Check>,
    /// Exclusion constraints by name; PostgreSQL only.
    pub exclusions: BTreeMap<String, Exclusion>,
    /// Keys of the objects that must exist before it.
    pub depends_on: BTreeSet<String>,
    /// `COMMENT ON TABLE`.
    pub comment: Option<String>,
    /// Text after the closing parenthesis of `CREATE TABLE`.
    pub options: Option<String>,
    /// What others wrote into its text; SQLite only.
    pub inherited: Inherited,
}

impl Table {
    /// A table without columns, to be filled.
    pub fn new(domain: Domain, name: impl Into<String>) -> Self {
        Self {
            domain,
            name: name.into(),
            schema: None,
            columns: IndexMap::new(),
            primary_key: None,
            unique: BTreeMap::new(),
            indexes: BTreeMap::new(),
            foreign_keys: BTreeMap::new(),
            checks: BTreeMap::new(),
            exclusions: BTreeMap::new(),
            depends_on: BTreeSet::new(),
            comment: None,
            options: None,
            inherited: Inherited::default(),
        }
    }

    /// Whether `column` belongs to the primary key.
    #[must_use]
    pub fn is_key(&self, column: &str) -> bool {
        self.primary_key.as_ref().is_some_and(|key| key.columns.iter().any(|name| name == column))
    }

    /// The primary key's column, when it is exactly one.
    #[must_use]
    pub fn single_key(&self) -> Option<&str> {
        match self.primary_key.as_ref()?.columns.as_slice() {
            [column] => Some(column),
            _ => None,
        }
    }
}
