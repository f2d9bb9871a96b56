//! Functions and sequences that go and come back, as objects whose text says nothing of privileges. A sequence goes on where
//! it was.
//!
//! What else a text creates beside them matches no function and no sequence.

use std::collections::BTreeSet;

use makemigrations_sql::quote_literal;

use super::{Absence, given_back};
use crate::{
    dialect::Block,
    graph::{created_names, names_in},
    model::{Dialect, Schema},
    operation::Operation,
};

/// A kind of object with privileges of its own.
pub(super) struct PrivilegedKind {
    /// What people call several.
    plural: &'static str,
    /// What is kept of them.
    what: &'static str,
    /// A text that creates one has one of these words.
    words: &'static [&'static str],
    /// As `GRANT ... ON` calls it.
    sql: &'static str,
    /// As `acldefault` calls it.
    default: char,
    /// Holds what they have while they are gone. Nobody's table has this name.
    table: &'static str,
    /// The type that writes an `oid` with everything that tells it from others.
    identity: &'static str,
    /// Its catalogue, with the condition for this kind, and how the columns for name, owner and grants begin there.
    catalogue: (&'static str, &'static str, &'static str),
    /// A column more, for what it has handed out last; empty when it hands out nothing.
    last: &'static str,
}

pub(super) const ROUTINES: PrivilegedKind = PrivilegedKind {
    plural: "functions",
    what: "owners and grants",
    words: &["function", "procedure", "aggregate"],
    sql: "ROUTINE",
    default: 'f',
    table: "pg_temp.\"__makemigrations_routines\"",
    identity: "regprocedure",
    catalogue: ("pg_proc", "pronamespace <> 'pg_catalog'::regnamespace", "pro"),
    last: "",
};

pub(super) const SEQUENCES: PrivilegedKind = PrivilegedKind {
    plural: "sequences",
    what: "owners, grants and last numbers",
    words: &["sequence"],
    sql: "SEQUENCE",
    default: 's',
    table: "pg_temp.\"__makemigrations_sequences\"",
    identity: "regclass",
    catalogue: ("pg_class", "relkind = 'S'", "rel"),
    last: ", pg_sequence_last_value(oid) AS last",
};

/// Those of one kind that a script drops and creates again.
pub(super) struct Objects {
    kind: &'static PrivilegedKind,
    /// Their names as literals; of functions, whatever their parameters are.
    names: BTreeSet<String>,
    /// Those of them whose new text says who may use them.
    declared: BTreeSet<String>,
    absence: Absence,
}

impl Objects {
    pub(super) fn new(kind: &'static PrivilegedKind, before: &Schema, operations: &[Operation]) -> Self {
        let mut kept = Self { kind, names: BTreeSet::new(), declared: BTreeSet::new(), absence: Absence::default() };
        for (first, operation) in operations.iter().enumerate() {
            let Operation::DropObject(drop) = operation else { continue };
            let Some(object) = before.objects.get(&drop.key) else { continue };
            let created = operations.iter().enumerate().skip(first).rev().find_map(|(index, later)| {
                let Operation::CreateObject(create) = later else { return None };
                (create.key == drop.key).then_some((index, &create.definition))
            });
            let Some((last, created)) = created else { continue };
            let says_privileges = has_word(&created.create, &["grant", "revoke", "owner"]);
            let names = created_names(Dialect::Postgres, &object.create);
            let is_kept = has_word(&object.create, kind.words) && !(says_privileges && kind.last.is_empty());
            if names.is_empty() || !is_kept {
                continue;
            }
            let names: Vec<_> = names.iter().map(|name| quote_literal(name)).collect();
            kept.names.extend(names.iter().cloned());
            kept.declared.extend(names.into_iter().filter(|_| says_privileges));
            kept.absence.extend(first, last);
        }
        kept
    }

    /// What runs before the operation at `index`.
    pub(super) fn save(&self, index: usize) -> Option<Block> {
        if !self.absence.begins(index) {
            return None;
        }
        let PrivilegedKind { plural, what, table, identity, catalogue: (catalogue, condition, prefix), last, .. } =
            self.kind;
        let statement = format!(
            "CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS
    SELECT oid, oid::{identity}::text AS name, {prefix}owner AS owner, {prefix}acl AS acl{last}
    FROM {catalogue} WHERE {condition} AND {prefix}name IN ({})",
            listed(&self.names)
        );
        let comment = format!("Keep {what} of the {plural} that come back below");
        Some(Block { comment, statements: vec![statement] })
    }

    /// What runs after the operation at `index`. Another one of the same name that nobody touched keeps what it has.
    pub(super) fn restore(&self, index: usize) -> Option<Block> {
        if !self.absence.ends(index) {
            return None;
        }
        let PrivilegedKind {
            plural, what, sql, default, table, identity, catalogue: (catalogue, _, prefix), last, ..
        } = self.kind;
        let back = format!("{table} AS s JOIN {catalogue} AS p ON p.oid::{identity}::text = s.name AND p.oid <> s.oid");
        let is_declared = format!("\n            WHERE p.{prefix}name NOT IN ({})", listed(&self.declared));
        let undeclared = if self.declared.is_empty() { "" } else { &is_declared };
        let saved = format!(
            "SELECT s.name, s.owner, s.acl, p.{prefix}owner AS newowner, p.{prefix}acl AS newacl
            FROM {back}{undeclared}"
        );
        let mut statements = Vec::new();
        if !last.is_empty() {
            // The rows have what it handed out: from the start again it would hand out the same.
            statements.push(format!("SELECT setval(p.oid, s.last)\nFROM {back}\nWHERE s.last IS NOT NULL"));
        }
        statements.extend([given_back(sql, *default, &saved), format!("DROP TABLE {table}")]);
        Some(Block { comment: format!("Give the {plural} their {what} back"), statements })
    }
}

fn listed(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

fn has_word(text: &str, words: &[&str]) -> bool {
    let names = names_in(Dialect::Postgres, text);
    words.iter().any(|word| names.contains(word))
}
