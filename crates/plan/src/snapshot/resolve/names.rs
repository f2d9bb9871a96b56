//! The names of everything in the database that has one: no two are equal.
//!
//! Only compares; automatic names are made by the model.

use std::collections::BTreeMap;

use super::Resolver;
use crate::model::Dialect;
use crate::toml::Span;

/// Names that must differ from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Namespace {
    /// Tables, constraints and indexes.
    Relations,
    /// Enums and tables: PostgreSQL makes a type for every table.
    Types,
}

#[derive(Debug, Default)]
pub(super) struct Names {
    taken: BTreeMap<(Namespace, Option<String>, String), Claim>,
}

#[derive(Debug)]
struct Claim {
    what: &'static str,
    file: usize,
    span: Span,
}

/// Something that wants a name.
pub(super) struct Claimant<'n> {
    pub(super) what: &'static str,
    pub(super) schema: Option<&'n str>,
    pub(super) name: &'n str,
    pub(super) file: usize,
    pub(super) span: Span,
}

impl Resolver<'_, '_, '_> {
    /// Takes a name, or says who has it.
    pub(super) fn claim(&mut self, namespace: Namespace, claimant: Claimant<'_>) -> bool {
        let Claimant { what, schema, name, file, span } = claimant;
        let compared = match self.dialect {
            Dialect::Postgres => name.to_owned(),
            // SQLite tells no upper from lower case in names.
            Dialect::Sqlite => name.to_ascii_lowercase(),
        };
        let key = (namespace, schema.map(str::to_owned), compared);
        if let Some(first) = self.names.taken.get(&key) {
            let place = self.reports[first.file].place(first.span);
            let message = format!("{what} `{name}` has the name of another {}", first.what);
            let message = if first.what == what { message } else { message.replace("another", "the") };
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
