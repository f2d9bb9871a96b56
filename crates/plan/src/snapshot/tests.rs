//! Whole snapshots: what they become in each dialect, and that no text makes the reader fail.
//!
//! Messages as people see them are golden files under `/tests/data/bad-snapshots`.

mod objects;
mod views;

use proptest::prelude::*;

use super::{Options, Source, Wanted, read};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{DataType, DefaultValue, Dialect, Domain, Identity};

const TICKET: &str = r#"
format = 1
extensions = ["citext"]
depends_on = ["organization"]

[enums.ticket_status]
values = ["new", "open", "closed"]

[tables.ticket]
comment = "A resident's request"
renamed_from = "request"

[tables.ticket.columns]
id           = { type = "uuid", primary_key = true, default = { sql = "gen_random_uuid()" } }
number       = { type = "int", unique = true }
title        = "text"
details      = { type = "text", nullable = true, sensitive = true }
status       = { type = "ticket_status", default = "new", backfill = "open" }
organization = { type = "uuid", references = { table = "organization", on_delete = "cascade" }, index = true }
price        = { type = "decimal(12,2)", nullable = true, check = "price > 0" }
created_at   = { type = "timestamp with time zone", default = { sql = "now()", sqlite = "CURRENT_TIMESTAMP" } }
done         = { type = "boolean", renamed_from = "closed", backfill = false, using = { sql = "status = 'closed'" } }

[[tables.ticket.unique]]
columns = ["organization", "number"]
where = "deleted_at IS NULL"

[[tables.ticket.indexes]]
columns = ["status", { column = "created_at", order = "desc" }]

[[tables.ticket.indexes]]
columns = [{ expression = "lower(title)" }]
unique = true

[[tables.ticket.checks]]
name = "ticket_details_or_title"
expression = "details IS NOT NULL OR title <> ''"
"#;

/// The example's `where` reads a column that its table does not declare.
const WITHOUT_COLUMN: &str =
    "table `ticket`: the `where` of a unique constraint reads `deleted_at`, which is no column of it";

/// What is not in the example: for texts that are damaged.
const OTHERS: &str = r#"
[enums.urgency]
values = ["low", "high"]
renamed_from = "priority"
renamed_values = { lower = "low" }

[tables.visit]
analytics_view = true
depends_on = ["visit_number"]
exclusions = [
  { name = "visit_once", using = "gist", elements = [{ column = "id", with = "=" }, { expression = "abs(id)", with = "&&" }] },
]

[tables.visit.columns]
id = { type = "integer", primary_key = true, sensitive = true }

[views.visits]
query = { sql = "SELECT id FROM visit JOIN ticket USING (id);", sqlite = "SELECT 1" }
schema = "crm"
comment = "All of them"
depends_on = ["ticket", "visit", "analytics.visit"]

[views.busy]
query = "SELECT id FROM visits"
materialized = true
indexes = [{ columns = ["id"], unique = true }]

[objects.visit_number]
create = { postgres = "CREATE SEQUENCE visit_number", sqlite = "SELECT 1;" }
drop = "DROP SEQUENCE visit_number;"
depends_on = ["organization"]
"#;

const ORGANIZATION: &str = r#"
format = 1

[tables.organization]
schema = "crm"

[tables.organization.columns]
id = { type = "uuid", primary_key = true }
parent = { type = "uuid", nullable = true, references = "organization" }
"#;

fn source(domain: &str, text: &str) -> Source {
    Source { path: format!("{domain}.toml"), domain: Domain::new(domain).unwrap(), text: text.to_owned() }
}

fn both(dialect: Dialect) -> Wanted {
    read(dialect, &[source("ticket", TICKET), source("organization", ORGANIZATION)]).unwrap()
}

/// The messages for one file of one domain; none when it is fine.
fn messages(dialect: Dialect, text: &str) -> Vec<String> {
    let text = format!("format = 1\n{text}");
    let found = read(dialect, &[source("a", &text)]).err().unwrap_or_default();
    found.into_iter().map(|item| item.message).collect()
}

