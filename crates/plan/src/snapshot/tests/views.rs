//! Views in each dialect: as declared, materialized, and made for analytics.
//!
//! Says nothing about the SQL that is written for them.

use std::collections::BTreeSet;

use super::{messages, source};
use crate::model::{Dialect, IndexTarget, View};
use crate::snapshot::{Options, read};

const VIEWS: &str = r#"
format = 1
extensions = ["citext"]

[enums.kind]
values = ["flat"]
schema = "crm"

[tables.house.columns]
id = { type = "serial", primary_key = true }
owner = { type = "text", sensitive = true }

[tables.house]
analytics_view = true

[tables.visit]
name = "Visit"
schema = "crm"
analytics_view = true

[tables.visit.columns]
id = { type = "bigserial", primary_key = true, sensitive = true }
note = { type = "citext", nullable = true, sensitive = true }
house = { type = "integer", references = "house" }

[views.busy]
name = "busy_house"
schema = "crm"
comment = "Houses that people visit"
query = { sql = """
  SELECT id, count(*) AS n FROM house GROUP BY id;
""", sqlite = " SELECT id, total(1) AS n FROM house GROUP BY id ; " }
depends_on = ["visit", "house", "analytics.house"]
"#;

fn views(options: impl Into<Options>, text: &str) -> Vec<(String, View)> {
    read(options, &[source("house", text)]).unwrap().schema.views.into_iter().collect()
}

fn keys(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[test]
fn a_view_keeps_its_schema_on_postgresql_and_has_it_in_its_name_on_sqlite() {
    let wanted = read(Dialect::Postgres, &[source("house", VIEWS)]).unwrap();
    let busy = &wanted.schema.views["busy"];
    assert_eq!((busy.schema.as_deref(), busy.name.as_str()), (Some("crm"), "busy_house"));
    assert_eq!(busy.comment.as_deref(), Some("Houses that people visit"));
    assert_eq!(busy.query, "SELECT id, count(*) AS n FROM house GROUP BY id");
    assert_eq!(busy.depends_on, keys(&["analytics.house", "house", "visit"]));
    assert_eq!((busy.domain.as_str(), busy.materialized, busy.indexes.len()), ("house", false, 0));
    assert_eq!(wanted.schema.schemas, keys(&["analytics", "crm"]));

    let wanted = read(Dialect::Sqlite, &[source("house", VIEWS)]).unwrap();
    let busy = &wanted.schema.views["busy"];
    assert_eq!((busy.schema.as_deref(), busy.name.as_str()), (None, "crm_busy_house"));
    assert_eq!(
        (busy.comment.as_deref(), busy.query.as_str()),
        (None, "SELECT id, total(1) AS n FROM house GROUP BY id")
    );
    assert!(wanted.schema.schemas.is_empty());
}

#[test]
fn a_view_for_analytics_hides_what_is_sensitive_and_keeps_the_types() {
    let found = views(Dialect::Postgres, VIEWS);
    assert_eq!(
        found.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
        ["analytics.house", "analytics.visit", "busy"]
    );
    let (_, visit) = &found[1];
    assert_eq!((visit.schema.as_deref(), visit.name.as_str()), (Some("analytics"), "Visit"));
    assert_eq!(visit.depends_on, keys(&["visit"]));
    assert_eq!(
        visit.query,
        "SELECT\n  CAST(NULL AS bigint) AS \"id\",\n  CAST(NULL AS citext) AS \"note\",\n  \"house\"\nFROM \"crm\".\"Visit\""
    );

    let found = views(Dialect::Sqlite, VIEWS);
    let (key, visit) = &found[1];
    assert_eq!(
        (key.as_str(), visit.schema.as_deref(), visit.name.as_str()),
        ("analytics.visit", None, "analytics_crm_Visit")
    );
    assert_eq!(visit.query, "SELECT\n  NULL AS \"id\",\n  NULL AS \"note\",\n  \"house\"\nFROM \"crm_Visit\"");
}

#[test]
fn analytics_have_the_schema_of_the_settings() {
    let text = "format = 1\n[enums.kind]\nvalues = [\"flat\"]\nschema = \"crm\"\n[tables.a]\nanalytics_view = true\n\
                [tables.a.columns]\nid = \"integer\"\nkinds = { type = \"kind[]\", sensitive = true }\n";
    let options = Options { analytics_schema: "Bi".to_owned(), ..Options::from(Dialect::Postgres) };
    let found = views(options, text);
    let (key, view) = &found[0];
    assert_eq!((key.as_str(), view.schema.as_deref(), view.name.as_str()), ("Bi.a", Some("Bi"), "a"));
    assert!(view.query.contains("\n  CAST(NULL AS \"crm\".\"kind\"[]) AS \"kinds\"\n"), "{}", view.query);
    // `public` is where the table is, too.
    let options = Options { analytics_schema: "public".to_owned(), ..Options::from(Dialect::Postgres) };
    let found = read(options, &[source("a", text)]).unwrap_err();
    assert_eq!(found[0].message, "analytics view `a` has the name of the table");
}

#[test]
fn a_materialized_view_has_indexes_named_after_it() {
    let text = "format = 1\n[views.busy]\nname = \"Busy\"\nschema = \"crm\"\nmaterialized = true\n\
                query = \"SELECT 1 AS n, 'a' AS title\"\n[[views.busy.indexes]]\nunique = true\ncolumns = [\"n\"]\n\
                where = \"n > 0\"\n[[views.busy.indexes]]\ncolumns = [{ expression = \"lower(title)\", order = \"desc\" }]\n";
    let found = views(Dialect::Postgres, text);
    let (_, busy) = &found[0];
    assert!(busy.materialized);
    assert_eq!(busy.indexes.keys().collect::<Vec<_>>(), ["Busy_lower_idx", "Busy_n_idx"]);
    let index = &busy.indexes["Busy_n_idx"];
    assert!(index.unique && index.predicate.as_deref() == Some("n > 0"));
    let element = &busy.indexes["Busy_lower_idx"].columns[0];
    assert!(element.descending && element.target == IndexTarget::Expression("lower(title)".into()));

    let refused =
        ["view `busy`: `materialized` is not possible on SQLite", "view `busy`: `indexes` is not possible on SQLite"];
    assert_eq!(messages(Dialect::Sqlite, text.trim_start_matches("format = 1\n")), refused);
}

#[test]
fn views_and_tables_of_different_schemas_may_share_a_name() {
    let text = "[tables.a.columns]\nid = \"integer\"\n[views.crm_a]\nname = \"a\"\nschema = \"crm\"\nquery = \"SELECT 1\"\n\
                [views.public_a]\nname = \"a\"\nschema = \"public\"\nquery = \"SELECT 1\"\n";
    for dialect in Dialect::ALL {
        assert_eq!(messages(dialect, text), ["view `a` has the name of the table"]);
    }
}
