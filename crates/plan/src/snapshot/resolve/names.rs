//! The names of everything in the database that has one: no two are equal.
//!
//! Only compares; automatic names are made by the model.

use std::collections::BTreeMap;

use super::Resolver;
use crate::dialect::Feature;
use crate::model::Dialect;
use crate::model::name::{self, NameKind};
use crate::snapshot::parse::Name;
use crate::toml::Span;

/// Names that must differ from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Namespace {
    /// Tables, views, indexes and sequences.
    Relations,
    /// Enums, tables and views: PostgreSQL makes a type for every table and view, and wants the name of one free for a
    /// sequence.
    Types,
    /// The constraints of one table.
    Constraints,
}

#[derive(Debug, Default)]
pub(super) struct Names {
    /// By what they are in: a SQL schema, or a table of it.
    taken: BTreeMap<(Namespace, Option<String>, Option<String>, String), Claim>,
}

#[derive(Debug)]
struct Claim {
    what: &'static str,
    file: usize,
    span: Span,
}

/// Something that wants a name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claimant<'n> {
    pub(super) what: &'static str,
    pub(super) schema: Option<&'n str>,
    pub(super) name: &'n str,
    pub(super) file: usize,
    pub(super) span: Span,
}

/// The namespaces that hold the name of something on a table or view.
pub(super) fn namespaces(dialect: Dialect, kind: NameKind) -> &'static [Namespace] {
    match (dialect, kind) {
        // They have an index of their name; exclusion constraints as well, which are never named automatically.
        (Dialect::Postgres, NameKind::PrimaryKey | NameKind::Unique) => &[Namespace::Constraints, Namespace::Relations],
        // Unique constraints are unique indexes there.
        (Dialect::Sqlite, NameKind::Unique) | (_, NameKind::Index) => &[Namespace::Relations],
        (_, NameKind::ForeignKey | NameKind::Check) | (Dialect::Sqlite, NameKind::PrimaryKey) => {
            &[Namespace::Constraints]
        }
    }
}

/// A table or view, for the names of what hangs on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner<'n> {
    pub(super) file: usize,
    pub(super) name: &'n str,
    pub(super) schema: Option<&'n str>,
    /// Whether the name is its own; names made from one that is not would only repeat the error.
    pub(super) is_named: bool,
}

/// Where something with a SQL schema is: without such schemas it becomes part of the name.
pub(super) fn placed(dialect: Dialect, schema: Option<&str>, name: &str) -> (Option<String>, String) {
    match schema {
        schema if dialect.has_sql_schemas() => (schema.map(str::to_owned), name.to_owned()),
        // `public` is where a table is without a schema.
        None | Some("public") => (None, name.to_owned()),
        Some(schema) => (None, format!("{schema}_{name}")),
    }
}

impl Resolver<'_, '_, '_> {
    /// The name of a table or view, taken wherever it has to be its own.
    pub(super) fn claim_relation(&mut self, claimant: Claimant<'_>) -> bool {
        // The rows of a table or view have a type of its name, where types have names.
        let namespaces = match self.has(Feature::EnumTypes) {
            true => &[Namespace::Relations, Namespace::Types][..],
            false => &[Namespace::Relations],
        };
        namespaces.iter().all(|namespace| self.claim(*namespace, None, claimant))
    }

    /// The name of the sequence that PostgreSQL makes for a column.
    pub(super) fn claim_sequence(&mut self, owner: &Owner<'_>, column: Name<'_>) {
        let name = name::sequence(owner.name, column.value);
        let what = "sequence";
        let claimant = Claimant { what, schema: owner.schema, name: &name, file: owner.file, span: column.span };
        if owner.is_named && self.claim(Namespace::Relations, None, claimant) {
            self.claim(Namespace::Types, None, claimant);
        }
    }

    /// The name of something on a table or view, the given one or the automatic one, taken.
    pub(super) fn name(
        &mut self,
        owner: &Owner<'_>,
        kind: NameKind,
        what: &'static str,
        given: Option<Name<'_>>,
        span: Span,
        columns: &[&str],
    ) -> String {
        if let Some(given) = given {
            self.check_identifier(owner.file, what, given);
        }
        let automatic = || name::automatic(self.dialect, kind, owner.name, columns);
        let name = given.map_or_else(automatic, |given| given.value.to_owned());
        let span = given.map_or(span, |given| given.span);
        if given.is_some() || owner.is_named {
            let claimant = Claimant { what, schema: owner.schema, name: &name, file: owner.file, span };
            for space in namespaces(self.dialect, kind) {
                // One error about a name is enough.
                if !self.claim(*space, Some(owner.name), claimant) {
                    break;
                }
            }
        }
        name
    }

    /// Takes a name, or says who has it.
    pub(super) fn claim(&mut self, namespace: Namespace, table: Option<&str>, claimant: Claimant<'_>) -> bool {
        let Claimant { what, schema, name, file, span } = claimant;
        let compared = match namespace {
            // No database but PostgreSQL looks at them.
            Namespace::Constraints => name.to_owned(),
            Namespace::Relations | Namespace::Types => self.dialect.name_key(name).into_owned(),
        };
        // `public` is where something is without a schema.
        let schema = schema.filter(|schema| *schema != "public");
        let table = table.filter(|_| namespace == Namespace::Constraints).map(str::to_owned);
        let key = (namespace, schema.map(str::to_owned), table, compared);
        if let Some(first) = self.names.taken.get(&key) {
            let place = self.reports[first.file].place(first.span);
            let message = format!("{what} `{name}` has the name of another {}", first.what);
            let message = if first.what == what { message } else { message.replacen("of another", "of the", 1) };
            self.error_with_help(
                file,
                span,
                message,
                format!("the other one is at `{place}`; give one of them another `name`"),
            );
            return false;
        }
        self.names.taken.insert(key, Claim { what, file, span });
        true
    }
}
