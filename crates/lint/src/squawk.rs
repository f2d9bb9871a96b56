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
        // Or one that the generator makes anew, with its grants.
        "ban-drop-view" => {
            let comes_back = |view: &RelationName| unit.in_transaction && unit.facts.makes_view(view);
            unit.targets(at).iter().any(|view| unit.is_used(view, at) && !comes_back(view))
        }
        // An index is renamed under a lock that keeps nobody waiting, and programs do not name it.
        "renaming-object" => {
            !matches!(statement, ast::Stmt::AlterIndex(_)) && !is_new_object(unit, at) && !is_moved_sequence(unit, at)
        }
        "ban-drop-sequence" => !is_moved_sequence(unit, at),
        "renaming-column" => !is_swapped(unit, at),
        "ban-drop-column" | "ban-drop-not-null" => columns(unit, rule.id, at)
            .is_none_or(|(table, columns)| columns.iter().any(|column| !unit.facts.is_new_column(&table, column))),
        // One that has none by the record, and none by this file.
        "ban-drop-default" => columns(unit, rule.id, at).is_none_or(|(table, columns)| {
            let known = unit.facts.table(&table).map(|table| &table.columns);
            let has_none = |column: &String| {
                known.and_then(|columns| columns.get(column)).is_some_and(|column| column.default.is_none())
            };
            let needs_none = |column: &String| {
                (has_none(column) && unit.facts.is_new_column(&table, column))
                    || becomes_identity(unit, &table, column, at)
            };
            !columns.iter().all(needs_none)
        }),
        // The first default of a column is for programs that do not know it yet.
        "ban-set-default" => columns(unit, rule.id, at)
            .is_none_or(|(table, columns)| columns.iter().any(|column| has_default(unit, &table, column, at))),
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
            ast::AlterColumnOption::SetDefault(_) if rule == "ban-set-default" => alter.column_name_ref(),
            ast::AlterColumnOption::DropDefault(_) if rule == "ban-drop-default" => alter.column_name_ref(),
            _ => None,
        },
        _ => None,
    };
    Some((table, alter.actions().filter_map(column).map(|column| column.text()).collect()))
}

/// Whether a column has a default when the statement `at` runs, by the record or by what the file has said before.
fn has_default(unit: &Unit<'_>, table: &RelationName, column: &str, at: usize) -> bool {
    let known = unit.facts.table(table).and_then(|table| table.columns.get(column));
    let mut has_one = known.is_some_and(|column| column.default.is_some());
    unit.alterations(|alteration| {
        if let ast::AlterTableAction::AddColumn(add) = &alteration.action
            && alteration.at < at
            && alteration.table == table
            && add.column_name().is_some_and(|name| name.text() == column)
        {
            has_one |= add.constraints().any(|one| matches!(one, ast::Constraint::DefaultConstraint(_)));
        }
    });
    has_one
}

/// Whether a column that loses its default gets a counter of its own in the same transaction.
fn becomes_identity(unit: &Unit<'_>, table: &RelationName, column: &str, at: usize) -> bool {
    let mut does = false;
    unit.alterations(|alteration| {
        if let ast::AlterTableAction::AlterColumn(alter) = &alteration.action
            && let Some(ast::AlterColumnOption::AddGenerated(_)) = alter.option()
        {
            let is_it = alter.column_name_ref().is_some_and(|name| name.text() == column);
            does |= unit.in_transaction && alteration.at > at && alteration.table == table && is_it;
        }
    });
    does
}

/// Whether a statement renames a sequence that the same file drops under its new name, or is that drop: another counter takes
/// its place.
fn is_moved_sequence(unit: &Unit<'_>, at: usize) -> bool {
    let renamed = |at: usize| match words(unit.text(at)).as_slice() {
        [alter, sequence, .., rename, to, name] if alter == "alter" && sequence == "sequence" => {
            (rename == "rename" && to == "to").then(|| name.clone())
        }
        _ => None,
    };
    let dropped = |at: usize| match words(unit.text(at)).as_slice() {
        [drop, sequence, .., name] if drop == "drop" && sequence == "sequence" => Some(name.clone()),
        _ => None,
    };
    let count = unit.script.statements.len();
    match (renamed(at), dropped(at)) {
        (Some(name), _) => (at + 1..count).any(|later| dropped(later).as_ref() == Some(&name)),
        (None, Some(name)) => (0..at).any(|earlier| renamed(earlier).as_ref() == Some(&name)),
        (None, None) => false,
    }
}

/// The words of a statement, without what is between them.
fn words(text: &str) -> Vec<String> {
    let words = tokens(text, Dialect::Postgres).filter(|token| !token.is_blank() && !token.is_symbol(";"));
    words
        .map(|token| if token.text.starts_with('"') { token.text.to_owned() } else { token.text.to_lowercase() })
        .collect()
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
