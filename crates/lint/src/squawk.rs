//! squawk's own linter: which of its rules run, and which of its findings hold with what is known here. Must not have rules
//! of its own.

use std::panic::AssertUnwindSafe;

use makemigrations_sql::{Dialect, tokens};
use squawk_linter::Linter;
use squawk_syntax::ast::{self, NameLike};

use crate::{
    levels::Levels,
    name::RelationName,
    rule::{Rule, Source},
    unit::{Hit, Unit},
};

/// Runs the rules of squawk that are not off everywhere.
pub(crate) fn run(unit: &Unit<'_>, levels: &Levels, found: &mut Vec<Hit>) {
    let wanted = Rule::all().filter_map(|rule| match rule.source {
        Source::Squawk(squawk) if levels.is_on(rule) => Some(squawk),
        Source::Squawk(_) | Source::Replaced(_) | Source::Own => None,
    });
    let mut linter = Linter::from(wanted);
    linter.settings.assume_in_transaction = unit.in_transaction;
    let lint = || linter.lint(&unit.script.parse, unit.script.text);
    let Ok(violations) = std::panic::catch_unwind(AssertUnwindSafe(lint)) else { return };
    for violation in violations {
        let Some(rule) = Rule::all().find(|rule| rule.source == Source::Squawk(violation.code)) else { continue };
        let start = usize::from(violation.text_range.start());
        let Some(at) = unit.statement_at(&(start..usize::from(violation.text_range.end()))) else { continue };
        let hit = unit.hit_at(rule.id, at, start);
        if holds(unit, rule, at) {
            found.push(hit);
        }
    }
}

/// What squawk does not look at.
fn holds(unit: &Unit<'_>, rule: &Rule, at: usize) -> bool {
    let statement = &unit.script.statements[at].node;
    match rule.id {
        // A view over nothing that is used: it was made here.
        "ban-drop-view" => unit.targets(at).iter().any(|view| unit.is_used(view, at)),
        // An index is renamed under a lock that keeps nobody waiting, and programs do not name it.
        "renaming-object" => !matches!(statement, ast::Stmt::AlterIndex(_)) && !is_new_object(unit, at),
        "renaming-column" => !is_swapped(unit, at),
        "ban-drop-column" | "ban-drop-not-null" => columns(unit, rule.id, at)
            .is_none_or(|(table, columns)| columns.iter().any(|column| !unit.facts.is_new_column(&table, column))),
        // One that has none by the record, and none by this file.
        "ban-drop-default" => columns(unit, rule.id, at).is_none_or(|(table, columns)| {
            let known = unit.facts.table(&table).map(|table| &table.columns);
            let has_none = |column: &String| {
                known.and_then(|columns| columns.get(column)).is_some_and(|column| column.default.is_none())
            };
            !(columns.iter().all(has_none) && columns.iter().all(|column| unit.facts.is_new_column(&table, column)))
        }),
        "renaming-table" => !has_view_in_its_place(unit, at),
        "ban-alter-domain-with-add-constraint" => !is_not_valid(unit.text(at)),
        "ban-replace-view-function" => !is_replaced_new_view(unit, at),
        _ => true,
    }
}

/// The columns that a statement takes something from, for the rule about it.
fn columns(unit: &Unit<'_>, rule: &str, at: usize) -> Option<(RelationName, Vec<String>)> {
    let ast::Stmt::AlterTable(alter) = &unit.script.statements[at].node else { return None };
    let table = RelationName::of_relation(alter.table_relation_name())?;
    let column = |action: ast::AlterTableAction| match action {
        ast::AlterTableAction::DropColumn(drop) if rule == "ban-drop-column" => drop.column_name_ref(),
        ast::AlterTableAction::AlterColumn(alter) => match alter.option()? {
            ast::AlterColumnOption::DropNotNull(_) if rule == "ban-drop-not-null" => alter.column_name_ref(),
            ast::AlterColumnOption::DropDefault(_) if rule == "ban-drop-default" => alter.column_name_ref(),
            _ => None,
        },
        _ => None,
    };
    Some((table, alter.actions().filter_map(column).map(|column| column.text()).collect()))
}

/// Two columns that change places: programs find one under each name that they know.
fn is_swapped(unit: &Unit<'_>, at: usize) -> bool {
    let mut renames: Vec<(usize, RelationName, String, String)> = Vec::new();
    unit.alterations(|alteration| {
        if let ast::AlterTableAction::RenameColumn(rename) = &alteration.action
            && let (Some(from), Some(to)) = (rename.column_name_ref(), rename.column_name())
        {
            renames.push((alteration.at, alteration.table.clone(), from.text(), to.text()));
        }
    });
    let Some((_, table, from, to)) = renames.iter().find(|(when, ..)| *when == at) else { return false };
    renames.iter().any(|(when, other_table, other_from, other_to)| {
        other_table == table && ((*when > at && other_to == from) || (*when < at && other_from == to))
    })
}

/// A view under the old name of a table.
fn has_view_in_its_place(unit: &Unit<'_>, at: usize) -> bool {
    let old = unit.targets(at);
    unit.statements().skip(at + 1).any(|(_, statement)| match &statement.node {
        ast::Stmt::CreateView(view) => {
            let name = view.view().and_then(|view| RelationName::of_definition(view.path()));
            name.is_some_and(|name| old.contains(&name))
        }
        _ => false,
    })
}

fn is_not_valid(text: &str) -> bool {
    let words: Vec<_> = tokens(text, Dialect::Postgres).filter(|token| !token.is_blank()).collect();
    words.windows(2).any(|pair| pair[0].is_word("not") && pair[1].is_word("valid"))
}

fn is_new_object(unit: &Unit<'_>, at: usize) -> bool {
    let targets = unit.targets(at);
    !targets.is_empty() && targets.iter().all(|name| !unit.is_used(name, at))
}

fn is_replaced_new_view(unit: &Unit<'_>, at: usize) -> bool {
    matches!(unit.script.statements[at].node, ast::Stmt::CreateView(_)) && is_new_object(unit, at)
}
