//! The names that a table on its way to the final one cannot have. It must not choose any other name.
//!
//! They are gathered once for a migration: to look through the whole schema for each rebuild would cost its square.

use std::collections::BTreeSet;

use crate::{
    graph::has_name,
    model::{Dialect, Schema, Table},
    operation::Operation,
};

/// How every such name begins.
const START: &str = "__new_";

/// What is taken at any point of a migration, as far as it begins as such a name does.
pub(super) struct TakenNames<'a> {
    /// Of tables, views and indexes, in lower case: SQLite tells no case.
    names: BTreeSet<String>,
    /// Texts of objects that may give such a name to a trigger.
    objects: Vec<&'a str>,
}

impl<'a> TakenNames<'a> {
    /// The names of both ends of the migration, and those that its operations give between them.
    pub(super) fn new(ends: [&'a Schema; 2], operations: &[&Operation]) -> Self {
        let of_ends = ends.into_iter().flat_map(|schema| {
            let views = schema.views.values().map(|view| view.name.as_str());
            schema.tables.values().flat_map(of_table).chain(views)
        });
        let given = operations.iter().filter_map(|operation| {
            if let Operation::RenameTable(rename) = operation {
                Some(rename.name.as_str())
            } else if let Operation::RenameIndex(rename) = operation {
                Some(rename.to.as_str())
            } else if let Operation::RenameUnique(rename) = operation {
                Some(rename.to.as_str())
            } else {
                None
            }
        });
        let names = of_ends.chain(given).map(str::to_ascii_lowercase).filter(|name| name.starts_with(START));
        let objects = ends.into_iter().flat_map(|schema| schema.objects.values()).map(|object| object.create.as_str());
        Self {
            names: names.collect(),
            objects: objects.filter(|text| text.to_ascii_lowercase().contains(START)).collect(),
        }
    }

    /// A free name for a table that will have the name.
    pub(super) fn temporary(&self, name: &str) -> String {
        let first = format!("{START}{name}");
        let later = (2..).map(|number: u32| format!("{START}{number}_{name}"));
        std::iter::once(first.clone()).chain(later).find(|name| !self.has(name)).unwrap_or(first)
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(&name.to_ascii_lowercase())
            || self.objects.iter().any(|create| has_name(Dialect::Sqlite, create, name))
    }
}

fn of_table(table: &Table) -> impl Iterator<Item = &str> {
    std::iter::once(table.name.as_str()).chain(table.indexes.keys().chain(table.unique.keys()).map(String::as_str))
}
