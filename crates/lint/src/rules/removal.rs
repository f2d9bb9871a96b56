//! What goes with something that is dropped, and what is dropped without being named: H26, H27. Must not look at locks.

use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode, NameLike},
};

use makemigrations_plan::graph::names_column;
use makemigrations_sql::{Dialect, tokens};

use crate::{
    lock,
    name::{RelationName, listed},
    unit::{Hit, Unit},
};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    cascade(unit, found);
    types(unit, found);
    lost(unit, found);
}

/// `CASCADE` of any `DROP` or `REVOKE`-like statement but `TRUNCATE`, which is a rule of its own.
fn cascade(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        let is_drop = tokens(unit.text(at), Dialect::Postgres)
            .find(|token| !token.is_blank())
            .is_some_and(|word| word.is_word("drop") || word.is_word("alter"));
        if !is_drop {
            continue;
        }
        let cascades = statement.node.syntax().descendants().filter(|node| node.kind() == SyntaxKind::CASCADE);
        for node in cascades.filter(|node| !is_action_of_key(node)) {
            found.push(unit.hit_in("ban-cascade", at, &node));
        }
    }
}

/// `ON DELETE CASCADE` drops nothing.
fn is_action_of_key(node: &squawk_syntax::SyntaxNode) -> bool {
    node.ancestors().any(|above| {
        ast::ForeignKeyConstraint::can_cast(above.kind()) || ast::ReferencesConstraint::can_cast(above.kind())
    })
}

fn types(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        match &statement.node {
            ast::Stmt::DropType(_) => found.push(unit.hit("ban-drop-type", at)),
            ast::Stmt::DropDomain(_) => found.push(unit.hit("ban-drop-domain", at)),
            _ => {}
        }
    }
    unit.alterations(|alteration| {
        if let ast::AlterTableAction::DropConstraint(drop) = &alteration.action {
            found.push(unit.hit_in("ban-drop-constraint", alteration.at, drop.syntax()));
        }
    });
}

/// What spans a column that goes, and was not dropped before.
fn lost(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    unit.alterations(|alteration| {
        let (at, name) = (alteration.at, alteration.table);
        let ast::AlterTableAction::DropColumn(drop) = &alteration.action else { return };
        let Some(column) = drop.column_name_ref().map(|column| column.text()) else { return };
        let Some(table) = unit.facts.table(name) else { return };
        let mut lost = Vec::new();
        for (index, definition) in &table.indexes {
            let columns: Vec<&str> = definition.column_names().collect();
            let others = columns.iter().any(|other| *other != column);
            let reads = definition.texts().any(|text| names_column(Dialect::Postgres, text, &column));
            let has_it = columns.contains(&column.as_str()) || definition.include.contains(&column);
            if (has_it && (others || definition.predicate.is_some())) || reads {
                lost.push(("index", index));
            }
        }
        for (unique, definition) in &table.unique {
            if definition.columns.len() > 1 && definition.columns.contains(&column) {
                lost.push(("unique constraint", unique));
            }
        }
        for (check, definition) in &table.checks {
            let reads = |other: &String| names_column(Dialect::Postgres, &definition.expression, other);
            if reads(&column) && table.columns.keys().any(|other| *other != column && reads(other)) {
                lost.push(("check", check));
            }
        }
        for (key, definition) in &table.foreign_keys {
            if definition.columns.len() > 1 && definition.columns.contains(&column) {
                lost.push(("foreign key", key));
            }
        }
        if let Some(key) = table.primary_key.as_ref().filter(|key| key.columns.contains(&column)) {
            lost.push(("primary key", &key.name));
        }
        lost.retain(|(_, lost)| !is_dropped(unit, at, name, lost));
        if lost.is_empty() {
            return;
        }
        let what: Vec<String> = lost.iter().map(|(kind, lost)| format!("{kind} `{lost}`")).collect();
        let message = format!("{} of {} goes silently with `{column}`", what.join(", "), listed(&[name]));
        found.push(unit.hit_in("drop-column-loses-dependents", at, drop.syntax()).says(message));
    });
}

/// Whether the file drops an index or constraint by name, before or in the same statement.
fn is_dropped(unit: &Unit<'_>, until: usize, table: &RelationName, name: &str) -> bool {
    let by_index = unit.statements().take(until + 1).any(|(_, statement)| match &statement.node {
        ast::Stmt::DropIndex(drop) => drop
            .index_refs()
            .any(|index| RelationName::of_reference(index.path_ref()).is_some_and(|index| index.name == name)),
        _ => false,
    });
    let mut by_constraint = false;
    unit.alterations(|alteration| {
        if let ast::AlterTableAction::DropConstraint(drop) = &alteration.action {
            let dropped = lock::constraint_name(drop.constraint_name_ref());
            by_constraint |= alteration.at <= until && alteration.table == table && dropped.as_deref() == Some(name);
        }
    });
    by_index || by_constraint
}
