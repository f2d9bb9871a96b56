//! Changes of a column's type, and columns that something reads: H21, H22, H23, H32. Must not know how types are written
//! beyond their spelling.

use makemigrations_plan::{
    graph::names_column,
    hazard::Retyping,
    model::{DataType, Table},
    snapshot::known_type,
};
use makemigrations_sql::{Dialect, ReferenceRole, is_same_sql, references, tokens};
use squawk_syntax::ast::{self, AstNode, NameLike};

use super::column::constrained_domain;
use crate::{
    name::RelationName,
    unit::{Hit, Unit},
};

/// A change of a type, somewhere in the file.
struct Change {
    at: usize,
    table: RelationName,
    column: String,
    to: Option<DataType>,
    text: String,
    node: squawk_syntax::SyntaxNode,
}

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    let changes = changes(unit);
    for change in &changes {
        rewrites(unit, change, found);
        differs(unit, change, &changes, found);
    }
    dependents(unit, found);
    attributes(unit, found);
}

fn changes(unit: &Unit<'_>) -> Vec<Change> {
    let mut found = Vec::new();
    unit.alterations(|alteration| {
        let ast::AlterTableAction::AlterColumn(alter) = &alteration.action else { return };
        let (Some(ast::AlterColumnOption::SetType(set)), Some(column)) = (alter.option(), alter.column_name_ref())
        else {
            return;
        };
        let text = set.ty().map(|data_type| unit.text_of(data_type.syntax()).to_owned()).unwrap_or_default();
        found.push(Change {
            at: alteration.at,
            table: alteration.table.clone(),
            column: column.text(),
            to: spelled(unit, &text),
            text,
            node: alter.syntax().clone(),
        });
    });
    found
}

/// The type that a text means: built in, or an enum of the schema.
fn spelled(unit: &Unit<'_>, text: &str) -> Option<DataType> {
    let folded = text.to_lowercase();
    if let Some(known) = known_type(&folded) {
        return Some(known);
    }
    let (name, is_array) = folded.strip_suffix("[]").map_or((folded.as_str(), false), |name| (name, true));
    let plain = name.rsplit('.').next().unwrap_or(name).trim_matches('"');
    let key = unit.facts.before.enums.keys().find(|key| key.rsplit('.').next() == Some(plain))?;
    let data_type = DataType::Enum(key.clone());
    Some(if is_array { DataType::Array(Box::new(data_type)) } else { data_type })
}

/// The type that a column has where the statement runs, as far as it is recorded.
fn present(unit: &Unit<'_>, table: &RelationName, column: &str) -> Option<DataType> {
    Some(unit.facts.table(table)?.columns.get(column)?.data_type.storage())
}

fn rewrites(unit: &Unit<'_>, change: &Change, found: &mut Vec<Hit>) {
    let from = present(unit, &change.table, &change.column);
    if let (Some(from), Some(to)) = (&from, &change.to)
        && Retyping::between(from, to) == Retyping::InPlace
        && !is_made_here(unit, change)
    {
        return;
    }
    let Change { table, column, text, .. } = change;
    let domain = constrained_domain(unit, &text.to_lowercase());
    let why = match (&from, domain) {
        (_, Some(domain)) => format!("from `{}` to the constrained domain `{domain}`", shown(from.as_ref())),
        (Some(from), None) => format!("from `{from}` to `{text}`"),
        (None, None) => format!("to `{text}`"),
    };
    let message =
        format!("{why}: reads and writes of `{table}` wait while it and its indexes are written anew for `{column}`");
    let hit = unit.hit_in("changing-column-type", change.at, &change.node).says(message);
    found.push(if matches!((&from, &change.to), (Some(DataType::Enum(_)), Some(DataType::Enum(_)))) {
        hit.safely(
            "add values with `ALTER TYPE ... ADD VALUE`; to take one away, count the rows that have it and correct them first, \
             then go by a new column",
        )
    } else {
        hit
    });
}

