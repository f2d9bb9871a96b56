//! What differs between two inspected schemas, one line for each difference.
//!
//! Both are spelled by the same database, so texts are compared as they are. What a database does not know (domains,
//! declared dependencies) and what it keeps in another order (columns) does not count.

mod describe;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use makemigrations_plan::{
    diff::quote_key,
    model::{Column, Enum, ForeignKey, Index, Object, Schema, Table, View},
};

/// The longest text that a line shows; a longer one is cut.
const SHOWN: usize = 160;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Where: `tables.ticket.columns.price.type`.
    pub path: String,
    /// What is there; `None` when nothing is.
    pub actual: Option<String>,
    /// What was expected; `None` when nothing was.
    pub expected: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, actual, expected } = self;
        match (actual.as_deref().map(shown), expected.as_deref().map(shown)) {
            (Some(actual), Some(expected)) if actual == expected => write!(f, "`{path}`: another text than expected"),
            (Some(actual), Some(expected)) => write!(f, "`{path}`: `{actual}`, expected `{expected}`"),
            (Some(actual), None) => write!(f, "`{path}`: `{actual}`, expected nothing"),
            (None, Some(expected)) => write!(f, "`{path}`: missing, expected `{expected}`"),
            (None, None) => write!(f, "`{path}`"),
        }
    }
}

/// A text in one line.
fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// Compares what is there with what was expected.
#[must_use]
pub fn compare(actual: &Schema, expected: &Schema) -> Vec<Difference> {
    let actual = &crate::spelling::aligned(actual, expected);
    let actual: &Schema = actual;
    let mut found = Comparison::default();
    let Schema { dialect: _, extensions, schemas, enums, tables, views, objects, deferred: _ } = actual;
    found.set("extensions", extensions, &expected.extensions);
    found.set("schemas", schemas, &expected.schemas);
    found.each("enums", &borrowed(enums), &borrowed(&expected.enums), describe::enumeration, enumeration);
    let places = (by_place(tables, place_of_table), by_place(&expected.tables, place_of_table));
    let table = |found: &mut Comparison, path: &str, one: &Table, other: &Table| {
        table(found, path, (actual, one), (expected, other));
    };
    found.each("tables", &places.0, &places.1, describe::table, table);
    let places = (by_place(views, place_of_view), by_place(&expected.views, place_of_view));
    found.each("views", &places.0, &places.1, describe::view, view);
    let (objects, others) = (unlike(objects, &expected.objects), unlike(&expected.objects, objects));
    found.each("objects", &objects, &others, |object| object.create.clone(), object);
    found.differences
}

#[derive(Default)]
struct Comparison {
    differences: Vec<Difference>,
}

impl Comparison {
    fn value(&mut self, path: String, actual: Option<String>, expected: Option<String>) {
        if actual != expected {
            self.differences.push(Difference { path, actual, expected });
        }
    }

    fn set(&mut self, path: &str, actual: &BTreeSet<String>, expected: &BTreeSet<String>) {
        for name in actual.union(expected) {
            let one = |set: &BTreeSet<String>| set.contains(name).then(|| name.clone());
            self.value(format!("{path}.{}", quote_key(name)), one(actual), one(expected));
        }
    }

    /// What only one of them has is described, what both have is compared.
    fn each<T>(
        &mut self,
        path: &str,
        actual: &BTreeMap<String, &T>,
        expected: &BTreeMap<String, &T>,
        describe: impl Fn(&T) -> String,
        mut compare: impl FnMut(&mut Self, &str, &T, &T),
    ) {
        let names: BTreeSet<_> = actual.keys().chain(expected.keys()).collect();
        for name in names {
            let path = format!("{path}.{name}");
            match (actual.get(name), expected.get(name)) {
                (Some(actual), Some(expected)) => compare(self, &path, actual, expected),
                (actual, expected) => {
                    self.value(path, actual.map(|one| describe(one)), expected.map(|one| describe(one)));
                }
            }
        }
    }

    /// What differs at all differs in its description.
    fn described<T>(
        &mut self,
        path: &str,
        actual: &BTreeMap<String, T>,
        expected: &BTreeMap<String, T>,
        describe: impl Fn(&T) -> String,
    ) {
        self.each(path, &borrowed(actual), &borrowed(expected), &describe, |found, path, actual, expected| {
            found.value(path.to_owned(), Some(describe(actual)), Some(describe(expected)));
        });
    }
}

/// A map by the keys as paths have them.
fn borrowed<T>(map: &BTreeMap<String, T>) -> BTreeMap<String, &T> {
    map.iter().map(|(key, value)| (quote_key(key), value)).collect()
}

/// A map by SQL names: which key a table got depends on the others.
fn by_place<T>(map: &BTreeMap<String, T>, place: impl Fn(&T) -> (Option<&str>, &str)) -> BTreeMap<String, &T> {
    let path = |(schema, name): (Option<&str>, &str)| {
        schema.map_or_else(|| quote_key(name), |schema| format!("{}.{}", quote_key(schema), quote_key(name)))
    };
    map.values().map(|value| (path(place(value)), value)).collect()
}

fn place_of_table(table: &Table) -> (Option<&str>, &str) {
    (table.schema.as_deref(), &table.name)
}

