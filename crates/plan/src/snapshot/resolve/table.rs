//! A table with its names, columns and primary key.
//!
//! What needs other tables is added later.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Claimant, placed};
use super::{Draft, Resolver, column};
use crate::dialect::Feature;
use crate::model::name::NameKind;
use crate::model::{DataType, Dialect, PrimaryKey, Table};
use crate::snapshot::parse::{Name, TableNode};
use crate::toml::Span;

/// The primary key as it was declared, in either way.
struct Key<'a> {
    span: Span,
    name: Option<Name<'a>>,
    columns: Vec<Name<'a>>,
}

pub(super) fn resolve<'a>(resolver: &mut Resolver<'a, '_, '_>, file: usize, node: &'a TableNode<'a>) -> Draft<'a> {
    let (table, is_named) = names(resolver, file, node);
    let key = primary_key(resolver, file, node);
    let mut draft = Draft { file, node, table, is_named };
    columns(resolver, &mut draft, key.as_ref());
    check_options(resolver, &draft, key.is_some());
    if let Some(key) = key {
        add_key(resolver, &mut draft, &key);
    }
    draft
}

/// The table with its names, and whether they are free.
fn names(resolver: &mut Resolver<'_, '_, '_>, file: usize, node: &TableNode<'_>) -> (Table, bool) {
    let name = node.name.unwrap_or(node.key);
    resolver.check_relation_name(file, "table", name);
    if node.name.is_some() && node.key.value.is_empty() {
        resolver.error(file, node.key.span, "the key of a table cannot be empty");
    }
    if let Some(schema) = node.schema {
        resolver.check_schema_name(file, schema);
    }
    let (schema, sql_name) = placed(resolver.dialect, node.schema.map(|schema| schema.value), name.value);
    let mut table = Table::new(resolver.files[file].domain.clone(), sql_name);
    table.schema = schema;
    table.options = node.options.as_ref().map(|options| options.value.clone().into_owned());
    if resolver.has(Feature::Comments) {
        table.comment = node.comment.map(|comment| comment.value.to_owned());
    }
    let schema = table.schema.as_deref();
    let claimant = Claimant { what: "table", schema, name: &table.name, file, span: name.span };
    let is_named = resolver.claim_relation(claimant);
    (table, is_named)
}

/// The names of the sequences that PostgreSQL makes with the table.
pub(super) fn claim_sequences(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>) {
    if !resolver.has(Feature::Sequences) {
        return;
    }
    for node in &draft.node.columns {
        let column = draft.table.columns.get(node.name.value);
        if column.is_some_and(|column| column.identity.is_some() || column.data_type.is_serial()) {
            resolver.claim_sequence(&draft.owner(), node.name);
        }
    }
}

/// SQLite has two options, and refuses any other word.
fn check_options(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>, has_key: bool) {
    let (Dialect::Sqlite, Some(options)) = (resolver.dialect, &draft.node.options) else { return };
    let known = |option: &str| {
        let words: Vec<_> = option.split_whitespace().map(str::to_ascii_uppercase).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["STRICT"] => Some(false),
            ["WITHOUT", "ROWID"] => Some(true),
            _ => None,
        }
    };
    let found: Option<Vec<_>> = options.value.split(',').map(known).collect();
    let (file, key) = (draft.file, draft.node.key.value);
    let Some(found) = found else {
        let message = format!("table `{key}`: SQLite has no such `options`, expected `STRICT` or `WITHOUT ROWID`");
        let help = "one text per dialect: `options = { postgres = \"...\", sqlite = \"...\" }`";
        return resolver.error_with_help(file, options.span, message, help);
    };
    if found.contains(&false) {
        check_strict_types(resolver, draft);
    }
    let counts = draft.table.columns.values().any(|column| column.identity.is_some() || column.data_type.is_serial());
    if found.contains(&true) && (counts || !has_key) {
        let why = if counts { "cannot count" } else { "needs a primary key" };
        resolver.error(file, options.span, format!("table `{key}`: a table `WITHOUT ROWID` {why} on SQLite"));
    }
}

/// A `STRICT` table knows six names of types, and those that the dialect writes for other types are none of them.
fn check_strict_types(resolver: &mut Resolver<'_, '_, '_>, draft: &Draft<'_>) {
    let key = draft.node.key.value;
    for node in &draft.node.columns {
        let Some(column) = draft.table.columns.get(node.name.value) else { continue };
        // Of an unknown type is said elsewhere that it is none.
        let is_unknown = matches!(&column.data_type, DataType::Sql { sql, .. } if sql.is_empty());
        if is_unknown || column.identity.is_some() || is_strict_type(&column.data_type) {
            continue;
        }
        let (name, data_type) = (node.name.value, &column.data_type);
        let message = format!("column `{key}.{name}`: a `STRICT` table of SQLite has no type `{data_type}`");
        let help = "expected `integer`, `real`, `text`, `bytes`, or `{ sql = \"INT\" }`; or leave `STRICT` out";
        resolver.error_with_help(draft.file, node.name.span, message, help);
    }
}

