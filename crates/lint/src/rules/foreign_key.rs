//! Foreign keys and the tables that they point at: H08, H09, H11, H12. Must not look at other constraints.

use squawk_syntax::ast::{self, AstNode, NameLike};

use crate::{
    lock,
    name::{RelationName, listed},
    unit::{Hit, Unit},
};

pub(crate) fn check(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    added(unit, found);
    created(unit, found);
    dropped(unit, found);
    unindexed(unit, found);
}

fn both(child: &RelationName, parents: Vec<RelationName>) -> Vec<RelationName> {
    let mut tables = vec![child.clone()];
    tables.extend(parents.into_iter().filter(|parent| parent != child));
    tables
}

/// On a table that is used: all rows are looked up. On a new one: the other table is locked all the same.
fn added(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    unit.alterations(|alteration| {
        let (at, table) = (alteration.at, alteration.table);
        let parents = lock::referenced(alteration.action.syntax());
        let is_validated = match &alteration.action {
            ast::AlterTableAction::AddConstraint(add) => {
                add.constraint().is_some_and(|constraint| !constraint.is_not_valid())
            }
            ast::AlterTableAction::AddColumn(_) => true,
            _ => return,
        };
        if parents.is_empty() {
            return;
        }
        if !unit.is_used(table, at) {
            locks_parents(unit, at, alteration.action.syntax(), table, parents, found);
        } else if is_validated {
            let tables = both(table, parents);
            let message = format!("writes to {} wait while every row is looked up", listed(&tables));
            let hit = unit.hit_in("adding-foreign-key-constraint", at, alteration.action.syntax());
            found.push(hit.says(message).about(tables));
        }
    });
}

fn created(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    for (at, statement) in unit.statements() {
        if let ast::Stmt::CreateTable(create) = &statement.node
            && let Some(table) = create.table_name().and_then(|name| RelationName::of_definition(name.path()))
        {
            locks_parents(unit, at, create.syntax(), &table, lock::referenced(create.syntax()), found);
        }
    }
}

fn locks_parents(
    unit: &Unit<'_>,
    at: usize,
    node: &squawk_syntax::SyntaxNode,
    table: &RelationName,
    mut parents: Vec<RelationName>,
    found: &mut Vec<Hit>,
) {
    parents.retain(|parent| parent != table && unit.is_used(parent, at));
    if parents.is_empty() {
        return;
    }
    let deadlock =
        if parents.len() > 1 { ", and a program that writes to them in another order meets a deadlock" } else { "" };
    let message =
        format!("writes to {} wait until the migration commits, although `{table}` is new{deadlock}", listed(&parents));
    found.push(unit.hit_in("foreign-key-locks-parent", at, node).says(message).about(parents));
}

/// What goes with a foreign key: reads and writes of the table that it points at wait as well.
fn dropped(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    let report = |at: usize, node: &squawk_syntax::SyntaxNode, table: &RelationName, parents: Vec<RelationName>| {
        let mut others: Vec<RelationName> = Vec::new();
        for parent in parents {
            if parent != *table && unit.is_used(&parent, at) && !others.contains(&parent) {
                others.push(parent);
            }
        }
        if others.is_empty() {
            return None;
        }
        let message = format!("reads and writes of {} wait as well, not only those of `{table}`", listed(&others));
        Some(unit.hit_in("drop-locks-parent", at, node).says(message).about(both(table, others)))
    };
    unit.alterations(|alteration| {
        let (at, table) = (alteration.at, alteration.table);
        let keys = || unit.facts.table(table).into_iter().flat_map(|table| table.foreign_keys.values());
        let parents: Vec<RelationName> = match &alteration.action {
            ast::AlterTableAction::DropConstraint(drop) => {
                lock::dropped_parent(drop, table, unit.facts).into_iter().collect()
            }
            ast::AlterTableAction::DropColumn(drop) => {
                let column = drop.column_name_ref().map(|column| column.text()).unwrap_or_default();
                keys().filter(|key| key.columns.contains(&column)).filter_map(|key| unit.facts.target(key)).collect()
            }
            _ => return,
        };
        found.extend(report(at, alteration.action.syntax(), table, parents));
    });
    let dropped_before = dropped_keys(unit);
    for (at, statement) in unit.statements() {
        let ast::Stmt::DropTable(drop) = &statement.node else { continue };
        for table in lock::targets(&statement.node, unit.facts) {
            let keys = unit.facts.table(&table).into_iter().flat_map(|table| &table.foreign_keys);
            let keys = keys.filter(|(name, _)| {
                !dropped_before.iter().any(|(when, other, dropped)| *when < at && *other == table && dropped == *name)
            });
            let parents = keys.filter_map(|(_, key)| unit.facts.target(key)).collect();
            found.extend(report(at, drop.syntax(), &table, parents));
        }
    }
}

