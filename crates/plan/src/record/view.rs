//! A created view, with its indexes.
//!
//! The query is taken as it stands.

use std::collections::{BTreeMap, BTreeSet};

use super::field::{needs, owned};
use super::table::{push_all, read_all};
use super::write::{line, optional_line};
use super::{definition, dependency};
use crate::model::View;
use crate::operation::CreateView;
use crate::snapshot::parse::Reader;
use crate::toml::{Table, read_keys};

pub(super) fn write(out: &mut String, created: &CreateView) {
    let CreateView { key, definition: view } = created;
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
    dependency::write_some(out, depends_on);
    push_all(out, "indexes", indexes);
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
        "depends_on" => depends_on = dependency::keys(reader, entry.value),
        "indexes" => indexes = read_all(reader, entry.value),
    });
    needs(reader, source, &["key", "domain", "query"]);
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
    Some(CreateView { key, definition: view })
}
