//! The rules that squawk does not have. Must not say how they are found.

use super::{Rule, Source, always, fixed, style};
use crate::finding::Level::{self, Error, Warning};

const fn rule(
    id: &'static str,
    hazards: &'static [&'static str],
    level: Level,
    message: &'static str,
    safe: &'static str,
) -> Rule {
    Rule { id, hazards, level, is_style: false, exempts_new: true, is_fixed: false, message, safe, source: Source::Own }
}

const ALONE: &str = "a migration of its own with `run_in_transaction = false` and this one statement; `cargo xtask migrate` sets \
                     timeouts on its connection";

pub(super) const RULES: &[Rule] = &[
    // Transactions.
    fixed(rule(
        "ban-in-transaction",
        &["H02"],
        Error,
        "it fails inside the transaction that the migration runs in",
        ALONE,
    )),
    fixed(rule(
        "one-statement-outside-transaction",
        &["H02"],
        Error,
        "several statements in one file are one implicit transaction, with `run_in_transaction = false` as well",
        ALONE,
    )),
    fixed(rule("ban-psql-command", &["H38"], Error, "a command of `psql` is no SQL, and fails", "write SQL only")),
    always(rule(
        "set-without-local",
        &["H34"],
        Error,
        "it outlives the migration, and reaches the next one and the application's sessions",
        "`SET LOCAL`, or leave it to the runner: the settings `ddl_lock_timeout` and `statement_timeout`",
    )),
    fixed(rule(
        "ban-search-path",
        &["H44"],
        Error,
        "the bookkeeping of Diesel that follows in the same session names no schema, and goes elsewhere",
        "write the schema before the names",
    )),
    // Locks that are not seen.
    rule(
        "foreign-key-locks-parent",
        &["H09"],
        Warning,
        "writes to {tables} wait until the migration commits, although the referencing table is new",
        "let the new table be a migration of its own, without statements that take long",
    ),
    rule(
        "drop-locks-parent",
        &["H12"],
        Warning,
        "reads and writes of the referenced table wait as well",
        "drop each foreign key in a migration of its own, with a `lock_timeout`, before the table goes",
    ),
    rule(
        "partition-of-locks-parent",
        &["H41"],
        Error,
        "reads and writes of the partitioned table {tables} wait, and the default partition is scanned",
        "`CREATE TABLE ... (LIKE parent)` with a `CHECK` that says the bound, then `ATTACH PARTITION` in the next migration",
    ),
    rule(
        "attach-partition-scans",
        &["H41"],
        Error,
        "the partition is scanned under a lock that keeps its reads and writes waiting",
        "`ADD CONSTRAINT ... CHECK` with the bound, `NOT VALID`, then `VALIDATE`, then `ATTACH PARTITION`, which skips the scan then",
    ),
    rule(
        "locks-several-tables",
        &["H35"],
        Warning,
        "{tables} are locked one after the other until the migration commits, in whatever order the programs lock them",
        "one migration for each table that has traffic",
    ),
    rule(
        "backfill-with-ddl",
        &["H35"],
        Warning,
        "{tables} stays locked while its rows are changed",
        "the change of the table in one migration, the rows in the next, in batches that commit",
    ),
    rule(
        "unbatched-change-of-rows",
        &["H36"],
        Warning,
        "every row of {tables} that it changes stays locked until the migration commits",
        "batches by primary key, each with its own commit: a `DO` block with `COMMIT`, alone in a migration with \
         `run_in_transaction = false`",
    ),
    rule(
        "ban-truncate",
        &["H40"],
        Warning,
        "all rows of {tables} are gone, and its reads and writes wait",
        "delete in batches what is not needed any more",
    ),
    // Constraints and indexes.
    always(rule(
        "concurrent-index-if-not-exists",
        &["H03"],
        Error,
        "an invalid index of that name, left by a build that failed, counts as existing and stays",
        "without `IF NOT EXISTS`: `cargo xtask migrate` looks for an invalid index, drops it and builds it again",
    )),
    rule(
        "constraint-before-backfill",
        &["H14"],
        Error,
        "a constraint that is not valid yet already counts for every change of a row, so old rows of {tables} cannot be changed \
         until they are corrected",
        "correct the rows first, then add the constraint",
    ),
    style(rule(
        "foreign-key-without-index",
        &["H11"],
        Warning,
        "each change of a referenced row scans {tables}",
        "an index that begins with the columns of the foreign key, before the foreign key",
    )),
    rule(
        "adding-exclusion-constraint",
        &["H15"],
        Error,
        "reads and writes of {tables} wait while the index is built, and there is no other way to build it",
        "a new table with the constraint and a swap; or a window without traffic, with a reason",
    ),
    always(rule(
        "alter-after-changed-rows",
        &["H37"],
        Error,
        "it fails with \"pending trigger events\": rows of {tables} were changed before, and a deferred constraint has not looked \
         at them yet",
        "`SET CONSTRAINTS ALL IMMEDIATE` before it, or two migrations",
    )),
    // Columns.
    rule(
        "adding-json-column",
        &["H19"],
        Warning,
        "`json` has no equality: `SELECT DISTINCT` and `GROUP BY` over rows of {tables} break",
        "`jsonb`",
    ),
    rule(
        "drop-column-loses-dependents",
        &["H26"],
        Error,
        "what spans the column goes silently with it",
        "drop it in a statement of its own before, and make what takes its place",
    ),
    always(rule(
        "column-has-dependents",
        &["H22"],
        Error,
        "something that reads the column refuses the change, or would go with it",
        "drop what reads it, change the column, make it again with grants, comments and options, then `ANALYZE`",
    )),
    rule(
        "foreign-key-type-differs",
        &["H23"],
        Error,
        "the two ends of the foreign key get different types: the first value beyond the smaller one fails",
        "change every column of the foreign key's closure in one plan, with their sequences",
    ),
    rule(
        "sequence-left-behind",
        &["H25"],
        Error,
        "the sequence of the column does not follow",
        "`ALTER SEQUENCE ... AS bigint` with every widening; from serial to identity: drop the default, disown the sequence, add \
         the identity, `setval` from the old one, drop the old one",
    ),
    // Enums.
    always(rule(
        "enum-value-used-at-once",
        &["H31"],
        Error,
        "a value cannot be used in the transaction that adds it",
        "add the value in a migration of its own, before the one that uses it",
    )),
    // What goes silently, or is silently kept.
    always(rule(
        "ban-cascade",
        &["H26", "H27"],
        Error,
        "it drops whatever depends on it, without naming it",
        "drop what depends on it by name, in statements of their own",
    )),
    always(rule(
        "if-not-exists-hides-differences",
        &["H39"],
        Warning,
        "something else of that name counts as existing, whatever it is",
        "without `IF NOT EXISTS`: in a transaction the migration is applied as a whole or not at all",
    )),
    // Rewrites of whole tables.
    always(rule(
        "refresh-without-concurrently",
        &["H05"],
        Error,
        "reads of {tables} wait while its query runs",
        "`REFRESH MATERIALIZED VIEW CONCURRENTLY`, which needs a unique index, as the only statement of its migration",
    )),
    rule(
        "rewrite-of-table",
        &["H05"],
        Error,
        "reads and writes of {tables} wait while the whole table is written anew",
        "a new table, copied in batches, and a swap; or a window without traffic, with a reason",
    ),
    // Views.
    always(rule(
        "incompatible-view-replacement",
        &["H43"],
        Error,
        "`CREATE OR REPLACE VIEW` can only add columns at the end: anything else fails",
        "drop the view and its dependents, and create all of it again with grants, comments and options",
    )),
    style(rule(
        "view-selects-star",
        &["H43"],
        Warning,
        "`*` is settled when the view is made: later columns are not in it, and the view keeps them from being changed",
        "name the columns",
    )),
    // Names.
    style(rule(
        "unnamed-constraint",
        &["H44"],
        Warning,
        "PostgreSQL chooses the name, and a later migration has to guess it",
        "`CONSTRAINT name`; `CREATE INDEX name`",
    )),
    // Objects that hide what they do, and style.
    style(rule(
        "create-trigger",
        &["H45"],
        Warning,
        "writes to {tables} wait for it, and every later write does more than it says",
        "have it reviewed, and say what it does in a comment",
    )),
    style(rule(
        "create-extension",
        &["H45"],
        Warning,
        "it may need a superuser, and its version is the server's",
        "create extensions where the database is set up, or name the version",
    )),
    style(rule(
        "change-of-privileges",
        &["H45"],
        Warning,
        "rights open at once, for all rows",
        "have it reviewed by somebody who knows the roles",
    )),
    style(rule(
        "index-over-many-columns",
        &["H45"],
        Warning,
        "an index over more than three columns helps few queries and costs every write",
        "index the columns that select most",
    )),
    style(rule(
        "table-without-primary-key",
        &["H45"],
        Warning,
        "Diesel's `schema.rs` needs a primary key, and so do batches and replication",
        "`bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY`",
    )),
    style(rule(
        "ban-money-field",
        &["H45"],
        Warning,
        "what a `money` value means depends on the server's locale",
        "`numeric`",
    )),
    // About the lint itself.
    always(rule(
        "unreadable-sql",
        &[],
        Warning,
        "the parser cannot follow here: what comes after it is judged only in part",
        "correct it; when PostgreSQL takes it as it is, allow it here",
    )),
    always(rule(
        "lint-allow-without-reason",
        &[],
        Error,
        "a finding is silenced without a reason",
        "`-- lint:allow RULE reason=\"...\"`",
    )),
    always(rule(
        "unused-lint-allow",
        &[],
        Error,
        "nothing is silenced here",
        "take the comment out, or put it on the line before the statement",
    )),
];
