//! Transactions, and what outlives them: H02, H34, H38, and `search_path` of H44. Must not look at the schema.

use makemigrations_sql::{Dialect, TokenKind, tokens};
use squawk_syntax::ast::{self, AstNode};

use crate::unit::{Hit, Unit};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    batch(unit, found);
    control(unit, found);
    psql(unit, found);
    session(unit, found);
}

/// What PostgreSQL refuses inside a transaction.
fn refused_inside(statement: &ast::Stmt) -> Option<String> {
    let name = match statement {
        ast::Stmt::CreateIndex(index) if index.concurrently_token().is_some() => "CREATE INDEX CONCURRENTLY",
        ast::Stmt::DropIndex(drop) if drop.concurrently_token().is_some() => "DROP INDEX CONCURRENTLY",
        ast::Stmt::Reindex(reindex) if reindex.is_concurrently() => "REINDEX CONCURRENTLY",
        ast::Stmt::Reindex(reindex) => match reindex.reindex_target() {
            Some(ast::ReindexTarget::ReindexTargetDatabase(_)) => "REINDEX DATABASE",
            Some(ast::ReindexTarget::ReindexTargetSchema(_)) => "REINDEX SCHEMA",
            Some(ast::ReindexTarget::ReindexTargetSystem(_)) => "REINDEX SYSTEM",
            _ => return None,
        },
        ast::Stmt::Vacuum(_) => "VACUUM",
        ast::Stmt::CreateDatabase(_) => "CREATE DATABASE",
        ast::Stmt::DropDatabase(_) => "DROP DATABASE",
        ast::Stmt::AlterSystem(_) => "ALTER SYSTEM",
        ast::Stmt::CreateTablespace(_) => "CREATE TABLESPACE",
        ast::Stmt::DropTablespace(_) => "DROP TABLESPACE",
        ast::Stmt::CreateSubscription(_) => "CREATE SUBSCRIPTION",
        ast::Stmt::AlterTable(alter) => {
            let is_concurrent = |action: ast::AlterTableAction| match action {
                ast::AlterTableAction::DetachPartition(detach) => {
                    matches!(detach.detach_partition_option(), Some(ast::DetachPartitionOption::DetachConcurrently(_)))
                }
                _ => false,
            };
            if !alter.actions().any(is_concurrent) {
                return None;
            }
            "DETACH PARTITION CONCURRENTLY"
        }
        ast::Stmt::Do(block) if commits(block) => "a `DO` block with `COMMIT`",
        _ => return None,
    };
    Some(if name.starts_with("a ") { name.to_owned() } else { format!("`{name}`") })
}

/// Whether the body of a block ends a transaction.
fn commits(block: &ast::Do) -> bool {
    let Some(body) = block.body() else { return false };
    let text = body.syntax().text().to_string();
    let inner = text.find('$').and_then(|start| text[start + 1..].find('$').map(|end| start + end + 2));
    let inner = inner.map_or(text.as_str(), |start| &text[start..]);
    let words: Vec<_> = tokens(inner, Dialect::Postgres).filter(|token| !token.is_blank()).collect();
    words.windows(2).any(|pair| (pair[0].is_word("commit") || pair[0].is_word("rollback")) && pair[1].is_symbol(";"))
}

fn batch(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    let several = unit.script.statements.len() > 1;
    let mut is_reported = false;
    for (at, statement) in unit.statements() {
        let Some(what) = refused_inside(&statement.node) else { continue };
        if !unit.in_transaction && !several {
            continue;
        }
        if !unit.in_transaction {
            let message =
                format!("{what} fails beside another statement: several in one file are one implicit transaction");
            found.push(unit.hit("one-statement-outside-transaction", at).says(message));
            is_reported = true;
        } else if matches!(statement.node, ast::Stmt::CreateIndex(_)) {
            found.push(unit.hit("ban-concurrent-index-creation-in-transaction", at));
        } else {
            let message = format!("{what} fails inside the transaction that the migration runs in");
            found.push(unit.hit("ban-in-transaction", at).says(message));
        }
    }
    if several && !unit.in_transaction && !is_reported {
        found.push(unit.hit("one-statement-outside-transaction", 1));
    }
}

