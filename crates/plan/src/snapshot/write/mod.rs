//! A schema back to snapshot files, as a person would write them: what is read from them is the schema again.
//!
//! Touches no file: the caller says where each domain's text goes.

mod arrange;
mod column;
mod enumeration;
mod foreign_key;
mod home;
mod index;
mod object;
mod piece;
mod place;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use super::Options;
use super::resolve::analytics;
use crate::model::name::{self, NameKind};
use crate::model::{Domain, Schema};

pub use arrange::arrange;
pub(crate) use piece::{push_default, push_element, push_recorded_default, push_target, push_type};

/// The text of one snapshot per domain. `sensitive` are columns as `(table key, column)`; extensions, which belong to no
/// domain, are listed by the first one, or by `database` when there is no other.
///
/// Read with the same options, the texts are `schema` and `sensitive` again, as long as snapshots can describe the
/// schema at all.
#[must_use]
pub fn write(options: &Options, schema: &Schema, sensitive: &BTreeSet<(String, String)>) -> BTreeMap<Domain, String> {
    // What is made for the objects of a schema is not declared: schemas follow from what is in them.
    let Schema { dialect: _, extensions, schemas: _, enums, tables, views, objects, deferred: _ } = schema;
    let writer = Writer { options, schema, sensitive, analytics: analytics_views(options, schema, sensitive) };
    let mut files: BTreeMap<Domain, String> = BTreeMap::new();
    for (key, item) in enums {
        enumeration::push_enum(files.entry(item.domain.clone()).or_default(), key, item);
    }
    for (key, table) in tables {
        table::push_table(files.entry(table.domain.clone()).or_default(), &writer, key, table);
    }
    let generated: BTreeSet<_> = writer.analytics.values().collect();
    for (key, view) in views.iter().filter(|(key, _)| !generated.contains(key)) {
        view::push_view(files.entry(view.domain.clone()).or_default(), &writer, key, view);
    }
    for (key, object) in objects {
        object::push_object(files.entry(object.domain.clone()).or_default(), key, object);
    }
    if files.is_empty() && !extensions.is_empty() {
        files.insert(Domain::new("database").expect("it is a lower-case word"), String::new());
    }
    for (index, text) in files.values_mut().enumerate() {
        let mut head = "format = 1\n".to_owned();
        if index == 0 {
            text::push_list(&mut head, "extensions", extensions);
        }
        text.insert_str(0, &head);
    }
    files
}

/// The tables whose analytics view is in the schema as the reader makes it, with the view's key.
fn analytics_views<'s>(
    options: &Options,
    schema: &'s Schema,
    sensitive: &BTreeSet<(String, String)>,
) -> BTreeMap<&'s str, String> {
    let Options { dialect, analytics_schema, is_adopted: _ } = options;
    let tables = schema.tables.iter().filter_map(|(key, table)| {
        let view_key = analytics::key_of(analytics_schema, key);
        let found = schema.views.get(&view_key)?;
        let is_sensitive = |column: &str| sensitive.contains(&(key.clone(), column.to_owned()));
        let made = analytics::view(*dialect, analytics_schema, schema, (key, table), is_sensitive);
        (*found == made).then_some((key.as_str(), view_key))
    });
    tables.collect()
}

/// What the writers of all kinds share.
struct Writer<'a> {
    options: &'a Options,
    schema: &'a Schema,
    sensitive: &'a BTreeSet<(String, String)>,
    /// Keys of tables, and of the views that they are said to have.
    analytics: BTreeMap<&'a str, String>,
}

impl Writer<'_> {
    /// The name of a constraint or index of a table or view, when it is not the one it gets by itself.
    fn given_name<'n, S: AsRef<str>>(
        &self,
        kind: NameKind,
        relation: &str,
        name: &'n str,
        columns: &[S],
    ) -> Option<&'n str> {
        Some(name).filter(|name| *name != name::automatic(self.options.dialect, kind, relation, columns))
    }
}
