//! Foreign keys, of a table or a column.
//!
//! What they refer to is looked up where they are resolved.

use super::{Name, Reader, unique};
use crate::model::{Action, Deferrable, ForeignKey, Match};
use crate::snapshot::format;
use crate::toml::{Data, Entry, Span, Spanned, Table, Value, read_keys};

/// `match`.
pub(crate) const MATCH: [(&str, Match); 2] = [("simple", Match::Simple), ("full", Match::Full)];

/// A foreign key.
#[derive(Debug)]
pub(crate) struct ForeignKeyNode<'a> {
    pub(crate) span: Span,
    pub(crate) name: Option<Name<'a>>,
    pub(crate) columns: Vec<Name<'a>>,
    pub(crate) referenced: Referenced<'a>,
    pub(crate) on_delete: Option<Spanned<Action>>,
    pub(crate) on_update: Option<Spanned<Action>>,
    pub(crate) deferrable: Option<Spanned<Deferrable>>,
    pub(crate) match_type: Option<Spanned<Match>>,
}

/// What a foreign key refers to.
#[derive(Debug)]
pub(crate) enum Referenced<'a> {
    /// `"table"` or `"table.column"`, told apart by which tables there are.
    Short(Name<'a>),
    /// `{ table, columns? }`.
    Full { table: Name<'a>, columns: Option<Vec<Name<'a>>> },
}

impl<'a> ForeignKeyNode<'a> {
    fn new(span: Span, columns: Vec<Name<'a>>, referenced: Referenced<'a>) -> Self {
        Self {
            span,
            name: None,
            columns,
            referenced,
            on_delete: None,
            on_update: None,
            deferrable: None,
            match_type: None,
        }
    }

    pub(crate) fn to_model(&self, table: &str, references: Vec<String>) -> ForeignKey {
        ForeignKey {
            columns: unique::owned(&self.columns),
            table: table.to_owned(),
            references,
            on_delete: self.on_delete.map(|action| action.value).unwrap_or_default(),
            on_update: self.on_update.map(|action| action.value).unwrap_or_default(),
            deferrable: self.deferrable.map(|deferrable| deferrable.value),
            match_type: self.match_type.map(|kind| kind.value).unwrap_or_default(),
        }
    }
}

fn action(reader: &mut Reader<'_, '_>, value: Value<'_>) -> Option<Spanned<Action>> {
    value.word(reader.report, &Action::ALL.map(|(action, word, _)| (word, action)))
}

/// An element of `foreign_keys`.
pub(crate) fn read<'a>(reader: &mut Reader<'_, '_>, table: Table<'a>) -> Option<ForeignKeyNode<'a>> {
    let nothing = Referenced::Short(Spanned { value: "", span: table.span() });
    let mut node = ForeignKeyNode::new(table.span(), Vec::new(), nothing);
    let (mut columns, mut referenced) = (None, None);
    read_keys!(table, reader.report, entry, format::FOREIGN_KEY, {
        "columns" => columns = Some(reader.names(entry.value)),
        "references" => referenced = Some(target(reader, entry.value)),
        "name" => node.name = entry.value.text(reader.report),
        "on_delete" => node.on_delete = action(reader, entry.value),
        "on_update" => node.on_update = action(reader, entry.value),
        "deferrable" => node.deferrable = entry.value.word(reader.report, &unique::DEFERRABLE),
        "match" => node.match_type = entry.value.word(reader.report, &MATCH),
    });
    if columns.is_none() {
        reader.report.missing_key(table, &["columns"], table.span(), "a foreign key needs `columns`");
    }
    if referenced.is_none() {
        reader.report.missing_key(table, &["references"], table.span(), "a foreign key needs `references`");
    }
    node.columns = columns.flatten()?;
    node.referenced = referenced.flatten()?;
    Some(node)
}

/// `references` of a table's foreign key.
fn target<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Referenced<'a>> {
    let target = value.table(reader.report)?;
    let (mut table, mut columns) = (None, None);
    read_keys!(target, reader.report, entry, format::TABLE_REFERENCE, {
        "table" => table = entry.value.text(reader.report),
        "columns" => columns = reader.names(entry.value),
    });
    needs_table(reader, target);
    if target.get("columns").is_some() && columns.is_none() {
        return None;
    }
    Some(Referenced::Full { table: table?, columns })
}

/// `references` of a column.
pub(super) fn of_column<'a>(
    reader: &mut Reader<'_, '_>,
    entry: &Entry<'a>,
    name: Name<'a>,
) -> Option<ForeignKeyNode<'a>> {
    let value = entry.value;
    if let Data::Text(target) = value.data() {
        let referenced = Referenced::Short(Spanned { value: target, span: value.span() });
        return Some(ForeignKeyNode::new(value.span(), vec![name], referenced));
    }
    let Data::Table { .. } = value.data() else {
        value.expected(reader.report, "a table's key or `{ table = \"...\" }`");
        return None;
    };
    let target = value.table(reader.report)?;
    let nothing = Referenced::Short(Spanned { value: "", span: value.span() });
    let mut node = ForeignKeyNode::new(value.span(), vec![name], nothing);
    let (mut table, mut column) = (None, None);
    read_keys!(target, reader.report, entry, format::COLUMN_REFERENCE, {
        "table" => table = entry.value.text(reader.report),
        "column" => column = entry.value.text(reader.report),
        "name" => node.name = entry.value.text(reader.report),
        "on_delete" => node.on_delete = action(reader, entry.value),
        "on_update" => node.on_update = action(reader, entry.value),
        "deferrable" => node.deferrable = entry.value.word(reader.report, &unique::DEFERRABLE),
        "match" => node.match_type = entry.value.word(reader.report, &MATCH),
    });
    needs_table(reader, target);
    if target.get("column").is_some() && column.is_none() {
        return None;
    }
    node.referenced = Referenced::Full { table: table?, columns: column.map(|column| vec![column]) };
    Some(node)
}

fn needs_table(reader: &mut Reader<'_, '_>, target: Table<'_>) {
    if target.get("table").is_none() {
        reader.report.missing_key(target, &["table"], target.span(), "`references` needs a `table`");
    }
}
