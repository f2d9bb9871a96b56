//! What has a name on its table: constraints and indexes.
//!
//! Knows no kind of them.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::model::Table;

/// The definitions of one kind, in the words of `known` where the database says the same as of those.
///
/// What the reference has and `known` has not comes with something that is known (the check of an enum's column on
/// SQLite). What `known` has and the reference has not is seen as something else (a unique constraint as an index), and
/// stands unless that is `gone`.
pub(super) fn named<T: Clone + PartialEq>(
    actual: &BTreeMap<String, T>,
    reference: &BTreeMap<String, T>,
    known: &BTreeMap<String, T>,
    gone: &BTreeSet<String>,
) -> BTreeMap<String, T> {
    let mut result = BTreeMap::new();
    for (name, found) in actual {
        let value = if reference.get(name) == Some(found) { known.get(name) } else { Some(found) };
        result.extend(value.map(|value| (name.clone(), value.clone())));
    }
    for (name, written) in known {
        if !reference.contains_key(name) && !result.contains_key(name) && !gone.contains(name) {
            result.insert(name.clone(), written.clone());
        }
    }
    result
}

/// The names of what the reference has on the table and `actual` has not, or has otherwise.
pub(super) fn gone(actual: &Table, reference: &Table) -> BTreeSet<String> {
    fn missing<T: PartialEq>(actual: &BTreeMap<String, T>, reference: &BTreeMap<String, T>) -> BTreeSet<String> {
        reference
            .iter()
            .filter(|(name, value)| actual.get(*name) != Some(value))
            .map(|(name, _)| name.clone())
            .collect()
    }
    let mut names = missing(&actual.unique, &reference.unique);
    names.extend(missing(&actual.indexes, &reference.indexes));
    names.extend(missing(&actual.foreign_keys, &reference.foreign_keys));
    names.extend(missing(&actual.checks, &reference.checks));
    names.extend(missing(&actual.exclusions, &reference.exclusions));
    names
}
