//! Checks and their validation: H10, H13, H14, and those that make `SET NOT NULL` free. Must not look at foreign keys beyond
//! their validation.

use makemigrations_sql::{Dialect, TokenKind, tokens};
use squawk_syntax::ast::{self, AstNode, NameLike};

use crate::{
    facts::Progress,
    lock,
    name::{RelationName, listed},
    script::Script,
    unit::{Hit, RowChange, Unit},
};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    validated(unit, found);
    added(unit, found);
}

/// A check that is validated where it is added; a validation under the lock of what came before it.
fn validated(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    unit.alterations(|alteration| {
        let (at, table) = (alteration.at, alteration.table);
        let is_locked = || {
            unit.statements().take(at).any(|(at, statement)| {
                let locks = lock::locks(&statement.node, at, unit.facts);
                locks.iter().any(|(name, mode)| name == table && mode.blocks_writes())
            })
        };
        match &alteration.action {
            ast::AlterTableAction::ValidateConstraint(validate) if unit.in_transaction && is_locked() => {
                let message = format!(
                    "`{table}` is scanned while the lock of an earlier statement in the same transaction is held, so that \
                     `NOT VALID` gains nothing"
                );
                found.push(unit.hit_in("constraint-missing-not-valid", at, validate.syntax()).says(message));
            }
            ast::AlterTableAction::AddConstraint(add) => {
                if let Some(ast::Constraint::CheckConstraint(check)) = add.constraint()
                    && !is_not_valid(&check)
                {
                    let message = format!("reads and writes of `{table}` wait while every row is checked");
                    found.push(unit.hit_in("constraint-missing-not-valid", at, add.syntax()).says(message));
                }
            }
            ast::AlterTableAction::AddColumn(add) => {
                let has_check =
                    add.constraints().any(|constraint| matches!(constraint, ast::Constraint::CheckConstraint(_)));
                if has_check {
                    let message = format!("reads and writes of `{table}` wait while every row is checked");
                    let hit = unit.hit_in("constraint-missing-not-valid", at, add.syntax()).says(message);
                    found.push(hit.safely("the column first, then its check as `NOT VALID`, then `VALIDATE CONSTRAINT` in the next migration"));
                }
            }
            _ => {}
        }
    });
}

fn is_not_valid(check: &ast::CheckConstraint) -> bool {
    check.constraint_options().any(|option| matches!(option, ast::ConstraintOption::NotValid(_)))
}

/// A check that old rows do not fulfil yet: they are corrected only later.
fn added(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    unit.alterations(|alteration| {
        let (at, table) = (alteration.at, alteration.table);
        let ast::AlterTableAction::AddConstraint(add) = &alteration.action else { return };
        let Some(ast::Constraint::CheckConstraint(check)) = add.constraint() else { return };
        let Some(expression) = check.expr() else { return };
        let text = unit.text_of(expression.syntax());
        let corrects = |change: &RowChange| {
            change.table == *table && change.columns.iter().any(|column| has_word(text, column))
        };
        // Corrected before: what comes after the constraint are rows that came in between.
        let before = changes(unit.script).into_iter().any(|(when, change)| when < at && corrects(&change));
        if before || unit.progress.changes.iter().any(corrects) {
            return;
        }
        let here = changes(unit.script).into_iter().find(|(when, change)| *when > at && corrects(change));
        let elsewhere = || unit.later.iter().find(|change| corrects(change));
        let place = match here {
            Some((when, _)) => format!("by the statement in line {}", unit.script.position(unit.script.statements[when].range.start).0),
            None => match elsewhere() {
                Some(change) => format!("in `{}`", change.migration),
                None => return,
            },
        };
        let column = listed(&[table]);
        let message = format!(
            "the rows of {column} are corrected only afterwards, {place}: until then no old row can be changed, in any of its \
             columns"
        );
        found.push(unit.hit_in("constraint-before-backfill", at, add.syntax()).says(message));
    });
}

fn has_word(text: &str, word: &str) -> bool {
    tokens(text, Dialect::Postgres).any(|token| match token.kind {
        TokenKind::Word => token.text.eq_ignore_ascii_case(word),
        TokenKind::QuotedIdentifier => token.text.trim_matches('"') == word,
        _ => false,
    })
}

/// The updates of a file, those inside of `DO` blocks as well, with the number of the statement.
pub(crate) fn changes(script: &Script<'_>) -> Vec<(usize, RowChange)> {
    let statements = script.statements.iter().enumerate();
    statements
        .flat_map(|(at, statement)| of_statement(script.text_of(statement), "").map(move |change| (at, change)))
        .collect()
}

/// The same of a text that is not parsed, for what later migrations do.
pub(crate) fn changes_of_text(text: &str, migration: &str) -> Vec<RowChange> {
    let statements = makemigrations_sql::statements(text, Dialect::Postgres);
    statements.iter().flat_map(|statement| of_statement(statement.text, migration)).collect()
}

