//! The hints that a migration has used, as lines of its record.
//!
//! Which ones have to be named is for the comparison to say.

use std::collections::BTreeSet;

use super::field::owned;
use crate::hint::Hint;
use crate::snapshot::parse::Reader;
use crate::toml::{Inline, Table, Value, read_keys};

pub(super) fn write(out: &mut String, hints: &BTreeSet<Hint>) {
    if hints.is_empty() {
        return;
    }
    out.push_str("used_hints = [\n");
    for hint in hints {
        out.push_str("    ");
        let entries: Vec<(&str, &String)> = match hint {
            Hint::Table { table, renamed_from } => vec![("table", table), ("renamed_from", renamed_from)],
            Hint::Column { table, column, renamed_from } => {
                vec![("table", table), ("column", column), ("renamed_from", renamed_from)]
            }
            Hint::Enum { key, renamed_from } => vec![("enum", key), ("renamed_from", renamed_from)],
            Hint::EnumValue { key, value, renamed_from } => {
                vec![("enum", key), ("value", value), ("renamed_from", renamed_from)]
            }
            Hint::Backfill { table, column, sql } => vec![("table", table), ("column", column), ("backfill", sql)],
            Hint::Using { table, column, sql } => vec![("table", table), ("column", column), ("using", sql)],
        };
        let mut line = Inline::open(out);
        entries.into_iter().for_each(|(key, text)| line.text(key, text));
        line.close();
        out.push_str(",\n");
    }
    out.push_str("]\n");
}

pub(super) fn read(reader: &mut Reader<'_, '_>, value: Value<'_>) -> BTreeSet<Hint> {
    reader.list(value, one).into_iter().collect()
}

fn one(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<Hint> {
    let (mut table, mut column, mut key, mut value) = (None, None, None, None);
    let (mut renamed_from, mut backfill, mut using) = (None, None, None);
    read_keys!(source, reader.report, entry, {
        "table" => table = entry.value.text(reader.report).map(owned),
        "column" => column = entry.value.text(reader.report).map(owned),
        "enum" => key = entry.value.text(reader.report).map(owned),
        "value" => value = entry.value.text(reader.report).map(owned),
        "renamed_from" => renamed_from = entry.value.text(reader.report).map(owned),
        "backfill" => backfill = entry.value.text(reader.report).map(owned),
        "using" => using = entry.value.text(reader.report).map(owned),
    });
    match (table, column, key, value, renamed_from, backfill, using) {
        (Some(table), None, None, None, Some(renamed_from), None, None) => Some(Hint::Table { table, renamed_from }),
        (Some(table), Some(column), None, None, Some(renamed_from), None, None) => {
            Some(Hint::Column { table, column, renamed_from })
        }
        (None, None, Some(key), None, Some(renamed_from), None, None) => Some(Hint::Enum { key, renamed_from }),
        (None, None, Some(key), Some(value), Some(renamed_from), None, None) => {
            Some(Hint::EnumValue { key, value, renamed_from })
        }
        (Some(table), Some(column), None, None, None, Some(sql), None) => Some(Hint::Backfill { table, column, sql }),
        (Some(table), Some(column), None, None, None, None, Some(sql)) => Some(Hint::Using { table, column, sql }),
        _ => {
            let message = "a used hint names a table, a column or an enum, and what the hint says";
            reader.report.error(source.span(), message);
            None
        }
    }
}
