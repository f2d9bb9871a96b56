//! Exclusion constraints: no two rows for which every operator says yes. PostgreSQL only.
//!
//! Whether the dialect has them is checked where snapshots are read.

use super::IndexTarget;

/// An exclusion constraint; its name is its key in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// The access method of its index: `gist`, `spgist`, `btree`, `hash`.
    pub method: String,
    /// What is compared, and how; never empty.
    pub elements: Vec<ExclusionElement>,
    /// `WHERE`: only these rows are compared.
    pub predicate: Option<String>,
}

/// One element of an exclusion constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExclusionElement {
    /// What is compared.
    pub target: IndexTarget,
    /// The operator, as SQL: `=`, `&&`.
    pub operator: String,
}

impl Exclusion {
    /// The columns named as such, in order (not those inside expressions).
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.elements.iter().filter_map(|element| match &element.target {
            IndexTarget::Column(name) => Some(name.as_str()),
            IndexTarget::Expression(_) => None,
        })
    }

    /// Every SQL text in it: expressions and predicate.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let expressions = self.elements.iter().filter_map(|element| match &element.target {
            IndexTarget::Expression(text) => Some(text.as_str()),
            IndexTarget::Column(_) => None,
        });
        expressions.chain(self.predicate.as_deref())
    }
}