#[test]
fn the_example_of_the_format_is_resolved_for_postgresql() {
    let wanted = both(Dialect::Postgres);
    let ticket = &wanted.schema.tables["ticket"];
    assert_eq!(ticket.comment.as_deref(), Some("A resident's request"));
    assert_eq!(ticket.primary_key.as_ref().unwrap().name, "ticket_pkey");
    assert_eq!(ticket.columns["number"].data_type, DataType::Integer);
    assert_eq!(ticket.columns["status"].data_type, DataType::Enum("ticket_status".into()));
    assert_eq!(ticket.columns["created_at"].default, Some(DefaultValue::Expression("now()".into())));
    assert_eq!(ticket.unique.keys().collect::<Vec<_>>(), ["ticket_number_key"]);
    let partial = &ticket.indexes["ticket_organization_number_key"];
    assert!(partial.unique && partial.predicate.as_deref() == Some("deleted_at IS NULL"));
    assert!(ticket.indexes["ticket_status_created_at_idx"].columns[1].descending);
    assert!(ticket.indexes["ticket_lower_idx"].unique);
    assert_eq!(ticket.checks.keys().collect::<Vec<_>>(), ["ticket_details_or_title", "ticket_price_check"]);
    assert_eq!(ticket.foreign_keys["ticket_organization_fkey"].references, ["id"]);
    let columns: Vec<_> = ticket.columns.keys().map(String::as_str).collect();
    assert_eq!(columns[..4], ["id", "number", "title", "details"]);

    let organization = &wanted.schema.tables["organization"];
    assert_eq!(organization.schema.as_deref(), Some("crm"));
    assert_eq!(organization.foreign_keys["organization_parent_fkey"].table, "organization");
    assert_eq!(wanted.schema.schemas.iter().collect::<Vec<_>>(), ["crm"]);
    assert_eq!(wanted.schema.extensions.iter().collect::<Vec<_>>(), ["citext"]);
    assert_eq!(wanted.sensitive.iter().collect::<Vec<_>>(), [&("ticket".to_owned(), "details".to_owned())]);
    let notes: Vec<_> = wanted.notes.iter().map(|note| (note.severity, note.message.as_str())).collect();
    assert_eq!(notes, [(Severity::Warning, WITHOUT_COLUMN)]);
}

#[test]
fn only_the_rows_of_an_index_may_be_told_by_a_column_that_is_not_there() {
    let with = |rest: &str| {
        format!(
            "format = 1\n[tables.a]\n{rest}\n[tables.a.columns]\nid = {{ type = \"integer\", primary_key = true }}\n"
        )
    };
    for dialect in Dialect::ALL {
        for list in ["unique", "indexes"] {
            let text = with(&format!("{list} = [{{ columns = [\"id\"], where = \"gone IS NULL AND lost > 0\" }}]"));
            let wanted = read(dialect, &[source("a", &text)]).unwrap();
            assert_eq!(wanted.schema.tables["a"].indexes.len(), 1);
            assert_eq!(wanted.notes.iter().map(|note| note.severity).collect::<Vec<_>>(), [Severity::Warning; 2]);
            let text = text.replace("lost > 0", "b.lost > 0");
            assert!(read(dialect, &[source("a", &text)]).is_err());
        }
        for rest in [
            "checks = [{ name = \"c\", expression = \"gone IS NULL\" }]",
            "indexes = [{ columns = [{ expression = \"lower(gone)\" }] }]",
        ] {
            assert!(read(dialect, &[source("a", &with(rest))]).is_err(), "{rest}");
        }
    }
}

#[test]
fn on_sqlite_schemas_become_prefixes_and_comments_and_extensions_are_left_out() {
    let wanted = both(Dialect::Sqlite);
    let ticket = &wanted.schema.tables["ticket"];
    assert_eq!(ticket.comment, None);
    assert_eq!(ticket.columns["created_at"].default, Some(DefaultValue::Expression("CURRENT_TIMESTAMP".into())));
    let organization = &wanted.schema.tables["organization"];
    assert_eq!((organization.name.as_str(), &organization.schema), ("crm_organization", &None));
    assert_eq!(organization.primary_key.as_ref().unwrap().name, "crm_organization_pkey");
    assert!(wanted.schema.schemas.is_empty() && wanted.schema.extensions.is_empty());
    let notes: Vec<_> = wanted.notes.iter().map(|note| note.message.as_str()).collect();
    assert_eq!(notes, ["extensions are PostgreSQL's and are ignored on SQLite", WITHOUT_COLUMN]);
}

#[test]
fn hints_are_sql_with_their_places() {
    let wanted = both(Dialect::Postgres);
    assert_eq!(wanted.hints.tables["ticket"].renamed_from.value, "request");
    let column = |name: &str| &wanted.hints.columns[&("ticket".to_owned(), name.to_owned())];
    assert_eq!(column("status").backfill.as_ref().unwrap().value, "'open'");
    let done = column("done");
    assert_eq!(done.backfill.as_ref().unwrap().value, "FALSE");
    assert_eq!(done.using.as_ref().unwrap().value, "status = 'closed'");
    let renamed = done.renamed_from.as_ref().unwrap();
    assert_eq!((renamed.path.as_str(), &TICKET[renamed.span.clone()]), ("ticket.toml", "\"closed\""));
    assert_eq!(wanted.hints.columns.len(), 2);
}