fn of_statement(text: &str, migration: &str) -> impl Iterator<Item = RowChange> {
    let mut words = tokens(text, Dialect::Postgres).filter(|token| !token.is_blank());
    let first = words.next();
    let body = words.find(|token| token.kind == TokenKind::DollarString);
    let changes = match (first, body) {
        (Some(first), _) if first.is_word("update") || first.is_word("with") => updates(text, migration),
        (Some(first), Some(body)) if first.is_word("do") => {
            let tag = body.text[1..].find('$').map_or(0, |end| end + 2);
            let inner = body.text.get(tag..body.text.len().saturating_sub(tag)).unwrap_or_default();
            updates(inner, migration)
        }
        _ => Vec::new(),
    };
    changes.into_iter()
}

/// `UPDATE [ONLY] table [[AS] alias] SET column = ...`, by its words: a block's body is a string to the parser.
fn updates(text: &str, migration: &str) -> Vec<RowChange> {
    let words: Vec<_> = tokens(text, Dialect::Postgres).filter(|token| !token.is_blank()).collect();
    let name = |index: usize| {
        let token = words.get(index)?;
        match token.kind {
            TokenKind::Word => Some(token.text.to_lowercase()),
            TokenKind::QuotedIdentifier => Some(token.text.trim_matches('"').replace("\"\"", "\"")),
            _ => None,
        }
    };
    let mut found = Vec::new();
    for start in 0..words.len() {
        if !words[start].is_word("update") {
            continue;
        }
        let mut next = start + 1;
        if words.get(next).is_some_and(|word| word.is_word("only")) {
            next += 1;
        }
        let Some(first) = name(next) else { continue };
        let is_qualified = words.get(next + 1).is_some_and(|dot| dot.is_symbol("."));
        let table = match name(next + 2).filter(|_| is_qualified) {
            Some(second) => RelationName::new(Some(first), second),
            None => RelationName::new(None, first),
        };
        let rest = &words[next..];
        let Some(set) = rest.iter().take(6).position(|word| word.is_word("set")) else { continue };
        let mut columns = Vec::new();
        for index in next + set + 1..words.len() {
            let is_end = ["where", "from", "returning"].iter().any(|end| words[index].is_word(end));
            if is_end || words[index].is_symbol(";") {
                break;
            }
            if words.get(index + 1).is_some_and(|sign| sign.is_symbol("=")) {
                columns.extend(name(index));
            }
        }
        found.push(RowChange { migration: migration.to_owned(), table, columns });
    }
    found
}

/// The columns that checks say are never NULL, after a file.
pub(crate) fn follow(script: &Script<'_>, progress: &mut Progress) {
    for statement in &script.statements {
        let ast::Stmt::AlterTable(alter) = &statement.node else { continue };
        let Some(table) = RelationName::of_relation(alter.table_relation_name()) else { continue };
        for action in alter.actions() {
            follow_action(script, &table, &action, progress);
        }
    }
}

pub(crate) fn follow_action(
    script: &Script<'_>,
    table: &RelationName,
    action: &ast::AlterTableAction,
    progress: &mut Progress,
) {
    match action {
        ast::AlterTableAction::AddConstraint(add) => {
            let Some(ast::Constraint::CheckConstraint(check)) = add.constraint() else { return };
            let name = check.constraint_name_clause().and_then(|clause| clause.constraint_name());
            let is_valid = !is_not_valid(&check);
            if is_valid {
                progress.checked.insert(table.clone());
            }
            let text = check.expr().and_then(|expression| crate::script::range_of(expression.syntax()));
            let column = text.and_then(|range| not_null_column(&script.text[range]));
            if let (Some(name), Some(column)) = (name, column) {
                progress.not_null_checks.insert((table.clone(), name.text()), (column, is_valid));
            }
        }
        ast::AlterTableAction::ValidateConstraint(validate) => {
            let Some(name) = lock::constraint_name(validate.constraint_name_ref()) else { return };
            progress.checked.insert(table.clone());
            if let Some((_, is_valid)) = progress.not_null_checks.get_mut(&(table.clone(), name)) {
                *is_valid = true;
            }
        }
        ast::AlterTableAction::DropConstraint(drop) => {
            let Some(name) = lock::constraint_name(drop.constraint_name_ref()) else { return };
            progress.not_null_checks.remove(&(table.clone(), name));
        }
        _ => {}
    }
}

/// The column of `column IS NOT NULL`, in parentheses or not, alone or with more that has to be true as well.
pub(crate) fn not_null_column(expression: &str) -> Option<String> {
    let words: Vec<_> = tokens(expression, Dialect::Postgres)
        .filter(|token| !token.is_blank() && !token.is_symbol("(") && !token.is_symbol(")"))
        .collect();
    let [column, is, not, null, more @ ..] = words.as_slice() else { return None };
    let is_all = more.is_empty() || (more[0].is_word("and") && !more.iter().any(|token| token.is_word("or")));
    if !is.is_word("is") || !not.is_word("not") || !null.is_word("null") || !is_all {
        return None;
    }
    match column.kind {
        TokenKind::Word => Some(column.text.to_lowercase()),
        TokenKind::QuotedIdentifier => Some(column.text.trim_matches('"').replace("\"\"", "\"")),
        _ => None,
    }
}
