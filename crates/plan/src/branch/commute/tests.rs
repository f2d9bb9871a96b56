//! Changes of small snapshots, proven to commute or not.
//!
//! Whether they do so on real databases is tried by `tests/tests/rebase/proof.rs`.

use super::*;
use crate::snapshot::{self, Source};
use crate::{
    diff::{Answers, diff, parse_rename},
    model::{Dialect, Domain},
};

const TICKET: &str = "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\nstate = \"text\"\n";

fn schema(text: &str) -> Schema {
    schema_of(Dialect::Postgres, text)
}

fn schema_of(dialect: Dialect, text: &str) -> Schema {
    wanted(dialect, text).schema
}

fn wanted(dialect: Dialect, text: &str) -> snapshot::Wanted {
    let source =
        Source { path: "a.toml".to_owned(), domain: Domain::new("a").unwrap(), text: format!("format = 1\n\n{text}") };
    snapshot::read(dialect, &[source]).unwrap()
}

fn plan(before: &str, after: &str, renames: &[&str]) -> Vec<Operation> {
    plan_of(Dialect::Postgres, before, after, renames)
}

fn plan_of(dialect: Dialect, before: &str, after: &str, renames: &[&str]) -> Vec<Operation> {
    let wanted = wanted(dialect, after);
    let renames = renames.iter().map(|text| parse_rename(text).unwrap()).collect();
    let answers = Answers { renames, no_renames: true, ..Answers::default() };
    diff(dialect, &schema_of(dialect, before), &wanted, &answers, None).unwrap().operations
}

/// What `ours` and `theirs` come to, both ways round.
fn result(before: &str, ours: &[Operation], theirs: &[Operation]) -> Option<(String, String)> {
    let clash = commute(&schema(before), ours, theirs).err();
    assert_eq!(commute(&schema(before), theirs, ours).is_err(), clash.is_some());
    clash.map(|clash| (clash.ours.change().describe(), clash.theirs.change().describe()))
}

#[test]
fn different_columns_of_one_table_commute() {
    let ours = plan(TICKET, &format!("{TICKET}a = {{ type = \"text\", nullable = true, index = true }}\n"), &[]);
    let theirs = plan(TICKET, &format!("{TICKET}b = {{ type = \"text\", nullable = true }}\n"), &[]);
    assert_eq!(result(TICKET, &ours, &theirs), None);
    let before = schema(TICKET);
    let now = apply_all(&before, &theirs).unwrap();
    assert_eq!(fit(&ours[0], &before, &now), Fit::Fits);
}

/// The comment above recorded operations says "state" as well.
#[test]
fn what_the_record_says_of_itself_is_no_name() {
    let ours = plan(TICKET, &format!("{TICKET}a = {{ type = \"text\", nullable = true }}\n"), &[]);
    let theirs = plan(TICKET, &TICKET.replace("\"text\"", "\"varchar(200)\""), &[]);
    assert_eq!(result(TICKET, &ours, &theirs), None);
}

#[test]
fn the_reason_is_not_of_an_order_that_nobody_has() {
    let ours = plan(TICKET, &TICKET.replace("state", "status"), &["ticket.state:status"]);
    let theirs = plan(TICKET, &TICKET.replace("\"text\"", "\"varchar(200)\""), &[]);
    assert_eq!(commute(&schema(TICKET), &ours, &theirs).unwrap_err().why, Disturbance::Refers.to_string());
    let gone = commute(&schema(TICKET), &theirs, &ours).unwrap_err().why;
    assert!(gone.contains("does not exist"), "{gone}");
}

#[test]
fn the_first_clash_of_two_long_lines_is_named() {
    let column = |name: &str, kind: &str| format!("{name} = {{ type = \"{kind}\", nullable = true }}\n");
    let ours = plan(TICKET, &format!("{TICKET}{}{}", column("a", "text"), column("x", "text")), &[]);
    let theirs = plan(TICKET, &format!("{TICKET}{}{}", column("b", "text"), column("x", "integer")), &[]);
    let expected = ("add column x to ticket".to_owned(), "add column x to ticket".to_owned());
    assert_eq!(result(TICKET, &ours, &theirs), Some(expected));
}

