//! A table: columns, primary key, checks and options.
//!
//! Indexes and foreign keys have files of their own.

use std::collections::BTreeSet;

use makemigrations_plan::model::name::NameKind;
use makemigrations_plan::model::{Check, Column, DataType, Generated, Identity, PrimaryKey, Table};

use super::catalogue::{ColumnRow, TableKind};
use super::create_table::{CheckText, ColumnText, CreateTable};
use super::found::Found;
use super::lexer::pieces;
use super::{data_type, default};
use crate::domain;

/// SQLite's own collations; those of an application are not in the database.
const COLLATIONS: [&str; 3] = ["BINARY", "NOCASE", "RTRIM"];

pub(super) fn read(found: &mut Found, name: &str, kind: &TableKind, rows: &[ColumnRow], text: &CreateTable) -> Table {
    let mut table = Table::new(domain(), name);
    let mut key: Vec<_> = rows.iter().filter(|row| row.key > 0).collect();
    key.sort_by_key(|row| row.key);
    for row in rows {
        let column = column(found, name, row, key.len() == 1, text.columns.get(&row.name.to_ascii_lowercase()));
        table.columns.insert(row.name.clone(), column);
    }
    if !key.is_empty() {
        check_required(found, name, kind, &key);
        let name = match &text.primary_key {
            Some(given) => found.given(name, given),
            None => found.names.automatic::<&str>(NameKind::PrimaryKey, name, &[]),
        };
        table.primary_key = Some(PrimaryKey { name, columns: key.iter().map(|row| row.name.clone()).collect() });
    }
    for check in &text.checks {
        let name = check_name(found, &table, check);
        table.checks.insert(name, Check { expression: check.expression.clone() });
    }
    for beyond in &text.beyond {
        found.unknown(format!("{beyond} of table `{name}`"));
    }
    let options = [("STRICT", kind.is_strict), ("WITHOUT ROWID", kind.is_without_rowid)];
    let options: Vec<_> = options.into_iter().filter(|(_, is_set)| *is_set).map(|(option, _)| option).collect();
    table.options = (!options.is_empty()).then(|| options.join(", "));
    table
}

fn column(found: &mut Found, table: &str, row: &ColumnRow, is_only_key: bool, text: Option<&ColumnText>) -> Column {
    let is_key = row.key > 0;
    if row.declared.is_empty() {
        found.unknown(format!("column `{table}.{}` without a type", row.name));
    }
    let data_type = data_type::read(&row.declared, is_key && is_only_key);
    let mut column = Column::new(data_type, !row.is_required && !is_key);
    let is_generated = row.hidden >= 2;
    if let Some(default) = row.default.as_deref().filter(|_| !is_generated) {
        column.default = Some(default::read(default, &column.data_type));
    }
    let Some(text) = text else { return column };
    column.identity = text.counts.then_some(Identity::AutoIncrement);
    column.generated = text.generated.clone().map(|expression| Generated { expression, stored: row.hidden == 3 });
    if let Some(name) = &text.collation {
        let known = COLLATIONS.into_iter().find(|known| known.eq_ignore_ascii_case(name));
        let has_collation = matches!(
            column.data_type,
            DataType::Text | DataType::Varchar(_) | DataType::Char(_) | DataType::Sql { .. }
        );
        match known.filter(|_| has_collation) {
            Some(known) => column.collation = Some(known.to_owned()),
            None => found.unknown(format!("collation `{name}` of column `{table}.{}`", row.name)),
        }
    }
    column
}

/// A snapshot's primary key has no `NULL`; SQLite lets it in unless told otherwise, but for the row's own number.
fn check_required(found: &mut Found, table: &str, kind: &TableKind, key: &[&ColumnRow]) {
    let is_row_number = key.len() == 1 && key[0].declared.eq_ignore_ascii_case("integer");
    if is_row_number || kind.is_without_rowid {
        return;
    }
    for row in key.iter().filter(|row| !row.is_required) {
        found.unknown(format!("`NULL` in column `{table}.{}`, which is part of the primary key", row.name));
    }
}

/// A check without a name gets that of the first column that it names, wherever it stands: written anew it may stand
/// elsewhere.
fn check_name(found: &mut Found, table: &Table, check: &CheckText) -> String {
    if let Some(given) = &check.name {
        return found.given(&table.name, given);
    }
    let named: BTreeSet<_> =
        pieces(&check.expression).iter().filter_map(|piece| Some(piece.name()?.to_ascii_lowercase())).collect();
    let mut columns = table.columns.keys();
    let column = columns.find(|column| named.contains(&column.to_ascii_lowercase()));
    let columns: Vec<_> = column.into_iter().collect();
    found.names.automatic(NameKind::Check, &table.name, &columns)
}
