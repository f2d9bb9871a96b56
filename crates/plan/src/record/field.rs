//! The entries of operations that consist of strings.
//!
//! Which operation has which is said elsewhere.

use super::definition;
use super::write::line;
use crate::model::Domain;
use crate::snapshot::parse::Reader;
use crate::toml::{Spanned, Table};

pub(super) fn owned(text: Spanned<&str>) -> String {
    text.value.to_owned()
}

/// `key = "text"` for each.
pub(super) fn write_lines(out: &mut String, pairs: &[(&str, &str)]) {
    pairs.iter().for_each(|(key, text)| line(out, key, text));
}

pub(super) fn needs(reader: &mut Reader<'_, '_>, source: Table<'_>, keys: &[&str]) {
    for key in keys.iter().filter(|key| source.get(key).is_none()) {
        reader.report.missing_key(source, &[key], source.span(), format!("the operation needs `{key}`"));
    }
}

pub(super) fn one(reader: &mut Reader<'_, '_>, source: Table<'_>, key: &str) -> Option<String> {
    let ([text], []) = texts(reader, source, [key], [])?;
    Some(text)
}

/// A key and the domain that it moves to.
pub(super) fn moved(reader: &mut Reader<'_, '_>, source: Table<'_>) -> Option<(String, Domain)> {
    let ([key, _], []) = texts(reader, source, ["key", "domain"], [])?;
    Some((key, definition::domain(reader, source.get("domain")?)?))
}

/// An operation that consists of strings: those that it needs, and those that it may have.
pub(super) fn texts<const N: usize, const M: usize>(
    reader: &mut Reader<'_, '_>,
    source: Table<'_>,
    required: [&str; N],
    optional: [&str; M],
) -> Option<([String; N], [Option<String>; M])> {
    let mut found = [const { None }; N];
    let mut extra = [const { None }; M];
    for entry in source.entries() {
        let place = |keys: &[&str]| keys.iter().position(|key| *key == entry.key);
        if let Some(index) = place(&required) {
            found[index] = entry.value.text(reader.report).map(owned);
        } else if let Some(index) = place(&optional) {
            extra[index] = entry.value.text(reader.report).map(owned);
        } else if entry.key != "op" {
            let known: Vec<_> = required.iter().chain(&optional).copied().collect();
            reader.report.unknown_key(&entry, &known);
        }
    }
    needs(reader, source, &required);
    if found.iter().any(Option::is_none) {
        return None;
    }
    // None is missing: it has just been looked for.
    Some((found.map(Option::unwrap_or_default), extra))
}
