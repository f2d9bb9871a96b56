//! What `ALTER TABLE` does: everything stays inside one transaction.

use makemigrations_plan::{
    model::{Action, Check, Column, DataType, Enum, Generated},
    operation::{
        AddEnumValue, CreateEnum, DropCheck, DropForeignKey, DropIndex, DropTable, Operation, RenameCheck,
        RenameColumn, RenameForeignKey, RenameIndex, RenamePrimaryKey, RenameTable, RenameUnique,
    },
};

use crate::support::*;

const IN_PLACE: (Ran, Ran) = (Ran::InTransaction, Ran::InTransaction);

fn tickets() -> Database {
    let organization = table("organization", &[("name", text())]);
    let ticket = table("ticket", &[("title", text()), ("organization", nullable(integer()))]);
    let ticket = references(indexed(ticket, "title"), "organization", "organization", Action::Cascade);
    let database = Database::new([organization, ticket]);
    database.execute("INSERT INTO organization (name) VALUES ('a'), ('b')");
    database.execute("INSERT INTO ticket (title, organization) VALUES ('x', 1), ('y', 2), ('z', NULL)");
    database
}

#[test]
fn columns_are_added_with_all_that_is_theirs_and_dropped_again() {
    let mut database = tickets();
    let values = vec!["new".to_owned(), "it's".to_owned()];
    let status = Enum { domain: domain(), schema: None, values, comment: None };
    let generated = Some(Generated { expression: "upper(title)".to_owned(), stored: false });
    let operations = [
        CreateEnum { key: "status".into(), definition: status }.into(),
        add_column("ticket", "price", nullable(integer()), None),
        add("ticket", "ticket_price_check", Check { expression: "price > 0".into() }),
        add_column("ticket", "parent", nullable(integer()), None),
        add("ticket", "parent_of_ticket", foreign_key(&["parent"], "ticket", &["id"], Action::SetNull)),
        add("ticket", "ticket_parent_idx", index("parent")),
        add_column("ticket", "status", default(column(DataType::Enum("status".into())), "'new'"), None),
        add_column("ticket", "note", nullable(text()), Some("title || '!'")),
        add_column("ticket", "loud", Column { generated, ..text() }, None),
    ];
    assert_eq!(database.up_and_down(&operations), IN_PLACE);
    database.up(&operations);
    assert_eq!(
        database.rows("SELECT price, parent, status, note, loud FROM ticket WHERE id = 1"),
        "NULL|NULL|new|x!|X"
    );
    assert!(database.refused("UPDATE ticket SET status = 'old'").contains("CHECK"));
    assert!(database.refused("UPDATE ticket SET price = 0").contains("CHECK"));
    assert!(database.refused("UPDATE ticket SET parent = 9").contains("FOREIGN KEY"));
}

#[test]
fn a_table_s_rename_takes_references_and_leaves_automatic_names_alone() {
    let mut database = tickets();
    let rename = RenameTable { from: "ticket".into(), to: "request".into(), name: "request".into() };
    let column = RenameColumn { table: "request".into(), from: "organization".into(), to: "owner".into() };
    let operations = [
        rename.into(),
        RenamePrimaryKey { table: "request".into(), from: "ticket_pkey".into(), to: "request_pkey".into() }.into(),
        RenameIndex::new("request", "ticket_title_idx", "request_title_idx").into(),
        column.into(),
        RenameForeignKey::new("request", "ticket_organization_fkey", "request_owner_fkey").into(),
    ];
    assert_eq!(database.up_and_down(&operations), IN_PLACE);
    database.up(&operations);
    database.execute("DELETE FROM organization WHERE id = 1");
    assert_eq!(database.rows("SELECT title, owner FROM request"), "y|2\nz|NULL");
    assert_eq!(database.rows("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE INDEX%'"), "request_title_idx");
    database.execute("INSERT INTO request (title) VALUES ('new')");
    assert_eq!(database.rows("SELECT max(id) FROM request"), "4");
}

#[test]
fn a_rename_in_case_only_is_a_rename() {
    let mut database = tickets();
    let operations = [
        RenameTable { from: "organization".into(), to: "Organization".into(), name: "Organization".into() }.into(),
        RenameColumn { table: "Organization".into(), from: "name".into(), to: "Name".into() }.into(),
    ];
    assert_eq!(database.up_and_down(&operations), IN_PLACE);
    database.up(&operations);
    assert_eq!(database.rows("SELECT name FROM sqlite_master WHERE name = 'Organization'"), "Organization");
    database.execute("DELETE FROM organization WHERE id = 1");
    assert_eq!(database.rows("SELECT count(*) FROM ticket"), "2");
}

#[test]
fn unique_constraints_are_renamed_with_their_index() {
    let mut database = Database::new([unique(table("house", &[("street", text())]), &["street"])]);
    database.execute("INSERT INTO house (street) VALUES ('a')");
    assert_eq!(
        database.up_and_down(&[RenameUnique::new("house", "house_street_key", "one_per_street").into()]),
        IN_PLACE
    );
    assert!(database.refused("INSERT INTO house (street) VALUES ('a')").contains("UNIQUE"));
}

