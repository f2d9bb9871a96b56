//! Changes of a table whose rows a deferred constraint has still to look at: H37. Must not look at other locks.

use std::collections::BTreeSet;

use makemigrations_plan::model::Deferrable;
use makemigrations_sql::{Dialect, tokens};
use squawk_syntax::ast::{self, AstNode};

use super::check::changes;
use crate::{
    lock,
    name::RelationName,
    unit::{Hit, Unit},
};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    if !unit.in_transaction {
        return;
    }
    let updates = changes(unit.script);
    let mut pending: BTreeSet<RelationName> = BTreeSet::new();
    let mut all_deferred = false;
    for (at, statement) in unit.statements() {
        match &statement.node {
            ast::Stmt::SetConstraints(set) => {
                let text = unit.text(at);
                let is_immediate = tokens(text, Dialect::Postgres).any(|token| token.is_word("immediate"));
                if is_immediate && set.constraint_name_refs().next().is_none() {
                    pending.clear();
                    all_deferred = false;
                } else if is_immediate {
                    // Named ones: taken for those that matter.
                    pending.clear();
                } else {
                    all_deferred = true;
                }
            }
            ast::Stmt::AlterTable(_) => {
                for table in lock::targets(&statement.node, unit.facts) {
                    if pending.contains(&table) && needs_settled(&statement.node) {
                        found.push(unit.hit("alter-after-changed-rows", at).about(vec![table]));
                    }
                }
            }
            ast::Stmt::Insert(_) | ast::Stmt::Update(_) | ast::Stmt::Delete(_) | ast::Stmt::Merge(_) => {
                let is_insert = matches!(statement.node, ast::Stmt::Insert(_));
                for table in lock::targets(&statement.node, unit.facts) {
                    if waits(unit, &table, is_insert, at, all_deferred) {
                        pending.insert(table);
                    }
                }
            }
            ast::Stmt::Do(_) => {
                for (_, change) in updates.iter().filter(|(when, _)| *when == at) {
                    if waits(unit, &change.table, false, at, all_deferred) {
                        pending.insert(change.table.clone());
                    }
                }
            }
            _ => {}
        }
    }
}

/// `VALIDATE` and storage settings look at no pending rows.
fn needs_settled(statement: &ast::Stmt) -> bool {
    let ast::Stmt::AlterTable(alter) = statement else { return false };
    alter
        .actions()
        .any(|action| !matches!(action, ast::AlterTableAction::SetOptions(_) | ast::AlterTableAction::ResetOptions(_)))
}

/// Whether a changed row of a table leaves something to check until the commit.
fn waits(unit: &Unit<'_>, table: &RelationName, is_insert: bool, at: usize, all_deferred: bool) -> bool {
    let counts = |deferrable: Option<Deferrable>| match deferrable {
        Some(Deferrable::Deferred) => true,
        Some(Deferrable::Immediate) => all_deferred,
        None => false,
    };
    let known = unit.facts.table(table);
    let own = known.into_iter().flat_map(|table| table.foreign_keys.values()).any(|key| counts(key.deferrable));
    let unique = known.into_iter().flat_map(|table| table.unique.values()).any(|unique| counts(unique.deferrable));
    let of_others = || unit.facts.references_to(table).iter().any(|(_, _, key)| counts(key.deferrable));
    let here = || {
        unit.statements().take(at).any(|(at, statement)| {
            let text = unit.text(at);
            let is_deferred = tokens(text, Dialect::Postgres).any(|token| token.is_word("deferred"));
            is_deferred && is_about(unit, &statement.node, table)
        })
    };
    own || unique || (!is_insert && of_others()) || here()
}

/// Whether a statement puts a deferred foreign key on a table, or on one that points at it, or a constraint trigger.
fn is_about(unit: &Unit<'_>, statement: &ast::Stmt, table: &RelationName) -> bool {
    match statement {
        ast::Stmt::CreateTable(create) => {
            let name = create.table_name().and_then(|name| RelationName::of_definition(name.path()));
            name.as_ref() == Some(table) || lock::referenced(create.syntax()).contains(table)
        }
        ast::Stmt::AlterTable(alter) => {
            lock::targets(statement, unit.facts).contains(table) || lock::referenced(alter.syntax()).contains(table)
        }
        ast::Stmt::CreateTrigger(_) => lock::targets(statement, unit.facts).contains(table),
        _ => false,
    }
}
