//! Tables, and their primary keys.
//!
//! Names are taken as they stand.

use super::check::{self, CheckNode};
use super::column::{self, ColumnNode};
use super::exclusion::{self, ExclusionNode};
use super::foreign_key::{self, ForeignKeyNode};
use super::index::{self, IndexNode};
use super::unique::{self, UniqueNode};
use super::{Name, Reader, Sql, sql};
use crate::model::Dialect;
use crate::snapshot::format;
use crate::toml::{Data, Entry, Span, Value, read_keys};

/// A table.
#[derive(Debug)]
pub(crate) struct TableNode<'a> {
    pub(crate) key: Name<'a>,
    pub(crate) name: Option<Name<'a>>,
    pub(crate) schema: Option<Name<'a>>,
    pub(crate) comment: Option<Name<'a>>,
    pub(crate) options: Option<Sql<'a>>,
    pub(crate) renamed_from: Option<Name<'a>>,
    pub(crate) primary_key: Option<PrimaryKeyNode<'a>>,
    pub(crate) columns: Vec<ColumnNode<'a>>,
    pub(crate) unique: Vec<UniqueNode<'a>>,
    pub(crate) indexes: Vec<IndexNode<'a>>,
    pub(crate) foreign_keys: Vec<ForeignKeyNode<'a>>,
    pub(crate) checks: Vec<CheckNode<'a>>,
    pub(crate) exclusions: Vec<ExclusionNode<'a>>,
    pub(crate) depends_on: Vec<Name<'a>>,
    pub(crate) analytics_view: Option<Span>,
}

/// A primary key as the table says it.
#[derive(Debug)]
pub(crate) struct PrimaryKeyNode<'a> {
    pub(crate) span: Span,
    pub(crate) name: Option<Name<'a>>,
    pub(crate) columns: Vec<Name<'a>>,
}

impl<'a> TableNode<'a> {
    pub(crate) fn new(key: Name<'a>) -> Self {
        Self {
            key,
            name: None,
            schema: None,
            comment: None,
            options: None,
            renamed_from: None,
            primary_key: None,
            columns: Vec::new(),
            unique: Vec::new(),
            indexes: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            exclusions: Vec::new(),
            depends_on: Vec::new(),
            analytics_view: None,
        }
    }
}

/// An entry of `tables`.
pub(super) fn read<'a>(reader: &mut Reader<'_, '_>, entry: &Entry<'a>) -> TableNode<'a> {
    let mut node = TableNode::new(entry.name());
    let Some(table) = entry.value.table(reader.report) else { return node };
    read_keys!(table, reader.report, entry, format::TABLE, {
        "name" => node.name = entry.value.text(reader.report),
        "schema" => node.schema = entry.value.text(reader.report),
        "columns" => read_columns(reader, entry.value, &mut node),
        "primary_key" => node.primary_key = read_primary_key(reader, entry.value),
        "unique" => node.unique.extend(reader.list(entry.value, unique::read)),
        "indexes" => node.indexes.extend(reader.list(entry.value, index::read)),
        "foreign_keys" => node.foreign_keys.extend(reader.list(entry.value, foreign_key::read)),
        "checks" => node.checks.extend(reader.list(entry.value, check::read)),
        "exclusions" => node.exclusions = reader.list(entry.value, exclusion::read),
        "depends_on" => node.depends_on = entry.value.texts(reader.report).unwrap_or_default(),
        "comment" => node.comment = entry.value.text(reader.report),
        "analytics_view" => node.analytics_view = entry.value.flag(reader.report),
        "options" => node.options = read_options(reader, entry.value),
        "renamed_from" => node.renamed_from = reader.filled(entry.value),
    });
    if !table.entries().any(|entry| entry.key == "columns" && !is_empty(entry.value)) {
        let message = format!("table `{}` has no columns", node.key.value);
        reader.report.missing_key(table, &["columns"], node.key.span, message);
    }
    node
}

fn is_empty(value: Value<'_>) -> bool {
    matches!(value.data(), Data::Table { entries, .. } if entries.is_empty())
}

pub(crate) fn read_columns<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>, node: &mut TableNode<'a>) {
    let Some(table) = value.table(reader.report) else { return };
    node.columns.reserve_exact(table.entries().len());
    for entry in table.entries() {
        let column = column::read(reader, entry.name(), entry.value, node);
        node.columns.push(column);
    }
}

/// A list of columns, or `{ columns, name }`.
pub(crate) fn read_primary_key<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<PrimaryKeyNode<'a>> {
    let span = value.span();
    match value.data() {
        Data::Array { .. } => Some(PrimaryKeyNode { span, name: None, columns: reader.names(value)? }),
        Data::Table { .. } => {
            let table = value.table(reader.report)?;
            let (mut name, mut columns) = (None, None);
            read_keys!(table, reader.report, entry, format::PRIMARY_KEY, {
                "columns" => columns = Some(reader.names(entry.value)),
                "name" => name = entry.value.text(reader.report),
            });
            if columns.is_none() {
                reader.report.missing_key(table, &["columns"], span, "a primary key needs `columns`");
            }
            Some(PrimaryKeyNode { span, name, columns: columns.flatten()? })
        }
        _ => {
            value.expected(reader.report, "a list of columns or `{ columns = [...] }`");
            None
        }
    }
}

/// A text, or one per dialect; a dialect without one has no options.
fn read_options<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Sql<'a>> {
    let text = match value.data() {
        Data::Text(_) => value.text(reader.report),
        Data::Table { .. } => {
            let (mut postgres, mut sqlite) = (None, None);
            let table = value.table(reader.report)?;
            read_keys!(table, reader.report, entry, format::OPTIONS, {
                "postgres" => postgres = entry.value.text(reader.report),
                "sqlite" => sqlite = entry.value.text(reader.report),
                "mysql" => drop(entry.value.text(reader.report)),
            });
            match reader.dialect {
                Dialect::Postgres => postgres,
                Dialect::Sqlite => sqlite,
            }
        }
        _ => {
            value.expected(reader.report, "a string or one per dialect");
            None
        }
    };
    let text = text.filter(|text| !text.value.trim().is_empty())?;
    sql::checked(reader, text.span, text.value, sql::Form::Clauses)
}