#[test]
fn what_both_make_alike_is_made_already() {
    let after = format!("{TICKET}a = {{ type = \"text\", nullable = true, index = true }}\n");
    let ours = plan(TICKET, &after, &[]);
    let other = plan(TICKET, &format!("{TICKET}a = {{ type = \"integer\", nullable = true }}\n"), &[]);
    let (before, mut own, now) = (schema(TICKET), schema(TICKET), schema(&after));
    for operation in &ours {
        assert_eq!(fit(operation, &own, &now), Fit::Made);
        operation.apply(&mut own).unwrap();
    }
    assert!(matches!(fit(&other[0], &before, &now), Fit::Clashes(_)));
    assert!(result(TICKET, &ours, &ours).is_some());
}

#[test]
fn two_changes_of_one_column_clash_although_both_apply() {
    let ours = plan(TICKET, &TICKET.replace("\"text\"", "{ type = \"text\", nullable = true }"), &[]);
    let theirs = plan(TICKET, &TICKET.replace("\"text\"", "{ type = \"text\", default = \"new\" }"), &[]);
    assert!(result(TICKET, &ours, &theirs).is_some());
    let before = schema(TICKET);
    let now = apply_all(&before, &theirs).unwrap();
    assert!(matches!(fit(&ours[0], &before, &now), Fit::Clashes(_)));
}

#[test]
fn a_table_that_was_changed_is_not_dropped_unseen() {
    let theirs = plan(TICKET, &format!("{TICKET}a = {{ type = \"text\", nullable = true }}\n"), &[]);
    assert!(result(TICKET, &plan(TICKET, "", &[]), &theirs).is_some());
}

#[test]
fn names_inside_sql_are_seen() {
    let check = format!("{TICKET}[[tables.ticket.checks]]\nname = \"known\"\nexpression = \"state <> ''\"\n");
    let ours = plan(TICKET, &check, &[]);
    let renamed = plan(TICKET, &TICKET.replace("state", "status"), &["ticket.state:status"]);
    assert!(result(TICKET, &ours, &renamed).is_some());
    let gone = plan(TICKET, &TICKET.replace("state = \"text\"\n", ""), &[]);
    assert!(result(TICKET, &ours, &gone).is_some());
    let view = format!("{TICKET}[views.open]\nquery = \"SELECT state FROM ticket\"\n");
    let view = plan(TICKET, &view, &[]);
    assert!(result(TICKET, &view, &gone).is_some());
    assert!(result(TICKET, &view, &plan(TICKET, "", &[])).is_some());
}

#[test]
fn a_reference_needs_its_table() {
    let before = format!("{TICKET}[tables.user.columns]\nid = {{ type = \"integer\", primary_key = true }}\n");
    let ours = plan(
        &before,
        &before.replace(
            "state = \"text\"",
            "state = \"text\"\nuser = { type = \"integer\", nullable = true, references = \"user.id\" }",
        ),
        &[],
    );
    assert!(result(&before, &ours, &plan(&before, TICKET, &[])).is_some());
}

/// Whether two changes of one snapshot commute, each a text in place of another one, or at the end.
#[track_caller]
fn check(dialect: Dialect, before: &str, ours: &str, theirs: &str, expected: bool) {
    check_renamed(dialect, before, (ours, &[]), (theirs, &[]), expected);
}

#[track_caller]
fn check_renamed(dialect: Dialect, before: &str, ours: (&str, &[&str]), theirs: (&str, &[&str]), expected: bool) {
    let state = schema_of(dialect, before);
    let ours = plan_of(dialect, before, ours.0, ours.1);
    let theirs = plan_of(dialect, before, theirs.0, theirs.1);
    assert!(!ours.is_empty() && !theirs.is_empty());
    for (ours, theirs) in [(&ours, &theirs), (&theirs, &ours)] {
        let clash = commute(&state, ours, theirs);
        assert_eq!(clash.is_ok(), expected, "{dialect}: {clash:?}");
    }
}

#[test]
fn words_in_strings_and_comments_are_no_names() {
    let gone = TICKET.replace("state = \"text\"\n", "");
    for dialect in Dialect::ALL {
        for (query, expected) in [
            ("SELECT id, 'state' AS kind FROM ticket", true),
            ("SELECT id /* state */ -- state\\n FROM ticket", true),
            ("SELECT id, 'it''s state' AS kind FROM ticket", true),
            ("SELECT id, 'x' AS kind FROM ticket WHERE State > ''", false),
            ("SELECT id, '--' AS kind, state FROM ticket", false),
        ] {
            check(dialect, TICKET, &format!("{TICKET}[views.kinds]\nquery = \"{query}\"\n"), &gone, expected);
        }
    }
}

