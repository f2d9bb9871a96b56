//! From an inspected schema back to what people wrote: where the database is as it was built, their spelling stands.
//!
//! No text is read for its meaning: `actual` and `reference` are both spelled by the database, and equal or not.

mod keys;
mod head;
mod object;
mod named;

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use makemigrations_plan::model::{Enum, Schema, Table, View};

use keys::{Keys, Places, follow, place_of_table, place_of_view};
use named::named;

/// The schema of `actual` in the words of `known`.
///
/// `reference` is what the inspection of a database built from `known` says. Wherever `actual` equals it, the result has
/// `known`'s keys, domains and spelling; what differs stays as inspected.
#[must_use]
pub fn recognise(actual: &Schema, reference: &Schema, known: &Schema) -> Schema {
    let actual = &crate::spelling::aligned(actual, reference);
    let actual: &Schema = actual;
    let schemas = Schemas { actual, reference, known };
    let mut keys = Keys::default();
    // What is known first: what is new makes way for its keys.
    keys.of_known(&actual.tables, &Places::new(&known.tables, place_of_table));
    keys.of_known(&actual.views, &Places::new(&known.views, place_of_view));
    keys.of_new(known, &actual.tables, &reference.tables, &Places::new(&reference.tables, place_of_table));
    keys.of_new(known, &actual.views, &reference.views, &Places::new(&reference.views, place_of_view));
    let objects = object::recognise(actual, reference, known, &mut keys);
    Schema {
        dialect: known.dialect,
        extensions: set(&actual.extensions, &reference.extensions, &known.extensions),
        schemas: set(&actual.schemas, &reference.schemas, &known.schemas),
        enums: schemas.enums(),
        tables: schemas.tables(&keys),
        views: schemas.views(&keys),
        objects: objects.settle(actual, known, &keys),
        deferred: known.deferred.clone(),
    }
}

#[derive(Clone, Copy)]
struct Schemas<'a> {
    actual: &'a Schema,
    reference: &'a Schema,
    known: &'a Schema,
}

impl Schemas<'_> {
    fn enums(self) -> BTreeMap<String, Enum> {
        let Self { actual, reference, known } = self;
        let mut result = named(&actual.enums, &reference.enums, &known.enums, &BTreeSet::new());
        for (key, item) in &mut result {
            if let Some(written) = known.enums.get(key) {
                item.domain = written.domain.clone();
            }
        }
        result
    }

    fn tables(self, keys: &Keys) -> BTreeMap<String, Table> {
        let before = Places::new(&self.reference.tables, place_of_table);
        let written = Places::new(&self.known.tables, place_of_table);
        let reference_keys = written.keys_of(&self.reference.tables);
        let mut result = BTreeMap::new();
        for (key, found) in &self.actual.tables {
            let Some(result_key) = keys.get(key) else { continue };
            let before = before.find(found).map(|key| &self.reference.tables[key]);
            let written = written.find(found).map(|key| &self.known.tables[key]);
            let mut found = found.clone();
            keys.follow(&mut found);
            let table = match (before, written) {
                (Some(before), Some(written)) => {
                    let mut before = before.clone();
                    follow(&mut before.foreign_keys, &reference_keys);
                    table(found, &before, written)
                }
                (None, Some(written)) => Table { domain: written.domain.clone(), ..found },
                (_, None) => found,
            };
            result.insert(result_key.clone(), table);
        }
        result
    }

    fn views(self, keys: &Keys) -> BTreeMap<String, View> {
        let before = Places::new(&self.reference.views, place_of_view);
        let written = Places::new(&self.known.views, place_of_view);
        let mut result = BTreeMap::new();
        for (key, found) in &self.actual.views {
            let Some(result_key) = keys.get(key) else { continue };
            let before = before.find(found).map(|key| &self.reference.views[key]);
            let written = written.find(found).map(|key| &self.known.views[key]);
            let found = View { depends_on: keys.translate(&found.depends_on), ..found.clone() };
            let view = match (before, written) {
                (Some(before), Some(written)) => view(found, before, written),
                (None, Some(written)) => View { domain: written.domain.clone(), ..found },
                (_, None) => found,
            };
            result.insert(result_key.clone(), view);
        }
        result
    }
}

/// What is there, without what comes along with something known, and with what is known and cannot be seen.
fn set(actual: &BTreeSet<String>, reference: &BTreeSet<String>, known: &BTreeSet<String>) -> BTreeSet<String> {
    let there = actual.iter().filter(|name| known.contains(*name) || !reference.contains(*name));
    there.chain(known.difference(reference)).cloned().collect()
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
        inherited: written.inherited.clone(),
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
