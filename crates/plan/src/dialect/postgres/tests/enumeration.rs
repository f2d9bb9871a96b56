//! Enum types that lose values, and what holds on to them. It must not repeat golden cases.

use super::*;
use crate::{
    dialect,
    model::{Check, Dialect, Enum, Generated, Object, View},
    operation::{AddEnumValue, CreateEnum, CreateSchema, RenameEnum, RenameEnumValue, SetEnumSchema, SetEnumValues},
};

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
            "DO: RAISE EXCEPTION '%: give them another value first', problem;",
            r#"ALTER TABLE "ticket" DROP CONSTRAINT "ticket_s_check""#,
            r#"ALTER TABLE "ticket" DROP COLUMN "is_new""#,
            r#"ALTER TYPE "status" RENAME TO "status_old""#,
            r#"CREATE TYPE "status" AS ENUM ('new', 'open')"#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "s" DROP DEFAULT"#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "s" TYPE "status" USING "s"::text::"status""#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "s" SET DEFAULT 'new'"#,
            r#"ALTER TABLE "ticket" ALTER COLUMN "all" TYPE "status"[] USING "all"::text[]::"status"[]"#,
            "DO: EXECUTE statement;",
            r#"DROP TYPE "status_old""#,
            r#"COMMENT ON TYPE "status" IS 'states'"#,
            r#"ALTER TABLE "ticket" ADD COLUMN "is_new" boolean GENERATED ALWAYS AS (s = 'new') STORED"#,
            r#"ALTER TABLE "ticket" ADD CONSTRAINT "ticket_s_check" CHECK (s <> 'open')"#,
            r#"ANALYZE "ticket""#,
        ],
    );
}

#[test]
fn several_values_go_in_one_new_type() {
    let operations = [add_value("urgent", None), add_value("later", None)];
    let after = apply_all(&with_status(), &operations).unwrap();
    let script = script(&after, &inverse(&with_status(), &operations).unwrap()).unwrap();
    let counts: Vec<_> = script.blocks.iter().map(|block| block.statements.len()).collect();
    assert_eq!(counts, [14, 0, 1]);
}

#[test]
fn a_new_enum_value_that_is_used_at_once_comes_in_a_migration_before() {
    let status = |default: &str| with_default(DataType::Enum("status".into()), default);
    let split = |operations: &[Operation]| {
        let parts = dialect::split(Dialect::Postgres, &with_status(), operations).unwrap();
        parts.iter().map(Vec::len).collect::<Vec<_>>()
    };
    assert_eq!(split(&[add_value("urgent", None), alter("s", status("'urgent'"))]), [1, 1]);
    assert_eq!(split(&[add_value("urgent", None), alter("s", status("'open'"))]), [2]);
    assert_eq!(split(&[add_value("urgent", None), add_value("later", Some("urgent"))]), [2]);
}

