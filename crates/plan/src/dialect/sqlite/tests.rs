//! The texts of the points that are easy to get wrong; that the engine takes them is tried in `tests/sqlite`.

use super::script;
use crate::{
    model::{
        Action, Check, Column, DataType, DefaultValue, Dialect, Domain, Enum, ForeignKey, Identity, Match, Object,
        PrimaryKey, Schema, Table, View,
    },
    operation::{
        AddCheck, AddColumn, AddEnumValue, AddForeignKey, AlterColumn, CreateObject, CreateTable, CreateView,
        DropObject, DropTable, DropView, Operation, RenameEnumValue, SetEnumValues, SetTableSchema,
    },
};

fn ticket() -> Table {
    let mut table = Table::new(Domain::new("ticket").unwrap(), "ticket");
    let identity = Some(Identity::AutoIncrement);
    table.columns.insert("id".into(), Column { identity, ..Column::new(DataType::Bigint, false) });
    table.columns.insert("status".into(), Column::new(DataType::Enum("status".into()), false));
    let default = Some(DefaultValue::Expression("CURRENT_TIMESTAMP".into()));
    table.columns.insert("at".into(), Column { default, ..Column::new(DataType::Timestamptz(None), false) });
    table.columns.insert("parent".into(), Column::new(DataType::Bigint, true));
    table.primary_key = Some(PrimaryKey { name: "ticket_pkey".into(), columns: vec!["id".into()] });
    table.foreign_keys.insert("ticket_parent_fkey".into(), to_ticket("parent"));
    table.checks.insert("ticket_id_check".into(), Check { expression: "id > 0".into() });
    table.checks.insert("no_loop".into(), Check { expression: "parent <> id".into() });
    table
}

fn to_ticket(column: &str) -> ForeignKey {
    ForeignKey {
        columns: vec![column.into()],
        table: "ticket".into(),
        references: vec!["id".into()],
        on_delete: Action::SetNull,
        on_update: Action::NoAction,
        deferrable: None,
        match_type: Match::Simple,
    }
}

fn schema() -> Schema {
    let mut schema = Schema::empty(Dialect::Sqlite);
    let values = vec!["new".into(), "it's".into()];
    let status = Enum { domain: Domain::new("ticket").unwrap(), schema: None, values, comment: None };
    schema.enums.insert("status".into(), status);
    schema.tables.insert("ticket".into(), ticket());
    schema
}

fn written(schema: &Schema, operations: &[Operation]) -> String {
    let blocks = script(schema, operations).unwrap().blocks;
    let text = blocks.into_iter().map(|block| {
        let statements = block.statements.into_iter().map(|statement| format!("{statement};\n"));
        format!("-- {}\n{}", block.comment, statements.collect::<String>())
    });
    text.collect()
}

fn add_column(column: &str, definition: Column, backfill: Option<&str>) -> Operation {
    let backfill = backfill.map(str::to_owned);
    AddColumn { table: "ticket".into(), column: column.into(), definition, backfill }.into()
}

#[test]
fn only_names_that_are_not_automatic_are_written() {
    let mut empty = schema();
    let table = empty.tables.remove("ticket").unwrap();
    assert_eq!(
        written(&empty, &[CreateTable { key: "ticket".into(), definition: table }.into()]),
        r#"-- Create table ticket
CREATE TABLE "ticket" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL CHECK (id > 0),
    "status" TEXT NOT NULL CHECK ("status" IN ('new', 'it''s')),
    "at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "parent" BIGINT REFERENCES "ticket" ("id") ON DELETE SET NULL,
    CONSTRAINT "no_loop" CHECK (parent <> id)
);
"#
    );
}