#[test]
fn names_are_compared_as_the_database_compares_them() {
    let before = TICKET.replace("state = ", "\"State\" = ") + "note = \"text\"\n";
    let gone = before.replace("\"State\" = \"text\"\n", "");
    let view = |column: &str| format!("{before}[views.v]\nquery = 'SELECT id, {column} AS found FROM ticket'\n");
    let lite = Dialect::Sqlite;
    for (query, in_postgres) in [("\"State\"", false), ("state", true), ("\"state\"", true), ("STATE", true)] {
        check(Dialect::Postgres, &before, &view(query), &gone, in_postgres);
        check(lite, &before, &view(query), &gone, false);
    }
    // Two columns for PostgreSQL, one and the same for SQLite.
    let (ours, theirs) = (format!("{TICKET}Size = \"integer?\"\n"), format!("{TICKET}size = \"integer?\"\n"));
    let (ours, theirs) =
        [ours, theirs].map(|text| text.replace("\"integer?\"", "{ type = \"integer\", nullable = true }")).into();
    check(Dialect::Postgres, TICKET, &ours, &theirs, true);
    check(lite, TICKET, &ours, &theirs, false);
}

#[test]
fn a_new_column_matters_to_who_reads_all_or_means_another_one() {
    let before = format!("{TICKET}[tables.person.columns]\nid = {{ type = \"integer\", primary_key = true }}\n");
    let theirs = format!("{before}state = {{ type = \"text\", nullable = true }}\n");
    for (query, expected) in [
        ("SELECT * FROM person", false),
        ("SELECT p.*, t.state FROM person p JOIN ticket t ON t.id = p.id", false),
        ("SELECT count(*) AS n FROM person", true),
        ("SELECT p.id * 2 AS n FROM person p", true),
        ("SELECT state FROM ticket t JOIN person p ON t.id = p.id", false),
        ("SELECT t.state FROM ticket t JOIN person p ON t.id = p.id", true),
    ] {
        for dialect in Dialect::ALL {
            check(dialect, &before, &format!("{before}[views.v]\nquery = \"{query}\"\n"), &theirs, expected);
        }
    }
}

#[test]
fn one_name_of_the_database_is_taken_once() {
    let ours = format!("{TICKET}[tables.level.columns]\nid = {{ type = \"integer\", primary_key = true }}\n");
    let theirs =
        format!("[enums.level]\nvalues = [\"low\"]\n\n{TICKET}level = {{ type = \"level\", nullable = true }}\n");
    check(Dialect::Postgres, TICKET, &ours, &theirs, false);
    check(Dialect::Sqlite, TICKET, &ours, &theirs, true);
    let view = format!("{TICKET}[views.level]\nquery = \"SELECT id FROM ticket\"\n");
    for dialect in Dialect::ALL {
        check(dialect, TICKET, &ours, &view, false);
    }
}

#[test]
fn values_that_are_made_from_what_the_other_one_fills() {
    let before = TICKET.replace("\"text\"", "{ type = \"text\", nullable = true }");
    let theirs = TICKET.replace("\"text\"", "{ type = \"text\", backfill = \"new\" }");
    let column = |sql: &str| format!("{before}label = {{ type = \"text\", backfill = {{ sql = \"{sql}\" }} }}\n");
    for dialect in Dialect::ALL {
        check(dialect, &before, &column("coalesce(State, '')"), &theirs, false);
        check(dialect, &before, &column("'state'"), &theirs, true);
        let index = before.replace("nullable = true", "nullable = true, index = true");
        check(dialect, &before, &index, &theirs, true);
    }
}

#[test]
fn a_label_matters_to_those_who_have_it() {
    let before = "[enums.level]\nvalues = [\"low\", \"high\"]\n\n[tables.ticket.columns]\nid = { type = \"integer\", \
                  primary_key = true }\nlevel = \"level\"\n";
    let theirs = before.replace("\"low\", ", "\"minor\", ");
    let renames: &[&str] = &["level.low:minor"];
    for dialect in Dialect::ALL {
        for (condition, expected) in [("level <> 'low'", false), ("level <> 'high'", true), ("id > 1 /* low */", true)]
        {
            let ours = format!("{before}[views.v]\nquery = \"SELECT id FROM ticket WHERE {condition}\"\n");
            check_renamed(dialect, before, (&ours, &[]), (&theirs, renames), expected);
        }
    }
}