#[test]
fn values_that_change_places_lose_nothing_and_count_nothing() {
    let set = SetEnumValues { key: "status".into(), values: vec!["open".into(), "new".into()] };
    let script = script(&with_status(), &[set.into()]).unwrap();
    let shown: Vec<_> = script.blocks.into_iter().flat_map(|block| block.statements).map(shown).collect();
    assert_eq!(shown.iter().filter(|statement| statement.starts_with("DO:")).count(), 1, "{shown:?}");
    assert!(shown.contains(&r#"CREATE TYPE "status" AS ENUM ('open', 'new')"#.to_owned()));
}

#[test]
fn a_default_waits_until_the_type_has_it_on_both_ways() {
    let status = |default: &str| with_default(DataType::Enum("status".into()), default);
    let mut before = with_status();
    let ticket = before.tables.get_mut("ticket").unwrap();
    ticket.columns.retain(|name, _| ["id", "s"].contains(&name.as_str()));
    ticket.checks.clear();
    let set = |values: [&str; 2]| SetEnumValues { key: "status".into(), values: values.map(Into::into).to_vec() };
    let operations = [set(["fresh", "open"]).into(), alter("s", status("'fresh'"))];
    let guard = "DO: RAISE EXCEPTION '%: give them another value first', problem;";
    let alter = |action: &str| format!(r#"ALTER TABLE "ticket" ALTER COLUMN "s" {action}"#);
    let retype = alter(r#"TYPE "status" USING "s"::text::"status""#);
    check(
        &before,
        &operations,
        &[
            guard,
            r#"ALTER TYPE "status" RENAME TO "status_old""#,
            r#"CREATE TYPE "status" AS ENUM ('fresh', 'open')"#,
            &alter("DROP DEFAULT"),
            &retype,
            "DO: EXECUTE statement;",
            r#"DROP TYPE "status_old""#,
            "COMMENT ON TYPE \"status\" IS 'states'",
            &alter("SET DEFAULT 'fresh'"),
            r#"ANALYZE "ticket""#,
        ],
    );
    check_down(
        &before,
        &operations,
        &[
            &alter("DROP DEFAULT"),
            guard,
            r#"ALTER TYPE "status" RENAME TO "status_old""#,
            r#"CREATE TYPE "status" AS ENUM ('new', 'open')"#,
            &alter("DROP DEFAULT"),
            &retype,
            &alter("SET DEFAULT 'new'"),
            "DO: EXECUTE statement;",
            r#"DROP TYPE "status_old""#,
            "COMMENT ON TYPE \"status\" IS 'states'",
            r#"ANALYZE "ticket""#,
        ],
    );
}

#[test]
fn an_enum_takes_its_columns_along_to_another_name_and_place() {
    let operations = [
        RenameEnumValue { key: "status".into(), from: "new".into(), to: "fresh".into() }.into(),
        RenameEnum { from: "status".into(), to: "ticket_status".into() }.into(),
        CreateSchema { name: "help".into() }.into(),
        SetEnumSchema::new("ticket_status", Some("help".into())).into(),
    ];
    check(
        &with_status(),
        &operations,
        &[
            "ALTER TYPE \"status\" RENAME VALUE 'new' TO 'fresh'",
            r#"ALTER TYPE "status" RENAME TO "ticket_status""#,
            r#"CREATE SCHEMA "help""#,
            r#"ALTER TYPE "ticket_status" SET SCHEMA "help""#,
        ],
    );
    check_down(
        &with_status(),
        &operations,
        &[
            r#"DO: EXECUTE 'ALTER TYPE "help"."ticket_status" SET SCHEMA ' || quote_ident(current_schema());"#,
            r#"DROP SCHEMA "help""#,
            r#"ALTER TYPE "ticket_status" RENAME TO "status""#,
            "ALTER TYPE \"status\" RENAME VALUE 'fresh' TO 'new'",
        ],
    );
}

#[test]
fn what_hangs_on_an_enum_steps_aside_around_all_that_make_it_anew() {
    let mut schema = with_status();
    let view = |name: &str, query: &str| View {
        domain: domain(),
        name: name.into(),
        schema: None,
        query: query.into(),
        materialized: false,
        comment: None,
        depends_on: Default::default(),
        indexes: Default::default(),
    };
    let object = |create: &str| Object {
        domain: domain(),
        create: create.into(),
        drop: "SELECT 0".into(),
        depends_on: Default::default(),
    };
    schema.views.insert("above".into(), view("above", "SELECT id FROM below"));
    schema.views.insert("below".into(), view("below", "SELECT id FROM ticket"));
    schema.views.insert("elsewhere".into(), view("elsewhere", "SELECT 1 AS one"));
    schema.objects.insert("next".into(), object("CREATE FUNCTION next(status) RETURNS int RETURN 1"));
    schema.objects.insert("rule".into(), object("CREATE POLICY rule ON ticket USING (s = 'new')"));
    schema.objects.insert("seen".into(), object("CREATE POLICY seen ON ticket USING (is_new)"));
    schema
        .objects
        .insert("touch".into(), object("CREATE TRIGGER touch BEFORE UPDATE OF id ON ticket EXECUTE FUNCTION f()"));
    let operations = [add_value("urgent", None), add_value("later", None)];
    let after = apply_all(&schema, &operations).unwrap();
    let script = script(&after, &inverse(&schema, &operations).unwrap()).unwrap();
    let comments: Vec<_> = script.blocks.iter().map(|block| block.comment.as_str()).collect();
    assert_eq!(
        comments,
        [
            "Keep owners, grants and options of the views that come back below",
            "Drop view above",
            "Drop view below",
            "Keep owners and grants of the functions that come back below",
            "Drop object next",
            "Drop object rule",
            "Drop object seen",
            "Drop value later of enum status",
            "Drop value urgent of enum status",
            "Create object seen",
            "Create object rule",
            "Create object next",
            "Give the functions their owners and grants back",
            "Create view below",
            "Create view above",
            "Give the views their owners, grants and options back",
            "Collect the statistics that went with the old types",
        ]
    );
}
