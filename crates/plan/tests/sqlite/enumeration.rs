//! Enums: their values appear, go and are renamed in every table that has them.

use makemigrations_plan::{
    model::{Action, Column, DataType, DefaultValue, Enum},
    operation::{
        AddEnumValue, AlterColumn, CreateEnum, DropEnumValue, Operation, RenameEnum, RenameEnumValue, SetEnumValues,
    },
};

use crate::support::*;

const REBUILT: (Ran, Ran) = (Ran::OnItsOwn, Ran::OnItsOwn);

fn status() -> Column {
    Column { default: Some(DefaultValue::Text("new".into())), ..column(DataType::Enum("status".into())) }
}

fn tickets() -> Database {
    let values = ["new", "open", "closed"].map(str::to_owned).to_vec();
    let definition = Enum { domain: domain(), schema: None, values, comment: None };
    let mut database = Database::new([]);
    let ticket = indexed(table("ticket", &[("status", status()), ("title", text())]), "status");
    let task = references(
        table("task", &[("status", nullable(status())), ("ticket", integer())]),
        "ticket",
        "ticket",
        Action::Cascade,
    );
    database.up(&[CreateEnum { key: "status".into(), definition }.into(), create(ticket), create(task)]);
    database.execute("INSERT INTO ticket (status, title) VALUES ('new', 'a'), ('open', 'b'), ('closed', 'c')");
    database.execute("INSERT INTO task (status, ticket) VALUES ('open', 1), (NULL, 2)");
    database
}

fn rename(from: &str, to: &str) -> Operation {
    RenameEnumValue { key: "status".into(), from: from.into(), to: to.into() }.into()
}

fn set(values: &[&str]) -> Operation {
    SetEnumValues { key: "status".into(), values: values.iter().map(|value| (*value).to_owned()).collect() }.into()
}

#[test]
fn the_enum_s_own_name_is_written_nowhere() {
    let mut database = tickets();
    let rename = RenameEnum { from: "status".into(), to: "state".into() };
    assert_eq!(database.up_and_down(&[rename.clone().into()]), (Ran::InTransaction, Ran::InTransaction));
    let value = AddEnumValue { key: "state".into(), value: "late".into(), before: None };
    let operations = [add_column("task", "note", text(), Some("''")), rename.into(), value.into()];
    assert_eq!(database.up_and_down(&operations), REBUILT);
    database.up(&operations);
    database.execute("UPDATE task SET status = 'late'; UPDATE ticket SET status = 'late'");
}

#[test]
fn rows_defaults_and_checks_follow_a_renamed_value() {
    let mut database = tickets();
    assert_eq!(database.up_and_down(&[rename("new", "fresh")]), REBUILT);
    database.up(&[rename("new", "fresh")]);
    assert_eq!(database.rows("SELECT status FROM ticket ORDER BY id"), "fresh\nopen\nclosed");
    database.execute("INSERT INTO ticket (title) VALUES ('d')");
    assert_eq!(database.rows("SELECT status FROM ticket WHERE title = 'd'"), "fresh");
    assert!(database.refused("UPDATE ticket SET status = 'new'").contains("CHECK"));
    assert_eq!(database.rows("SELECT status FROM task"), "open\nNULL");
}

#[test]
fn values_swap_their_names() {
    let mut database = tickets();
    let operations = [rename("new", "between"), rename("open", "new"), rename("between", "open")];
    assert_eq!(database.up_and_down(&operations), REBUILT);
    database.up(&operations);
    assert_eq!(database.rows("SELECT status FROM ticket ORDER BY id"), "open\nnew\nclosed");
    assert_eq!(database.rows("SELECT status FROM task"), "new\nNULL");
}

#[test]
fn other_changes_see_the_new_label() {
    let mut database = tickets();
    let mut alter = alter_column("ticket", "title", text());
    alter.using = Some("status || ' ' || title".into());
    let operations = [
        add_column("task", "was", text(), Some("(SELECT status FROM ticket WHERE ticket.id = task.ticket)")),
        rename("new", "fresh"),
        alter.into(),
        add_column("ticket", "before", status(), Some("'fresh'")),
        add_column("task", "is", text(), Some("(SELECT status FROM ticket WHERE ticket.id = task.ticket)")),
        alter_column("task", "status", nullable(text())).into(),
    ];
    database.up(&operations);
    assert_eq!(database.rows("SELECT title, before FROM ticket"), "fresh a|fresh\nopen b|fresh\nclosed c|fresh");
    assert_eq!(database.rows("SELECT was, \"is\", status FROM task"), "new|fresh|open\nopen|open|NULL");
}

#[test]
fn removed_values_stop_while_rows_have_them() {
    let mut database = tickets();
    let before = database.everything();
    let error = database.run(&[set(&["open", "new"])]).unwrap_err();
    let expected = "CHECK constraint failed: rows of `ticket` still have a value in `status` that goes: 'closed'";
    assert!(error.contains(expected), "{error}");
    assert_eq!(database.everything(), before);
    database.execute("UPDATE ticket SET status = 'open' WHERE status = 'closed'");
    assert_eq!(database.up_and_down(&[set(&["open", "late", "new"])]), REBUILT);
    database.up(&[set(&["open", "late", "new"])]);
    assert!(database.refused("UPDATE ticket SET status = 'closed'").contains("CHECK"));
    database.execute("UPDATE ticket SET status = 'late'");
    let error = database.run(&[DropEnumValue { key: "status".into(), value: "late".into() }.into()]).unwrap_err();
    assert!(error.contains("rows of `ticket` still have a value in `status` that goes: 'late'"), "{error}");
}

#[test]
fn a_removed_value_may_have_been_renamed_or_replaced_first() {
    let mut database = tickets();
    let mut alter = alter_column("task", "status", nullable(status()));
    alter.using = Some("'new'".into());
    let operations = [rename("closed", "done"), alter.into(), set(&["new", "open", "done"])];
    database.up(&operations);
    assert_eq!(database.rows("SELECT status FROM ticket ORDER BY id"), "new\nopen\ndone");
    assert_eq!(database.rows("SELECT status FROM task"), "new\nnew");
}

#[test]
fn another_order_of_values_is_nothing_to_rows() {
    let mut database = tickets();
    assert_eq!(database.up_and_down(&[set(&["closed", "open", "new"])]), REBUILT);
}

#[test]
fn text_becomes_an_enum_only_where_it_is_one() {
    let mut database = tickets();
    let to_enum = AlterColumn { definition: status(), ..alter_column("ticket", "title", status()) };
    let error = database.run(&[to_enum.clone().into()]).unwrap_err();
    assert!(error.contains("values of `ticket.title` are none of 'new', 'open', 'closed'"), "{error}");
    database.execute("UPDATE ticket SET title = status");
    assert_eq!(database.up_and_down(&[to_enum.into()]), REBUILT);
}