/// Whether the new type is another one of the old name, which the file itself makes.
fn is_made_here(unit: &Unit<'_>, change: &Change) -> bool {
    let name =
        |text: &str| text.rsplit('.').next().unwrap_or(text).trim_end_matches("[]").trim_matches('"').to_lowercase();
    unit.statements().take(change.at).any(|(at, statement)| {
        let is_type = matches!(statement.node, ast::Stmt::CreateType(_));
        let mut words = tokens(unit.text(at), Dialect::Postgres).filter(|token| !token.is_blank());
        let before_body = words.by_ref().take_while(|word| !word.is_word("as")).last();
        is_type && before_body.is_some_and(|made| name(made.text) == name(&change.text))
    })
}

fn shown(data_type: Option<&DataType>) -> String {
    data_type.map_or_else(|| "its type".to_owned(), ToString::to_string)
}

/// The two ends of a foreign key get different types.
fn differs(unit: &Unit<'_>, change: &Change, changes: &[Change], found: &mut Vec<Hit>) {
    let Some(to) = change.to.as_ref().map(DataType::storage) else { return };
    let becomes = |table: &RelationName, column: &str| {
        let later = changes.iter().rev().find(|other| other.table == *table && other.column == column);
        match later {
            Some(other) => other.to.as_ref().map(DataType::storage),
            None => present(unit, table, column),
        }
    };
    let mut others: Vec<(RelationName, String)> = Vec::new();
    for (child, _, key) in unit.facts.references_to(&change.table) {
        let pairs = key.columns.iter().zip(&key.references);
        others
            .extend(pairs.filter(|(_, target)| **target == change.column).map(|(own, _)| (child.clone(), own.clone())));
    }
    for key in unit.facts.table(&change.table).into_iter().flat_map(|table| table.foreign_keys.values()) {
        let Some(target) = unit.facts.target(key) else { continue };
        let pairs = key.columns.iter().zip(&key.references);
        others
            .extend(pairs.filter(|(own, _)| **own == change.column).map(|(_, other)| (target.clone(), other.clone())));
    }
    let wrong = others.into_iter().find(|(table, column)| becomes(table, column).is_some_and(|other| other != to));
    let Some((table, column)) = wrong else { return };
    let other = becomes(&table, &column);
    let message = format!(
        "`{}.{}` becomes `{to}`, and `{table}.{column}`, at the other end of a foreign key, is `{}`: the first value beyond the \
         smaller one fails",
        change.table,
        change.column,
        shown(other.as_ref())
    );
    let mut tables = vec![change.table.clone()];
    tables.extend((table != change.table).then_some(table));
    found.push(unit.hit_in("foreign-key-type-differs", change.at, &change.node).says(message).about(tables));
}

/// What reads a column that changes its type or goes, and is still there then.
fn dependents(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    unit.alterations(|alteration| {
        let (column, goes) = match &alteration.action {
            ast::AlterTableAction::AlterColumn(alter) => {
                if !matches!(alter.option(), Some(ast::AlterColumnOption::SetType(_))) {
                    return;
                }
                (alter.column_name_ref(), false)
            }
            ast::AlterTableAction::DropColumn(drop) => (drop.column_name_ref(), true),
            _ => return,
        };
        let Some(column) = column.map(|column| column.text()) else { return };
        let Some(table) = unit.facts.table(alteration.table) else { return };
        if !table.columns.contains_key(&column) {
            return;
        }
        let reader = reader(unit, alteration.at, alteration.table, table, &column, goes);
        if let Some(reader) = reader {
            let message =
                format!("{reader} reads `{}.{column}`, and the statement fails as long as it does", alteration.table);
            found.push(unit.hit_in("column-has-dependents", alteration.at, alteration.action.syntax()).says(message));
        }
    });
}

