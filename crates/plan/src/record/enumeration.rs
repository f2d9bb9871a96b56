//! An enum that appears, and values that become others.
//!
//! Everything else about enums consists of strings.

use super::definition::{self, push_list};
use super::field::{needs, owned};
use super::write::{line, optional_line};
use crate::model::Enum;
use crate::operation::{CreateEnum, SetEnumValues};
use crate::snapshot::parse::Reader;
use crate::toml::{Table, read_keys};

pub(super) fn write(out: &mut String, created: &CreateEnum) {
    let CreateEnum { key, definition: Enum { domain, schema, values, comment } } = created;
    line(out, "key", key);
    line(out, "domain", domain.as_str());
    optional_line(out, "schema", schema.as_ref());
    out.push_str("values = ");
    push_list(out, values);
    optional_line(out, "comment", comment.as_ref());
}

pub(super) fn write_values(out: &mut String, set: &SetEnumValues) {
    line(out, "key", &set.key);
    out.push_str("values = ");
    push_list(out, &set.values);
}

pub(super) fn read(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<CreateEnum> {
    let (mut key, mut domain, mut schema, mut values, mut comment) = (None, None, None, None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "key" => key = entry.value.text(reader.report),
        "domain" => domain = definition::domain(reader, entry.value),
        "schema" => schema = entry.value.text(reader.report),
        "values" => values = entry.value.texts(reader.report),
        "comment" => comment = entry.value.text(reader.report),
    });
    needs(reader, source, &["key", "domain", "values"]);
    let values = values?.into_iter().map(owned).collect();
    let definition = Enum { domain: domain?, schema: schema.map(owned), values, comment: comment.map(owned) };
    Some(CreateEnum { key: owned(key?), definition })
}

pub(super) fn read_values(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<SetEnumValues> {
    let (mut key, mut values) = (None, None);
    read_keys!(source, reader.report, entry, {
        "op" => {},
        "key" => key = entry.value.text(reader.report),
        "values" => values = entry.value.texts(reader.report),
    });
    needs(reader, source, &["key", "values"]);
    let values = values?.into_iter().map(owned).collect();
    Some(SetEnumValues { key: owned(key?), values })
}
