//! Unique constraints and indexes.
//!
//! The planner makes a unique index of a unique constraint: a whole one over plain columns is read as the constraint.

use makemigrations_plan::model::name::{self, NameKind};
use makemigrations_plan::model::{Dialect, Index, IndexColumn, IndexTarget, Table, Unique};

use super::catalogue::{ElementRow, IndexRow};
use super::create_index;
use super::create_table::CreateTable;
use super::found::Found;

pub(super) fn read_all(found: &mut Found, table: &mut Table, rows: &[IndexRow], text: &CreateTable) {
    for row in rows {
        match row.origin.as_str() {
            "c" => read_index(found, table, row),
            "u" => read_unique(found, table, row, text),
            // The primary key's.
            _ => {}
        }
    }
}

/// `UNIQUE` of the table.
fn read_unique(found: &mut Found, table: &mut Table, row: &IndexRow, text: &CreateTable) {
    let columns: Vec<_> = row.elements.iter().filter_map(|element| element.column.clone()).collect();
    let same = |written: &[String]| {
        written.len() == columns.len() && written.iter().zip(&columns).all(|(a, b)| a.eq_ignore_ascii_case(b))
    };
    let given = text.unique.iter().filter(|unique| same(&unique.columns)).find_map(|unique| unique.name.as_ref());
    let name = match given {
        Some(given) => found.given(&table.name, given),
        None => found.names.automatic(NameKind::Unique, &table.name, &columns),
    };
    table.unique.insert(name, Unique { columns, nulls_not_distinct: false, deferrable: None, include: Vec::new() });
}

fn read_index(found: &mut Found, table: &mut Table, row: &IndexRow) {
    let text = found.indexes.get(&row.name).and_then(|sql| create_index::read(sql));
    let Some(text) = text.filter(|text| text.elements.len() == row.elements.len()) else {
        return found.unknown(format!("index `{}` of table `{}`", row.name, table.name));
    };
    let elements = row.elements.iter().zip(text.elements);
    let columns: Vec<_> = elements.map(|(row, expression)| element(table, row, expression)).collect();
    let plain: Option<Vec<_>> = columns.iter().map(plain).collect();
    let index = Index {
        columns,
        unique: row.is_unique,
        nulls_not_distinct: false,
        predicate: text.predicate,
        method: None,
        include: Vec::new(),
        with: std::collections::BTreeMap::new(),
    };
    match plain.filter(|_| index.unique && index.predicate.is_none()) {
        Some(columns) if !is_named_as_index(table, &row.name, &columns) => {
            let unique = Unique { columns, nulls_not_distinct: false, deferrable: None, include: Vec::new() };
            table.unique.insert(row.name.clone(), unique);
        }
        _ => {
            table.indexes.insert(row.name.clone(), index);
        }
    }
}

/// Whether the name is the one that a snapshot's index would get by itself.
fn is_named_as_index(table: &Table, name: &str, columns: &[String]) -> bool {
    name == name::automatic(Dialect::Sqlite, NameKind::Index, &table.name, columns)
}

fn plain(element: &IndexColumn) -> Option<String> {
    match &element.target {
        IndexTarget::Column(column) if *element == IndexColumn::plain(column.as_str()) => Some(column.clone()),
        IndexTarget::Column(_) | IndexTarget::Expression(_) => None,
    }
}

fn element(table: &Table, row: &ElementRow, expression: String) -> IndexColumn {
    let declared = row.column.as_ref().and_then(|column| table.columns.get(column)?.collation.as_deref());
    let collation = row.collation.to_ascii_uppercase();
    IndexColumn {
        target: row.column.clone().map_or(IndexTarget::Expression(expression), IndexTarget::Column),
        descending: row.is_descending,
        nulls: None,
        opclass: None,
        collation: (collation != declared.unwrap_or("BINARY")).then_some(collation),
    }
}
