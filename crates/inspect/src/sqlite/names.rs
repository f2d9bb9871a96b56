//! Names of constraints: the given ones, and the automatic ones where SQLite has none.
//!
//! In a snapshot no two names of a database are equal; in SQLite those of constraints need not be their own.

use std::collections::BTreeSet;

use makemigrations_plan::model::Dialect;
use makemigrations_plan::model::name::{self, NameKind};

/// Compared as SQLite compares names, without case.
#[derive(Debug)]
pub(super) struct Names {
    /// Those of something already, and those that somebody has given to something.
    taken: BTreeSet<String>,
    /// Those of something already.
    used: BTreeSet<String>,
}

impl Names {
    /// `objects` are tables, views and indexes, `given` the names of constraints.
    pub(super) fn new<'a>(objects: impl Iterator<Item = &'a str>, given: impl Iterator<Item = &'a str>) -> Self {
        let used: BTreeSet<_> = objects.map(str::to_ascii_lowercase).collect();
        let taken = used.iter().cloned().chain(given.map(str::to_ascii_lowercase)).collect();
        Self { taken, used }
    }

    /// The name that a constraint has.
    pub(super) fn given(&mut self, name: &str) -> String {
        if self.used.insert(name.to_ascii_lowercase()) { name.to_owned() } else { self.numbered(name) }
    }

    /// The name of a constraint that has none.
    pub(super) fn automatic<S: AsRef<str>>(&mut self, kind: NameKind, table: &str, columns: &[S]) -> String {
        let name = name::automatic(Dialect::Sqlite, kind, table, columns);
        if self.taken.insert(name.to_ascii_lowercase()) { name } else { self.numbered(&name) }
    }

    fn numbered(&mut self, name: &str) -> String {
        let numbered = (1_u32..).map(|number| name::limit(Dialect::Sqlite, &format!("{name}{number}")));
        let free =
            numbered.map(|name| (name.to_ascii_lowercase(), name)).find(|(folded, _)| !self.taken.contains(folded));
        let (folded, name) = free.unwrap_or_default();
        self.taken.insert(folded);
        name
    }
}
