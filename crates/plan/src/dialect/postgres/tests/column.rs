//! Columns: values for existing rows, types, counters. It must not repeat golden cases.

use super::*;
use crate::{
    model::{Deferrable, Identity},
    operation::RenameTable,
};

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
    let guard = r#"DO: RAISE EXCEPTION '% of "ticket" with a value in "a" of more than 3 characters: shorten what is longer first', number || CASE number WHEN 1 THEN ' row' ELSE ' rows' END;"#;
    for (guard, to, change) in [
        (None, DataType::Integer, r#"TYPE integer USING "a"::integer"#),
        (Some(guard), DataType::Varchar(Some(3)), "TYPE varchar(3)"),
    ] {
        let around = around(change);
        let expected = guard.into_iter().chain(around.iter().map(String::as_str)).chain([r#"ANALYZE "ticket""#]);
        check(&before, &[alter("a", with_default(to, "'1'"))], &expected.collect::<Vec<_>>());
    }
}

#[test]
fn the_way_back_from_a_given_conversion_reads_the_text() {
    let before = schema(&[table("ticket", &[("id", column(DataType::Integer)), ("a", column(DataType::Integer))])]);
    let expected = r#"ALTER TABLE "ticket" ALTER COLUMN "a" TYPE integer USING "a"::text::integer"#;
    let guard = r#"DO: RAISE EXCEPTION 'cannot be reversed: % of "ticket" with a value in "a", and no uuid can be read as integer', number || CASE number WHEN 1 THEN ' row' ELSE ' rows' END;"#;
    check_down(&before, &[alter("a", column(DataType::Uuid))], &[guard, expected, r#"ANALYZE "ticket""#]);
}

#[test]
fn between_types_that_only_the_database_knows_a_missing_cast_goes_through_the_text() {
    let before = schema(&[table("ticket", &[("id", column(DataType::Integer)), ("a", column(DataType::Integer))])]);
    let point = column(DataType::Sql { sql: "point".into(), diesel: None });
    let change = [alter("a", point)];
    let script = script(&apply_all(&before, &change).unwrap(), &inverse(&before, &change).unwrap()).unwrap();
    let alter = r#"ALTER TABLE "ticket" ALTER COLUMN "a" TYPE integer USING "a"::"#;
    let either =
        format!("BEGIN\n    {alter}integer;\nEXCEPTION WHEN cannot_coerce THEN\n    {alter}text::integer;\nEND\n");
    assert_eq!(script.blocks[0].statements, [format!("DO $$\n{either}$$")]);
}

#[test]
fn a_serial_grows_with_its_sequence() {
    let before = schema(&[table("ticket", &[("id", column(DataType::Serial))])]);
    check(
        &before,
        &[alter("id", column(DataType::Bigserial))],
        &[
            r#"ALTER TABLE "ticket" ALTER COLUMN "id" TYPE bigint"#,
            r#"ALTER SEQUENCE "ticket_id_seq" AS bigint"#,
            r#"ANALYZE "ticket""#,
        ],
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
