//! Unique constraints and indexes in blocks of their own.
//!
//! A partial unique index over plain columns is a unique constraint with `where`, which is how people say it.

use super::text::{push_flag, push_header, push_line, push_list, push_sql, push_value};
use super::{Writer, push_element};
use crate::model::name::NameKind;
use crate::model::{Deferrable, Index, IndexColumn, IndexTarget, Table, Unique};
use crate::snapshot::resolve::index::name_part;
use crate::toml::{Inline, push_text};

pub(super) fn push_unique(
    out: &mut String,
    writer: &Writer<'_>,
    path: &[&str],
    table: &Table,
    name: &str,
    unique: &Unique,
) {
    let Unique { columns, nulls_not_distinct, deferrable, include } = unique;
    push_header(out, path, true);
    push_line(out, "name", writer.given_name(NameKind::Unique, &table.name, name, columns));
    push_list(out, "columns", columns);
    push_flag(out, "nulls_not_distinct", *nulls_not_distinct);
    push_line(out, "deferrable", deferrable.map(Deferrable::as_str));
    push_list(out, "include", include);
}

/// Whether it is written among the unique constraints.
pub(super) fn is_partial_unique(index: &Index) -> bool {
    let Index { columns, unique, nulls_not_distinct: _, predicate, method, include: _, with } = index;
    let is_plain = |element: &IndexColumn| match &element.target {
        IndexTarget::Column(column) => *element == IndexColumn::plain(column.as_str()),
        IndexTarget::Expression(_) => false,
    };
    *unique && predicate.is_some() && method.is_none() && with.is_empty() && columns.iter().all(is_plain)
}

pub(super) fn push_partial_unique(
    out: &mut String,
    writer: &Writer<'_>,
    path: &[&str],
    table: &Table,
    name: &str,
    index: &Index,
) {
    let columns: Vec<_> = index.column_names().map(str::to_owned).collect();
    push_header(out, path, true);
    push_line(out, "name", writer.given_name(NameKind::Unique, &table.name, name, &columns));
    push_list(out, "columns", &columns);
    push_where(out, index);
    push_flag(out, "nulls_not_distinct", index.nulls_not_distinct);
    push_list(out, "include", &index.include);
}

/// An index of a table, or of a view by its SQL name.
pub(super) fn push_index(
    out: &mut String,
    writer: &Writer<'_>,
    path: &[&str],
    relation: &str,
    name: &str,
    index: &Index,
) {
    let Index { columns, unique, nulls_not_distinct: _, predicate: _, method, include, with } = index;
    push_header(out, path, true);
    let parts: Vec<_> = columns.iter().map(|element| name_part(writer.options.dialect, &element.target)).collect();
    push_line(out, "name", writer.given_name(NameKind::Index, relation, name, &parts));
    push_value(out, "columns", |out| {
        out.push('[');
        for (index, element) in columns.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            push_element(out, element);
        }
        out.push(']');
    });
    push_flag(out, "unique", *unique);
    push_where(out, index);
    push_line(out, "using", method.as_deref());
    push_list(out, "include", include);
    if !with.is_empty() {
        push_value(out, "with", |out| {
            let mut inline = Inline::open(out);
            with.iter().for_each(|(key, value)| push_parameter(inline.key(key), value));
            inline.close();
        });
    }
}

fn push_where(out: &mut String, index: &Index) {
    if let Some(predicate) = &index.predicate {
        push_sql(out, "where", predicate);
    }
}

/// A storage parameter as the number or switch that it is, when it reads back as the same text.
fn push_parameter(out: &mut String, value: &str) {
    let is_number = value.parse::<i64>().is_ok_and(|number| number.to_string() == value);
    if is_number || matches!(value, "true" | "false") {
        out.push_str(value);
    } else {
        push_text(out, value);
    }
}
