//! Deferred drops, to lines and back.
//!
//! Whether what they name is there, replaying says.

use super::field::write_lines;
use crate::model::Deferred;
use crate::operation::SetDeferred;
use crate::snapshot::parse::Reader;
use crate::toml::{Table, read_keys};

pub(super) fn write(out: &mut String, set: &SetDeferred) {
    match &set.what {
        Deferred::Table(key) => write_lines(out, &[("table", key)]),
        Deferred::Column(table, column) => write_lines(out, &[("table", table), ("column", column)]),
        Deferred::Enum(key) => write_lines(out, &[("enum", key)]),
    }
    if set.deferred {
        out.push_str("deferred = true\n");
    }
}

pub(super) fn read(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<SetDeferred> {
    let (mut table, mut column, mut key, mut deferred) = (None, None, None, false);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "table" => table = entry.value.text(reader.report).map(|text| text.value.to_owned()),
        "column" => column = entry.value.text(reader.report).map(|text| text.value.to_owned()),
        "enum" => key = entry.value.text(reader.report).map(|text| text.value.to_owned()),
        "deferred" => deferred = entry.value.flag(reader.report).is_some(),
    });
    let what = match (table, column, key) {
        (Some(table), Some(column), None) => Deferred::Column(table, column),
        (Some(table), None, None) => Deferred::Table(table),
        (None, None, Some(key)) => Deferred::Enum(key),
        _ => {
            reader.report.error(source.span(), "a drop is of a `table`, of a `column` of one, or of an `enum`");
            return None;
        }
    };
    Some(SetDeferred { what, deferred })
}
