//! Any other object of a database (function, trigger, policy, sequence, domain type, ...): tracked by its text.
//!
//! What the text means is not known here.

use std::collections::BTreeSet;

use super::Domain;

/// An object that people write in SQL. A change runs the old `drop`, then the new `create`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The domain that declares it.
    pub domain: Domain,
    /// SQL that creates it; may be several statements.
    pub create: String,
    /// SQL that drops it; may be several statements.
    pub drop: String,
    /// Keys of the tables, views and objects that it needs, as declared.
    pub depends_on: BTreeSet<String>,
}
