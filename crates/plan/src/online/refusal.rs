//! Why a change of a table in use has no steps that keep nobody waiting.
//!
//! Only the reasons; what is said beside them is the command line's.

use makemigrations_sql::tokens;

use crate::model::{Dialect, Table};

pub(super) fn exclusion(table: &str, name: &str) -> String {
    format!(
        "exclusion constraint {name} of {table}: its index is built while reads and writes wait, and PostgreSQL has no other \
         way; a new table that takes the rows over has"
    )
}

pub(super) fn enumeration(key: &str, tables: &[&str]) -> String {
    format!(
        "enum {key}: to take values away or reorder them rewrites the rows of {}; leave the value in the enum and forbid it \
         with a check",
        tables.join(", ")
    )
}

pub(super) fn generated(table: &str, column: &str) -> String {
    format!(
        "{table}.{column}: a stored computed column rewrites the rows; add a plain column that a trigger fills, with a \
         backfill"
    )
}

pub(super) fn counter(table: &str, column: &str) -> String {
    format!(
        "{table}.{column}: a new column that counts rewrites the rows; add a nullable bigint with a sequence as its default, \
         fill it, and make it the counter afterwards"
    )
}

pub(super) fn domain(table: &str, column: &str) -> String {
    format!("{table}.{column}: a column of a domain with a constraint rewrites the rows; use the base type and a check")
}

pub(super) fn retyped(table: &str, column: &str, from: &str, to: &str) -> String {
    format!(
        "{table}.{column}: from {from} to {to} rewrites the rows, and only a whole number in a plain NOT NULL column, which no key, \
         index, check, view or trigger rests on, gets wider in steps; add a column of the new type, fill it, and drop the old \
         one when no program reads it any more"
    )
}

pub(super) fn collation(table: &str, column: &str) -> String {
    format!("{table}.{column}: another collation builds its indexes again while reads and writes wait")
}

pub(super) fn counter_of_nullable(table: &str, column: &str) -> String {
    format!("{table}.{column}: it becomes a counter and NOT NULL at once; make it NOT NULL first")
}

pub(super) fn index_over_retyped(table: &str, name: &str, column: &str) -> String {
    format!("index {name} of {table} has an expression over {column}, which changes its type: drop the index first")
}

pub(super) fn primary_key(table: &str) -> String {
    format!(
        "the primary key of {table}: another one takes the place of the old one while foreign keys and replication rest on it"
    )
}

pub(super) fn no_key(table: &str, column: &str) -> String {
    format!("{table}.{column}: rows are filled in batches by primary key, and {table} has none")
}

pub(super) fn partitioned(table: &str, what: &str) -> String {
    format!(
        "{table} is partitioned: {what} cannot be made on it without keeping others waiting; make it on each partition"
    )
}

pub(super) fn materialized(view: &str) -> String {
    format!(
        "materialized view {view} is built anew while the tables that change are locked; make it in a migration of its own"
    )
}

/// Whether a table has partitions.
pub(super) fn is_partitioned(table: &Table) -> bool {
    let options = table.options.as_deref().unwrap_or_default();
    tokens(options, Dialect::Postgres).any(|token| token.is_word("partition"))
}
