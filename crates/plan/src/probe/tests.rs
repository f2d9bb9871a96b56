//! Which questions are asked, and which have no answer yet.

use super::*;
use crate::model::{Action, Check, Domain, Enum, ForeignKey, Generated, Match};
use crate::operation::{
    AddCheck, AddForeignKey, CreateEnum, CreateTable, DropColumn, DropEnumValue, DropTable, RenameEnum,
};

fn domain() -> Domain {
    Domain::new("d").unwrap()
}

fn column(data_type: DataType) -> Column {
    Column::new(data_type, true)
}

/// Tickets with a status, a size and an owner.
fn schema() -> Schema {
    let mut ticket = Table::new(domain(), "ticket");
    ticket.columns.insert("status".into(), column(DataType::Enum("status".into())));
    ticket.columns.insert("size".into(), column(DataType::Text));
    ticket.columns.insert("owner".into(), column(DataType::Bigint));
    let values = vec!["new".into(), "old".into()];
    let status = Enum { domain: domain(), schema: None, values, comment: None };
    let (tables, enums) = ([("ticket".into(), ticket)].into(), [("status".into(), status)].into());
    Schema { tables, enums, ..Schema::default() }
}

fn asked(operations: &[Operation]) -> Vec<String> {
    probes(&schema(), operations)
        .into_iter()
        .flatten()
        .map(|probe| format!("{:?} {}", probe.severity, probe.text))
        .collect()
}

fn retyped() -> Operation {
    let (table, name) = ("ticket".into(), "size".into());
    AlterColumn { table, column: name, definition: column(DataType::Bigint), backfill: None, using: None }.into()
}

#[test]
fn a_check_over_a_column_that_changes_before_it_is_not_counted() {
    let check = Check { expression: "size > 0".into() };
    let add: Operation = AddCheck { table: "ticket".into(), name: "large".into(), definition: check }.into();
    assert_eq!(asked(std::slice::from_ref(&add)), ["Fails rows of ticket that would violate large"]);
    let among = asked(&[retyped(), add]);
    assert_eq!(among.len(), 1, "{among:?}");
    assert!(among[0].contains("ticket.size"), "{among:?}");
}

#[test]
fn a_value_in_a_column_that_goes_first_is_in_nobody_s_way() {
    let value: Operation = DropEnumValue { key: "status".into(), value: "old".into() }.into();
    assert_eq!(asked(std::slice::from_ref(&value)), ["Fails rows with the value old of status in ticket.status"]);
    let column = DropColumn { table: "ticket".into(), column: "status".into() }.into();
    assert_eq!(asked(&[column, value]), ["Loses values of ticket.status"]);
}

#[test]
fn a_value_of_an_enum_that_changes_its_name_before_is_counted_under_the_name_of_now() {
    let rename = |from: &str, to: &str| Operation::from(RenameEnum { from: from.into(), to: to.into() });
    let value: Operation = DropEnumValue { key: "state".into(), value: "old".into() }.into();
    let counted = "Fails rows with the value old of status in ticket.status";
    assert_eq!(asked(&[rename("status", "spare"), rename("spare", "state"), value.clone()]), [counted]);
    // Another one got its name, and nothing has that type.
    let other = Enum { domain: domain(), schema: None, values: vec!["old".into()], comment: None };
    let create = CreateEnum { key: "status".into(), definition: other };
    let value_of_new: Operation = DropEnumValue { key: "status".into(), value: "old".into() }.into();
    assert_eq!(asked(&[rename("status", "state"), create.into(), value_of_new, value]), [counted]);
}

#[test]
fn a_table_that_comes_back_is_empty() {
    let definition = ForeignKey {
        columns: vec!["owner".into()],
        table: "person".into(),
        references: vec!["id".into()],
        on_delete: Action::NoAction,
        on_update: Action::NoAction,
        deferrable: None,
        match_type: Match::Simple,
    };
    let create = CreateTable { key: "person".into(), definition: Table::new(domain(), "person") }.into();
    let add: Operation = AddForeignKey { table: "ticket".into(), name: "key".into(), definition }.into();
    let found = probes(&schema(), &[create, add.clone()]).remove(1);
    assert_eq!(found, probes(&schema(), &[add]).concat());
    assert_eq!(found[0].count_sql, "SELECT count(*) FROM \"ticket\" AS c WHERE c.\"owner\" IS NOT NULL");
}

#[test]
fn what_becomes_computed_is_lost_and_fails_nowhere() {
    let generated = Some(Generated { expression: "owner + 1".into(), stored: true });
    let definition = Column { generated, ..column(DataType::Uuid) };
    let (table, column) = ("ticket".into(), "owner".into());
    let alter = AlterColumn { table, column, definition, backfill: None, using: None }.into();
    assert_eq!(asked(&[alter]), ["Loses values of ticket.owner, which becomes computed"]);
}

#[test]
fn nothing_is_asked_of_a_table_twice_that_went() {
    let drop = Operation::from(DropTable::new("ticket"));
    assert_eq!(asked(&[drop.clone(), drop]), ["Loses rows of ticket"]);
}

#[test]
fn one_is_a_row_and_two_are_rows() {
    let probe = probes(&schema(), &[DropTable::new("ticket").into()]).concat().remove(0);
    assert_eq!(probe.counted(0), "0 rows of ticket");
    assert_eq!(probe.counted(1), "1 row of ticket");
    assert_eq!(probe.counted(2), "2 rows of ticket");
}
