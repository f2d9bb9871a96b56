//! The points where the SQL is not the obvious one, each tried on PostgreSQL 15.
//!
//! Whole migrations are golden cases; here is what they would hide.

mod column;
mod enumeration;
mod foreign_key;
mod view;

use super::script;
use crate::{
    model::{Action, Column, DataType, DefaultValue, Domain, ForeignKey, Match, PrimaryKey, Schema, Table},
    operation::{AddColumn, AlterColumn, CreateTable, Operation, apply_all, inverse},
};

fn domain() -> Domain {
    Domain::new("d").unwrap()
}

fn column(data_type: DataType) -> Column {
    Column::new(data_type, false)
}

fn with_default(data_type: DataType, sql: &str) -> Column {
    Column { default: Some(DefaultValue::Expression(sql.into())), ..column(data_type) }
}

fn table(name: &str, columns: &[(&str, Column)]) -> Table {
    let mut table = Table::new(domain(), name);
    table.columns.extend(columns.iter().map(|(name, column)| ((*name).to_owned(), column.clone())));
    let columns = table.columns.keys().take(1).cloned().collect();
    table.primary_key = Some(PrimaryKey { name: format!("{name}_pkey"), columns });
    table
}

fn reference(column: &str, target: &str, references: &str) -> ForeignKey {
    ForeignKey {
        columns: vec![column.into()],
        table: target.into(),
        references: vec![references.into()],
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        deferrable: None,
        match_type: Match::Simple,
    }
}

fn create(table: Table) -> Operation {
    CreateTable { key: table.name.clone(), definition: table }.into()
}

fn add(column: &str, definition: Column, backfill: &str) -> Operation {
    let backfill = Some(backfill.to_owned());
    AddColumn { table: "ticket".into(), column: column.into(), definition, backfill }.into()
}

fn alter(column: &str, definition: Column) -> Operation {
    AlterColumn { table: "ticket".into(), column: column.into(), definition, backfill: None, using: None }.into()
}

fn schema(tables: &[Table]) -> Schema {
    apply_all(&Schema::default(), &tables.iter().cloned().map(create).collect::<Vec<_>>()).unwrap()
}

#[track_caller]
fn check(before: &Schema, operations: &[Operation], expected: &[&str]) {
    let script = script(before, operations).unwrap();
    let statements: Vec<_> = script.blocks.into_iter().flat_map(|block| block.statements).map(shown).collect();
    assert_eq!(statements, expected);
}

/// Of a `DO` block only the line that says what it is for: the whole of it is in golden cases, tried on a server.
fn shown(statement: String) -> String {
    let telling = |line: &&str| line.contains("RAISE EXCEPTION") || line.contains("EXECUTE");
    match statement.strip_prefix("DO $$").and_then(|body| body.lines().find(telling)) {
        Some(line) => format!("DO: {}", line.trim()),
        None => statement,
    }
}

#[track_caller]
fn check_down(before: &Schema, operations: &[Operation], expected: &[&str]) {
    check(&apply_all(before, operations).unwrap(), &inverse(before, operations).unwrap(), expected);
}
