//! Enumerated types.
//!
//! How a dialect without them expresses one is the dialect's business.

use super::Domain;

/// An enumerated type. Its SQL name is its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enum {
    /// The domain that declares it.
    pub domain: Domain,
    /// SQL schema; `None` is the search path's first.
    pub schema: Option<String>,
    /// Labels in their sort order; never empty.
    pub values: Vec<String>,
    /// `COMMENT ON TYPE`.
    pub comment: Option<String>,
}