#[test]
fn a_new_column_takes_its_reference_and_its_check_along() {
    let check = Check { expression: "twin > 0".into() };
    let operations = [
        add_column("twin", Column::new(DataType::Bigint, true), None),
        AddCheck { table: "ticket".into(), name: "ticket_twin_check".into(), definition: check }.into(),
        AddForeignKey { table: "ticket".into(), name: "twin_of".into(), definition: to_ticket("twin") }.into(),
    ];
    assert_eq!(
        written(&schema(), &operations),
        r#"-- Add column twin to ticket
ALTER TABLE "ticket" ADD COLUMN "twin" BIGINT CHECK (twin > 0) CONSTRAINT "twin_of" REFERENCES "ticket" ("id") ON DELETE SET NULL;
-- Add check constraint ticket_twin_check to ticket
-- Add foreign key twin_of to ticket
"#
    );
}

#[test]
fn all_changes_of_a_table_are_one_rebuild_where_the_last_of_them_stands() {
    let note = Domain::new("ticket").unwrap();
    let mut note = Table::new(note, "note");
    note.columns.insert("text".into(), Column::new(DataType::Text, true));
    let mut required = Column::new(DataType::Bigint, false);
    required.default = Some(DefaultValue::Number(1.into()));
    let (table, column) = ("ticket".to_owned(), "parent".to_owned());
    let operations = [
        AddEnumValue { key: "status".into(), value: "old".into(), before: None }.into(),
        CreateTable { key: "note".into(), definition: note }.into(),
        add_column("title", Column::new(DataType::Text, false), Some("'No. ' || id")),
        AlterColumn { table, column, definition: required, backfill: Some("1".into()), using: None }.into(),
    ];
    assert_eq!(
        written(&schema(), &operations),
        r#"-- Switch foreign keys off: dropping a table would delete the rows that reference it
PRAGMA foreign_keys = OFF;
PRAGMA legacy_alter_table = OFF;
BEGIN IMMEDIATE;
DROP TABLE IF EXISTS temp."__makemigrations_guard";
CREATE TEMP TABLE "__makemigrations_guard" (
    "broken_before" INTEGER,
    "broken_after" INTEGER,
    "unknown_on_ticket" INTEGER,
    CONSTRAINT "rows would break foreign keys that hold now" CHECK ("broken_after" <= "broken_before"),
    CONSTRAINT "table `ticket` has triggers, indexes or columns that no migration made, and a rebuild would lose them" CHECK ("unknown_on_ticket" = 0)
);
INSERT INTO temp."__makemigrations_guard" ("broken_before") SELECT count(*) FROM pragma_foreign_key_check;
-- Create table note
CREATE TABLE "note" (
    "text" TEXT
);
-- Add value old to enum status
-- Add column title to ticket
-- Alter column parent of ticket
-- Rebuild table ticket
UPDATE temp."__makemigrations_guard" SET "unknown_on_ticket" = (
    SELECT count(*) FROM sqlite_master
    WHERE tbl_name = 'ticket' COLLATE NOCASE AND type IN ('trigger', 'index') AND sql IS NOT NULL
    AND name COLLATE NOCASE NOT IN ()
) + (
    SELECT count(*) FROM pragma_table_xinfo('ticket') WHERE name COLLATE NOCASE NOT IN ('id', 'status', 'at', 'parent')
);
CREATE TABLE "__new_ticket" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL CHECK (id > 0),
    "status" TEXT NOT NULL CHECK ("status" IN ('new', 'it''s', 'old')),
    "at" TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "parent" BIGINT NOT NULL DEFAULT 1 REFERENCES "ticket" ("id") ON DELETE SET NULL,
    "title" TEXT NOT NULL,
    CONSTRAINT "no_loop" CHECK (parent <> id)
);
INSERT INTO "__new_ticket" ("id", "status", "at", "parent", "title")
SELECT "ticket"."id", "ticket"."status", "ticket"."at", coalesce("ticket"."parent", 1), 'No. ' || id
FROM "ticket";
DELETE FROM sqlite_sequence WHERE name = '__new_ticket';
INSERT INTO sqlite_sequence (name, seq)
SELECT '__new_ticket', seq FROM sqlite_sequence WHERE name = 'ticket';
DROP TABLE "ticket";
PRAGMA legacy_alter_table = ON;
ALTER TABLE "__new_ticket" RENAME TO "ticket";
PRAGMA legacy_alter_table = OFF;
-- Switch foreign keys on again, if they hold as before
UPDATE temp."__makemigrations_guard" SET "broken_after" = (SELECT count(*) FROM pragma_foreign_key_check);
DROP TABLE temp."__makemigrations_guard";
COMMIT;
PRAGMA foreign_keys = ON;
"#
    );
}

