//! Views, objects, exclusion constraints. It must not repeat golden cases.

use super::*;
use crate::{
    dialect,
    model::{Exclusion, ExclusionElement, Index, IndexColumn, IndexTarget, Object, View},
    operation::{AddExclusion, CreateObject, CreateView, DropObject, DropView, SetViewComment},
};

fn view(name: &str, query: &str, materialized: bool) -> View {
    View {
        domain: domain(),
        name: name.into(),
        schema: Some("report".into()),
        query: query.into(),
        materialized,
        comment: None,
        depends_on: Default::default(),
        indexes: Default::default(),
    }
}

fn create_view(key: &str, view: View) -> Operation {
    CreateView { key: key.into(), definition: view }.into()
}

fn drop_view(key: &str) -> Operation {
    DropView::new(key).into()
}

#[test]
fn a_materialized_view_is_filled_and_indexed_and_a_comment_in_the_query_swallows_nothing() {
    let mut totals = view("totals", "SELECT 1 AS one -- first", true);
    let index = Index {
        columns: vec![IndexColumn::plain("one")],
        unique: true,
        nulls_not_distinct: false,
        predicate: None,
        method: None,
        include: Vec::new(),
        with: Default::default(),
    };
    totals.indexes.insert("totals_one_key".into(), index);
    totals.comment = Some("sums".into());
    let uncomment = SetViewComment::new("totals", None);
    let operations = [create_view("totals", totals), uncomment.into()];
    check(
        &Schema::default(),
        &operations,
        &[
            "CREATE MATERIALIZED VIEW \"report\".\"totals\" AS\nSELECT 1 AS one -- first\n\nWITH DATA",
            r#"CREATE UNIQUE INDEX "totals_one_key" ON "report"."totals" ("one")"#,
            "COMMENT ON MATERIALIZED VIEW \"report\".\"totals\" IS 'sums'",
            r#"COMMENT ON MATERIALIZED VIEW "report"."totals" IS NULL"#,
        ],
    );
    check_down(
        &Schema::default(),
        &operations,
        &[
            "COMMENT ON MATERIALIZED VIEW \"report\".\"totals\" IS 'sums'",
            r#"DROP MATERIALIZED VIEW "report"."totals""#,
        ],
    );
}

#[test]
fn only_views_that_come_back_under_their_name_keep_their_grants() {
    let mut before = Schema::default();
    for key in ["gone", "other", "same"] {
        before.views.insert(key.into(), view(key, "SELECT 1", false));
    }
    let operations = [
        drop_view("gone"),
        drop_view("same"),
        drop_view("other"),
        create_view("same", view("same", "SELECT 2", true)),
        create_view("renamed", view("renamed", "SELECT 1", false)),
        create_view("other", view("other", "SELECT 2", false)),
        create_view("new", view("new", "SELECT 1", false)),
    ];
    let script = script(&before, &operations).unwrap();
    let is_about = |block: &dialect::Block, what: &str| block.comment.contains(what);
    let (saved, restored) = (&script.blocks[1], &script.blocks[7]);
    assert!(is_about(saved, "Keep owners") && is_about(&script.blocks[0], "gone"), "{:?}", script.blocks);
    assert!(is_about(restored, "owners, grants and options back") && is_about(&script.blocks[8], "new"));
    assert!(saved.statements[0].contains(r#"unnest(ARRAY['"report"."other"', '"report"."same"'])"#), "{saved:?}");
    let written = super::script(&before, &[drop_view("gone"), create_view("new", view("new", "SELECT 1", false))]);
    assert_eq!(written.unwrap().blocks.len(), 2, "nothing comes back");
}

#[test]
fn an_object_s_text_runs_statement_by_statement() {
    let object = Object {
        domain: domain(),
        create: "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT 1; $$; -- and\nGRANT EXECUTE ON FUNCTION f() TO PUBLIC;\n".into(),
        drop: "DROP FUNCTION f()".into(),
        depends_on: Default::default(),
    };
    let operations = [CreateObject { key: "f".into(), definition: object }.into()];
    check(
        &Schema::default(),
        &operations,
        &[
            "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT 1; $$",
            "GRANT EXECUTE ON FUNCTION f() TO PUBLIC",
        ],
    );
    check_down(&Schema::default(), &operations, &["DROP FUNCTION f()"]);
}

#[test]
fn a_function_keeps_its_grants_unless_its_text_says_which() {
    let blocks = |create: &str| {
        let object = |create: &str| Object {
            domain: domain(),
            create: create.into(),
            drop: "DROP FUNCTION f()".into(),
            depends_on: Default::default(),
        };
        let mut before = Schema::default();
        before.objects.insert("f".into(), object("CREATE FUNCTION app.f() RETURNS int RETURN 1"));
        let create = CreateObject { key: "f".into(), definition: object(create) };
        let operations = [DropObject::new("f").into(), create.into()];
        script(&before, &operations).unwrap().blocks
    };
    let kept = blocks("CREATE FUNCTION app.f() RETURNS int RETURN 2");
    assert!(kept[0].statements[0].ends_with("AND proname IN ('f')"), "{kept:?}");
    assert_eq!(kept.len(), 4);
    assert_eq!(
        blocks("CREATE FUNCTION app.f() RETURNS int RETURN 2; REVOKE ALL ON FUNCTION app.f() FROM PUBLIC").len(),
        2
    );
}

#[test]
fn an_exclusion_constraint_names_columns_expressions_and_rows() {
    let element = |target, operator: &str| ExclusionElement { target, operator: operator.into() };
    let definition = Exclusion {
        method: "gist".into(),
        elements: vec![
            element(IndexTarget::Column("Room".into()), "="),
            element(IndexTarget::Expression("tsrange(a, b)".into()), "&&"),
        ],
        predicate: Some("NOT cancelled".into()),
    };
    let add = AddExclusion { table: "ticket".into(), name: "ticket_excl".into(), definition };
    check(
        &schema(&[table(
            "ticket",
            &[
                ("Room", column(DataType::Integer)),
                ("a", column(DataType::Timestamp(None))),
                ("b", column(DataType::Timestamp(None))),
                ("cancelled", column(DataType::Boolean)),
            ],
        )]),
        &[add.into()],
        &[
            r#"ALTER TABLE "ticket" ADD CONSTRAINT "ticket_excl" EXCLUDE USING "gist" ("Room" WITH =, (tsrange(a, b)) WITH &&) WHERE (NOT cancelled)"#,
        ],
    );
}
