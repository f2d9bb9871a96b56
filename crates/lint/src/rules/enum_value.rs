//! Values of enums that are used in the transaction that adds them: H31. Must not look at types of columns.

use makemigrations_sql::{Dialect, TokenKind, tokens};
use squawk_syntax::ast;

use crate::unit::{Hit, Unit};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    if !unit.in_transaction {
        return;
    }
    for (at, statement) in unit.statements() {
        let ast::Stmt::AlterType(alter) = &statement.node else { continue };
        let Some(ast::AlterTypeAction::AddValue(add)) = alter.action() else { continue };
        let Some(value) = add.literal().and_then(|literal| literal.string_value()) else { continue };
        let uses = |at: &usize| is_in(unit.text(*at), &value);
        let others = unit.statements().skip(at + 1).filter(|(_, other)| !is_definition(&other.node)).map(|(at, _)| at);
        if let Some(user) = others.into_iter().find(uses) {
            let (line, _) = unit.script.position(unit.script.statements[user].range.start);
            let message = format!("`{value}` is used in line {line}, in the transaction that adds it, which fails");
            found.push(unit.hit("enum-value-used-at-once", at).says(message));
        }
    }
}

/// What may name the value without using it: other values beside it, and comments.
fn is_definition(statement: &ast::Stmt) -> bool {
    matches!(
        statement,
        ast::Stmt::AlterType(_) | ast::Stmt::CommentOn(_) | ast::Stmt::CreateType(_) | ast::Stmt::CreateFunction(_)
    )
}

fn is_in(text: &str, value: &str) -> bool {
    let quoted = format!("'{}'", value.replace('\'', "''"));
    tokens(text, Dialect::Postgres).any(|token| match token.kind {
        TokenKind::String => token.text == quoted,
        TokenKind::DollarString => token.text.contains(&quoted),
        _ => false,
    })
}
