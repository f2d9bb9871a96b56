//! A column that appears, or becomes another.
//!
//! What a column consists of is the definition's.

use super::definition::{self, push_column};
use super::field::{needs, owned, write_lines};
use super::write::optional_line;
use crate::model::Column;
use crate::operation::{AddColumn, AlterColumn};
use crate::snapshot::parse::Reader;
use crate::toml::{Table, read_keys};

pub(super) fn write_added(out: &mut String, added: &AddColumn) {
    let AddColumn { table, column, definition, backfill } = added;
    write_lines(out, &[("table", table), ("column", column)]);
    write_definition(out, definition);
    optional_line(out, "backfill", backfill.as_ref());
}

pub(super) fn write_altered(out: &mut String, altered: &AlterColumn) {
    let AlterColumn { table, column, definition, backfill, using } = altered;
    write_lines(out, &[("table", table), ("column", column)]);
    write_definition(out, definition);
    optional_line(out, "backfill", backfill.as_ref());
    optional_line(out, "using", using.as_ref());
}

fn write_definition(out: &mut String, definition: &Column) {
    out.push_str("definition = ");
    push_column(out, definition);
    out.push('\n');
}

pub(super) fn added(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<AddColumn> {
    let (mut table, mut column, mut definition, mut backfill) = (None, None, None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "table" => table = entry.value.text(reader.report),
        "column" => column = entry.value.text(reader.report),
        "definition" => definition = definition::column(reader, entry.name(), entry.value),
        "backfill" => backfill = entry.value.text(reader.report),
    });
    needs(reader, source, &["table", "column", "definition"]);
    let (table, column) = (owned(table?), owned(column?));
    Some(AddColumn { table, column, definition: definition?, backfill: backfill.map(owned) })
}

pub(super) fn altered(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<AlterColumn> {
    let (mut table, mut column, mut definition, mut backfill, mut using) = (None, None, None, None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "table" => table = entry.value.text(reader.report),
        "column" => column = entry.value.text(reader.report),
        "definition" => definition = definition::column(reader, entry.name(), entry.value),
        "backfill" => backfill = entry.value.text(reader.report),
        "using" => using = entry.value.text(reader.report),
    });
    needs(reader, source, &["table", "column", "definition"]);
    let (table, column) = (owned(table?), owned(column?));
    let (backfill, using) = (backfill.map(owned), using.map(owned));
    Some(AlterColumn { table, column, definition: definition?, backfill, using })
}
