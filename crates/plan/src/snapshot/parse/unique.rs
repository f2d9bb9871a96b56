//! Unique constraints, and the partial ones that SQL has as indexes.
//!
//! Which features a dialect has is checked where they are resolved.

use super::{Name, Reader, Sql, sql};
use crate::model::{Deferrable, Unique};
use crate::snapshot::format;
use crate::toml::{Data, Entry, Span, Spanned, Table, Value, read_keys};

/// `deferrable`.
pub(crate) const DEFERRABLE: [(&str, Deferrable); 2] =
    [("immediate", Deferrable::Immediate), ("deferred", Deferrable::Deferred)];

/// A unique constraint.
#[derive(Debug)]
pub(crate) struct UniqueNode<'a> {
    pub(crate) span: Span,
    pub(crate) name: Option<Name<'a>>,
    pub(crate) columns: Vec<Name<'a>>,
    pub(crate) predicate: Option<Sql<'a>>,
    pub(crate) nulls_not_distinct: Option<Span>,
    pub(crate) deferrable: Option<Spanned<Deferrable>>,
    pub(crate) include: Vec<Name<'a>>,
}

impl<'a> UniqueNode<'a> {
    fn new(span: Span, name: Option<Name<'a>>, columns: Vec<Name<'a>>) -> Self {
        Self { span, name, columns, predicate: None, nulls_not_distinct: None, deferrable: None, include: Vec::new() }
    }

    pub(crate) fn to_model(&self) -> Unique {
        Unique {
            columns: owned(&self.columns),
            nulls_not_distinct: self.nulls_not_distinct.is_some(),
            deferrable: self.deferrable.map(|deferrable| deferrable.value),
            include: owned(&self.include),
        }
    }
}

pub(crate) fn owned(names: &[Name<'_>]) -> Vec<String> {
    names.iter().map(|name| name.value.to_owned()).collect()
}

/// An element of `unique`.
pub(crate) fn read<'a>(reader: &mut Reader<'_, '_>, table: Table<'a>) -> Option<UniqueNode<'a>> {
    let mut node = UniqueNode::new(table.span(), None, Vec::new());
    let mut columns = None;
    read_keys!(table, reader.report, entry, format::UNIQUE, {
        "columns" => columns = Some(reader.names(entry.value)),
        "name" => node.name = entry.value.text(reader.report),
        "where" => node.predicate = sql::read(reader, entry.value),
        "nulls_not_distinct" => node.nulls_not_distinct = entry.value.flag(reader.report),
        "deferrable" => node.deferrable = entry.value.word(reader.report, &DEFERRABLE),
        "include" => node.include = entry.value.texts(reader.report).unwrap_or_default(),
    });
    if columns.is_none() {
        reader.report.missing_key(table, &["columns"], table.span(), "a unique constraint needs `columns`");
    }
    node.columns = columns.flatten()?;
    Some(node)
}

/// `unique` of a column: `true` or `{ name = "..." }`.
pub(super) fn of_column<'a>(
    reader: &mut Reader<'_, '_>,
    entry: &Entry<'a>,
    column: Name<'a>,
) -> Option<UniqueNode<'a>> {
    let name = switch(reader, entry.value)?;
    Some(UniqueNode::new(entry.value.span(), name, vec![column]))
}

/// `true`, `false` or `{ name = "..." }`; `None` when it is off or unreadable.
pub(super) fn switch<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Option<Name<'a>>> {
    match value.data() {
        Data::Boolean(true) => Some(None),
        Data::Boolean(false) => None,
        Data::Table { .. } => {
            let mut name = None;
            let table = value.table(reader.report)?;
            read_keys!(table, reader.report, entry, format::NAMED, {
                "name" => name = entry.value.text(reader.report),
            });
            Some(name)
        }
        _ => {
            value.expected(reader.report, "`true` or `{ name = \"...\" }`");
            None
        }
    }
}
