//! From an inspected schema back to what people wrote: where the database is as it was built, their spelling stands.
//!
//! No text is read for its meaning: `actual` and `reference` are both spelled by the database, and equal or not.

mod head;
mod object;
mod named;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use makemigrations_plan::model::{Enum, ForeignKey, Schema, Table, View};

use crate::{free_key, is_taken};
use named::named;

/// The schema of `actual` in the words of `known`.
///
/// `reference` is what the inspection of a database built from `known` says. Wherever `actual` equals it, the result has
/// `known`'s keys, domains and spelling; what differs stays as inspected.
#[must_use]
pub fn recognise(actual: &Schema, reference: &Schema, known: &Schema) -> Schema {
    let mut keys = Keys::default();
    let mut result = Schema {
        extensions: set(&actual.extensions, &reference.extensions, &known.extensions),
        schemas: set(&actual.schemas, &reference.schemas, &known.schemas),
        ..Schema::default()
    };
    result.enums = enums(actual, reference, known);
    // Keys of what is known first: what is new makes way for them.
    let tables = Places::new(&known.tables, place_of_table);
    let views = Places::new(&known.views, place_of_view);
    keys.of_known(&actual.tables, place_of_table, &tables);
    keys.of_known(&actual.views, place_of_view, &views);
    let reference_tables = Places::new(&reference.tables, place_of_table);
    let reference_views = Places::new(&reference.views, place_of_view);
    keys.of_new(known, &actual.tables, |table| {
        reference_tables.find(table).is_some_and(|key| reference.tables[key] == *table)
    });
    keys.of_new(known, &actual.views, |view| {
        reference_views.find(view).is_some_and(|key| reference.views[key] == *view)
    });
    let objects = object::recognise(actual, reference, known, &mut keys);

    let reference_keys = tables.keys_of(&reference.tables);
    for (key, found) in &actual.tables {
        let Some(result_key) = keys.get(key) else { continue };
        let mut found = found.clone();
        keys.follow(&mut found);
        let before = reference_tables.find(&found).map(|key| &reference.tables[key]);
        let table = match (before, tables.find(&found).map(|key| &known.tables[key])) {
            (Some(before), Some(written)) => {
                let mut before = before.clone();
                follow(&mut before.foreign_keys, &reference_keys);
                table(found, &before, written)
            }
            (None, Some(written)) => Table { domain: written.domain.clone(), ..found },
            (_, None) => found,
        };
        result.tables.insert(result_key.clone(), table);
    }
    for (key, found) in &actual.views {
        let Some(result_key) = keys.get(key) else { continue };
        let before = reference_views.find(found).map(|key| &reference.views[key]);
        let written = views.find(found).map(|key| &known.views[key]);
        let mut found = found.clone();
        let depends_on = keys.translate(&found.depends_on);
        found.depends_on = depends_on;
        let view = match (before, written) {
            (Some(before), Some(written)) => view(found, before, written),
            (None, Some(written)) => View { domain: written.domain.clone(), ..found },
            (_, None) => found,
        };
        result.views.insert(result_key.clone(), view);
    }
    result.objects = objects.settle(actual, known, &keys);
    result
}

/// Which key of the result stands for a table, view or object of `actual`.
#[derive(Default)]
pub(super) struct Keys(BTreeMap<String, String>);

impl Keys {
    fn get(&self, key: &str) -> Option<&String> {
        self.0.get(key)
    }

    fn set(&mut self, key: &str, result: String) {
        self.0.insert(key.to_owned(), result);
    }

    fn of_known<T>(
        &mut self,
        actual: &BTreeMap<String, T>,
        place: fn(&T) -> (Option<&str>, &str),
        known: &Places<'_, T>,
    ) {
        for (key, value) in actual {
            if let Some(found) = known.map.get(&place(value)) {
                self.set(key, (*found).clone());
            }
        }
    }

    /// What nobody declares keeps its key unless that is taken. What the reference has as well comes with something
    /// that is known, and is left out.
    fn of_new<T>(&mut self, known: &Schema, actual: &BTreeMap<String, T>, comes_along: impl Fn(&T) -> bool) {
        for (key, value) in actual {
            if self.0.contains_key(key) || comes_along(value) {
                continue;
            }
            let result = self.free(known, key);
            self.set(key, result);
        }
    }

    /// A key that neither what is known nor what is found has.
    fn free(&self, known: &Schema, key: &str) -> String {
        let taken: BTreeSet<_> = self.0.values().map(String::as_str).collect();
        free_key(key.to_owned(), |key| is_taken(known, key) || taken.contains(key))
    }

    fn translate(&self, keys: &BTreeSet<String>) -> BTreeSet<String> {
        keys.iter().filter_map(|key| self.get(key).cloned()).collect()
    }

