//! Unique constraints.
//!
//! A partial one is an [`Index`](super::Index): SQL has no partial constraints.

use super::Deferrable;

/// A unique constraint; its name is its key in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// Columns in order; never empty.
    pub columns: Vec<String>,
    /// Two rows with `NULL` count as equal (PostgreSQL 15).
    pub nulls_not_distinct: bool,
    /// Whether and how checking can wait for the commit.
    pub deferrable: Option<Deferrable>,
    /// Columns carried in the index only.
    pub include: Vec<String>,
}
