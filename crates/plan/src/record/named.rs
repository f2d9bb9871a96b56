//! What appears on a table, goes from it, or gets another name there.
//!
//! What it consists of is the definition's.

use super::definition::{self, Recorded, push, push_primary_key};
use super::field::{needs, owned, texts, write_lines};
use super::write::line;
use crate::operation::{Add, AddPrimaryKey, Drop, Rename};
use crate::snapshot::parse::Reader;
use crate::toml::{Table, read_keys};

pub(super) fn write<D: Recorded>(out: &mut String, added: &Add<D>) {
    line(out, "table", &added.table);
    out.push_str("definition = ");
    push(out, &added.name, &added.definition);
    out.push('\n');
}

pub(super) fn write_new_name(out: &mut String, table: &str, from: &str, to: &str) {
    write_lines(out, &[("table", table), ("from", from), ("to", to)]);
}

pub(super) fn write_primary_key(out: &mut String, added: &AddPrimaryKey) {
    line(out, "table", &added.table);
    out.push_str("definition = ");
    push_primary_key(out, &added.definition);
    out.push('\n');
}

pub(super) fn added<D: Recorded>(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<Add<D>> {
    let (mut table, mut definition) = (None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "table" => table = entry.value.text(reader.report),
        "definition" => {
            if let Some(value) = entry.value.table(reader.report) {
                definition = D::read(reader, value);
            }
        },
    });
    needs(reader, source, &["table", "definition"]);
    let (name, definition) = definition?;
    Some(Add { table: owned(table?), name, definition })
}

pub(super) fn dropped<D>(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<Drop<D>> {
    let ([table, name], []) = texts(reader, source, ["table", "name"], [])?;
    Some(Drop::new(table, name))
}

pub(super) fn renamed<D>(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<Rename<D>> {
    let ([table, from, to], []) = texts(reader, source, ["table", "from", "to"], [])?;
    Some(Rename::new(table, from, to))
}

pub(super) fn added_primary_key(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<AddPrimaryKey> {
    let (mut table, mut definition) = (None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "table" => table = entry.value.text(reader.report),
        "definition" => definition = definition::primary_key(reader, entry.value),
    });
    needs(reader, source, &["table", "definition"]);
    Some(AddPrimaryKey { table: owned(table?), definition: definition? })
}
