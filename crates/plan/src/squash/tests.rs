//! What operations amount to, and merged migrations as one script.

use super::*;
use crate::{
    model::{Column, DataType, Domain, Enum, Table},
    operation::{AddColumn, AddEnumValue, AlterColumn, CreateEnum, CreateTable, DropColumn, RenameColumn},
    record::Record,
};

fn before() -> Schema {
    let mut table = Table::new(Domain::new("d").unwrap(), "ticket");
    table.columns.insert("title".into(), Column::new(DataType::Text, false));
    Schema { tables: [("ticket".to_owned(), table)].into(), ..Schema::default() }
}

fn add(column: &str, backfill: Option<&str>) -> Operation {
    let definition = Column::new(DataType::Integer, backfill.is_none());
    let backfill = backfill.map(str::to_owned);
    AddColumn { table: "ticket".into(), column: column.into(), definition, backfill }.into()
}

fn rename(from: &str, to: &str) -> Operation {
    RenameColumn { table: "ticket".into(), from: from.into(), to: to.into() }.into()
}

fn short(operations: &[Operation]) -> Vec<String> {
    let found = squash(Dialect::Postgres, &before(), operations).unwrap();
    assert_eq!(apply_all(&before(), &found), apply_all(&before(), operations));
    found.iter().map(|operation| operation.change().describe()).collect()
}

#[test]
fn added_and_dropped_is_nothing_and_a_chain_of_renames_is_one() {
    let drop = DropColumn { table: "ticket".into(), column: "a".into() };
    assert_eq!(short(&[add("a", None), drop.into()]), [""; 0]);
    assert_eq!(short(&[rename("title", "name"), rename("name", "label")]), ["rename column title of ticket to label"]);
}

#[test]
fn what_is_added_and_renamed_is_added_under_its_last_name() {
    assert_eq!(short(&[add("a", None), rename("a", "b")]), ["add column b to ticket"]);
}

#[test]
fn created_and_altered_is_created() {
    let mut table = Table::new(Domain::new("d").unwrap(), "note");
    table.columns.insert("text".into(), Column::new(DataType::Text, false));
    let create = CreateTable { key: "note".into(), definition: table };
    let (definition, column) = (Column::new(DataType::Text, true), "text".to_owned());
    let alter = AlterColumn { table: "note".into(), column, definition, backfill: None, using: None };
    assert_eq!(short(&[create.into(), alter.into()]), ["create table note"]);
}

#[test]
fn values_for_rows_are_kept_and_two_for_one_column_go_the_long_way() {
    assert_eq!(short(&[add("a", Some("1")), add("b", None)]), ["add column a to ticket", "add column b to ticket"]);
    let (definition, column) = (Column::new(DataType::Bigint, false), "a".to_owned());
    let again = AlterColumn { table: "ticket".into(), column, definition, backfill: Some("2".into()), using: None };
    assert_eq!(short(&[add("a", Some("1")), again.into()]).len(), 2);
}

