//! Check constraints, of a table or a column.
//!
//! The expression is not understood.

use super::{Name, Reader, Sql, sql};
use crate::model::Check;
use crate::snapshot::format;
use crate::toml::{Span, Table, read_keys};

/// A check constraint.
#[derive(Debug)]
pub(crate) struct CheckNode<'a> {
    pub(crate) span: Span,
    /// The name it was given; a column's check has none.
    pub(crate) name: Option<Name<'a>>,
    /// The column whose `check` it is.
    pub(crate) column: Option<Name<'a>>,
    pub(crate) expression: Sql<'a>,
}

impl CheckNode<'_> {
    pub(crate) fn to_model(&self) -> Check {
        Check { expression: self.expression.value.clone().into_owned() }
    }
}

/// An element of `checks`.
pub(crate) fn read<'a>(reader: &mut Reader<'_, '_>, table: Table<'a>) -> Option<CheckNode<'a>> {
    let (mut name, mut expression) = (None, None);
    read_keys!(table, reader.report, entry, format::CHECK, {
        "name" => name = entry.value.text(reader.report),
        "expression" => expression = Some(sql::read(reader, entry.value)),
    });
    if table.get("name").is_none() {
        reader.report.missing_key(table, &["name"], table.span(), "a check needs a `name`");
    }
    if expression.is_none() {
        reader.report.missing_key(table, &["expression"], table.span(), "a check needs an `expression`");
    }
    Some(CheckNode { span: table.span(), name, column: None, expression: expression.flatten()? })
}
