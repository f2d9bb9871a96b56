//! Foreign keys, of a column or in a block of their own.
//!
//! The columns they point at are left out when they are the target's primary key.

use super::Writer;
use super::text::{push_header, push_line, push_list, push_value};
use crate::model::name::NameKind;
use crate::model::{Action, ForeignKey, Match, Table};
use crate::toml::{Inline, push_text};

/// The value of a column's `references`.
pub(super) fn push_reference(out: &mut String, writer: &Writer<'_>, table: &Table, name: &str, key: &ForeignKey) {
    let given = writer.given_name(NameKind::ForeignKey, &table.name, name, &key.columns);
    let rest: Vec<_> = behaviour(key).collect();
    let column = key.references.first().filter(|_| !is_primary(writer, key));
    if given.is_none() && rest.is_empty() {
        match column {
            None => return push_text(out, &key.table),
            Some(column) => {
                let short = format!("{}.{column}", key.table);
                // The reader takes a table's key first, and the last `.` for the one between table and column.
                if !column.contains('.') && !writer.schema.tables.contains_key(&short) {
                    return push_text(out, &short);
                }
            }
        }
    }
    let mut inline = Inline::open(out);
    inline.text("table", &key.table);
    inline.optional("column", column);
    if let Some(given) = given {
        inline.text("name", given);
    }
    rest.iter().for_each(|(key, word)| inline.text(key, word));
    inline.close();
}

pub(super) fn push_block(
    out: &mut String,
    writer: &Writer<'_>,
    path: &[&str],
    table: &Table,
    name: &str,
    key: &ForeignKey,
) {
    push_header(out, path, true);
    push_line(out, "name", writer.given_name(NameKind::ForeignKey, &table.name, name, &key.columns));
    push_list(out, "columns", &key.columns);
    push_value(out, "references", |out| {
        let mut inline = Inline::open(out);
        inline.text("table", &key.table);
        if !is_primary(writer, key) {
            inline.texts("columns", &key.references);
        }
        inline.close();
    });
    behaviour(key).for_each(|(key, word)| push_line(out, key, Some(word)));
}

fn is_primary(writer: &Writer<'_>, key: &ForeignKey) -> bool {
    let target = writer.schema.tables.get(&key.table).and_then(|table| table.primary_key.as_ref());
    target.is_some_and(|primary| primary.columns == key.references)
}

/// What is not as it is by itself.
fn behaviour(key: &ForeignKey) -> impl Iterator<Item = (&'static str, &'static str)> {
    let ForeignKey { columns: _, table: _, references: _, on_delete, on_update, deferrable, match_type } = key;
    let action = |action: &Action| (*action != Action::NoAction).then(|| action.as_str());
    let entries = [
        ("on_delete", action(on_delete)),
        ("on_update", action(on_update)),
        ("deferrable", deferrable.map(crate::model::Deferrable::as_str)),
        ("match", (*match_type == Match::Full).then_some("full")),
    ];
    entries.into_iter().filter_map(|(key, word)| Some((key, word?)))
}
