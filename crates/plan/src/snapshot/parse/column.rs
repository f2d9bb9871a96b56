//! Columns. What hangs on a column (`unique`, `index`, `references`, `check`) becomes the table's.
//!
//! Whether type, default and counter fit each other is checked where they are resolved.

use super::check::CheckNode;
use super::table::TableNode;
use super::{Name, Reader, Sql, foreign_key, fragment, index, sql, unique};
use crate::model::{Column, DataType, DefaultValue, Generated, Identity};
use crate::snapshot::data_type::{Spelling, parse};
use crate::snapshot::format;
use crate::toml::{Data, Entry, Span, Spanned, Value, read_keys};

/// `identity`.
pub(crate) const IDENTITY: [(&str, Identity); 2] = [("always", Identity::Always), ("by_default", Identity::ByDefault)];

/// A default or a backfill.
pub(crate) type Literal = Spanned<DefaultValue>;

/// A column's type.
#[derive(Debug)]
pub(crate) enum TypeNode<'a> {
    /// A built-in one, or SQL text.
    Known(DataType),
    /// An enum's key, or a mistake.
    Named { name: Name<'a>, key: String, array: bool },
    /// None, or one that has been reported.
    Missing,
}

/// A column.
#[derive(Debug)]
pub(crate) struct ColumnNode<'a> {
    pub(crate) name: Name<'a>,
    pub(crate) type_span: Span,
    pub(crate) data_type: TypeNode<'a>,
    pub(crate) nullable: Option<Span>,
    pub(crate) primary_key: Option<Span>,
    // Few columns have these; boxes keep the many small.
    pub(crate) default: Option<Box<Literal>>,
    pub(crate) identity: Option<Spanned<Identity>>,
    pub(crate) generated: Option<Box<Spanned<GeneratedNode<'a>>>>,
    pub(crate) collation: Option<Name<'a>>,
    pub(crate) comment: Option<Name<'a>>,
    pub(crate) sensitive: bool,
    pub(crate) renamed_from: Option<Name<'a>>,
    pub(crate) backfill: Option<Box<Literal>>,
    pub(crate) using: Option<Box<Sql<'a>>>,
}

/// `generated`.
#[derive(Debug)]
pub(crate) struct GeneratedNode<'a> {
    pub(crate) expression: Sql<'a>,
    pub(crate) stored: bool,
}

impl<'a> ColumnNode<'a> {
    fn new(name: Name<'a>) -> Self {
        Self {
            name,
            type_span: name.span,
            data_type: TypeNode::Missing,
            nullable: None,
            primary_key: None,
            default: None,
            identity: None,
            generated: None,
            collation: None,
            comment: None,
            sensitive: false,
            renamed_from: None,
            backfill: None,
            using: None,
        }
    }

    pub(crate) fn to_model(&self, data_type: DataType) -> Column {
        let owned = |name: Option<Name<'_>>| name.map(|name| name.value.to_owned());
        Column {
            data_type,
            nullable: self.nullable.is_some(),
            default: self.default.as_ref().map(|default| default.value.clone()),
            identity: self.identity.map(|identity| identity.value),
            generated: self.generated.as_ref().map(|generated| Generated {
                expression: generated.value.expression.value.clone().into_owned(),
                stored: generated.value.stored,
            }),
            collation: owned(self.collation),
            comment: owned(self.comment),
        }
    }
}

/// An entry of `columns`; constraints and indexes go to the table. A column that cannot be read is there without a type,
/// so that what refers to it still finds it.
pub(crate) fn read<'a>(
    reader: &mut Reader<'_, '_>,
    name: Name<'a>,
    value: Value<'a>,
    owner: &mut TableNode<'a>,
) -> ColumnNode<'a> {
    let mut node = ColumnNode::new(name);
    let table = match value.data() {
        Data::Table { .. } => value.table(reader.report),
        Data::Text(_) => {
            read_type(reader, value, &mut node);
            None
        }
        _ => {
            value.expected(reader.report, "a type or `{ type = \"...\" }`");
            None
        }
    };
    let Some(table) = table else { return node };
    read_keys!(table, reader.report, entry, format::COLUMN, {
        "type" => read_type(reader, entry.value, &mut node),
        "nullable" => node.nullable = entry.value.flag(reader.report),
        "primary_key" => node.primary_key = entry.value.flag(reader.report),
        "default" => node.default = read_literal(reader, entry.value),
        "unique" => owner.unique.extend(unique::of_column(reader, &entry, name)),
        "index" => owner.indexes.extend(index::of_column(reader, &entry, name)),
        "references" => owner.foreign_keys.extend(foreign_key::of_column(reader, &entry, name)),
        "check" => owner.checks.extend(read_check(reader, &entry, name)),
        "auto_increment" => {
            if let Some(span) = entry.value.flag(reader.report) {
                set_identity(reader, &mut node, Spanned { value: Identity::AutoIncrement, span });
            }
        },
        "identity" => {
            if let Some(identity) = entry.value.word(reader.report, &IDENTITY) {
                set_identity(reader, &mut node, identity);
            }
        },
        "generated" => node.generated = read_generated(reader, entry.value).map(Box::new),
        "collation" => node.collation = reader.filled(entry.value),
        "comment" => node.comment = entry.value.text(reader.report),
        "sensitive" => node.sensitive = entry.value.flag(reader.report).is_some(),
        "renamed_from" => node.renamed_from = reader.filled(entry.value),
        "backfill" => node.backfill = read_literal(reader, entry.value),
        "using" => node.using = sql::read(reader, entry.value).map(Box::new),
    });
    if table.get("type").is_none() {
        let message = format!("column `{}` has no `type`", name.value);
        reader.report.missing_key(table, &["type"], name.span, message);
    }
    node
}