#[test]
fn a_column_goes_with_its_own_checks_and_reference() {
    let mut database = tickets();
    database.up(&[
        add_column("ticket", "price", nullable(integer()), None),
        add("ticket", "ticket_price_check", Check { expression: "PRICE > 0".into() }),
    ]);
    let operations = [
        DropCheck::new("ticket", "ticket_price_check").into(),
        drop_column("ticket", "price"),
        DropForeignKey::new("ticket", "ticket_organization_fkey").into(),
        drop_column("ticket", "organization"),
        DropTable::new("organization").into(),
    ];
    assert_eq!(database.up(&operations), Ran::InTransaction);
    assert_eq!(database.rows("SELECT * FROM ticket"), "1|x\n2|y\n3|z");
}

#[test]
fn a_table_that_goes_before_the_columns_that_reference_it_takes_no_rows_along() {
    let mut database = tickets();
    let operations = [
        DropForeignKey::new("ticket", "ticket_organization_fkey").into(),
        DropTable::new("organization").into(),
        drop_column("ticket", "organization"),
    ];
    assert_eq!(database.up(&operations), Ran::OnItsOwn);
    assert_eq!(database.rows("SELECT count(*) FROM ticket"), "3");
}

#[test]
fn tables_that_reference_each_other_are_created_and_dropped() {
    let mut database = Database::new([table("other", &[])]);
    let house = references(table("house", &[("owner", integer())]), "owner", "person", Action::Cascade);
    let person = references(table("person", &[("home", nullable(integer()))]), "home", "house", Action::Restrict);
    let operations = [create(house.clone()), create(person.clone())];
    assert_eq!(database.up_and_down(&operations), (Ran::InTransaction, Ran::OnItsOwn));

    let mut late = house;
    let key = late.foreign_keys.remove("house_owner_fkey").unwrap();
    let operations = [create(late), create(person), add("house", "house_owner_fkey", key)];
    assert_eq!(database.up(&operations), Ran::InTransaction);
    database.execute(
        "INSERT INTO person (home) VALUES (NULL); INSERT INTO house (owner) VALUES (1); UPDATE person SET home = 1",
    );
    let operations = [
        DropForeignKey::new("house", "house_owner_fkey").into(),
        DropTable::new("person").into(),
        DropTable::new("house").into(),
    ];
    assert_eq!(database.up(&operations), Ran::OnItsOwn);
    assert_eq!(database.rows("SELECT name FROM sqlite_master WHERE name <> 'sqlite_sequence'"), "other");
}

#[test]
fn a_table_whose_rows_hold_each_other_is_dropped() {
    for (action, expected) in [
        (Action::NoAction, Ran::InTransaction),
        (Action::SetNull, Ran::InTransaction),
        (Action::Restrict, Ran::OnItsOwn),
    ] {
        let tree = references(table("tree", &[("parent", nullable(integer()))]), "parent", "tree", action);
        let mut database = Database::new([tree]);
        database.execute("INSERT INTO tree (parent) VALUES (NULL), (1), (2)");
        assert_eq!(database.up(&[DropTable::new("tree").into()]), expected);
    }
}

#[test]
fn what_sqlite_does_not_tell_apart_needs_no_statement() {
    let mut database = Database::new([table("event", &[("at", column(DataType::Timestamp(Some(3))))])]);
    let alter = alter_column("event", "at", column(DataType::Timestamp(None)));
    assert_eq!(database.up_and_down(&[alter.into()]), IN_PLACE);
}

#[test]
fn changes_of_a_new_table_are_written_into_its_creation() {
    let mut database = Database::new([]);
    let status = Enum { domain: domain(), schema: None, values: vec!["new".into()], comment: None };
    let operations = [
        CreateEnum { key: "status".into(), definition: status }.into(),
        create(indexed(table("ticket", &[("status", column(DataType::Enum("status".into())))]), "status")),
        AddEnumValue { key: "status".into(), value: "open".into(), before: None }.into(),
        add_column("ticket", "title", text(), Some("'-'")),
        add("ticket", "ticket_title_idx", index("title")),
        RenameIndex::new("ticket", "ticket_title_idx", "by_title").into(),
        add("ticket", "filled", Check { expression: "title <> ''".into() }),
        RenameCheck::new("ticket", "filled", "not_empty").into(),
    ];
    assert_eq!(database.up(&operations), Ran::InTransaction);
    database.execute("INSERT INTO ticket (status, title) VALUES ('open', 'x')");
    assert!(database.refused("UPDATE ticket SET title = ''").contains("not_empty"));
}

#[test]
fn an_index_whose_text_names_the_column_is_gone_first() {
    let mut database = tickets();
    let mut partial = index("organization");
    partial.predicate = Some("title <> ''".into());
    database.up(&[add("ticket", "titled", partial)]);
    let operations: [Operation; 3] = [
        DropIndex::new("ticket", "titled").into(),
        DropIndex::new("ticket", "ticket_title_idx").into(),
        drop_column("ticket", "title"),
    ];
    assert_eq!(database.up(&operations), Ran::InTransaction);
}
