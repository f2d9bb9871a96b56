//! From a database's catalogue to a schema, and what differs between two.
//!
//! Holds no connection: the caller runs the queries that are handed to it. Two databases are compared as the database
//! itself spells them; what SQLite only copies is compared token by token.

mod row;
mod postgres;
mod sqlite;
mod compare;
mod recognise;
mod spelling;

pub use compare::{Difference, compare};
pub use recognise::recognise;

use makemigrations_plan::model::{Dialect, Domain, Schema};

/// The answer to a query: its rows, every value as text, `None` for `NULL`.
pub type Rows = Vec<Vec<Option<String>>>;

/// What is in a database.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Inspected {
    /// Everything that a snapshot can say. Keys are SQL names, the domain is `database`.
    pub schema: Schema,
    /// What it cannot say, one line each, sorted.
    pub unknown: Vec<String>,
}

/// Reads a database's catalogue through `query`, which runs one statement and gives its rows.
///
/// The number of queries does not depend on the database. What belongs to extensions, to Diesel's and to this tool's
/// own bookkeeping is left out.
///
/// # Errors
/// Those of `query`.
pub fn inspect<E>(dialect: Dialect, query: &mut dyn FnMut(&str) -> Result<Rows, E>) -> Result<Inspected, E> {
    match dialect {
        Dialect::Postgres => postgres::inspect(query),
        Dialect::Sqlite => sqlite::inspect(query),
    }
}

/// The domain of what a database has and no snapshot declares.
pub(crate) fn domain() -> Domain {
    Domain::new("database").expect("a word in lower-case letters names a domain")
}

/// Whether a table, enum, view or object has the key.
pub(crate) fn is_taken(schema: &Schema, key: &str) -> bool {
    schema.tables.contains_key(key)
        || schema.enums.contains_key(key)
        || schema.views.contains_key(key)
        || schema.objects.contains_key(key)
}

/// The key itself, or the first free one that starts with it.
pub(crate) fn free_key(key: String, is_taken: impl Fn(&str) -> bool) -> String {
    if !is_taken(&key) {
        return key;
    }
    (2..).map(|number: u32| format!("{key}_{number}")).find(|next| !is_taken(next)).unwrap_or(key)
}