/// The same in a record: no more than the column itself.
pub(crate) fn read_recorded<'a>(reader: &mut Reader<'_, '_>, name: Name<'a>, value: Value<'a>) -> ColumnNode<'a> {
    let mut node = ColumnNode::new(name);
    if let Data::Text(_) = value.data() {
        read_type(reader, value, &mut node);
        return node;
    }
    let Some(table) = value.table(reader.report) else { return node };
    read_keys!(table, reader.report, entry, {
        "type" => read_type(reader, entry.value, &mut node),
        "nullable" => node.nullable = entry.value.flag(reader.report),
        "default" => node.default = read_literal(reader, entry.value),
        "auto_increment" => {
            if let Some(span) = entry.value.flag(reader.report) {
                set_identity(reader, &mut node, Spanned { value: Identity::AutoIncrement, span });
            }
        },
        "identity" => {
            if let Some(identity) = entry.value.word(reader.report, &IDENTITY) {
                set_identity(reader, &mut node, identity);
            }
        },
        "generated" => node.generated = read_generated(reader, entry.value).map(Box::new),
        "collation" => node.collation = entry.value.text(reader.report),
        "comment" => node.comment = entry.value.text(reader.report),
    });
    if table.get("type").is_none() {
        reader.report.missing_key(table, &["type"], name.span, format!("column `{}` has no `type`", name.value));
    }
    node
}

fn set_identity(reader: &mut Reader<'_, '_>, node: &mut ColumnNode<'_>, identity: Spanned<Identity>) {
    if node.identity.is_some() {
        reader.report.error(identity.span, "a column is either `auto_increment` or `identity`");
    }
    node.identity = Some(identity);
}

fn read_literal(reader: &mut Reader<'_, '_>, value: Value<'_>) -> Option<Box<Literal>> {
    Some(Box::new(Spanned { value: reader.literal(value)?, span: value.span() }))
}

fn read_check<'a>(reader: &mut Reader<'_, '_>, entry: &Entry<'a>, column: Name<'a>) -> Option<CheckNode<'a>> {
    let expression = sql::read(reader, entry.value)?;
    Some(CheckNode { span: entry.value.span(), name: None, column: Some(column), expression })
}

/// A string, or `{ sql = "...", diesel = "..." }`.
fn read_type<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>, node: &mut ColumnNode<'a>) {
    node.type_span = value.span();
    match value.data() {
        Data::Text(text) => match parse(text) {
            Ok(Spelling::Known(known)) => node.data_type = TypeNode::Known(known),
            Ok(Spelling::Name { name: key, array }) => {
                let name = Spanned { value: &**text, span: value.span() };
                node.data_type = TypeNode::Named { name, key, array };
            }
            Err(message) => reader.report.error(value.span(), message),
        },
        Data::Table { .. } => {
            if let Some(custom) = read_custom_type(reader, value) {
                node.data_type = TypeNode::Known(custom);
            }
        }
        _ => value.expected(reader.report, "a type or `{ sql = \"...\", diesel = \"...\" }`"),
    }
}

fn read_custom_type(reader: &mut Reader<'_, '_>, value: Value<'_>) -> Option<DataType> {
    let (mut text, mut diesel) = (None, None);
    let table = value.table(reader.report)?;
    read_keys!(table, reader.report, entry, format::SQL_TYPE, {
        "sql" => text = Some(entry.value.text(reader.report).and_then(|_| sql::read(reader, entry.value))),
        "diesel" => diesel = entry.value.text(reader.report).map(|path| path.value.to_owned()),
    });
    if text.is_none() {
        reader.report.missing_key(table, &["sql"], value.span(), "a type of SQL text needs `sql`");
    }
    let text = text.flatten()?;
    reader.refuse(text.span, fragment::flaw_of_type(&text.value, reader.dialect));
    Some(DataType::Sql { sql: text.value.into_owned(), diesel })
}

/// SQL text, or `{ sql = "...", stored = true }` with texts of the dialects.
fn read_generated<'a>(reader: &mut Reader<'_, '_>, value: Value<'a>) -> Option<Spanned<GeneratedNode<'a>>> {
    let span = value.span();
    let Data::Table { .. } = value.data() else {
        let expression = sql::read(reader, value)?;
        return Some(Spanned { value: GeneratedNode { expression, stored: true }, span });
    };
    let table = value.table(reader.report)?;
    let (mut texts, mut stored) = (sql::Texts::default(), true);
    read_keys!(table, reader.report, entry, format::GENERATED, {
        "sql" => texts.sql = Some(entry.value),
        "postgres" => texts.postgres = Some(entry.value),
        "sqlite" => texts.sqlite = Some(entry.value),
        "mysql" => texts.mysql = Some(entry.value),
        "stored" => stored = entry.value.boolean(reader.report).is_none_or(|stored| stored.value),
    });
    let expression = texts.choose(reader, table, sql::Form::Expression)?;
    Some(Spanned { value: GeneratedNode { expression, stored }, span })
}