fn place_of_view(view: &View) -> (Option<&str>, &str) {
    (view.schema.as_deref(), &view.name)
}

/// The objects of `one` whose texts `other` does not have: the key is only what they are called here.
fn unlike<'a>(one: &'a BTreeMap<String, Object>, other: &BTreeMap<String, Object>) -> BTreeMap<String, &'a Object> {
    let texts = |object: &Object| (object.create.clone(), object.drop.clone());
    let known: BTreeSet<_> = other.values().map(texts).collect();
    borrowed(one).into_iter().filter(|(_, object)| !known.contains(&texts(object))).collect()
}

fn enumeration(found: &mut Comparison, path: &str, actual: &Enum, expected: &Enum) {
    let Enum { domain: _, schema, values, comment } = actual;
    found.value(format!("{path}.schema"), schema.clone(), expected.schema.clone());
    found.value(format!("{path}.values"), Some(values.join(", ")), Some(expected.values.join(", ")));
    found.value(format!("{path}.comment"), comment.clone(), expected.comment.clone());
}

fn table(found: &mut Comparison, path: &str, actual: (&Schema, &Table), expected: (&Schema, &Table)) {
    let ((schema, actual), (expected_schema, expected)) = (actual, expected);
    let Table {
        domain: _,
        name: _,
        schema: _,
        columns,
        primary_key,
        unique,
        indexes,
        foreign_keys,
        checks,
        exclusions,
        depends_on: _,
        comment,
        options,
        inherited: _,
    } = actual;
    let by_name = |columns: &indexmap::IndexMap<String, Column>| -> BTreeMap<String, Column> {
        columns.iter().map(|(name, column)| (name.clone(), column.clone())).collect()
    };
    let (columns, others) = (by_name(columns), by_name(&expected.columns));
    found.each(&format!("{path}.columns"), &borrowed(&columns), &borrowed(&others), describe::column, column);
    let keys = (primary_key.as_ref(), expected.primary_key.as_ref());
    found.value(format!("{path}.primary_key"), keys.0.map(describe::primary_key), keys.1.map(describe::primary_key));
    found.described(&format!("{path}.unique"), unique, &expected.unique, describe::unique);
    found.described(&format!("{path}.indexes"), indexes, &expected.indexes, describe::index);
    let said = |schema: &Schema, keys: &BTreeMap<String, ForeignKey>| -> BTreeMap<String, String> {
        keys.iter().map(|(name, key)| (name.clone(), describe::foreign_key(schema, key))).collect()
    };
    let (keys, others) = (said(schema, foreign_keys), said(expected_schema, &expected.foreign_keys));
    found.described(&format!("{path}.foreign_keys"), &keys, &others, String::clone);
    found.described(&format!("{path}.checks"), checks, &expected.checks, |check| check.expression.clone());
    found.described(&format!("{path}.exclusions"), exclusions, &expected.exclusions, describe::exclusion);
    found.value(format!("{path}.comment"), comment.clone(), expected.comment.clone());
    found.value(format!("{path}.options"), options.clone(), expected.options.clone());
}

fn column(found: &mut Comparison, path: &str, actual: &Column, expected: &Column) {
    let Column { data_type, nullable, default, identity, generated, collation, comment } = actual;
    let text = |value: bool| Some(value.to_string());
    found.value(format!("{path}.type"), Some(data_type.to_string()), Some(expected.data_type.to_string()));
    found.value(format!("{path}.nullable"), text(*nullable), text(expected.nullable));
    found.value(
        format!("{path}.default"),
        default.as_ref().map(describe::default),
        expected.default.as_ref().map(describe::default),
    );
    found.value(
        format!("{path}.identity"),
        identity.map(describe::identity),
        expected.identity.map(describe::identity),
    );
    found.value(
        format!("{path}.generated"),
        generated.as_ref().map(describe::generated),
        expected.generated.as_ref().map(describe::generated),
    );
    found.value(format!("{path}.collation"), collation.clone(), expected.collation.clone());
    found.value(format!("{path}.comment"), comment.clone(), expected.comment.clone());
}

fn view(found: &mut Comparison, path: &str, actual: &View, expected: &View) {
    let View { domain: _, name: _, schema: _, query, materialized, comment, depends_on: _, indexes } = actual;
    let text = |value: bool| Some(value.to_string());
    found.value(format!("{path}.query"), Some(query.clone()), Some(expected.query.clone()));
    found.value(format!("{path}.materialized"), text(*materialized), text(expected.materialized));
    found.value(format!("{path}.comment"), comment.clone(), expected.comment.clone());
    let describe: fn(&Index) -> String = describe::index;
    found.described(&format!("{path}.indexes"), indexes, &expected.indexes, describe);
}

fn object(found: &mut Comparison, path: &str, actual: &Object, expected: &Object) {
    let Object { domain: _, create, drop, depends_on: _ } = actual;
    found.value(format!("{path}.create"), Some(create.clone()), Some(expected.create.clone()));
    if *create == expected.create {
        found.value(format!("{path}.drop"), Some(drop.clone()), Some(expected.drop.clone()));
    }
}

#[cfg(test)]
mod tests;
