//! Which keys stand for what: by SQL names between schemas, then in the result.
//!
//! Changes no definition, except for the keys that it names.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::model::{ForeignKey, Schema, Table, View};

use crate::{free_key, is_taken};

/// Which key of the result stands for a table, view or object of `actual`.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<String, String>);

impl Keys {
    pub(super) fn get(&self, key: &str) -> Option<&String> {
        self.0.get(key)
    }

    pub(super) fn set(&mut self, key: &str, result: String) {
        self.0.insert(key.to_owned(), result);
    }

    pub(super) fn of_known<T>(&mut self, actual: &BTreeMap<String, T>, known: &Places<'_, T>) {
        for (key, value) in actual {
            if let Some(found) = known.find(value) {
                self.set(key, found.clone());
            }
        }
    }

    /// What nobody declares keeps its key unless that is taken. What the reference has as well comes with something
    /// that is known, and is left out.
    pub(super) fn of_new<T: PartialEq>(
        &mut self,
        known: &Schema,
        actual: &BTreeMap<String, T>,
        reference: &BTreeMap<String, T>,
        places: &Places<'_, T>,
    ) {
        for (key, value) in actual {
            let comes_along = || places.find(value).is_some_and(|place| reference.get(place) == Some(value));
            if self.0.contains_key(key) || comes_along() {
                continue;
            }
            let result = self.free(known, key);
            self.set(key, result);
        }
    }

    /// A key that neither what is known nor what is found has.
    pub(super) fn free(&self, known: &Schema, key: &str) -> String {
        let taken: BTreeSet<_> = self.0.values().map(String::as_str).collect();
        free_key(key.to_owned(), |key| is_taken(known, key) || taken.contains(key))
    }

    pub(super) fn translate(&self, keys: &BTreeSet<String>) -> BTreeSet<String> {
        keys.iter().filter_map(|key| self.get(key).cloned()).collect()
    }

    pub(super) fn follow(&self, table: &mut Table) {
        follow(&mut table.foreign_keys, &self.0);
        table.depends_on = self.translate(&table.depends_on);
    }
}

pub(super) fn follow(foreign_keys: &mut BTreeMap<String, ForeignKey>, keys: &BTreeMap<String, String>) {
    for key in foreign_keys.values_mut() {
        if let Some(target) = keys.get(&key.table) {
            key.table.clone_from(target);
        }
    }
}

/// Keys by SQL schema and name.
pub(super) struct Places<'a, T> {
    map: BTreeMap<(Option<&'a str>, &'a str), &'a String>,
    place: fn(&T) -> (Option<&str>, &str),
}

impl<'a, T> Places<'a, T> {
    pub(super) fn new(map: &'a BTreeMap<String, T>, place: fn(&T) -> (Option<&str>, &str)) -> Self {
        Self { map: map.iter().map(|(key, value)| (place(value), key)).collect(), place }
    }

    pub(super) fn find(&self, value: &T) -> Option<&'a String> {
        self.map.get(&(self.place)(value)).copied()
    }

    /// The keys here of the values of another map, by their keys there.
    pub(super) fn keys_of(&self, other: &BTreeMap<String, T>) -> BTreeMap<String, String> {
        other.iter().filter_map(|(key, value)| Some((key.clone(), self.find(value)?.clone()))).collect()
    }
}

pub(super) fn place_of_table(table: &Table) -> (Option<&str>, &str) {
    (table.schema.as_deref(), &table.name)
}

pub(super) fn place_of_view(view: &View) -> (Option<&str>, &str) {
    (view.schema.as_deref(), &view.name)
}