/// Whether the name that SQLite gets for the type is one of those that a `STRICT` table knows.
fn is_strict_type(data_type: &DataType) -> bool {
    match data_type {
        DataType::Integer
        | DataType::Serial
        | DataType::Smallserial
        | DataType::Bigserial
        | DataType::Real
        | DataType::Text
        | DataType::Citext
        | DataType::Uuid
        | DataType::Interval(_)
        | DataType::Enum(_)
        | DataType::Bytes => true,
        DataType::Sql { sql, .. } => {
            ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"].iter().any(|known| sql.trim().eq_ignore_ascii_case(known))
        }
        // Refused already where SQLite has no such type at all.
        DataType::Bit(_) | DataType::Varbit(_) | DataType::Postgres(_) | DataType::Array(_) => true,
        DataType::Smallint
        | DataType::Bigint
        | DataType::Double
        | DataType::Numeric(_)
        | DataType::Boolean
        | DataType::Varchar(_)
        | DataType::Char(_)
        | DataType::Date
        | DataType::Time(_)
        | DataType::Timetz(_)
        | DataType::Timestamp(_)
        | DataType::Timestamptz(_)
        | DataType::Json
        | DataType::Jsonb => false,
    }
}

/// From the table or from its columns, but not from both.
fn primary_key<'a>(resolver: &mut Resolver<'_, '_, '_>, file: usize, node: &'a TableNode<'a>) -> Option<Key<'a>> {
    let marked: Vec<_> = node.columns.iter().filter(|column| column.primary_key.is_some()).collect();
    let of_columns = marked.first().map(|first| Key {
        span: first.name.span,
        name: None,
        columns: marked.iter().map(|column| column.name).collect(),
    });
    let Some(declared) = &node.primary_key else { return of_columns };
    if let Some(span) = marked.first().and_then(|column| column.primary_key) {
        let message = format!("table `{}` has a `primary_key` already", node.key.value);
        let place = resolver.reports[file].place(declared.span);
        resolver.error_with_help(file, span, message, format!("the table's own is at `{place}`; keep one of them"));
    }
    Some(Key { span: declared.span, name: declared.name, columns: declared.columns.clone() })
}

fn columns(resolver: &mut Resolver<'_, '_, '_>, draft: &mut Draft<'_>, key: Option<&Key<'_>>) {
    let key_columns: &[Name<'_>] = key.map(|key| key.columns.as_slice()).unwrap_or_default();
    let keys: BTreeSet<_> = key_columns.iter().map(|column| column.value).collect();
    let mut folded: BTreeMap<String, Span> = BTreeMap::new();
    let node = draft.node;
    draft.table.columns.reserve(node.columns.len());
    for item in &node.columns {
        let compared = resolver.dialect.name_key(item.name.value).into_owned();
        if let Some(first) = folded.insert(compared, item.name.span) {
            let place = resolver.reports[draft.file].place(first);
            let message = format!("column `{}` differs from another one only in case", item.name.value);
            let title = resolver.limits().title;
            let help = format!("{title} takes them for one; the other is at `{place}`");
            resolver.error_with_help(draft.file, item.name.span, message, help);
        }
        let place = column::ColumnPlace {
            file: draft.file,
            table: node.key.value,
            is_key: keys.contains(item.name.value),
            is_whole_key: keys.len() == 1 && keys.contains(item.name.value),
        };
        let column = column::resolve(resolver, &place, item);
        draft.table.columns.insert(item.name.value.to_owned(), column);
    }
    let all_computed = draft.table.columns.values().all(|column| column.generated.is_some());
    if !resolver.has(Feature::OnlyGeneratedColumns) && all_computed && !node.columns.is_empty() {
        let title = resolver.limits().title;
        let message = format!("table `{}` has only generated columns, which {title} refuses", node.key.value);
        resolver.error(draft.file, node.key.span, message);
    }
}

fn add_key(resolver: &mut Resolver<'_, '_, '_>, draft: &mut Draft<'_>, key: &Key<'_>) {
    if !resolver.check_columns(draft, &key.columns) {
        return;
    }
    let name = resolver.name(&draft.owner(), NameKind::PrimaryKey, "primary key", key.name, key.span, &[]);
    let columns: Vec<_> = key.columns.iter().map(|column| column.value.to_owned()).collect();
    for column in &columns {
        if let Some(column) = draft.table.columns.get_mut(column) {
            column.nullable = false;
        }
    }
    draft.table.primary_key = Some(PrimaryKey { name, columns });
}
