//! A created object.
//!
//! Its texts are taken as they stand.

use std::collections::BTreeSet;

use super::field::{needs, owned};
use super::write::line;
use super::{definition, dependency};
use crate::model::Object;
use crate::operation::CreateObject;
use crate::snapshot::parse::Reader;
use crate::toml::{Table, read_keys};

pub(super) fn write(out: &mut String, created: &CreateObject) {
    let CreateObject { key, definition: Object { domain, create, drop, depends_on } } = created;
    line(out, "key", key);
    line(out, "domain", domain.as_str());
    line(out, "create", create);
    line(out, "drop", drop);
    dependency::write_some(out, depends_on);
}

pub(super) fn read(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<CreateObject> {
    let (mut key, mut domain, mut create, mut drop) = (None, None, None, None);
    let mut depends_on = BTreeSet::new();
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "key" => key = entry.value.text(reader.report),
        "domain" => domain = definition::domain(reader, entry.value),
        "create" => create = entry.value.text(reader.report),
        "drop" => drop = entry.value.text(reader.report),
        "depends_on" => depends_on = dependency::keys(reader, entry.value),
    });
    needs(reader, source, &["key", "domain", "create", "drop"]);
    let object = Object { domain: domain?, create: owned(create?), drop: owned(drop?), depends_on };
    Some(CreateObject { key: owned(key?), definition: object })
}
