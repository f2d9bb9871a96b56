//! The nodes of all files to one schema: names are looked up, made and told apart, and everything is checked that a
//! database would refuse.
//!
//! Reads no TOML. What a check needs of other tables comes after all tables have their columns.

mod catalog;
mod check;
mod column;
mod default;
mod enumeration;
mod foreign_key;
mod hints;
mod identifier;
mod index;
mod names;
mod table;
mod unique;

use std::collections::{BTreeMap, BTreeSet};

use super::parse::{EnumNode, FileNode, Name, TableNode};
use super::{Hints, Wanted};
use crate::model::{Dialect, Schema, Table};
use crate::toml::{Report, Span};

use names::Names;

/// Something and the number of its file.
#[derive(Debug, Clone, Copy)]
struct Placed<T> {
    file: usize,
    node: T,
}

/// A table that has its columns and keys, while the rest is being added.
struct Draft<'a> {
    file: usize,
    node: &'a TableNode<'a>,
    table: Table,
    /// Whether its name is its own; names made from one that is not would only repeat the error.
    is_named: bool,
}

/// What all steps share.
struct Resolver<'a, 'r, 'p> {
    dialect: Dialect,
    files: &'a [FileNode<'a>],
    reports: &'r mut [Report<'p>],
    /// Whether every file could be read: only then is something that is not found not there.
    complete: bool,
    enums: BTreeMap<&'a str, Placed<&'a EnumNode<'a>>>,
    tables: BTreeMap<&'a str, Placed<&'a TableNode<'a>>>,
    names: Names,
    extensions: BTreeSet<String>,
}

pub(super) fn resolve<'a>(dialect: Dialect, files: &'a [FileNode<'a>], reports: &mut [Report<'_>]) -> Wanted {
    let complete = !reports.iter().any(Report::is_broken) && files.iter().all(|file| file.is_known);
    reports.iter_mut().for_each(Report::close_if_broken);
    let mut resolver = Resolver {
        dialect,
        files,
        reports,
        complete,
        enums: BTreeMap::new(),
        tables: BTreeMap::new(),
        names: Names::default(),
        extensions: BTreeSet::new(),
    };
    catalog::collect(&mut resolver);
    let mut schema = Schema { enums: enumeration::resolve_all(&mut resolver), ..Schema::default() };

    let tables: Vec<_> = resolver.tables.values().copied().collect();
    let mut drafts: BTreeMap<&str, Draft<'_>> = BTreeMap::new();
    for Placed { file, node } in &tables {
        drafts.insert(node.key.value, table::resolve(&mut resolver, *file, node));
    }
    for draft in drafts.values_mut() {
        unique::resolve_all(&mut resolver, draft);
        index::resolve_all(&mut resolver, draft);
        check::resolve_all(&mut resolver, draft);
    }
    foreign_key::resolve_all(&mut resolver, &mut drafts);

    let mut hints = Hints::default();
    let mut sensitive = BTreeSet::new();
    hints::collect(&mut resolver, &drafts, &mut hints);
    for Placed { node, .. } in tables {
        let hidden = node.columns.iter().filter(|column| column.sensitive);
        sensitive.extend(hidden.map(|column| (node.key.value.to_owned(), column.name.value.to_owned())));
    }
    schema.extensions = resolver.extensions;
    schema.tables = drafts.into_iter().map(|(key, draft)| (key.to_owned(), draft.table)).collect();
    // `public` is there from the beginning.
    schema.schemas = schema.used_schemas();
    schema.schemas.remove("public");
    Wanted { schema, hints, notes: Vec::new(), sensitive }
}

impl Resolver<'_, '_, '_> {
    fn error(&mut self, file: usize, span: Span, message: impl Into<String>) {
        self.reports[file].error(span, message);
    }

    fn error_with_help(&mut self, file: usize, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.reports[file].error_with_help(span, message, help);
    }

    /// A name that nothing has; in doubt when a file could not be read.
    fn unknown(&mut self, file: usize, span: Span, message: String, near: Option<&str>) {
        if self.complete {
            self.error(file, span, message + &did_you_mean(near));
        }
    }

    /// Something on a table that only PostgreSQL has.
    fn refuse_on_sqlite(&mut self, draft: &Draft<'_>, span: Option<Span>, what: &str, why: &str) {
        if let (Dialect::Sqlite, Some(span)) = (self.dialect, span) {
            let message = format!("table `{}`: {what} is not possible on SQLite", draft.node.key.value);
            self.error_with_help(draft.file, span, message, why);
        }
    }

    /// Whether all columns of a list exist and none comes twice.
    fn check_columns(&mut self, draft: &Draft<'_>, names: &[Name<'_>]) -> bool {
        let mut fine = true;
        for (index, name) in names.iter().enumerate() {
            if !draft.table.columns.contains_key(name.value) {
                fine = false;
                let message = format!("table `{}` has no column `{}`", draft.node.key.value, name.value);
                let columns = draft.table.columns.keys().map(String::as_str);
                let near = crate::toml::nearest(name.value, columns);
                self.unknown(draft.file, name.span, message, near);
            } else if names[..index].iter().any(|earlier| earlier.value == name.value) {
                fine = false;
                self.error(draft.file, name.span, format!("column `{}` is named twice", name.value));
            }
        }
        fine
    }
}

/// The end of a message about a name that nothing has.
fn did_you_mean(near: Option<&str>) -> String {
    near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default()
}
