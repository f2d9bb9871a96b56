//! Rows that are changed, and locks that pile up until the migration commits: H35, H36, H40. Must not look at constraints.

use makemigrations_plan::hazard::LockMode;
use makemigrations_sql::{Dialect, tokens};
use squawk_syntax::ast::{self, AstNode};

use crate::{
    lock,
    name::{RelationName, listed},
    unit::{Hit, Unit},
};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    let mut locked: Vec<RelationName> = Vec::new();
    let mut is_reported = false;
    for (at, statement) in unit.statements() {
        let changed = changed_rows(unit, at, &statement.node);
        if unit.in_transaction {
            let under_lock: Vec<RelationName> =
                changed.iter().filter(|table| locked.contains(table)).cloned().collect();
            if !under_lock.is_empty() {
                let message = format!(
                    "{} stays locked, for reads as well, while its rows are changed: an earlier statement of the same transaction \
                     changes the table",
                    listed(&under_lock)
                );
                found.push(unit.hit("backfill-with-ddl", at).says(message).about(under_lock));
            }
        }
        if !changed.is_empty() && is_unbatched(unit, &statement.node) {
            found.push(unit.hit("unbatched-change-of-rows", at).about(changed.clone()));
        }
        if let ast::Stmt::Truncate(truncate) = &statement.node
            && !matches!(truncate.drop_behavior(), Some(ast::DropBehavior::Cascade(_)))
        {
            found.push(unit.hit("ban-truncate", at));
        }
        for (name, mode) in lock::locks(&statement.node, at, unit.facts) {
            // Who reads a view locks it before its tables, and what makes it anew does as well.
            if mode == LockMode::AccessExclusive && !locked.contains(&name) && !unit.facts.is_view(&name) {
                locked.push(name);
            }
        }
        if unit.in_transaction && locked.len() > 1 && !is_reported {
            is_reported = true;
            let message = format!(
                "{} are locked one after the other until the migration commits, in whatever order the programs lock them",
                listed(&locked)
            );
            found.push(unit.hit("locks-several-tables", at).says(message).about(locked.clone()));
        }
    }
}

/// The tables whose rows a statement changes, many at once.
fn changed_rows(unit: &Unit<'_>, at: usize, statement: &ast::Stmt) -> Vec<RelationName> {
    let changes_many = match statement {
        ast::Stmt::Update(_) | ast::Stmt::Delete(_) | ast::Stmt::Merge(_) => true,
        ast::Stmt::Insert(insert) => copies(insert),
        _ => false,
    };
    if !changes_many {
        return Vec::new();
    }
    lock::targets(statement, unit.facts).into_iter().filter(|table| unit.is_used(table, at)).collect()
}

/// `INSERT ... SELECT ... FROM`.
fn copies(insert: &ast::Insert) -> bool {
    match insert.insert_source() {
        Some(ast::InsertSource::SelectVariant(query)) => {
            query.syntax().descendants().any(|node| ast::FromClause::can_cast(node.kind()))
        }
        _ => false,
    }
}

/// Whether nothing says that there are few: no condition, or one that only asks for NULL.
fn is_unbatched(unit: &Unit<'_>, statement: &ast::Stmt) -> bool {
    let clause = match statement {
        ast::Stmt::Update(update) => update.where_clause_or_current_of(),
        ast::Stmt::Delete(delete) => delete.where_clause_or_current_of(),
        ast::Stmt::Insert(insert) => {
            return copies(insert)
                && !insert.syntax().descendants().any(|node| ast::WhereClause::can_cast(node.kind()));
        }
        _ => return false,
    };
    let condition = match clause {
        Some(ast::WhereClauseOrCurrentOf::WhereClause(clause)) => clause.expr(),
        Some(ast::WhereClauseOrCurrentOf::WhereCurrentOf(_)) => return false,
        None => None,
    };
    let Some(condition) = condition else { return true };
    // What compares selects; what only asks whether there is a value does not.
    let selects = ["=", "<", ">", "!"];
    let words = ["in", "between", "exists", "like", "ilike", "any"];
    !tokens(unit.text_of(condition.syntax()), Dialect::Postgres)
        .any(|token| selects.iter().any(|sign| token.is_symbol(sign)) || words.iter().any(|word| token.is_word(word)))
}
