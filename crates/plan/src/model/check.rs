//! Check constraints.
//!
//! The expression is text: it is compared as written, and normalised only by a database.

/// A check constraint; its name is its key in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// SQL over columns of the row.
    pub expression: String,
}