    fn follow(&self, table: &mut Table) {
        follow(&mut table.foreign_keys, &self.0);
        table.depends_on = self.translate(&table.depends_on);
    }
}

fn follow(foreign_keys: &mut BTreeMap<String, ForeignKey>, keys: &BTreeMap<String, String>) {
    for key in foreign_keys.values_mut() {
        if let Some(target) = keys.get(&key.table) {
            key.table.clone_from(target);
        }
    }
}

/// Keys by SQL schema and name.
struct Places<'a, T> {
    map: BTreeMap<(Option<&'a str>, &'a str), &'a String>,
    place: fn(&T) -> (Option<&str>, &str),
}

impl<'a, T> Places<'a, T> {
    fn new(map: &'a BTreeMap<String, T>, place: fn(&T) -> (Option<&str>, &str)) -> Self {
        Self { map: map.iter().map(|(key, value)| (place(value), key)).collect(), place }
    }

    fn find(&self, value: &T) -> Option<&'a String> {
        self.map.get(&(self.place)(value)).copied()
    }

    /// The keys here of the values of another map, by their keys there.
    fn keys_of(&self, other: &BTreeMap<String, T>) -> BTreeMap<String, String> {
        other.iter().filter_map(|(key, value)| Some((key.clone(), self.find(value)?.clone()))).collect()
    }
}

fn place_of_table(table: &Table) -> (Option<&str>, &str) {
    (table.schema.as_deref(), &table.name)
}

fn place_of_view(view: &View) -> (Option<&str>, &str) {
    (view.schema.as_deref(), &view.name)
}

/// What is there, without what comes along with something known, and with what is known and cannot be seen.
fn set(actual: &BTreeSet<String>, reference: &BTreeSet<String>, known: &BTreeSet<String>) -> BTreeSet<String> {
    let there = actual.iter().filter(|name| known.contains(*name) || !reference.contains(*name));
    there.chain(known.difference(reference)).cloned().collect()
}

fn enums(actual: &Schema, reference: &Schema, known: &Schema) -> BTreeMap<String, Enum> {
    let mut result = named(&actual.enums, &reference.enums, &known.enums, &BTreeSet::new());
    for (key, item) in &mut result {
        if let Some(written) = known.enums.get(key) {
            item.domain = written.domain.clone();
        }
    }
    result
}

/// One of two values: the written one where the database says the same as it said of the written one.
fn spelled<T: Clone + PartialEq>(actual: T, reference: &T, written: &T) -> T {
    if actual == *reference { written.clone() } else { actual }
}

fn table(actual: Table, before: &Table, written: &Table) -> Table {
    let gone = named::gone(&actual, before);
    let mut columns = IndexMap::new();
    // In the order in which they are written: a database appends.
    for (name, column) in &written.columns {
        match (actual.columns.get(name), before.columns.get(name)) {
            (Some(found), Some(before)) if found == before => columns.insert(name.clone(), column.clone()),
            (Some(found), _) => columns.insert(name.clone(), found.clone()),
            (None, _) => None,
        };
    }
    for (name, column) in &actual.columns {
        if !columns.contains_key(name) {
            columns.insert(name.clone(), column.clone());
        }
    }
    Table {
        domain: written.domain.clone(),
        name: written.name.clone(),
        schema: written.schema.clone(),
        columns,
        primary_key: spelled(actual.primary_key, &before.primary_key, &written.primary_key),
        unique: named(&actual.unique, &before.unique, &written.unique, &gone),
        indexes: named(&actual.indexes, &before.indexes, &written.indexes, &gone),
        foreign_keys: named(&actual.foreign_keys, &before.foreign_keys, &written.foreign_keys, &gone),
        checks: named(&actual.checks, &before.checks, &written.checks, &gone),
        exclusions: named(&actual.exclusions, &before.exclusions, &written.exclusions, &gone),
        depends_on: written.depends_on.clone(),
        comment: spelled(actual.comment, &before.comment, &written.comment),
        options: spelled(actual.options, &before.options, &written.options),
    }
}

fn view(actual: View, before: &View, written: &View) -> View {
    let same = actual.query == before.query;
    View {
        domain: written.domain.clone(),
        name: written.name.clone(),
        schema: written.schema.clone(),
        query: spelled(actual.query, &before.query, &written.query),
        materialized: spelled(actual.materialized, &before.materialized, &written.materialized),
        comment: spelled(actual.comment, &before.comment, &written.comment),
        depends_on: if same { written.depends_on.clone() } else { actual.depends_on },
        indexes: named(&actual.indexes, &before.indexes, &written.indexes, &BTreeSet::new()),
    }
}

#[cfg(test)]
mod tests;
