//! `depends_on`: keys of tables, views and objects.
//!
//! Whether there are such is for the replay to say.

use std::collections::BTreeSet;

use super::definition::push_list;
use super::field::{needs, owned};
use super::write::line;
use crate::operation::SetDependsOn;
use crate::snapshot::parse::Reader;
use crate::toml::{Table, Value, read_keys};

pub(super) fn write(out: &mut String, set: &SetDependsOn) {
    line(out, "key", &set.key);
    write_all(out, &set.depends_on);
}

/// The line of something that has others; without any there is none.
pub(super) fn write_some(out: &mut String, keys: &BTreeSet<String>) {
    if !keys.is_empty() {
        write_all(out, keys);
    }
}

fn write_all(out: &mut String, keys: &BTreeSet<String>) {
    out.push_str("depends_on = ");
    push_list(out, &keys.iter().cloned().collect::<Vec<_>>());
}

pub(super) fn keys(reader: &mut Reader<'_, '_>, value: Value<'_>) -> BTreeSet<String> {
    value.texts(reader.report).into_iter().flatten().map(owned).collect()
}

pub(super) fn read(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<SetDependsOn> {
    let (mut key, mut depends_on) = (None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "key" => key = entry.value.text(reader.report),
        "depends_on" => depends_on = Some(keys(reader, entry.value)),
    });
    needs(reader, source, &["key", "depends_on"]);
    Some(SetDependsOn { key: owned(key?), depends_on: depends_on? })
}
