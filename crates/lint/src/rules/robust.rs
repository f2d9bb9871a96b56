//! What happens when a migration runs twice, or meets something else of the same name: H39. Must not look at locks.

use squawk_syntax::ast::{self, AstNode};

use crate::unit::{Hit, Unit};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        if hides(&statement.node) {
            found.push(unit.hit("if-not-exists-hides-differences", at));
        }
        if !unit.in_transaction && changes_twice(&statement.node) {
            found.push(unit.hit("prefer-robust-stmts", at));
        }
    }
}

/// `IF NOT EXISTS` of something that has a definition.
fn hides(statement: &ast::Stmt) -> bool {
    match statement {
        ast::Stmt::CreateTable(create) => create.if_not_exists().is_some() && !is_temporary(create),
        ast::Stmt::CreateTableAs(create) => create.if_not_exists().is_some(),
        ast::Stmt::CreateSequence(create) => create.if_not_exists().is_some(),
        ast::Stmt::CreateMaterializedView(create) => create.if_not_exists().is_some(),
        // With `CONCURRENTLY` that is a rule of its own.
        ast::Stmt::CreateIndex(create) => create.if_not_exists().is_some() && create.concurrently_token().is_none(),
        ast::Stmt::AlterTable(alter) => alter.actions().any(|action| match action {
            ast::AlterTableAction::AddColumn(add) => add.if_not_exists().is_some(),
            _ => false,
        }),
        _ => false,
    }
}

fn is_temporary(create: &ast::CreateTable) -> bool {
    matches!(create.persistence(), Some(ast::Persistence::Temp(_)))
}

/// Whether a second run fails or does more, and the runner cannot see in the catalogue that it was done.
fn changes_twice(statement: &ast::Stmt) -> bool {
    match statement {
        ast::Stmt::Insert(insert) => insert.on_conflict_clause().is_none(),
        ast::Stmt::Update(update) => update.where_clause_or_current_of().is_none(),
        ast::Stmt::Merge(_) | ast::Stmt::Call(_) => true,
        ast::Stmt::CreateTable(create) => create.if_not_exists().is_none(),
        ast::Stmt::CreateTableAs(create) => create.if_not_exists().is_none(),
        ast::Stmt::DropTable(drop) => drop.if_exists().is_none(),
        ast::Stmt::DropType(drop) => drop.if_exists().is_none(),
        ast::Stmt::DropIndex(drop) => drop.if_exists().is_none() && drop.concurrently_token().is_none(),
        ast::Stmt::CreateIndex(create) => create.if_not_exists().is_none() && create.concurrently_token().is_none(),
        ast::Stmt::AlterType(alter) => match alter.action() {
            Some(ast::AlterTypeAction::AddValue(add)) => add.if_not_exists().is_none(),
            _ => true,
        },
        ast::Stmt::AlterTable(alter) => alter.actions().any(|action| match action {
            ast::AlterTableAction::AddColumn(add) => add.if_not_exists().is_none(),
            ast::AlterTableAction::DropColumn(drop) => drop.if_exists().is_none(),
            ast::AlterTableAction::DropConstraint(drop) => drop.if_exists().is_none(),
            ast::AlterTableAction::AddConstraint(_)
            | ast::AlterTableAction::RenameColumn(_)
            | ast::AlterTableAction::TableRenameTo(_)
            | ast::AlterTableAction::RenameConstraint(_)
            | ast::AlterTableAction::AttachPartition(_) => true,
            _ => false,
        }),
        statement => statement.syntax().kind() == squawk_syntax::SyntaxKind::CREATE_TYPE,
    }
}
