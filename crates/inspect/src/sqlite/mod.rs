//! SQLite: its pragmas for what they tell, and the texts of its statements for the rest.
//!
//! Types, checks and expressions stay as they are written: two databases are equal when they say the same.

mod lexer;
mod cursor;
mod create_table;
mod create_index;
mod create_view;
mod catalogue;
mod names;
mod found;
mod data_type;
mod default;
mod table;
mod index;
mod foreign_key;
mod dependency;

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_plan::model::{Dialect, Object, Schema, View};
use makemigrations_sql::quote_identifier;

use crate::{Inspected, Rows, domain, free_key, is_taken};
use catalogue::{Catalogue, Entry};
use create_table::CreateTable;
use found::Found;
use lexer::closed;
use names::Names;

/// Five queries, however many tables there are.
///
/// # Errors
/// Those of `query`.
pub(crate) fn inspect<E>(query: &mut dyn FnMut(&str) -> Result<Rows, E>) -> Result<Inspected, E> {
    let mut catalogue = catalogue::read(query)?;
    catalogue.entries.retain(|entry| !is_bookkeeping(&entry.name) && !is_bookkeeping(&entry.table));
    Ok(read(&catalogue))
}

/// Diesel's table, and this tool's.
fn is_bookkeeping(table: &str) -> bool {
    table == "__diesel_schema_migrations" || table.starts_with("__makemigrations_")
}

fn read(catalogue: &Catalogue) -> Inspected {
    let of_kind = |kind: &'static str| catalogue.entries.iter().filter(move |entry| entry.kind == kind);
    let kind = |entry: &Entry| catalogue.tables.get(&entry.name).map_or("virtual", |table| table.kind.as_str());
    let (tables, others): (Vec<_>, Vec<_>) = of_kind("table").partition(|entry| kind(entry) == "table");
    let texts: Vec<_> = tables.into_iter().map(|entry| (entry, text(entry))).collect();
    let mut found = Found {
        schema: Schema::empty(Dialect::Sqlite),
        names: names(catalogue, &texts),
        unknown: BTreeSet::new(),
        indexes: of_kind("index").map(|entry| (entry.name.clone(), entry.sql.clone())).collect(),
    };
    for entry in others {
        found.unknown(format!("{} table `{}`", kind(entry), entry.name));
    }
    for (entry, text) in &texts {
        read_table(&mut found, catalogue, &entry.name, text);
    }
    for (entry, text) in &texts {
        let rows = catalogue.foreign_keys.get(&entry.name).map(Vec::as_slice).unwrap_or_default();
        foreign_key::read_all(&mut found, &entry.name, rows, text);
    }
    for entry in of_kind("view") {
        let needs = needs(&found.schema, of_kind("view"), entry);
        read_view(&mut found, entry, needs);
    }
    for entry in of_kind("trigger") {
        let needs = needs(&found.schema, of_kind("view"), entry);
        add_object(&mut found, entry, needs);
    }
    Inspected { schema: found.schema, unknown: found.unknown.into_iter().collect() }
}

/// What the text of a table tells; one that cannot be read has to say so.
fn text(entry: &Entry) -> CreateTable {
    create_table::read(&entry.sql).unwrap_or_else(|| CreateTable {
        beyond: vec!["checks, collations and names".to_owned()],
        ..CreateTable::default()
    })
}

fn names(catalogue: &Catalogue, texts: &[(&Entry, CreateTable)]) -> Names {
    let objects = catalogue.entries.iter().filter(|entry| entry.kind != "trigger").map(|entry| entry.name.as_str());
    Names::new(objects, texts.iter().flat_map(|(_, text)| text.names()))
}

fn read_table(found: &mut Found, catalogue: &Catalogue, name: &str, text: &CreateTable) {
    let columns = catalogue.columns.get(name).map(Vec::as_slice).unwrap_or_default();
    let Some(kind) = catalogue.tables.get(name) else { return };
    let mut table = table::read(found, name, kind, columns, text);
    let indexes = catalogue.indexes.get(name).map(Vec::as_slice).unwrap_or_default();
    index::read_all(found, &mut table, indexes, text);
    found.schema.tables.insert(name.to_owned(), table);
}

/// Tables and views that the text names, as far as the planner would not find them.
fn needs<'c>(schema: &Schema, views: impl Iterator<Item = &'c Entry>, entry: &Entry) -> BTreeSet<String> {
    let views = views.filter(|view| view.name != entry.name || view.kind != entry.kind).map(|view| view.name.as_str());
    dependency::bracketed(&entry.sql, schema.tables.keys().map(String::as_str).chain(views))
}

/// A view; one that names its columns is an object, because a snapshot's view is its query.
fn read_view(found: &mut Found, entry: &Entry, depends_on: BTreeSet<String>) {
    let Some(query) = create_view::query(&entry.sql) else { return add_object(found, entry, depends_on) };
    let view = View {
        domain: domain(),
        name: entry.name.clone(),
        schema: None,
        query: query.to_owned(),
        materialized: false,
        comment: None,
        depends_on,
        indexes: BTreeMap::new(),
    };
    found.schema.views.insert(entry.name.clone(), view);
}

fn add_object(found: &mut Found, entry: &Entry, depends_on: BTreeSet<String>) {
    // A trigger may have the name of a table.
    let key = free_key(entry.name.clone(), |key| is_taken(&found.schema, key));
    let object = Object {
        domain: domain(),
        create: closed(&entry.sql).to_owned(),
        drop: format!("DROP {} {}", entry.kind.to_ascii_uppercase(), quote_identifier(&entry.name)),
        depends_on,
    };
    found.schema.objects.insert(key, object);
}