#[test]
fn changes_of_a_table_that_goes_are_not_made() {
    let check =
        AddCheck { table: "ticket".into(), name: "c".into(), definition: Check { expression: "at > 0".into() } };
    let operations = [check.into(), DropTable::new("ticket").into()];
    assert_eq!(
        written(&schema(), &operations),
        "-- Add check constraint c to ticket\n-- Drop table ticket\nDROP TABLE \"ticket\";\n"
    );
}

#[test]
fn a_rebuild_renames_labels_and_asks_for_those_that_go() {
    let operations = [
        RenameEnumValue { key: "status".into(), from: "new".into(), to: "open".into() }.into(),
        SetEnumValues { key: "status".into(), values: vec!["open".into(), "closed".into()] }.into(),
    ];
    let text = written(&schema(), &operations);
    let expected = r#"UPDATE temp."__makemigrations_guard" SET "labels_in_ticket.status" = (SELECT count(*) FROM "ticket" WHERE CASE "ticket"."status" WHEN 'new' THEN 'open' ELSE "ticket"."status" END NOT IN ('open', 'closed'));
CREATE TABLE "__new_ticket" ("#;
    assert!(text.contains(expected), "{text}");
    let message = r#"CONSTRAINT "rows of `ticket` still have a value in `status` that goes: 'it''s'" CHECK"#;
    assert!(text.contains(message), "{text}");
    assert_eq!(text.matches("-- Rebuild").count(), 1);
}

#[test]
fn views_and_objects_are_their_texts() {
    let domain = Domain::new("ticket").unwrap();
    let view = View {
        domain: domain.clone(),
        name: "open \"tickets\"".into(),
        schema: None,
        query: "SELECT id FROM ticket -- by age".into(),
        materialized: false,
        comment: None,
        depends_on: Default::default(),
        indexes: Default::default(),
    };
    let create = "-- on every row\nCREATE TRIGGER t AFTER INSERT ON ticket BEGIN SELECT 1; END;".to_owned();
    let object = Object { domain, create, drop: "DROP TRIGGER t".into(), depends_on: Default::default() };
    let operations = [
        CreateView { key: "open".into(), definition: view.clone() }.into(),
        CreateObject { key: "t".into(), definition: object }.into(),
        DropObject::new("t").into(),
        DropView::new("open").into(),
    ];
    assert_eq!(
        written(&schema(), &operations),
        r#"-- Create view open
CREATE VIEW "open ""tickets""" AS
SELECT id FROM ticket -- by age
;
-- Create object t
CREATE TRIGGER t AFTER INSERT ON ticket BEGIN SELECT 1; END;
-- Drop object t
DROP TRIGGER t;
-- Drop view open
DROP VIEW "open ""tickets""";
"#
    );
    let kept = CreateView { key: "open".into(), definition: View { materialized: true, ..view } };
    let error = script(&schema(), &[kept.into()]).unwrap_err();
    assert_eq!(error.to_string(), "view `open` is materialized, and SQLite does not keep a view's rows");
}

#[test]
fn what_only_postgresql_has_is_refused_by_name() {
    let moved = SetTableSchema::new("ticket", Some("app".into()));
    let error = script(&schema(), &[moved.into()]).unwrap_err();
    assert_eq!(error.to_string(), "SQLite has no SQL schemas: `ticket`");
}