#[test]
fn hints_of_enums_are_by_the_labels_that_were() {
    let text = "format = 1\n[enums.state]\nvalues = [\"new\", \"open\"]\nrenamed_from = \"status\"\n\
                renamed_values = { fresh = \"new\", new = \"open\", gone = \"opne\" }\n";
    let wanted = read(Dialect::Sqlite, &[source("a", text)]).unwrap();
    let hint = &wanted.hints.enums["state"];
    assert_eq!(hint.renamed_from.as_ref().unwrap().value, "status");
    let values: Vec<_> = hint.renamed_values.iter().map(|(old, new)| (old.as_str(), new.value.as_str())).collect();
    assert_eq!(values, [("fresh", "new"), ("gone", "opne"), ("new", "open")]);
    assert_eq!(&text[hint.renamed_values["fresh"].span.clone()], "\"new\"");
}

#[test]
fn primary_keys_come_from_columns_or_from_the_table() {
    let text = "[tables.a]\nprimary_key = { columns = [\"y\", \"x\"], name = \"key\" }\n\
                [tables.a.columns]\nx = \"integer\"\ny = \"integer\"\n";
    let wanted = read(Dialect::Postgres, &[source("a", &format!("format = 1\n{text}"))]).unwrap();
    let key = wanted.schema.tables["a"].primary_key.as_ref().unwrap();
    assert_eq!((key.name.as_str(), key.columns.as_slice()), ("key", &["y".to_owned(), "x".to_owned()][..]));
    assert_eq!(
        messages(Dialect::Postgres, &text.replace("x = \"integer\"", "x = { type = \"integer\", primary_key = true }")),
        ["table `a` has a `primary_key` already"]
    );
}

#[test]
fn a_counter_keeps_its_declared_type() {
    let text = "format = 1\n[tables.a.columns]\nid = { type = \"bigint\", primary_key = true, auto_increment = true }\n\
                [tables.b.columns]\nid = { type = \"serial\", primary_key = true }\n\
                a = { type = \"bigint\", references = \"a\" }\n";
    for dialect in Dialect::ALL {
        let schema = read(dialect, &[source("a", text)]).unwrap().schema;
        let id = &schema.tables["a"].columns["id"];
        assert_eq!((&id.data_type, id.identity), (&DataType::Bigint, Some(Identity::AutoIncrement)));
        assert_eq!(schema.tables["b"].columns["id"].data_type, DataType::Serial);
    }
}

#[test]
fn integers_of_another_width_are_another_type_on_postgresql_unless_the_database_was_there_before() {
    let text = "[tables.a.columns]\nid = { type = \"serial\", primary_key = true }\n\
                small = { type = \"integer\", references = \"a\" }\nlarge = { type = \"bigint\", references = \"a\" }\n";
    let refused = "column `a.large` has type `bigint` and references `a.id` of type `integer`";
    assert_eq!(messages(Dialect::Postgres, text), [refused]);
    assert_eq!(messages(Dialect::Sqlite, text), [""; 0]);

    let adopted = Options { is_adopted: true, ..Options::from(Dialect::Postgres) };
    let notes = read(adopted.clone(), &[source("a", &format!("format = 1\n{text}"))]).unwrap().notes;
    assert_eq!(notes.iter().map(|note| note.message.as_str()).collect::<Vec<_>>(), [refused]);
    let text = format!("format = 1\n{}", text.replace("bigint", "text"));
    assert!(read(adopted, &[source("a", &text)]).is_err());
}

#[test]
fn a_table_key_may_have_a_dot() {
    let text = "[tables.\"a.b\".columns]\nid = { type = \"integer\", primary_key = true }\n\
                c = { type = \"integer\", references = \"a.b\" }\nd = { type = \"integer\", references = \"a.b.id\" }\n";
    assert_eq!(messages(Dialect::Postgres, text), [""; 0]);
}

