//! The columns of a table, one a line, with what is written with them.
//!
//! What does not fit a line is a block of the table.

use super::home::Homes;
use super::{Writer, foreign_key, push_default, push_type};
use crate::model::name::NameKind;
use crate::model::{Column, DataType, Generated, Identity, Table};
use crate::toml::{Inline, push_key, push_text};

/// Keys up to this width are aligned; a longer one does not move all the others.
const ALIGNED: usize = 30;

pub(super) fn push_columns(out: &mut String, writer: &Writer<'_>, key: &str, table: &Table, homes: &Homes<'_>) {
    let written = |name: &String| {
        let mut written = String::new();
        push_key(&mut written, name);
        written
    };
    let names: Vec<_> = table.columns.keys().map(written).collect();
    let widths = names.iter().map(|name| name.chars().count()).filter(|width| *width <= ALIGNED);
    let width = widths.max().unwrap_or_default();
    for (written, (name, column)) in names.iter().zip(&table.columns) {
        out.push_str(&format!("{written:width$} = "));
        push_column(out, writer, key, table, homes, (name, column));
        out.push('\n');
    }
}

fn push_column(
    out: &mut String,
    writer: &Writer<'_>,
    key: &str,
    table: &Table,
    homes: &Homes<'_>,
    (name, column): (&str, &Column),
) {
    let Column { data_type, nullable, default, identity, generated, collation, comment } = column;
    let mut line = String::new();
    let mut inline = Inline::open(&mut line);
    push_type(inline.key("type"), data_type);
    inline.flag("nullable", *nullable);
    inline.flag("primary_key", homes.key == Some(name));
    if let Some(default) = default {
        push_default(inline.key("default"), default);
    }
    match identity {
        Some(Identity::AutoIncrement) => inline.flag("auto_increment", true),
        Some(Identity::Always) => inline.text("identity", "always"),
        Some(Identity::ByDefault) => inline.text("identity", "by_default"),
        None => {}
    }
    if let Some(generated) = generated {
        push_generated(inline.key("generated"), generated);
    }
    if let Some((constraint, _)) = homes.unique.of(name) {
        push_switch(inline.key("unique"), writer, table, NameKind::Unique, constraint, name);
    }
    if let Some((constraint, reference)) = homes.foreign_keys.of(name) {
        foreign_key::push_reference(inline.key("references"), writer, table, constraint, reference);
    }
    if let Some((index, _)) = homes.indexes.of(name) {
        push_switch(inline.key("index"), writer, table, NameKind::Index, index, name);
    }
    if let Some((_, check)) = homes.checks.of(name) {
        inline.text("check", &check.expression);
    }
    inline.optional("collation", collation.as_ref());
    inline.optional("comment", comment.as_ref());
    inline.flag("sensitive", writer.sensitive.contains(&(key.to_owned(), name.to_owned())));
    inline.close();

    let mut short = String::new();
    push_text(&mut short, &data_type.to_string());
    let is_short = !matches!(data_type, DataType::Sql { .. }) && line == format!("{{ type = {short} }}");
    out.push_str(if is_short { &short } else { &line });
}

fn push_generated(out: &mut String, generated: &Generated) {
    let Generated { expression, stored } = generated;
    if *stored {
        return push_text(out, expression);
    }
    let mut inline = Inline::open(out);
    inline.text("sql", expression);
    inline.key("stored").push_str("false");
    inline.close();
}

/// `true`, or the name when it is another than the automatic one.
fn push_switch(out: &mut String, writer: &Writer<'_>, table: &Table, kind: NameKind, name: &str, column: &str) {
    match writer.given_name(kind, &table.name, name, &[column]) {
        None => out.push_str("true"),
        Some(given) => {
            let mut inline = Inline::open(out);
            inline.text("name", given);
            inline.close();
        }
    }
}
