//! Foreign keys and what they point at. It must not repeat golden cases.

use super::*;
use crate::{model::Unique, operation::AddUnique};

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
            r#"ANALYZE "ticket""#,
        ],
    );
    check_down(
        &before,
        &operations,
        &[
            r#"ALTER TABLE "child" DROP CONSTRAINT "child_number_fkey""#,
            r#"ALTER TABLE "ticket" DROP CONSTRAINT "ticket_number_key""#,
            r#"ALTER TABLE "child" DROP CONSTRAINT "child_id_fkey""#,
            r#"DO: RAISE EXCEPTION '% of "ticket" with a value in "id" that does not fit into integer: change what does not fit first', number || CASE number WHEN 1 THEN ' row' ELSE ' rows' END;"#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "id" TYPE integer"#,
            r#"DROP TABLE "child""#,
            r#"ANALYZE "ticket""#,
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
