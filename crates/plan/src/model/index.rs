//! Indexes, partial unique ones included.
//!
//! The index behind a primary key or a unique constraint is not one of these.

use std::collections::BTreeMap;

/// An index; its name is its key in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// What is indexed, in order; never empty.
    pub columns: Vec<IndexColumn>,
    /// Whether two rows may not share a key.
    pub unique: bool,
    /// Two rows with `NULL` count as equal (PostgreSQL 15, unique only).
    pub nulls_not_distinct: bool,
    /// `WHERE`: only these rows are indexed.
    pub predicate: Option<String>,
    /// `USING`: the access method; `None` is `btree`.
    pub method: Option<String>,
    /// Columns carried along but not searched.
    pub include: Vec<String>,
    /// Storage parameters.
    pub with: BTreeMap<String, String>,
}

/// One element of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexColumn {
    /// What is indexed.
    pub target: IndexTarget,
    /// `DESC`.
    pub descending: bool,
    /// `NULLS FIRST` or `NULLS LAST` when it differs from the order's own.
    pub nulls: Option<Nulls>,
    /// Operator class.
    pub opclass: Option<String>,
    /// `COLLATE`.
    pub collation: Option<String>,
}

impl IndexColumn {
    /// A column in ascending order.
    pub fn plain(column: impl Into<String>) -> Self {
        let target = IndexTarget::Column(column.into());
        Self { target, descending: false, nulls: None, opclass: None, collation: None }
    }
}

/// What an element of an index indexes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexTarget {
    /// A column.
    Column(String),
    /// An expression, without the outer parentheses.
    Expression(String),
}

/// Where `NULL`s sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// Before everything else.
    First,
    /// After everything else.
    Last,
}

impl Index {
    /// The columns named as such, in order (not those inside expressions).
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|element| match &element.target {
            IndexTarget::Column(name) => Some(name.as_str()),
            IndexTarget::Expression(_) => None,
        })
    }

    /// Every SQL text in it: expressions and predicate.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.expressions().chain(self.predicate.as_deref())
    }

    /// The expressions that it indexes.
    pub fn expressions(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().filter_map(|element| match &element.target {
            IndexTarget::Expression(text) => Some(text.as_str()),
            IndexTarget::Column(_) => None,
        })
    }
}