/// A migration per list of operations, the SQL by hand where it is given.
fn stands(dialect: Dialect, all: &[(Vec<Operation>, Option<ByHand<'_>>)]) -> Result<String, String> {
    let records: Vec<Record> = all.iter().map(|(operations, _)| Record::new(1, dialect, operations.clone())).collect();
    let names: Vec<String> = (1..=all.len()).map(|number| format!("{number:04}_m")).collect();
    let originals: Vec<Original<'_>> =
        (0..all.len()).map(|at| Original { name: &names[at], record: &records[at], by_hand: all[at].1 }).collect();
    let record = Record { replaces: names.clone(), ..Record::new(9, dialect, Vec::new()) };
    let made = stand_in(&record, &Schema::default(), &originals).map_err(|unfit| unfit.to_string())?;
    assert!(!made.files.up.contains("TABLE") && made.files.metadata.is_none());
    Ok(made.files.squashed.unwrap())
}

fn by_hand(up: &str) -> Option<ByHand<'_>> {
    Some(ByHand { up, in_transaction: true })
}

fn ticket() -> Vec<Operation> {
    let (key, table) = before().tables.pop_first().unwrap();
    vec![CreateTable { key, definition: table }.into()]
}

fn state() -> Vec<Operation> {
    let definition =
        Enum { domain: Domain::new("d").unwrap(), schema: None, values: vec!["open".into()], comment: None };
    vec![CreateEnum { key: "state".into(), definition }.into()]
}

fn closed() -> Vec<Operation> {
    vec![AddEnumValue { key: "state".into(), value: "closed".into(), before: None }.into()]
}

#[test]
fn stretches_are_folded_and_sql_by_hand_stands_between_them() {
    let all = [
        (ticket(), None),
        (vec![add("a", None)], None),
        (Vec::new(), by_hand("UPDATE \"ticket\" SET a = 1 -- all")),
        (vec![add("b", None)], None),
        (Vec::new(), by_hand("SELECT 2;\n")),
    ];
    let script = stands(Dialect::Postgres, &all).unwrap();
    let order = ["CREATE TABLE \"ticket\"", "\"a\"", "-- 0003_m", "-- all\n;\n", "ADD COLUMN \"b\"", "SELECT 2;\n"];
    let places: Vec<usize> =
        order.iter().map(|text| script.find(text).unwrap_or_else(|| panic!("{text}: {script}"))).collect();
    assert!(places.is_sorted(), "{script}");
    assert_eq!(script.matches("SELECT 1").count(), 0);
}

#[test]
fn what_sql_by_hand_sets_is_taken_back_or_refused() {
    let all = |up| [(Vec::new(), by_hand(up)), (ticket(), None)];
    let script =
        stands(Dialect::Postgres, &all("SET LOCAL lock_timeout = '2s'; SET CONSTRAINTS ALL DEFERRED;")).unwrap();
    assert!(script.contains("\nRESET lock_timeout;\n") && script.matches("RESET").count() == 1, "{script}");
    for (dialect, up) in [(Dialect::Postgres, "SET ROLE admin"), (Dialect::Sqlite, "PRAGMA defer_foreign_keys = ON")] {
        let refused = stands(dialect, &all(up)).unwrap_err();
        assert!(refused.contains("0001_m") && refused.contains(up), "{refused}");
        let last = [(ticket(), None), (Vec::new(), by_hand(up))];
        assert!(stands(dialect, &last).is_ok());
    }
}

#[test]
fn what_one_transaction_cannot_do_is_named() {
    let outside = Some(ByHand { up: "VACUUM", in_transaction: false });
    let refused = stands(Dialect::Postgres, &[(ticket(), None), (Vec::new(), outside)]).unwrap_err();
    assert!(refused.contains("`0002_m`") && refused.contains("transaction"), "{refused}");

    // From nothing they become one type.
    let together = stands(Dialect::Postgres, &[(state(), None), (closed(), None)]).unwrap();
    assert!(together.contains("'closed'") && !together.contains("ALTER TYPE"), "{together}");
    let apart = |up| {
        stands(
            Dialect::Postgres,
            &[(state(), None), (vec![], by_hand("SELECT 1")), (closed(), None), (vec![], by_hand(up))],
        )
    };
    assert!(apart("SELECT 'open'::state").is_ok());
    let refused = apart("SELECT 'closed'::state").unwrap_err();
    assert!(refused.contains("`0003_m`") && refused.contains("closed"), "{refused}");

    let definition = Column::new(DataType::Text, true);
    let alter = AlterColumn { table: "ticket".into(), column: "title".into(), definition, backfill: None, using: None };
    let refused =
        stands(Dialect::Sqlite, &[(ticket(), None), (vec![], by_hand("SELECT 1")), (vec![alter.into()], None)]);
    let refused = refused.unwrap_err();
    assert!(refused.contains("`0003_m`") && refused.contains("rebuilds"), "{refused}");
}
