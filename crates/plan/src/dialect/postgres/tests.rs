//! The points where the SQL is not the obvious one, each tried on PostgreSQL 15.
//!
//! Whole migrations are golden cases; here is what they would hide.

use super::script;
use crate::{
    dialect,
    model::{
        Action, Check, Column, DataType, DefaultValue, Deferrable, Dialect, Domain, Enum, ForeignKey, Generated,
        Identity, Match, PrimaryKey, Schema, Table, Unique,
    },
    operation::{
        AddColumn, AddEnumValue, AddUnique, AlterColumn, CreateEnum, CreateTable, Operation, RenameTable, apply_all,
        inverse,
    },
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
    CreateTable { key: table.name.clone(), table }.into()
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
    let statements: Vec<_> = script.blocks.into_iter().flat_map(|block| block.statements).collect();
    assert_eq!(statements, expected);
}

#[track_caller]
fn check_down(before: &Schema, operations: &[Operation], expected: &[&str]) {
    check(&apply_all(before, operations).unwrap(), &inverse(before, operations).unwrap(), expected);
}

#[test]
fn a_cycle_is_closed_after_its_last_table_and_opened_before_the_first_goes() {
    let mut a = table("a", &[("id", column(DataType::Uuid)), ("parent", column(DataType::Uuid))]);
    a.foreign_keys.insert("a_id_fkey".into(), reference("id", "b", "id"));
    a.foreign_keys.insert("a_parent_fkey".into(), reference("parent", "a", "id"));
    let mut b = table("b", &[("id", column(DataType::Uuid))]);
    b.foreign_keys.insert("b_id_fkey".into(), reference("id", "a", "id"));
    let operations = [create(a), create(b)];
    let create_a = r#"CREATE TABLE "a" (
    "id"     uuid NOT NULL,
    "parent" uuid NOT NULL,
    CONSTRAINT "a_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "a_parent_fkey" FOREIGN KEY ("parent") REFERENCES "a" ("id")
)"#;
    let create_b = r#"CREATE TABLE "b" (
    "id" uuid NOT NULL,
    CONSTRAINT "b_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "b_id_fkey" FOREIGN KEY ("id") REFERENCES "a" ("id")
)"#;
    let close = r#"ALTER TABLE "a" ADD CONSTRAINT "a_id_fkey" FOREIGN KEY ("id") REFERENCES "b" ("id")"#;
    check(&Schema::default(), &operations, &[create_a, create_b, close]);
    let open = r#"ALTER TABLE "a" DROP CONSTRAINT "a_id_fkey""#;
    check_down(&Schema::default(), &operations, &[open, r#"DROP TABLE "b""#, r#"DROP TABLE "a""#]);
}

#[test]
fn a_foreign_key_waits_for_what_it_points_at_to_be_unique_and_of_its_type() {
    let ticket = table("ticket", &[("id", column(DataType::Integer)), ("number", column(DataType::Integer))]);
    let mut child = table("child", &[("id", column(DataType::Bigint)), ("number", column(DataType::Integer))]);
    child.foreign_keys.insert("child_id_fkey".into(), reference("id", "ticket", "id"));
    child.foreign_keys.insert("child_number_fkey".into(), reference("number", "ticket", "number"));
    let unique =
        Unique { columns: vec!["number".into()], nulls_not_distinct: false, deferrable: None, include: Vec::new() };
    let unique = AddUnique { table: "ticket".into(), name: "ticket_number_key".into(), definition: unique };
    let operations = [create(child), alter("id", column(DataType::Bigint)), unique.into()];
    let before = schema(&[ticket]);
    check(
        &before,
        &operations,
        &[
            "CREATE TABLE \"child\" (\n    \"id\"     bigint NOT NULL,\n    \"number\" integer NOT NULL,\n    \
             CONSTRAINT \"child_pkey\" PRIMARY KEY (\"id\")\n)",
            r#"ALTER TABLE "ticket" ALTER COLUMN "id" TYPE bigint"#,
            r#"ALTER TABLE "child" ADD CONSTRAINT "child_id_fkey" FOREIGN KEY ("id") REFERENCES "ticket" ("id")"#,
            r#"ALTER TABLE "ticket" ADD CONSTRAINT "ticket_number_key" UNIQUE ("number")"#,
            r#"ALTER TABLE "child" ADD CONSTRAINT "child_number_fkey" FOREIGN KEY ("number") REFERENCES "ticket" ("number")"#,
        ],
    );
    check_down(
        &before,
        &operations,
        &[
            r#"ALTER TABLE "child" DROP CONSTRAINT "child_number_fkey""#,
            r#"ALTER TABLE "ticket" DROP CONSTRAINT "ticket_number_key""#,
            r#"ALTER TABLE "child" DROP CONSTRAINT "child_id_fkey""#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "id" TYPE integer"#,
            r#"DROP TABLE "child""#,
        ],
    );
}

#[test]
fn a_unique_constraint_beside_an_equal_key_is_added_afterwards() {
    let mut ticket = table("ticket", &[("id", column(DataType::Integer))]);
    let unique =
        Unique { columns: vec!["id".into()], nulls_not_distinct: false, deferrable: None, include: Vec::new() };
    ticket.unique.insert("ticket_id_key".into(), unique);
    check(
        &Schema::default(),
        &[create(ticket)],
        &[
            "CREATE TABLE \"ticket\" (\n    \"id\" integer NOT NULL,\n    \
             CONSTRAINT \"ticket_pkey\" PRIMARY KEY (\"id\")\n)",
            r#"ALTER TABLE "ticket" ADD CONSTRAINT "ticket_id_key" UNIQUE ("id")"#,
        ],
    );
}

#[test]
fn a_foreign_key_to_nowhere_is_a_contradiction() {
    let mut a = table("a", &[("id", column(DataType::Uuid))]);
    a.foreign_keys.insert("a_id_fkey".into(), reference("id", "b", "id"));
    let error = script(&Schema::default(), &[create(a)]).unwrap_err();
    assert_eq!(error.to_string(), "table `b` does not exist at this point");
}

#[test]
fn a_constant_fills_rows_by_a_default_that_does_not_stay() {
    let before = schema(&[table("ticket", &[("id", column(DataType::Integer))])]);
    let added = r#"ALTER TABLE "ticket" ADD COLUMN "a" integer NOT NULL DEFAULT -1"#;
    let dropped = r#"ALTER TABLE "ticket" ALTER COLUMN "a" DROP DEFAULT"#;
    check(&before, &[add("a", column(DataType::Integer), "-1")], &[added, dropped]);
    let replaced = r#"ALTER TABLE "ticket" ALTER COLUMN "a" SET DEFAULT (1 + 1)"#;
    check(&before, &[add("a", with_default(DataType::Integer, "1 + 1"), "-1")], &[added, replaced]);
}

#[test]
fn an_expression_fills_rows_before_not_null_and_settles_deferred_checks() {
    let mut ticket = table("ticket", &[("id", column(DataType::Integer))]);
    let filled = [
        r#"ALTER TABLE "ticket" ADD COLUMN "a" text"#,
        r#"UPDATE "ticket" SET "a" = id || '!'"#,
        r#"ALTER TABLE "ticket" ALTER COLUMN "a" SET NOT NULL"#,
    ];
    check(&schema(&[ticket.clone()]), &[add("a", column(DataType::Text), "id || '!'")], &filled);
    let deferred = ForeignKey { deferrable: Some(Deferrable::Deferred), ..reference("id", "ticket", "id") };
    ticket.foreign_keys.insert("ticket_id_fkey".into(), deferred);
    let settled = [filled[0], filled[1], "SET CONSTRAINTS ALL IMMEDIATE", filled[2]];
    check(&schema(&[ticket]), &[add("a", column(DataType::Text), "id || '!'")], &settled);
}

#[test]
fn a_column_that_fills_itself_takes_no_backfill() {
    let before = schema(&[table("ticket", &[("id", column(DataType::Integer))])]);
    assert!(script(&before, &[add("a", column(DataType::Serial), "1")]).is_err());
}

#[test]
fn a_type_changes_without_its_default_and_lengths_never_by_an_explicit_cast() {
    let before =
        schema(&[table("ticket", &[("id", column(DataType::Uuid)), ("a", with_default(DataType::Text, "'1'"))])]);
    let around = |change: &str| {
        let alter = r#"ALTER TABLE "ticket" ALTER COLUMN "a""#;
        [format!("{alter} DROP DEFAULT"), format!("{alter} {change}"), format!("{alter} SET DEFAULT '1'")]
    };
    for (to, change) in
        [(DataType::Integer, r#"TYPE integer USING "a"::integer"#), (DataType::Varchar(Some(3)), "TYPE varchar(3)")]
    {
        let expected = around(change);
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        check(&before, &[alter("a", with_default(to, "'1'"))], &expected);
    }
}

#[test]
fn the_way_back_from_a_given_conversion_reads_the_text() {
    let before = schema(&[table("ticket", &[("id", column(DataType::Integer)), ("a", column(DataType::Integer))])]);
    let expected = r#"ALTER TABLE "ticket" ALTER COLUMN "a" TYPE integer USING "a"::text::integer"#;
    check_down(&before, &[alter("a", column(DataType::Uuid))], &[expected]);
}

#[test]
fn a_serial_grows_with_its_sequence() {
    let before = schema(&[table("ticket", &[("id", column(DataType::Serial))])]);
    check(
        &before,
        &[alter("id", column(DataType::Bigserial))],
        &[r#"ALTER TABLE "ticket" ALTER COLUMN "id" TYPE bigint"#, r#"ALTER SEQUENCE "ticket_id_seq" AS bigint"#],
    );
}

#[test]
fn a_serial_becomes_an_identity_that_goes_on_counting() {
    let before = schema(&[table("ticket", &[("id", column(DataType::Serial))])]);
    let identity = Column { identity: Some(Identity::AutoIncrement), ..column(DataType::Integer) };
    check(
        &before,
        &[alter("id", identity)],
        &[
            r#"ALTER TABLE "ticket" ALTER COLUMN "id" DROP DEFAULT"#,
            r#"ALTER SEQUENCE "ticket_id_seq" OWNED BY NONE"#,
            r#"ALTER SEQUENCE "ticket_id_seq" RENAME TO "ticket_id_seq_other""#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "id" ADD GENERATED BY DEFAULT AS IDENTITY"#,
            r#"SELECT setval(pg_get_serial_sequence('"ticket"', 'id'), last_value, is_called) FROM "ticket_id_seq_other""#,
            r#"DROP SEQUENCE "ticket_id_seq_other""#,
        ],
    );
}

#[test]
fn a_sequence_follows_its_table_into_a_long_name() {
    let before = schema(&[table("ticket", &[("id", column(DataType::Serial))])]);
    let name = "t".repeat(63);
    let rename = RenameTable { from: "ticket".into(), to: "other".into(), name: name.clone() };
    check(
        &before,
        &[rename.into()],
        &[
            &format!(r#"ALTER TABLE "ticket" RENAME TO "{name}""#),
            &format!(r#"ALTER SEQUENCE "ticket_id_seq" RENAME TO "{}_id_seq""#, "t".repeat(56)),
        ],
    );
}

/// A table with everything that can hold on to the type of a column, and its enum.
fn with_status() -> Schema {
    let status = DataType::Enum("status".into());
    let mut ticket =
        table("ticket", &[("id", column(DataType::Integer)), ("s", with_default(status.clone(), "'new'"))]);
    ticket.columns.insert("all".into(), Column::new(DataType::Array(Box::new(status)), true));
    let generated = Some(Generated { expression: "s = 'new'".into(), stored: true });
    ticket.columns.insert("is_new".into(), Column { generated, ..Column::new(DataType::Boolean, true) });
    ticket.checks.insert("ticket_s_check".into(), Check { expression: "s <> 'open'".into() });
    ticket.checks.insert("ticket_id_check".into(), Check { expression: "id > 0".into() });
    let definition = Enum {
        domain: domain(),
        schema: None,
        values: vec!["new".into(), "open".into()],
        comment: Some("states".into()),
    };
    let create_enum = CreateEnum { key: "status".into(), definition };
    apply_all(&Schema::default(), &[create_enum.into(), create(ticket)]).unwrap()
}

fn add_value(value: &str, before: Option<&str>) -> Operation {
    AddEnumValue { key: "status".into(), value: value.into(), before: before.map(Into::into) }.into()
}

#[test]
fn an_enum_value_names_its_place() {
    check(
        &with_status(),
        &[add_value("urgent", None), add_value("it's", Some("open"))],
        &[
            r#"ALTER TYPE "status" ADD VALUE 'urgent' AFTER 'open'"#,
            r#"ALTER TYPE "status" ADD VALUE 'it''s' BEFORE 'open'"#,
        ],
    );
}

#[test]
fn without_a_value_the_type_is_made_anew_and_all_that_names_it_comes_back() {
    check_down(
        &with_status(),
        &[add_value("urgent", None)],
        &[
            r#"ALTER TABLE "ticket" DROP CONSTRAINT "ticket_s_check""#,
            r#"ALTER TABLE "ticket" DROP COLUMN "is_new""#,
            r#"ALTER TYPE "status" RENAME TO "status_old""#,
            r#"CREATE TYPE "status" AS ENUM ('new', 'open')"#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "s" DROP DEFAULT"#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "s" TYPE "status" USING "s"::text::"status""#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "s" SET DEFAULT 'new'"#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "all" TYPE "status"[] USING "all"::text[]::"status"[]"#,
            r#"DROP TYPE "status_old""#,
            r#"COMMENT ON TYPE "status" IS 'states'"#,
            r#"ALTER TABLE "ticket" ADD COLUMN "is_new" boolean GENERATED ALWAYS AS (s = 'new') STORED"#,
            r#"ALTER TABLE "ticket" ADD CONSTRAINT "ticket_s_check" CHECK (s <> 'open')"#,
        ],
    );
}

#[test]
fn several_values_go_in_one_new_type() {
    let operations = [add_value("urgent", None), add_value("later", None)];
    let after = apply_all(&with_status(), &operations).unwrap();
    let script = script(&after, &inverse(&with_status(), &operations).unwrap()).unwrap();
    let counts: Vec<_> = script.blocks.iter().map(|block| block.statements.len()).collect();
    assert_eq!(counts, [0, 12]);
}

#[test]
fn a_new_enum_value_that_is_used_at_once_comes_in_a_migration_before() {
    let status = |default: &str| with_default(DataType::Enum("status".into()), default);
    let split = |operations: &[Operation]| {
        let parts = dialect::split(Dialect::Postgres, &with_status(), operations).unwrap();
        parts.iter().map(Vec::len).collect::<Vec<_>>()
    };
    assert_eq!(split(&[alter("s", status("'urgent'")), add_value("urgent", None)]), [1, 1]);
    assert_eq!(split(&[alter("s", status("'open'")), add_value("urgent", None)]), [2]);
    assert_eq!(split(&[add_value("urgent", None), add_value("later", Some("urgent"))]), [2]);
}
