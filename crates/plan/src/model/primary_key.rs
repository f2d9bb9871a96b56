//! Primary keys.
//!
//! Which counters fill them is the column's business.

/// A table's primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrimaryKey {
    /// Constraint name.
    pub name: String,
    /// Columns in key order; never empty.
    pub columns: Vec<String>,
}
