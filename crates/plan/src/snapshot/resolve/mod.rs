//! The nodes of all files to one schema: names are looked up, made and told apart, and everything is checked that a
//! database would refuse.
//!
//! Reads no TOML. What a check needs of other tables comes after all tables have their columns.

pub(super) mod analytics;
mod boundary;
mod catalog;
mod check;
mod column;
mod default;
mod dependency;
mod enumeration;
mod exclusion;
mod expression;
mod foreign_key;
mod hints;
mod identifier;
pub(super) mod index;
mod limits;
mod names;
mod object;
mod table;
mod unique;
mod view;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::parse::{EnumNode, FileNode, Name, ObjectNode, TableNode, ViewNode};
use super::{Hints, Options, Wanted};
use crate::dialect::{self, Feature};
use crate::model::{Dialect, Schema, Table};
use crate::toml::{Report, Span};

use catalog::Key;
use names::{Names, Owner};

/// Something and the number of its file.
#[derive(Debug, Clone, Copy)]
struct InFile<T> {
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

impl Draft<'_> {
    fn owner(&self) -> Owner<'_> {
        let Table { name, schema, .. } = &self.table;
        Owner { file: self.file, name, schema: schema.as_deref(), is_named: self.is_named }
    }
}

/// What all steps share.
struct Resolver<'a, 'r, 'p> {
    dialect: Dialect,
    /// The SQL schema of analytics views.
    analytics_schema: &'a str,
    /// Whether the database was taken over from another tool.
    is_adopted: bool,
    files: &'a [FileNode<'a>],
    reports: &'r mut [Report<'p>],
    /// Whether every file could be read: only then is something that is not found not there.
    complete: bool,
    /// Whose each key is: of enums, tables, views and objects together.
    keys: BTreeMap<Cow<'a, str>, Key>,
    enums: BTreeMap<&'a str, InFile<&'a EnumNode<'a>>>,
    tables: BTreeMap<&'a str, InFile<&'a TableNode<'a>>>,
    views: BTreeMap<&'a str, InFile<&'a ViewNode<'a>>>,
    objects: BTreeMap<&'a str, InFile<&'a ObjectNode<'a>>>,
    names: Names,
    extensions: BTreeSet<String>,
    /// The domains that a domain may refer to, for those that say so.
    allowed: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

pub(super) fn resolve<'a>(options: &'a Options, files: &'a [FileNode<'a>], reports: &mut [Report<'_>]) -> Wanted {
    let complete = !reports.iter().any(Report::is_broken) && files.iter().all(|file| file.is_known);
    reports.iter_mut().for_each(Report::close_if_broken);
    let mut resolver = Resolver {
        dialect: options.dialect,
        analytics_schema: &options.analytics_schema,
        is_adopted: options.is_adopted,
        files,
        reports,
        complete,
        keys: BTreeMap::new(),
        enums: BTreeMap::new(),
        tables: BTreeMap::new(),
        views: BTreeMap::new(),
        objects: BTreeMap::new(),
        names: Names::default(),
        extensions: BTreeSet::new(),
        allowed: BTreeMap::new(),
    };
    catalog::collect(&mut resolver);
    let mut schema = Schema { enums: enumeration::resolve_all(&mut resolver), ..Schema::empty(options.dialect) };

    let tables: Vec<_> = resolver.tables.values().copied().collect();
    let mut drafts: BTreeMap<&str, Draft<'_>> = BTreeMap::new();
    for InFile { file, node } in &tables {
        drafts.insert(node.key.value, table::resolve(&mut resolver, *file, node));
    }
    for draft in drafts.values_mut() {
        limits::check(&mut resolver, draft);
        table::claim_sequences(&mut resolver, draft);
        unique::resolve_all(&mut resolver, draft);
        index::resolve_all(&mut resolver, draft);
        check::resolve_all(&mut resolver, draft);
        exclusion::resolve_all(&mut resolver, draft);
    }
    foreign_key::resolve_all(&mut resolver, &mut drafts);
    for draft in drafts.values() {
        expression::check(&mut resolver, draft);
    }

    let mut hints = Hints::default();
    let mut sensitive = BTreeSet::new();
    hints::collect(&resolver, &drafts, &mut hints);
    for InFile { node, .. } in tables {
        let hidden = node.columns.iter().filter(|column| column.sensitive);
        sensitive.extend(hidden.map(|column| (node.key.value.to_owned(), column.name.value.to_owned())));
    }
    view::resolve_all(&mut resolver, &mut schema);
    analytics::resolve_all(&mut resolver, &drafts, &mut schema);
    object::resolve_all(&mut resolver, &mut schema);
    schema.tables = drafts.into_iter().map(|(key, draft)| (key.to_owned(), draft.table)).collect();
    dependency::resolve_all(&mut resolver, &mut schema);
    schema.extensions = resolver.extensions;
    // `public` is there from the beginning.
    schema.schemas = schema.used_schemas();
    schema.schemas.remove("public");
    Wanted { schema, hints, notes: Vec::new(), sensitive }
}

impl Resolver<'_, '_, '_> {
    fn error(&mut self, file: usize, span: Span, message: impl Into<String>) {
        self.reports[file].error(span, message);
    }

    fn warning(&mut self, file: usize, span: Span, message: impl Into<String>) {
        self.reports[file].warning(span, message);
    }

    fn warning_with_help(&mut self, file: usize, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.reports[file].warning_with_help(span, message, help);
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

    /// A name that something in `of`, another file or the same one, does not have; in doubt only when that could not be
    /// read.
    fn unknown_in(&mut self, of: usize, file: usize, span: Span, message: String, near: Option<&str>) {
        if !self.reports[of].is_broken() && self.files[of].is_known {
            self.error(file, span, message + &did_you_mean(near));
        }
    }

    /// Whether an extension is listed, or made by an object.
    fn has_extension(&self, name: &str) -> bool {
        let makes = |object: &InFile<&ObjectNode<'_>>| {
            let Some(texts) = &object.node.texts else { return false };
            let text = texts.create.value.to_ascii_lowercase();
            text.contains("extension") && text.contains(name)
        };
        self.extensions.contains(name) || self.objects.values().any(makes)
    }

    fn has(&self, feature: Feature) -> bool {
        dialect::has(self.dialect, feature)
    }

    /// Why the database lacks a feature; `None` when it has it.
    fn lack(&self, feature: Feature) -> Option<&'static str> {
        dialect::lack(self.dialect, feature)
    }

    fn limits(&self) -> &'static dialect::Limits {
        dialect::limits(self.dialect)
    }

    /// Something on a table that not every database has.
    fn refuse_lacking(&mut self, draft: &Draft<'_>, feature: Feature, span: Option<Span>, what: &str) {
        self.refuse_lacking_in(draft.file, &format!("table `{}`", draft.node.key.value), feature, span, what);
    }

    /// The same on a table or view, `owner`.
    fn refuse_lacking_in(&mut self, file: usize, owner: &str, feature: Feature, span: Option<Span>, what: &str) {
        if let (Some(why), Some(span)) = (self.lack(feature), span) {
            let title = self.limits().title;
            self.error_with_help(file, span, format!("{owner}: {what} is not possible on {title}"), why);
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
                self.unknown_in(draft.file, draft.file, name.span, message, near);
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
