//! Views.
//!
//! The query is not understood: which columns it has is not known here.

use super::index::{self, IndexNode};
use super::{Name, Reader, Sql, sql};
use crate::snapshot::format;
use crate::toml::{Entry, Span, read_keys};

/// A view.
#[derive(Debug)]
pub(crate) struct ViewNode<'a> {
    pub(crate) key: Name<'a>,
    pub(crate) name: Option<Name<'a>>,
    pub(crate) schema: Option<Name<'a>>,
    /// None when there is none, or one that has been reported.
    pub(crate) query: Option<Sql<'a>>,
    pub(crate) materialized: Option<Span>,
    pub(crate) comment: Option<Name<'a>>,
    pub(crate) depends_on: Vec<Name<'a>>,
    pub(crate) indexes: Vec<IndexNode<'a>>,
}

/// An entry of `views`.
pub(super) fn read<'a>(reader: &mut Reader<'_, '_>, entry: &Entry<'a>) -> ViewNode<'a> {
    let mut node = ViewNode {
        key: entry.name(),
        name: None,
        schema: None,
        query: None,
        materialized: None,
        comment: None,
        depends_on: Vec::new(),
        indexes: Vec::new(),
    };
    let Some(table) = entry.value.table(reader.report) else { return node };
    read_keys!(table, reader.report, entry, format::VIEW, {
        "query" => node.query = sql::query(reader, entry.value),
        "name" => node.name = entry.value.text(reader.report),
        "schema" => node.schema = entry.value.text(reader.report),
        "materialized" => node.materialized = entry.value.flag(reader.report),
        "comment" => node.comment = entry.value.text(reader.report),
        "depends_on" => node.depends_on = entry.value.texts(reader.report).unwrap_or_default(),
        "indexes" => node.indexes = reader.list(entry.value, index::read),
    });
    if table.get("query").is_none() {
        let message = format!("view `{}` has no `query`", node.key.value);
        reader.report.missing_key(table, &["query"], node.key.span, message);
    }
    node
}