fn reader(unit: &Unit<'_>, at: usize, name: &RelationName, table: &Table, column: &str, goes: bool) -> Option<String> {
    let names_table = |text: &str| {
        let mut found = references(text, Dialect::Postgres).into_iter();
        found.any(|reference| reference.role == ReferenceRole::Relation && reference.name == name.name)
    };
    let is_dropped = |words: &[&str], name: &str| {
        unit.statements().take(at).any(|(at, _)| {
            let mut found = tokens(unit.text(at), Dialect::Postgres).filter(|token| !token.is_blank());
            let starts = words.iter().all(|word| found.next().is_some_and(|token| token.is_word(word)));
            starts && found.any(|token| token.text.trim_matches('"') == name)
        })
    };
    let view = unit.facts.before.views.values().find(|view| {
        let kind: &[&str] = if view.materialized { &["drop", "materialized", "view"] } else { &["drop", "view"] };
        names_table(&view.query)
            && names_column(Dialect::Postgres, &view.query, column)
            && !is_dropped(kind, &view.name)
    });
    if let Some(view) = view {
        return Some(format!("the view `{}`", view.name));
    }
    let reads = |other: &&String| {
        let generated = table.columns[*other].generated.as_ref();
        *other != column
            && generated.is_some_and(|generated| names_column(Dialect::Postgres, &generated.expression, column))
    };
    let is_gone = |other: &String| {
        let mut gone = false;
        unit.alterations(|alteration| {
            let is_drop = match &alteration.action {
                ast::AlterTableAction::DropColumn(drop) => drop.column_name_ref().map(|name| name.text()),
                ast::AlterTableAction::AlterColumn(alter) => match alter.option() {
                    Some(ast::AlterColumnOption::DropExpression(_)) => alter.column_name_ref().map(|name| name.text()),
                    _ => None,
                },
                _ => None,
            };
            gone |= alteration.at <= at && alteration.table == name && is_drop.as_ref() == Some(other);
        });
        gone
    };
    // A computed column goes with what it reads, and refuses only a change of its type.
    if let Some(other) = table.columns.keys().filter(|_| !goes).filter(reads).find(|other| !is_gone(other)) {
        return Some(format!("the computed column `{other}`"));
    }
    // Of functions only the text is known, and PostgreSQL does not know more.
    let object = unit.facts.before.objects.iter().find(|(_, object)| {
        let mut words = tokens(&object.create, Dialect::Postgres).filter(|token| !token.is_blank()).skip(1).take(3);
        let kind = words.find(|word| word.is_word("policy") || word.is_word("trigger"));
        let is_kept = !unit
            .statements()
            .take(at)
            .any(|(at, _)| is_same_sql(unit.text(at), object.drop.trim_end_matches(';'), Dialect::Postgres));
        kind.is_some()
            && is_kept
            && names_table_anywhere(&object.create, &name.name)
            && names_column(Dialect::Postgres, &object.create, column)
    });
    object.map(|(key, _)| format!("`{key}`"))
}

/// `ON table` of a trigger or a policy.
fn names_table_anywhere(text: &str, table: &str) -> bool {
    let words: Vec<_> = tokens(text, Dialect::Postgres).filter(|token| !token.is_blank()).collect();
    words.windows(4).any(|words| {
        words[0].is_word("on") && words[1..].iter().any(|word| word.text.trim_matches('"').eq_ignore_ascii_case(table))
    })
}

/// An attribute of a composite type: whatever uses the type is written anew.
fn attributes(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        if let ast::Stmt::AlterType(alter) = &statement.node
            && let Some(ast::AlterTypeAction::AlterTypeAttributeActionList(list)) = alter.action()
        {
            for action in list.actions() {
                if let ast::AlterTypeAttributeAction::AlterAttribute(node) = action {
                    let message = "programs that run now read the attribute as its old type, and tables that use the type refuse it";
                    found.push(unit.hit_in("changing-column-type", at, node.syntax()).says(message));
                }
            }
        }
    }
}
