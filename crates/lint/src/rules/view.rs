//! Views, and statements that write a whole relation anew: H05, H43. Must not look at what views read.

use squawk_syntax::{
    SourceFile,
    ast::{self, AstNode},
};

use crate::{
    name::RelationName,
    unit::{Hit, Unit},
};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        match &statement.node {
            ast::Stmt::CreateView(view) => {
                replaced(unit, at, view, found);
                selects_star(unit, at, view.query(), found);
            }
            ast::Stmt::CreateMaterializedView(view) => selects_star(unit, at, view.query(), found),
            ast::Stmt::Refresh(refresh) if refresh.concurrently_token().is_none() => {
                let is_used = unit.targets(at).iter().any(|view| unit.is_used(view, at));
                found.extend(is_used.then(|| unit.hit("refresh-without-concurrently", at)));
            }
            ast::Stmt::Cluster(_) => found.push(unit.hit("prefer-repack", at)),
            ast::Stmt::Vacuum(vacuum) if vacuum.is_full() => found.push(unit.hit("prefer-repack", at)),
            _ => {}
        }
    }
    unit.alterations(|alteration| {
        let what = match &alteration.action {
            ast::AlterTableAction::SetLogged(_) => "`SET LOGGED`",
            ast::AlterTableAction::SetUnlogged(_) => "`SET UNLOGGED`",
            ast::AlterTableAction::SetTablespace(_) => "`SET TABLESPACE`",
            ast::AlterTableAction::SetAccessMethod(_) => "`SET ACCESS METHOD`",
            _ => return,
        };
        let message =
            format!("{what}: reads and writes of `{}` wait while the whole table is written anew", alteration.table);
        found.push(unit.hit_in("rewrite-of-table", alteration.at, alteration.action.syntax()).says(message));
    });
}

/// A view that is replaced by one that does not begin with the same columns.
fn replaced(unit: &Unit<'_>, at: usize, view: &ast::CreateView, found: &mut Vec<Hit>) {
    if view.or_replace().is_none() {
        return;
    }
    let Some(name) = view.view().and_then(|view| RelationName::of_definition(view.path())) else { return };
    let old = unit
        .facts
        .before
        .views
        .values()
        .find(|old| !old.materialized && RelationName::new(old.schema.clone(), old.name.clone()) == name);
    let Some(old) = old else { return };
    let is_dropped = unit.statements().take(at).any(|(_, statement)| match &statement.node {
        ast::Stmt::DropView(drop) => {
            drop.view_refs().any(|view| RelationName::of_reference(view.path_ref()).as_ref() == Some(&name))
        }
        _ => false,
    });
    let text = format!("CREATE VIEW x AS {}", old.query.trim_end().trim_end_matches(';'));
    let parsed = SourceFile::parse(&text);
    let old_query = parsed.tree().stmts().find_map(|statement| match statement {
        ast::Stmt::CreateView(view) => view.query(),
        _ => None,
    });
    let named: Option<Vec<String>> =
        view.column_list().map(|list| list.column_names().map(|column| column.text()).collect());
    let (Some(before), Some(after)) = (old_query.and_then(output), named.or_else(|| view.query().and_then(output)))
    else {
        return;
    };
    if is_dropped || after.starts_with(&before) {
        return;
    }
    let differs = before.iter().zip(&after).find(|(old, new)| old != new);
    let message = match differs {
        Some((old, new)) => format!(
            "the view `{name}` has the column `{old}` where it would get `{new}`: `CREATE OR REPLACE VIEW` can only add columns \
             at the end"
        ),
        None => format!(
            "the view `{name}` has the column `{}`, which would go: `CREATE OR REPLACE VIEW` can only add columns at the end",
            before.get(after.len()).map_or("", String::as_str)
        ),
    };
    found.push(unit.hit("incompatible-view-replacement", at).says(message).about(vec![name]));
}

/// The names of the columns of a query; `None` where they cannot be told from its text.
fn output(query: ast::SelectVariant) -> Option<Vec<String>> {
    let targets = query.target_list()?;
    targets.targets().map(|target| column(&target)).collect()
}

fn column(target: &ast::Target) -> Option<String> {
    if let Some(alias) = target.as_name() {
        let text = alias.syntax().descendants().find_map(ast::AnyName::cast);
        return text.map(|name| ast::normalize_name_node(name.syntax()));
    }
    match target.expr()? {
        ast::Expr::NameRef(name) => Some(name.text()),
        ast::Expr::FieldExpr(field) => field.field().map(|name| name.text()),
        _ => None,
    }
}

fn selects_star(unit: &Unit<'_>, at: usize, query: Option<ast::SelectVariant>, found: &mut Vec<Hit>) {
    let Some(targets) = query.and_then(|query| query.target_list()) else { return };
    let star = targets.targets().find(|target| {
        let text = unit.text_of(target.syntax());
        text == "*" || text.ends_with(".*")
    });
    if let Some(star) = star {
        found.push(unit.hit_in("view-selects-star", at, star.syntax()));
    }
}
