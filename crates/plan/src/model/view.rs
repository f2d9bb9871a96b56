//! Views, plain and materialized.
//!
//! Which tables a query reads is found where dependencies are; here it is text.

use std::collections::{BTreeMap, BTreeSet};

use super::{Domain, Index};

/// A view. Its key in [`Schema`](super::Schema) is the snapshots' key; a table's analytics view has the key
/// `<analytics schema>.<table key>`.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// The domain that declares it.
    pub domain: Domain,
    /// SQL name.
    pub name: String,
    /// SQL schema; `None` is the search path's first.
    pub schema: Option<String>,
    /// The query, without a `;` at its end.
    pub query: String,
    /// Whether its rows are kept.
    pub materialized: bool,
    /// `COMMENT ON VIEW`.
    pub comment: Option<String>,
    /// Keys of the tables, views and objects that it needs, as declared; empty when they are found from the query.
    pub depends_on: BTreeSet<String>,
    /// Indexes by name; only a materialized view has any.
    pub indexes: BTreeMap<String, Index>,
}
