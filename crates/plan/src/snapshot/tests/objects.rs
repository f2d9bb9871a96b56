//! Objects, exclusion constraints, and what depends on what, in each dialect.
//!
//! Says nothing about the order that follows from it.

use std::collections::BTreeSet;

use super::{messages, source};
use crate::model::{Dialect, Exclusion, ExclusionElement, IndexTarget, Schema};
use crate::snapshot::read;

const OBJECTS: &str = r#"
format = 1

[tables.ticket]
depends_on = ["ticket_number"]

[tables.ticket.columns]
id = { type = "integer", primary_key = true }
number = { type = "bigint", default = { sql = "nextval('ticket_number')", sqlite = "0" } }

[objects.ticket_number]
create = { postgres = "CREATE SEQUENCE ticket_number;" }
drop = { postgres = "DROP SEQUENCE ticket_number;" }

[objects.ticket_touch]
create = { sql = """
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER ticket_touch BEFORE UPDATE ON ticket FOR EACH ROW EXECUTE FUNCTION touch();
""", sqlite = """
CREATE TRIGGER ticket_touch AFTER UPDATE ON ticket BEGIN
  UPDATE ticket SET number = number + 1;
END;
""" }
drop = { sql = "DROP TRIGGER ticket_touch ON ticket; DROP FUNCTION touch()", sqlite = "DROP TRIGGER ticket_touch" }
depends_on = ["ticket", "ticket_number"]
"#;

fn schema(dialect: Dialect, text: &str) -> Schema {
    read(dialect, &[source("ticket", text)]).unwrap().schema
}

fn keys(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[test]
fn an_object_is_its_texts_for_the_dialect() {
    let schema = schema(Dialect::Postgres, OBJECTS);
    assert_eq!(schema.objects.keys().collect::<Vec<_>>(), ["ticket_number", "ticket_touch"]);
    let number = &schema.objects["ticket_number"];
    assert_eq!((number.create.as_str(), number.domain.as_str()), ("CREATE SEQUENCE ticket_number", "ticket"));
    assert_eq!((number.drop.as_str(), number.depends_on.len()), ("DROP SEQUENCE ticket_number", 0));
    let touch = &schema.objects["ticket_touch"];
    assert!(touch.create.starts_with("CREATE FUNCTION") && touch.create.ends_with("EXECUTE FUNCTION touch()"));
    assert_eq!(touch.drop, "DROP TRIGGER ticket_touch ON ticket; DROP FUNCTION touch()");
    assert_eq!(touch.depends_on, keys(&["ticket", "ticket_number"]));
    assert_eq!(schema.tables["ticket"].depends_on, keys(&["ticket_number"]));
}

#[test]
fn an_object_without_a_text_for_the_dialect_is_not_there_and_nothing_waits_for_it() {
    let schema = schema(Dialect::Sqlite, OBJECTS);
    assert_eq!(schema.objects.keys().collect::<Vec<_>>(), ["ticket_touch"]);
    let touch = &schema.objects["ticket_touch"];
    assert_eq!(
        touch.create,
        "CREATE TRIGGER ticket_touch AFTER UPDATE ON ticket BEGIN\n  UPDATE ticket SET number = number + 1;\nEND"
    );
    assert_eq!(touch.depends_on, keys(&["ticket"]));
    assert!(schema.tables["ticket"].depends_on.is_empty());
}

#[test]
fn exclusion_constraints_compare_columns_and_expressions() {
    let text = "[tables.visit.columns]\nid = { type = \"integer\", primary_key = true }\nroom = \"integer\"\n\
                during = \"tstzrange\"\n[[tables.visit.exclusions]]\nname = \"visit_once\"\nusing = \"gist\"\n\
                elements = [{ column = \"room\", with = \"=\" }, \
                { expression = { sql = \"room + 1\", postgres = \" during * '[,]' \" }, with = \"&&\" }]\n\
                where = { postgres = \"room > 0\" }\n";
    let exclusions = schema(Dialect::Postgres, &format!("format = 1\n{text}")).tables["visit"].exclusions.clone();
    let element = |target, operator: &str| ExclusionElement { target, operator: operator.to_owned() };
    let expected = Exclusion {
        method: "gist".to_owned(),
        elements: vec![
            element(IndexTarget::Column("room".into()), "="),
            element(IndexTarget::Expression("during * '[,]'".into()), "&&"),
        ],
        predicate: Some("room > 0".to_owned()),
    };
    assert_eq!(exclusions.into_iter().collect::<Vec<_>>(), [("visit_once".to_owned(), expected)]);
    let plain = text.replace("tstzrange", "text").replace("where = { postgres = \"room > 0\" }\n", "");
    assert_eq!(messages(Dialect::Sqlite, &plain), ["table `visit`: `exclusions` is not possible on SQLite"]);
}

#[test]
fn a_cycle_is_said_once_and_foreign_keys_are_none() {
    let object = |key: &str, needs: &str| {
        format!("[objects.{key}]\ncreate = \"CREATE {key}\"\ndrop = \"DROP {key}\"\ndepends_on = [\"{needs}\"]\n")
    };
    let text = object("c", "b") + &object("b", "c") + &object("d", "b");
    assert_eq!(messages(Dialect::Postgres, &text), ["these depend on each other: `b` -> `c` -> `b`"]);
    let tables = "[tables.a.columns]\nid = { type = \"integer\", primary_key = true, references = \"b\" }\n\
                  [tables.b.columns]\nid = { type = \"integer\", primary_key = true, references = \"a\" }\n";
    assert_eq!(messages(Dialect::Postgres, tables), [""; 0]);
}

#[test]
fn a_view_that_is_found_to_read_another_domain_is_refused_like_a_foreign_key() {
    let house =
        source("house", "format = 1\n[tables.house]\nanalytics_view = true\n[tables.house.columns]\nid = \"uuid\"\n");
    let view = |depends_on: &str, more: &str| {
        let text = format!("format = 1\n{depends_on}\n[views.v]\nquery = \"SELECT id FROM house\"\n{more}");
        let found = read(Dialect::Postgres, &[house.clone(), source("ticket", &text)]).err().unwrap_or_default();
        found.into_iter().map(|item| item.message).collect::<Vec<_>>()
    };
    assert_eq!(view("", ""), [""; 0]);
    assert_eq!(view("depends_on = [\"house\"]", ""), [""; 0]);
    let refused = "view `v` reads `house`: domain `ticket` reaches for `house`, which is not in its `depends_on`";
    assert_eq!(view("depends_on = []", ""), [refused]);
    let refused = "view `v` depends on view `analytics.house`: domain `ticket` reaches for `house`, which is not in its `depends_on`";
    assert_eq!(view("depends_on = []", "depends_on = [\"analytics.house\"]"), [refused]);
}

#[test]
fn a_broken_file_hides_what_may_be_in_it_from_depends_on() {
    let broken = source("b", "format = 1\n[objects.b\n");
    let text = "format = 1\n[objects.a]\ncreate = \"CREATE a\"\ndrop = \"DROP a\"\ndepends_on = [\"b\"]\n";
    let found = read(Dialect::Postgres, &[broken, source("a", text)]).unwrap_err();
    assert!(found.iter().all(|item| item.path == "b.toml"), "{found:?}");
}
