//! Snapshot files without the hints that migrations have used.
//!
//! Writes no file, and changes nothing else in a text.

use std::collections::BTreeMap;

use super::{Hints, Source};
use crate::{hint::Hint, toml::without};

/// A snapshot file with fewer hints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tidied {
    /// The path of the source.
    pub path: String,
    /// The text as it will be.
    pub text: String,
    /// How many hints went.
    pub count: usize,
}

/// Where hints are that go: the file, the chain of keys, and how many they are.
type Places<'a> = Vec<(&'a str, Vec<&'a str>, usize)>;

/// The files in which a hint goes because `is_used` says so.
#[must_use]
pub fn tidy(sources: &[Source], hints: &Hints, is_used: impl Fn(&Hint) -> bool) -> Vec<Tidied> {
    let mut places = of_columns(hints, &is_used);
    places.extend(of_enums(hints, &is_used));
    for (key, hint) in &hints.tables {
        let from = &hint.renamed_from;
        if is_used(&Hint::Table { table: key.clone(), renamed_from: from.value.clone() }) {
            places.push((&from.path, vec!["tables", key, "renamed_from"], 1));
        }
    }
    let mut tidied: BTreeMap<&str, Tidied> = BTreeMap::new();
    for (path, keys, count) in places {
        let Some(source) = sources.iter().find(|source| source.path == path) else { continue };
        let file =
            tidied.entry(path).or_insert_with(|| Tidied { path: path.to_owned(), text: source.text.clone(), count: 0 });
        file.text = without(&file.text, &keys);
        file.count += count;
    }
    tidied.into_values().collect()
}

fn of_columns<'a>(hints: &'a Hints, is_used: impl Fn(&Hint) -> bool) -> Places<'a> {
    let mut places = Places::new();
    for ((table, column), hint) in &hints.columns {
        let mut take = |key: &'a str, place: &'a super::Hinted<String>, hint: Hint| {
            if is_used(&hint) {
                places.push((&place.path, vec!["tables", table, "columns", column, key], 1));
            }
        };
        let (owner, name) = (|| table.clone(), || column.clone());
        if let Some(place) = &hint.renamed_from {
            let renamed_from = place.value.clone();
            take("renamed_from", place, Hint::Column { table: owner(), column: name(), renamed_from });
        }
        if let Some(place) = &hint.backfill {
            take("backfill", place, Hint::Backfill { table: owner(), column: name(), sql: place.value.clone() });
        }
        if let Some(place) = &hint.using {
            take("using", place, Hint::Using { table: owner(), column: name(), sql: place.value.clone() });
        }
    }
    places
}

fn of_enums<'a>(hints: &'a Hints, is_used: impl Fn(&Hint) -> bool) -> Places<'a> {
    let mut places = Places::new();
    for (key, hint) in &hints.enums {
        if let Some(place) = &hint.renamed_from
            && is_used(&Hint::Enum { key: key.clone(), renamed_from: place.value.clone() })
        {
            places.push((&place.path, vec!["enums", key, "renamed_from"], 1));
        }
        let used = hint.renamed_values.iter().filter(|(from, place)| {
            let (key, value, renamed_from) = (key.clone(), place.value.clone(), (*from).clone());
            is_used(&Hint::EnumValue { key, value, renamed_from })
        });
        let used: Vec<_> = used.collect();
        match used.first() {
            // Nothing is left of it.
            Some((_, place)) if used.len() == hint.renamed_values.len() => {
                places.push((&place.path, vec!["enums", key, "renamed_values"], used.len()));
            }
            _ => places
                .extend(used.iter().map(|(from, place)| {
                    (place.path.as_str(), vec!["enums", key, "renamed_values", from.as_str()], 1)
                })),
        }
    }
    places
}