/// The constraints that statements drop by name.
fn dropped_keys(unit: &Unit<'_>) -> Vec<(usize, RelationName, String)> {
    let mut dropped = Vec::new();
    unit.alterations(|alteration| {
        if let ast::AlterTableAction::DropConstraint(drop) = &alteration.action {
            let name = lock::constraint_name(drop.constraint_name_ref());
            dropped.extend(name.map(|name| (alteration.at, alteration.table.clone(), name)));
        }
    });
    dropped
}

/// A foreign key of columns that no index begins with.
fn unindexed(unit: &Unit<'_>, found: &mut Vec<Hit>) {
    let made = made_indexes(unit);
    let is_indexed = |table: &RelationName, columns: &[String]| {
        let begins = |indexed: &[String]| {
            indexed.len() >= columns.len() && columns.iter().all(|column| indexed[..columns.len()].contains(column))
        };
        let of_schema = unit.facts.table(table).is_some_and(|table| {
            let names =
                |index: &makemigrations_plan::model::Index| index.column_names().map(str::to_owned).collect::<Vec<_>>();
            table.primary_key.as_ref().is_some_and(|key| begins(&key.columns))
                || table.unique.values().any(|unique| begins(&unique.columns))
                || table.indexes.values().filter(|index| index.predicate.is_none()).any(|index| begins(&names(index)))
        });
        of_schema || made.iter().any(|(other, indexed)| other == table && begins(indexed))
    };
    let mut report = |at: usize, table: &RelationName, node: squawk_syntax::SyntaxNode, columns: Vec<String>| {
        if !columns.is_empty() && !is_indexed(table, &columns) {
            let message =
                format!("each change of a referenced row scans `{table}`: no index begins with {}", listed(&columns));
            found.push(unit.hit_in("foreign-key-without-index", at, &node).says(message).about(vec![table.clone()]));
        }
    };
    let mut each = |at: usize, table: &RelationName, node: &squawk_syntax::SyntaxNode| {
        for node in node.descendants() {
            if let Some(key) = ast::ForeignKeyConstraint::cast(node.clone()) {
                let columns = key.from_columns().into_iter().flat_map(|list| list.column_name_refs());
                report(at, table, node, columns.map(|column| column.text()).collect());
            } else if ast::ReferencesConstraint::can_cast(node.kind()) {
                let owner = node.ancestors().find_map(|above| {
                    let column = ast::Column::cast(above.clone()).and_then(|column| column.name());
                    column.or_else(|| ast::AddColumn::cast(above).and_then(|add| add.column_name()))
                });
                report(at, table, node, owner.map(|column| column.text()).into_iter().collect());
            }
        }
    };
    unit.alterations(|alteration| each(alteration.at, alteration.table, alteration.action.syntax()));
    for (at, statement) in unit.statements() {
        if let ast::Stmt::CreateTable(create) = &statement.node
            && let Some(table) = create.table_name().and_then(|name| RelationName::of_definition(name.path()))
        {
            each(at, &table, create.syntax());
        }
    }
}

/// The columns of the indexes, keys and unique constraints that the file itself makes.
fn made_indexes(unit: &Unit<'_>) -> Vec<(RelationName, Vec<String>)> {
    let mut made = Vec::new();
    let list = |node: &squawk_syntax::SyntaxNode| -> Vec<String> {
        let names = node.descendants().filter_map(|node| {
            ast::ColumnNameRef::cast(node.clone())
                .map(|name| name.text())
                .or_else(|| ast::NameRef::cast(node).map(|name| name.text()))
        });
        names.collect()
    };
    for (_, statement) in unit.statements() {
        match &statement.node {
            ast::Stmt::CreateIndex(index) if index.where_clause().is_none() => {
                if let (Some(table), Some(columns)) =
                    (RelationName::of_relation(index.table_relation_name()), index.partition_item_list())
                {
                    made.push((table, list(columns.syntax())));
                }
            }
            ast::Stmt::CreateTable(create) => {
                let Some(table) = create.table_name().and_then(|name| RelationName::of_definition(name.path())) else {
                    continue;
                };
                for node in create.syntax().descendants() {
                    made.extend(keyed(&node, &list).map(|columns| (table.clone(), columns)));
                }
            }
            _ => {}
        }
    }
    unit.alterations(|alteration| {
        for node in alteration.action.syntax().descendants() {
            made.extend(keyed(&node, &list).map(|columns| (alteration.table.clone(), columns)));
        }
    });
    made
}

fn keyed(
    node: &squawk_syntax::SyntaxNode,
    list: &impl Fn(&squawk_syntax::SyntaxNode) -> Vec<String>,
) -> Option<Vec<String>> {
    if !ast::PrimaryKeyConstraint::can_cast(node.kind()) && !ast::UniqueConstraint::can_cast(node.kind()) {
        return None;
    }
    let named = list(node);
    if !named.is_empty() {
        return Some(named);
    }
    let above = node.ancestors().find_map(|above| {
        let column = ast::Column::cast(above.clone()).and_then(|column| column.name());
        column.or_else(|| ast::AddColumn::cast(above).and_then(|add| add.column_name()))
    });
    above.map(|column| vec![column.text()])
}