#[test]
fn an_index_that_is_unique_in_every_row_can_be_referenced() {
    let table = |index: &str| {
        format!(
            "[tables.a.columns]\nid = {{ type = \"integer\", primary_key = true }}\nx = \"integer\"\ny = \"integer\"\n\
             [[tables.a.indexes]]\nunique = true\n{index}\n[tables.b.columns]\nx = \"integer\"\ny = \"integer\"\n\
             [[tables.b.foreign_keys]]\ncolumns = [\"x\", \"y\"]\n\
             references = {{ table = \"a\", columns = [\"x\", \"y\"] }}\n"
        )
    };
    // In any order, as both databases take it.
    assert_eq!(messages(Dialect::Postgres, &table("columns = [\"y\", \"x\"]")), [""; 0]);
    let refused = ["table `b` references `a.x, y`, which is neither primary key nor unique"];
    assert_eq!(messages(Dialect::Postgres, &table("columns = [\"x\", \"y\"]\nwhere = \"x > 0\"")), refused);
    assert_eq!(messages(Dialect::Postgres, &table("columns = [\"x\", { expression = \"y\" }]")), refused);
}

#[test]
fn a_broken_file_hides_only_what_may_be_in_it() {
    let broken = source("b", "format = 1\n[tables.b\n");
    let other =
        source("a", "format = 1\n[tables.a.columns]\nb = { type = \"integer\", references = \"b\", nul = 1 }\n");
    let found = read(Dialect::Postgres, &[broken, other]).unwrap_err();
    let found: Vec<_> = found.iter().map(|item| (item.path.as_str(), item.message.as_str())).collect();
    assert_eq!(found, [("a.toml", "unknown key `nul`"), ("b.toml", "unclosed table, expected `]`"),]);
}

#[test]
fn sqlite_has_two_table_options() {
    let with = |options: &str, column: &str| {
        format!("[tables.a]\noptions = {options}\n[tables.a.columns]\nid = {{ type = \"integer\", {column} }}\n")
    };
    let key = "primary_key = true";
    assert_eq!(messages(Dialect::Sqlite, &with("\"strict, without rowid\"", key)), [""; 0]);
    assert_eq!(messages(Dialect::Sqlite, &with("{ postgres = \"WITH (fillfactor = 70)\" }", key)), [""; 0]);
    assert_eq!(
        messages(Dialect::Sqlite, &with("\"PARTITION BY LIST (id)\"", key)),
        ["table `a`: SQLite has no such `options`, expected `STRICT` or `WITHOUT ROWID`"]
    );
    assert_eq!(
        messages(Dialect::Sqlite, &with("\"WITHOUT ROWID\"", "primary_key = true, auto_increment = true")),
        ["table `a`: a table `WITHOUT ROWID` cannot count on SQLite"]
    );
    assert_eq!(
        messages(Dialect::Sqlite, &with("\"WITHOUT ROWID\"", "nullable = true")),
        ["table `a`: a table `WITHOUT ROWID` needs a primary key on SQLite"]
    );
}

#[test]
fn what_is_to_be_damaged_is_whole() {
    let text = [TICKET, OTHERS].concat();
    let wanted = read(Dialect::Postgres, &[source("ticket", &text), source("organization", ORGANIZATION)]).unwrap();
    assert_eq!((wanted.schema.views.len(), wanted.schema.objects.len(), wanted.notes.len()), (3, 1, 1));
    assert_eq!(wanted.notes[0].message, WITHOUT_COLUMN);
}

fn check_places(text: &str, found: &[Diagnostic]) {
    for item in found {
        assert!(text.get(item.span.clone()).is_some(), "{item:?}");
    }
}

fn answer(text: &str) {
    for dialect in Dialect::ALL {
        match read(dialect, &[source("ticket", text), source("organization", ORGANIZATION)]) {
            Ok(wanted) => check_places(text, &wanted.notes),
            Err(found) => {
                assert!(!found.is_empty());
                found.iter().filter(|item| item.path == "ticket.toml").for_each(|item| {
                    check_places(text, std::slice::from_ref(item));
                });
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_an_answer(text in "(?s).{0,200}") {
        answer(&text);
    }

    #[test]
    fn a_damaged_snapshot_is_an_answer(
        place in any::<prop::sample::Index>(),
        length in 0..40_usize,
        patch in "[\\[\\]{}=\"',.#a-z0-9\n ж]{0,6}",
    ) {
        let mut bytes = [TICKET, OTHERS].concat().into_bytes();
        let start = place.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, patch.bytes());
        answer(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn keys_in_strange_places_are_an_answer(
        lines in prop::collection::vec((0..60_usize, 0..60_usize), 1..12),
    ) {
        // Lines of the example, shuffled and repeated: headers meet keys they were not made for.
        let source: Vec<_> = TICKET.lines().chain(OTHERS.lines()).collect();
        let mut text = String::new();
        for (a, b) in lines {
            text.push_str(source[a % source.len()]);
            text.push('\n');
            text.push_str(source[b % source.len()].trim_start_matches(['[', ' ']));
            text.push('\n');
        }
        answer(&text);
    }
}
