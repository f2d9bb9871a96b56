//! `inspect --from-schema-rs`: the snapshots that it writes print the same `schema.rs` again, byte for byte, for condo and every
//! golden case.

use makemigrations_plan::schema_rs::{self, Options};
use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::golden_cases;
use makemigrations_tests::project::Project;

use super::print_schema::{condo_project, dialect, wanted};

/// From `schema.rs` to snapshots and back.
#[track_caller]
fn round_trip(engine: Engine, printed: &str, what: &str) {
    let project = Project::new(engine);
    project.write("src/schema.rs", printed);
    project.run(["inspect", "--from-schema-rs", "src/schema.rs", "--write"]).code(0);
    let again = wanted(dialect(engine), &project.join("schema-snapshots")).expect("snapshots that can be read");
    let again = schema_rs::write(dialect(engine), &again.schema, &Options::default());
    assert!(again.notes.is_empty(), "{what}: {:?}", again.notes);
    let difference = similar::TextDiff::from_lines(printed, &again.text);
    assert!(again.text == printed, "{what}\n{}", difference.unified_diff());
}

#[test]
fn condo_is_the_same_again() {
    for engine in Engine::ALL {
        let printed = condo_project(engine).run(["schema", "--stdout"]);
        printed.code(0);
        assert_eq!(printed.stdout.matches("table!").count(), 311);
        round_trip(engine, &printed.stdout, engine.name());
    }
}

#[test]
fn every_golden_case_is_the_same_again() {
    let mut count = 0;
    for engine in Engine::ALL {
        for case in golden_cases::accepted(engine) {
            let Some(wanted) = wanted(dialect(engine), &case.join("after")) else { continue };
            let printed = schema_rs::write(dialect(engine), &wanted.schema, &Options::default()).text;
            if printed.contains("table!") {
                count += 1;
                round_trip(engine, &printed, &format!("{} {}", engine.name(), golden_cases::name(&case)));
            }
        }
    }
    assert!(count > 200, "{count}");
}

const BY_HAND: &str = r#"
use pgvector::sql_types::Vector;

pub mod sql_types {
    #[derive(diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "Ticket Status", schema = "kinds"))]
    pub struct TicketStatus;
    #[derive(SqlType)]
    #[postgres(type_name = "mood")]
    pub struct Mood;
    #[derive(SqlType)]
    #[diesel(postgres_type(name = "point"))]
    pub struct Point;
}

table! {
    use diesel::sql_types::*;
    use super::sql_types::{Mood, TicketStatus};

    /// A resident's request
    ///   with more to say
    #[sql_name = "My Tickets"]
    my_tickets (id) {
        id -> Int4,
        /// The state
        #[sql_name = "type"]
        type_ -> super::sql_types::TicketStatus,
        moods -> Nullable<Array<Nullable<Mood>>>,
        place -> Point,
        embedding -> Vector,
        at -> diesel::sql_types::Timestamptz,
        #[max_length = 20]
        name -> Varchar,
        r#ref -> Range<Integer>,
        parent -> Nullable<Int4>,
    }
}

diesel::table! {
    billing.invoice (ticket, number) {
        ticket -> Integer,
        number -> BigInt,
        amount -> Numeric,
    }
}

table! { users { id -> Integer, } }

joinable!(invoice -> my_tickets (ticket));
joinable!(my_tickets -> users (parent));
joinable!(my_tickets -> elsewhere (parent));
allow_tables_to_appear_in_same_query!(my_tickets, invoice, users,);
"#;

#[test]
fn one_by_hand_is_read_and_what_it_does_not_say_is_listed() {
    let project = Project::new(Engine::Postgres);
    project.write("src/schema.rs", BY_HAND);
    project.write("map.toml", "billing = [\"invoice\"]\n");
    let shown = project.run(["inspect", "--from-schema-rs", "src/schema.rs", "--domain-map", "map.toml"]);
    shown.code(0);
    assert!(!project.exists("schema-snapshots"));
    for expected in [
        "# schema-snapshots/billing.toml",
        "[tables.invoice]\nschema = \"billing\"\nprimary_key = [\"ticket\", \"number\"]",
        "[tables.\"My Tickets\"]",
        "comment = \"A resident's request\\n  with more to say\"",
        "sql = 'kinds.\"Ticket Status\"'",
        "mood[]",
        "public.point",
        "diesel = \"pgvector::sql_types::Vector\"",
        "at        = \"timestamptz\"",
        "varchar(20)",
        "int4range",
        "{ type = \"integer\", nullable = true, references = \"users\"",
        "# - defaults and generated columns",
    ] {
        assert!(shown.stdout.contains(expected), "no `{expected}`\n{}", shown.stdout);
    }
    shown
        .stderr_contains("does not say what the type `mood` is")
        .stderr_contains("`vector` is taken from the name of `pgvector::sql_types::Vector`")
        .stderr_contains("joinable!(my_tickets -> elsewhere (parent))");

    // Written once; a second time nothing changes, and another word of somebody's is not lost.
    let write = ["inspect", "--from-schema-rs", "src/schema.rs", "--domain-map", "map.toml", "--write"];
    project.run(write).code(0).stderr_contains("2 snapshots written");
    project.run(write).code(0).stderr_contains("0 snapshots written");
    project.replace("schema-snapshots/database.toml", "varchar(20)", "varchar(30)");
    project.run(write).code(1).stderr_contains("`src/schema.rs` has something else than");
    project.run(write.iter().copied().chain(["--force"])).code(0);
}

