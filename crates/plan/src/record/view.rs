//! A created view and a created object.
//!
//! Their texts are taken as they stand.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    definition::{self, push_list},
    table::{push_all, read_all},
    write::{line, optional_line},
};
use crate::model::{Object, View};
use crate::operation::{CreateObject, CreateView};
use crate::snapshot::parse::Reader;
use crate::toml::{Spanned, Table, Value, read_keys};

pub(super) fn write(out: &mut String, created: &CreateView) {
    let CreateView { key, view } = created;
    let View { domain, name, schema, query, materialized, comment, depends_on, indexes } = view;
    line(out, "key", key);
    line(out, "domain", domain.as_str());
    if name != key {
        line(out, "name", name);
    }
    optional_line(out, "schema", schema.as_ref());
    line(out, "query", query);
    if *materialized {
        out.push_str("materialized = true\n");
    }
    optional_line(out, "comment", comment.as_ref());
    if !depends_on.is_empty() {
        write_keys(out, depends_on);
    }
    push_all(out, "indexes", indexes);
}

pub(super) fn write_object(out: &mut String, created: &CreateObject) {
    let CreateObject { key, object: Object { domain, create, drop, depends_on } } = created;
    line(out, "key", key);
    line(out, "domain", domain.as_str());
    line(out, "create", create);
    line(out, "drop", drop);
    if !depends_on.is_empty() {
        write_keys(out, depends_on);
    }
}

/// `depends_on = ["a", "b"]`
pub(super) fn write_keys(out: &mut String, keys: &BTreeSet<String>) {
    out.push_str("depends_on = ");
    push_list(out, &keys.iter().cloned().collect::<Vec<_>>());
}

/// The keys of `depends_on`.
pub(super) fn read_keys_of(reader: &mut Reader<'_, '_>, value: Value<'_>) -> BTreeSet<String> {
    let keys = value.texts(reader.report).unwrap_or_default();
    keys.into_iter().map(|key| key.value.to_owned()).collect()
}

pub(super) fn read(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<CreateView> {
    let (mut key, mut domain, mut name, mut schema) = (None, None, None, None);
    let (mut query, mut comment, mut materialized) = (None, None, false);
    let (mut depends_on, mut indexes) = (BTreeSet::new(), BTreeMap::new());
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "key" => key = entry.value.text(reader.report),
        "domain" => domain = definition::domain(reader, entry.value),
        "name" => name = entry.value.text(reader.report),
        "schema" => schema = entry.value.text(reader.report),
        "query" => query = entry.value.text(reader.report),
        "materialized" => materialized = entry.value.flag(reader.report).is_some(),
        "comment" => comment = entry.value.text(reader.report),
        "depends_on" => depends_on = read_keys_of(reader, entry.value),
        "indexes" => indexes = read_all(reader, entry.value),
    });
    super::operation::needs(reader, source, &["key", "domain", "query"]);
    let owned = |text: Spanned<&str>| text.value.to_owned();
    let key = owned(key?);
    let view = View {
        domain: domain?,
        name: name.map_or_else(|| key.clone(), owned),
        schema: schema.map(owned),
        query: owned(query?),
        materialized,
        comment: comment.map(owned),
        depends_on,
        indexes,
    };
    Some(CreateView { key, view })
}

pub(super) fn read_object(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<CreateObject> {
    let (mut key, mut domain, mut create, mut drop) = (None, None, None, None);
    let mut depends_on = BTreeSet::new();
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "key" => key = entry.value.text(reader.report),
        "domain" => domain = definition::domain(reader, entry.value),
        "create" => create = entry.value.text(reader.report),
        "drop" => drop = entry.value.text(reader.report),
        "depends_on" => depends_on = read_keys_of(reader, entry.value),
    });
    super::operation::needs(reader, source, &["key", "domain", "create", "drop"]);
    let owned = |text: Spanned<&str>| text.value.to_owned();
    let object = Object { domain: domain?, create: owned(create?), drop: owned(drop?), depends_on };
    Some(CreateObject { key: owned(key?), object })
}