fn control(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        if matches!(
            statement.node,
            ast::Stmt::Begin(_)
                | ast::Stmt::Commit(_)
                | ast::Stmt::Rollback(_)
                | ast::Stmt::SavepointCreate(_)
                | ast::Stmt::ReleaseSavepoint(_)
                | ast::Stmt::PrepareTransaction(_)
        ) {
            found.push(unit.hit("transaction-nesting", at));
        }
    }
}

/// A backslash is in no SQL outside strings.
fn psql(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    let text = unit.script.text;
    let mut last_line = None;
    for token in tokens(text, Dialect::Postgres) {
        if token.kind != TokenKind::Symbol || token.text != "\\" {
            continue;
        }
        let (line, _) = unit.script.position(token.start);
        if last_line.replace(line) == Some(line) {
            continue;
        }
        let command = text[token.start..].split_whitespace().next().unwrap_or("\\");
        let message = format!("`{command}` is a command of `psql`, no SQL, and fails");
        found.push(Hit {
            rule: "ban-psql-command",
            at: unit.statement_at(&(token.start..token.end())),
            offset: token.start,
            message: Some(message),
            safe: None,
            tables: None,
        });
    }
}

fn session(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        match &statement.node {
            ast::Stmt::Set(set) => {
                let is_local = matches!(set.set_scope(), Some(ast::SetScope::LocalScope(_)));
                if sets_search_path(set) {
                    found.push(unit.hit("ban-search-path", at));
                } else if !is_local {
                    found.push(unit.hit("set-without-local", at));
                }
            }
            ast::Stmt::SetRole(_) | ast::Stmt::SetSessionAuth(_) => {
                let mut words = tokens(unit.text(at), Dialect::Postgres).filter(|token| !token.is_blank());
                if !words.nth(1).is_some_and(|word| word.is_word("local")) {
                    found.push(unit.hit("set-without-local", at));
                }
            }
            _ => {}
        }
        for call in statement.node.syntax().descendants().filter_map(ast::CallExpr::cast) {
            set_config(unit, at, &call, found);
        }
    }
}

fn sets_search_path(set: &ast::Set) -> bool {
    match set.set_target() {
        Some(ast::SetTarget::SetSchemaValue(_)) => true,
        Some(ast::SetTarget::SetConfig(config)) => {
            let path = config.config_parameter_ref().and_then(|name| name.path_ref());
            let is_plain = path.as_ref().is_some_and(|path| path.qualifier().is_none());
            is_plain && path.and_then(|path| path.segment()).is_some_and(|name| name.text() == "search_path")
        }
        _ => false,
    }
}

/// `set_config('name', 'value', is_local)`.
fn set_config(unit: &Unit<'_>, at: usize, call: &ast::CallExpr, found: &mut Vec<Hit>) {
    let name = call.expr().map(|name| unit.text_of(name.syntax()).to_lowercase()).unwrap_or_default();
    if name != "set_config" && name != "pg_catalog.set_config" {
        return;
    }
    let arguments: Vec<_> =
        call.arg_list().into_iter().flat_map(|list| list.args()).filter_map(|arg| arg.expr()).collect();
    let text = |index: usize| arguments.get(index).map(|argument| unit.text_of(argument.syntax()).to_lowercase());
    if text(0).as_deref() == Some("'search_path'") {
        found.push(unit.hit_in("ban-search-path", at, call.syntax()));
    } else if matches!(text(2).as_deref(), Some("false" | "'f'" | "'false'")) {
        found.push(unit.hit_in("set-without-local", at, call.syntax()));
    }
}
