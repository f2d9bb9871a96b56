//! Changes of two tables in use, as the names of their steps and the state after each.

use super::*;
use crate::{
    diff::{Answers, diff, parse_assignment},
    model::{Dialect, Domain},
    record::{OnlineStep, Record},
    snapshot::{self, Source, Wanted},
};

const TABLES: &str = "
[tables.person.columns]
id = { type = \"bigint\", primary_key = true }

[tables.ticket.columns]
id = { type = \"bigint\", primary_key = true }
owner = \"bigint\"
size = \"integer\"
rank = { type = \"integer\", nullable = true }
title = { type = \"text\", nullable = true }
state = { type = \"varchar(9)\", nullable = true, index = true }
";

fn schema(text: &str) -> Schema {
    let text = format!("format = 1\n{text}");
    let source = Source { path: "a.toml".to_owned(), domain: Domain::new("a").unwrap(), text };
    snapshot::read(Dialect::Postgres, &[source]).unwrap().schema
}

fn online(tables: &[&str]) -> Online {
    Online { tables: tables.iter().map(|table| (*table).to_owned()).collect(), batch_size: 1000, pause_ms: 20 }
}

fn planned(after: &str, backfills: &[&str], tables: &[&str]) -> Result<Vec<Step>, Vec<String>> {
    let (before, wanted) = (schema(TABLES), Wanted { schema: schema(after), ..Wanted::default() });
    let backfills = backfills.iter().map(|text| parse_assignment(text).unwrap()).collect();
    let answers = Answers { no_renames: true, backfills, ..Answers::default() };
    let operations = diff(Dialect::Postgres, &before, &wanted, &answers, None).unwrap().operations;
    let steps = steps(&before, &operations, &online(tables))?;
    let mut now = before;
    for step in &steps {
        let number = OnlineStep { number: 1, of: 1, is_online: step.is_online };
        let record = Record { step: Some(number), ..Record::new(2, Dialect::Postgres, step.operations.clone()) };
        crate::migration::files(&now, &record).unwrap();
        now = apply_all(&now, &step.operations).unwrap();
    }
    Ok(steps)
}

fn names(after: &str, backfills: &[&str]) -> Vec<&'static str> {
    planned(after, backfills, &["person", "ticket"]).unwrap().iter().map(|step| step.name).collect()
}

fn with(columns: &str) -> String {
    format!("{TABLES}{columns}\n")
}

#[test]
fn what_takes_a_moment_is_one_migration() {
    let steps = planned(&with("note = { type = \"text\", nullable = true }"), &[], &["ticket"]).unwrap();
    assert_eq!(steps.len(), 1);
    assert!(!steps[0].is_online);
    assert_eq!(names(&with("flag = { type = \"boolean\", default = false }"), &[]), ["add_column"]);
}

#[test]
fn tables_that_nobody_uses_change_at_once() {
    let after = with("note = { type = \"text\", nullable = true, index = true }");
    let steps = planned(&after, &[], &["person"]).unwrap();
    assert_eq!(steps.iter().map(|step| step.is_online).collect::<Vec<_>>(), [false]);
}

#[test]
fn an_index_is_built_by_itself() {
    assert_eq!(names(&TABLES.replace("title = { type", "title = { index = true, type"), &[]), ["index"]);
    assert_eq!(names(&TABLES.replace(", index = true", ""), &[]), ["drop_index"]);
}

#[test]
fn an_index_that_changes_is_there_all_the_time() {
    let after = TABLES.replace(", index = true", "")
        + "[[tables.ticket.indexes]]\nname = \"ticket_state_idx\"\ncolumns = [\"state\", \"owner\"]\n";
    assert_eq!(names(&after, &[]), ["index", "drop_index", "rename_index"]);
}

#[test]
fn constraints_hold_for_new_rows_first() {
    let key = TABLES.replace("owner = \"bigint\"", "owner = { type = \"bigint\", references = \"person\" }");
    assert_eq!(names(&key, &[]), ["foreign_key", "validate"]);
    let check = TABLES.replace("owner = \"bigint\"", "owner = { type = \"bigint\", check = \"owner > 0\" }");
    assert_eq!(names(&check, &[]), ["check", "validate"]);
    let unique = TABLES.replace("owner = \"bigint\"", "owner = { type = \"bigint\", unique = true }");
    assert_eq!(names(&unique, &[]), ["index", "unique"]);
}

#[test]
fn not_null_comes_after_the_rows() {
    let after = TABLES.replace("title = { type = \"text\", nullable = true }", "title = \"text\"");
    let expected = ["backfill", "check", "backfill_rest", "validate", "set_not_null"];
    assert_eq!(names(&after, &["ticket.title=''"]), expected);
    let after = with("number = \"integer\"");
    let expected = ["add_column", "backfill", "check", "backfill_rest", "validate", "set_not_null"];
    assert_eq!(names(&after, &["ticket.number=owner % 7"]), expected);
    assert_eq!(names(&after, &["ticket.number=0"]), ["add_column"]);
}

#[test]
fn a_default_that_differs_from_row_to_row_is_for_new_rows_first() {
    let after = with("token = { type = \"uuid\", default = { sql = \"gen_random_uuid()\" } }");
    assert_eq!(names(&after, &[]), ["add_column", "backfill", "check", "validate", "set_not_null"]);
}

#[test]
fn what_goes_goes_last() {
    let after = TABLES.replace("title = { type = \"text\", nullable = true }\n", "")
        + "note = { type = \"text\", nullable = true, index = true }\n";
    assert_eq!(names(&after, &[]), ["add_column", "index", "drop_column"]);
}

#[test]
fn whole_numbers_get_a_wider_type_by_a_copy() {
    let wider = TABLES.replace("size = \"integer\"", "size = \"bigint\"");
    let expected = [
        "add_column",
        "backfill",
        "check",
        "validate",
        "set_not_null",
        "analyze",
        "swap",
        "drop_not_null",
        "drop_check",
        "keep",
        "drop_column",
    ];
    assert_eq!(names(&wider, &[]), expected);
    let with_note = format!("{wider}note = {{ type = \"text\", nullable = true }}\n");
    assert_eq!(names(&with_note, &[])[0], "add_column");
}

#[test]
fn a_copy_takes_no_place_of_what_rests_on_a_column() {
    let wider = TABLES.replace("size = \"integer\"", "size = \"bigint\"");
    for after in [
        TABLES.replace("rank = { type = \"integer\"", "rank = { type = \"bigint\""),
        TABLES.replace("size = \"integer\"", "size = \"smallint\""),
        TABLES.replace("size = \"integer\"", "size = { type = \"bigint\", nullable = true }"),
        wider.replace("size = \"bigint\"", "size = { type = \"bigint\", default = 3 }"),
    ] {
        let reasons = planned(&after, &[], &["ticket"]).unwrap_err();
        assert!(reasons.len() == 1 && reasons[0].contains("rewrites the rows"), "{reasons:?}");
    }
    for dependent in [
        "[[tables.ticket.indexes]]\ncolumns = [\"owner\"]\nwhere = \"size > 0\"\n",
        "[[tables.ticket.indexes]]\ncolumns = [\"owner\", \"size\"]\n",
        "[[tables.ticket.unique]]\ncolumns = [\"size\"]\n",
        "[[tables.ticket.checks]]\nname = \"sized\"\nexpression = \"size > 0\"\n",
        "[views.open]\nquery = \"SELECT id FROM ticket\"\n",
        "[objects.act]\ncreate = \"CREATE TRIGGER act BEFORE UPDATE ON ticket EXECUTE FUNCTION act()\"\n\
         drop = \"DROP TRIGGER act ON ticket\"\n",
    ] {
        let (before, wanted) = (schema(&format!("{TABLES}{dependent}")), schema(&format!("{wider}{dependent}")));
        let wanted = Wanted { schema: wanted, ..Wanted::default() };
        let plan = diff(Dialect::Postgres, &before, &wanted, &Answers::default(), None).unwrap();
        let reasons = steps(&before, &plan.operations, &online(&["ticket"])).unwrap_err();
        assert!(reasons.iter().any(|reason| reason.contains("from integer to bigint")), "{dependent}: {reasons:?}");
    }
}

#[test]
fn what_has_no_such_form_is_refused_with_the_reason() {
    for (after, reason) in [
        (TABLES.replace("owner = \"bigint\"", "owner = \"numeric\""), "from bigint to numeric rewrites the rows"),
        (with("twice = { type = \"bigint\", generated = { sql = \"owner * 2\", stored = true } }"), "computed column"),
        (with("serial = { type = \"bigserial\" }"), "counts rewrites the rows"),
    ] {
        let reasons = planned(&after, &[], &["ticket"]).unwrap_err();
        assert!(reasons.len() == 1 && reasons[0].contains(reason), "{reasons:?}");
        assert!(planned(&after, &[], &["person"]).is_ok());
    }
}
