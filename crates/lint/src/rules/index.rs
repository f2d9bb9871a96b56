//! Indexes that keep programs waiting, or are not what they seem: H03, H04, H06, H15. Must not look at foreign keys.

use squawk_syntax::ast::{self, AstNode};

use crate::unit::{Hit, Unit};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        match &statement.node {
            ast::Stmt::CreateIndex(index)
                if index.concurrently_token().is_some() && index.if_not_exists().is_some() =>
            {
                found.push(unit.hit("concurrent-index-if-not-exists", at));
            }
            ast::Stmt::DropIndex(drop) if drop.concurrently_token().is_none() => {
                found.push(unit.hit("require-concurrent-index-deletion", at));
            }
            _ => {}
        }
    }
    unit.alterations(|alteration| {
        if let ast::AlterTableAction::AddConstraint(add) = &alteration.action
            && let Some(ast::Constraint::ExcludeConstraint(exclude)) = add.constraint()
        {
            found.push(unit.hit_in("adding-exclusion-constraint", alteration.at, exclude.syntax()));
        }
    });
}
