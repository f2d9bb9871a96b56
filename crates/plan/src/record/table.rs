//! A created table, with everything on it.
//!
//! The columns come last: they are a table of their own, one column per line.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::{self, Recorded, push, push_primary_key};
use super::dependency;
use super::field::{needs, owned};
use super::write::{line, optional_line};
use crate::model::{Inherited, Table};
use crate::operation::CreateTable;
use crate::snapshot::parse::Reader;
use crate::toml::{self, Value, push_key, read_keys};

pub(super) fn write(out: &mut String, created: &CreateTable) {
    let CreateTable { key, definition: table } = created;
    let Table {
        domain,
        name,
        schema,
        columns,
        primary_key,
        unique,
        indexes,
        foreign_keys,
        checks,
        exclusions,
        depends_on,
        comment,
        options,
        inherited,
    } = table;
    line(out, "key", key);
    line(out, "domain", domain.as_str());
    if name != key {
        line(out, "name", name);
    }
    optional_line(out, "schema", schema.as_ref());
    optional_line(out, "comment", comment.as_ref());
    optional_line(out, "options", options.as_ref());
    if !inherited.is_empty() {
        out.push_str("inherited = true\n");
    }
    if let Some(key) = primary_key {
        out.push_str("primary_key = ");
        push_primary_key(out, key);
        out.push('\n');
    }
    push_all(out, "unique", unique);
    push_all(out, "indexes", indexes);
    push_all(out, "foreign_keys", foreign_keys);
    push_all(out, "checks", checks);
    push_all(out, "exclusions", exclusions);
    dependency::write_some(out, depends_on);
    out.push_str("[operations.columns]\n");
    for (name, column) in columns {
        push_key(out, name);
        out.push_str(" = ");
        definition::push_column(out, column);
        out.push('\n');
    }
}

pub(super) fn push_all<T: Recorded>(out: &mut String, key: &str, objects: &BTreeMap<String, T>) {
    if objects.is_empty() {
        return;
    }
    out.push_str(key);
    out.push_str(" = [\n");
    for (name, object) in objects {
        out.push_str("  ");
        push(out, name, object);
        out.push_str(",\n");
    }
    out.push_str("]\n");
}

pub(super) fn read(reader: &mut Reader<'_, '_>, source: toml::Table<'_>) -> Option<CreateTable> {
    let (mut key, mut domain, mut name, mut columns) = (None, None, None, None);
    let (mut schema, mut comment, mut options, mut primary_key) = (None, None, None, None);
    let (mut unique, mut indexes) = (BTreeMap::new(), BTreeMap::new());
    let (mut foreign_keys, mut checks) = (BTreeMap::new(), BTreeMap::new());
    let (mut exclusions, mut depends_on, mut inherited) = (BTreeMap::new(), BTreeSet::new(), false);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "key" => key = entry.value.text(reader.report),
        "domain" => domain = definition::domain(reader, entry.value),
        "name" => name = entry.value.text(reader.report),
        "schema" => schema = entry.value.text(reader.report),
        "comment" => comment = entry.value.text(reader.report),
        "options" => options = entry.value.text(reader.report),
        "inherited" => inherited = entry.value.flag(reader.report).is_some(),
        "primary_key" => primary_key = definition::primary_key(reader, entry.value),
        "unique" => unique = read_all(reader, entry.value),
        "indexes" => indexes = read_all(reader, entry.value),
        "foreign_keys" => foreign_keys = read_all(reader, entry.value),
        "checks" => checks = read_all(reader, entry.value),
        "exclusions" => exclusions = read_all(reader, entry.value),
        "depends_on" => depends_on = dependency::keys(reader, entry.value),
        "columns" => columns = entry.value.table(reader.report),
    });
    needs(reader, source, &["key", "domain", "columns"]);
    let key = key?.value;
    let mut table = Table::new(domain?, name.map_or(key, |name| name.value));
    for entry in columns?.entries() {
        if let Some(column) = definition::column(reader, entry.name(), entry.value) {
            table.columns.insert(entry.key.to_owned(), column);
        }
    }
    table.schema = schema.map(owned);
    table.comment = comment.map(owned);
    table.options = options.map(owned);
    table.primary_key = primary_key;
    table.unique = unique;
    table.indexes = indexes;
    table.foreign_keys = foreign_keys;
    table.checks = checks;
    table.exclusions = exclusions;
    table.depends_on = depends_on;
    if inherited {
        table.inherited = Inherited::of(&table);
    }
    Some(CreateTable { key: key.to_owned(), definition: table })
}

pub(super) fn read_all<T: Recorded>(reader: &mut Reader<'_, '_>, value: Value<'_>) -> BTreeMap<String, T> {
    let mut objects = BTreeMap::new();
    reader.list(value, |reader, table| {
        let (name, object) = T::read(reader, table)?;
        if objects.contains_key(&name) {
            reader.report.error(table.span(), format!("`{name}` is recorded twice"));
        }
        objects.insert(name, object);
        Some(())
    });
    objects
}