#[test]
fn a_database_can_be_made_of_it() {
    for engine in Engine::ALL {
        let ticket = "id -> Integer,\n        title -> Text,\n        size -> Nullable<BigInt>,";
        let log = match engine {
            Engine::Postgres => "",
            Engine::Sqlite => {
                "diesel::table! {\n    log (rowid) {\n        rowid -> Integer,\n        line -> Text,\n    }\n}\n"
            }
        };
        let text = format!("diesel::table! {{\n    ticket (id) {{\n        {ticket}\n    }}\n}}\n{log}");
        let project = Project::new(engine);
        project.write("schema.rs", text);
        project.run(["inspect", "--from-schema-rs", "schema.rs", "--write"]).code(0);
        project.run(["makemigrations"]).code(0);
        let database = Database::new(engine, "from_schema_rs");
        makemigrations(&project, ["migrate"]).env("DATABASE_URL", database.url()).run().code(0);
        database.execute("INSERT INTO ticket (id, title) VALUES (1, 'a')");
        if engine == Engine::Sqlite {
            database.execute("INSERT INTO log (line) VALUES ('a')");
        }
    }
}

#[test]
fn files_of_domains_are_followed() {
    let project = Project::new(Engine::Postgres);
    project.settings("dialect = \"postgres\"\nschema_rs = { path = \"src/schema.rs\", per_domain = true }\n");
    project.snapshot("house", "[tables.house.columns]\nid = { type = \"integer\", primary_key = true }\n");
    project.snapshot(
        "ticket",
        "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\nhouse = { type = \"integer\", references = \"house\" }\n",
    );
    project.run(["schema"]).code(0);
    let before = project.read("src/schema.rs");
    std::fs::remove_dir_all(project.join("schema-snapshots")).unwrap();
    project.run(["inspect", "--from-schema-rs", "src/schema.rs", "--write"]).code(0);
    assert!(project.read("schema-snapshots/ticket.toml").contains("references = \"house\""));
    assert!(project.exists("schema-snapshots/house.toml"));
    project.run(["schema", "--check"]).code(0);
    assert_eq!(project.read("src/schema.rs"), before);
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    let project = Project::new(Engine::Sqlite);
    let run = |text: &str| {
        project.write("schema.rs", text);
        project.run(["inspect", "--from-schema-rs", "schema.rs", "--write"])
    };
    run("table! {\n    a (id) {\n        id Integer,\n    }\n}\n").code(2).stderr_contains("schema.rs:3:12");
    run("fn main( {").code(2).stderr_contains("schema.rs:1");
    run("table! { a (nr) { id -> Integer, } }").code(2).stderr_contains("names the column `nr`");
    run("table! { a (id) { id -> Integer, b -> Uuid, } }")
        .code(2)
        .stderr_contains("`a.b`: `Uuid` is a type of another");
    run("table! { a (id) { id -> Integer, } }\ntable! { a (id) { id -> Integer, } }").code(2).stderr_contains("twice");
    run("// nothing\n").code(0).stderr_contains("has no `table!`");
    project.run(["inspect", "--from-schema-rs", "gone.rs"]).code(2).stderr_contains("`gone.rs`");
    project.run(["inspect", "--from-schema-rs", "schema.rs", "--no-scratch"]).code(2);
    project.write("schema.rs", [0xff_u8, 0xfe]);
    project.run(["inspect", "--from-schema-rs", "schema.rs"]).code(2).stderr_contains("is not UTF-8");
    assert!(!project.exists("schema-snapshots"));
}
