//! A table: what is said of it, its columns, and a block for everything that is not written with a column.
//!
//! Which is which is decided by `home`.

use super::home::Homes;
use super::place::push_place;
use super::text::{push_flag, push_header, push_line, push_list, push_sql, push_value};
use super::{Writer, column, foreign_key, index, push_target};
use crate::model::name::NameKind;
use crate::model::{Exclusion, Table};
use crate::toml::{Inline, push_texts};

pub(super) fn push_table(out: &mut String, writer: &Writer<'_>, key: &str, table: &Table) {
    let homes = Homes::of(writer.options.dialect, table);
    let path = ["tables", key];
    let head = head(writer, key, table, &homes);
    if !head.is_empty() {
        push_header(out, &path, false);
        out.push_str(&head);
    }
    push_header(out, &["tables", key, "columns"], false);
    column::push_columns(out, writer, key, table, &homes);
    push_blocks(out, writer, key, table, &homes);
}

/// The lines under `[tables.<key>]`.
fn head(writer: &Writer<'_>, key: &str, table: &Table, homes: &Homes<'_>) -> String {
    let mut out = String::new();
    push_place(&mut out, writer.options.dialect, key, table.schema.as_deref(), &table.name);
    push_line(&mut out, "comment", table.comment.as_deref());
    if let Some(primary) = table.primary_key.as_ref().filter(|_| homes.key.is_none()) {
        let given = writer.given_name(NameKind::PrimaryKey, &table.name, &primary.name, &primary.columns);
        push_value(&mut out, "primary_key", |out| match given {
            None => push_texts(out, &primary.columns),
            Some(given) => {
                let mut inline = Inline::open(out);
                inline.texts("columns", &primary.columns);
                inline.text("name", given);
                inline.close();
            }
        });
    }
    if let Some(options) = &table.options {
        push_sql(&mut out, "options", options);
    }
    push_list(&mut out, "depends_on", &table.depends_on);
    push_flag(&mut out, "analytics_view", writer.analytics.contains_key(key));
    out
}

fn push_blocks(out: &mut String, writer: &Writer<'_>, key: &str, table: &Table, homes: &Homes<'_>) {
    let path = ["tables", key, "unique"];
    for (name, unique) in table.unique.iter().filter(|(name, _)| !homes.unique.has(name)) {
        index::push_unique(out, writer, &path, table, name, unique);
    }
    let (partial, plain): (Vec<_>, Vec<_>) =
        table.indexes.iter().partition(|(_, index)| index::is_partial_unique(index));
    for (name, index) in partial {
        index::push_partial_unique(out, writer, &path, table, name, index);
    }
    let path = ["tables", key, "indexes"];
    for (name, index) in plain.into_iter().filter(|(name, _)| !homes.indexes.has(name)) {
        index::push_index(out, writer, &path, &table.name, name, index);
    }
    let path = ["tables", key, "foreign_keys"];
    for (name, foreign_key) in table.foreign_keys.iter().filter(|(name, _)| !homes.foreign_keys.has(name)) {
        foreign_key::push_block(out, writer, &path, table, name, foreign_key);
    }
    for (name, check) in table.checks.iter().filter(|(name, _)| !homes.checks.has(name)) {
        push_header(out, &["tables", key, "checks"], true);
        push_line(out, "name", Some(name));
        push_sql(out, "expression", &check.expression);
    }
    for (name, exclusion) in &table.exclusions {
        push_exclusion(out, &["tables", key, "exclusions"], name, exclusion);
    }
}

fn push_exclusion(out: &mut String, path: &[&str], name: &str, exclusion: &Exclusion) {
    let Exclusion { method, elements, predicate } = exclusion;
    push_header(out, path, true);
    push_line(out, "name", Some(name));
    push_line(out, "using", Some(method));
    push_value(out, "elements", |out| {
        out.push('[');
        for (index, element) in elements.iter().enumerate() {
            out.push_str(if index == 0 { "" } else { ", " });
            let mut inline = Inline::open(out);
            push_target(&mut inline, &element.target);
            inline.text("with", &element.operator);
            inline.close();
        }
        out.push(']');
    });
    if let Some(predicate) = predicate {
        push_sql(out, "where", predicate);
    }
}
