//! `inspect`: a database as snapshots. A migrated database gives back its snapshots, and no snapshot that says something
//! else is written over.

use makemigrations_tests::command::{Finished, makemigrations};
use makemigrations_tests::condo;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::project::Project;

use crate::setup::{Setup, next, snapshot_ticket};

/// Two domains with something of every kind that both engines have.
fn rich(engine: Engine) -> Setup {
    let setup = Setup::new(engine);
    setup.snapshot(
        "people",
        "[tables.person]\nanalytics_view = true\n\n[tables.person.columns]\nid = { type = \"uuid\", primary_key = true }\nname = \
         { type = \"text\", sensitive = true }\nemail = { type = \"varchar(200)\", nullable = true, unique = true }\n",
    );
    setup.snapshot(
        "ticket",
        "[enums.ticket_status]\nvalues = [\"new\", \"open\", \"closed\"]\n\n[tables.ticket.columns]\nid = { type = \"integer\", \
         primary_key = true, auto_increment = true }\ntitle = { type = \"text\", check = \"length(title) > 0\" }\nstatus = { type \
         = \"ticket_status\", default = \"new\" }\nperson = { type = \"uuid\", nullable = true, references = { table = \
         \"person\", on_delete = \"set_null\" }, index = true }\nprice = { type = \"numeric(12, 2)\", default = 0 }\nurgent = { \
         type = \"boolean\", default = false }\ncreated_at = { type = \"timestamptz\", default = { sql = \"now()\", sqlite = \
         \"CURRENT_TIMESTAMP\" } }\n\n[[tables.ticket.unique]]\ncolumns = [\"person\", \"title\"]\nwhere = \"urgent\"\n\n\
         [[tables.ticket.indexes]]\ncolumns = [\"status\", { column = \"created_at\", order = \"desc\" }]\n\n\
         [views.open_ticket]\nquery = \"SELECT id, title FROM ticket WHERE status <> 'closed'\"\n",
    );
    setup.run(["makemigrations"]).code(0);
    setup.migrate();
    setup
}

#[track_caller]
fn unchanged(finished: &Finished, count: usize) {
    finished.code(0).stderr_contains(&format!("0 snapshots written, {count} as they were"));
}

#[test]
fn a_migrated_database_gives_back_its_snapshots() {
    for engine in Engine::ALL {
        let setup = rich(engine);
        let files = setup.files();
        let before = setup.read("schema-snapshots/ticket.toml");
        unchanged(&setup.run(["inspect", "--write"]), 2);
        assert_eq!((setup.files(), setup.read("schema-snapshots/ticket.toml")), (files, before));

        // Printed, they are the same schema: a project with these has nothing to migrate.
        let printed = setup.run(["inspect"]);
        printed.code(0).stdout_contains("# schema-snapshots/people.toml").stdout_contains("[tables.ticket");
        let other = Project::new(engine);
        other.folder("migrations").copy(&setup.join("migrations"));
        let written = makemigrations(&other, ["inspect", "--write"]).env("DATABASE_URL", setup.database.url()).run();
        written.code(0).stderr_contains("2 snapshots written").stderr_contains("schema-snapshots/people.toml");
        // What is sensitive is said by snapshots only, and these are gone: the view of the table is another one then.
        let text = other.read("schema-snapshots/ticket.toml");
        assert!(text.contains("auto_increment = true") && text.contains("on_delete = \"set_null\""), "{text}");
        other.run(["makemigrations", "--check"]).code(0);
    }
}

/// A database without migrations becomes a project: its snapshots, then a first migration that is there already.
#[test]
fn a_database_is_taken_over() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.database.execute(
            "CREATE TABLE author (id integer PRIMARY KEY, name varchar(50) NOT NULL UNIQUE);
             CREATE TABLE book (id integer PRIMARY KEY, author integer NOT NULL REFERENCES author (id), title text);
             CREATE INDEX book_title ON book (title);",
        );
        let printed = setup.run(["inspect"]);
        printed.code(0).stdout_contains("format = 1\n").stdout_contains("[tables.author").stdout_contains("book_title");
        setup.run(["inspect", "--write"]).code(0).stderr_contains("schema-snapshots/database.toml");
        assert_eq!(setup.read("schema-snapshots/database.toml"), printed.stdout);
        unchanged(&setup.run(["inspect", "--write"]), 1);
        next(&setup, &[]);
        setup.run(["migrate", "--fake"]).code(0);
        setup.run(["drift"]).code(0);
        setup.run(["verify"]).code(0);
    }
}

#[test]
fn a_snapshot_that_says_something_else_is_not_written_over() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.migrate();
        setup
            .database
            .execute("ALTER TABLE ticket ADD COLUMN by_hand integer; CREATE TABLE extra (id integer PRIMARY KEY)");
        let before = setup.read("schema-snapshots/ticket.toml");
        let refused = setup.run(["inspect", "--write"]);
        refused.code(1).stderr_contains("`schema-snapshots/ticket.toml`").stderr_contains("--force");
        assert_eq!(setup.read("schema-snapshots/ticket.toml"), before);
        assert!(!setup.exists("schema-snapshots/database.toml"), "all or nothing");
        setup.run(["inspect", "--force"]).code(2);
        setup.run(["inspect", "--write", "--force"]).code(0).stderr_contains("2 snapshots written");
        assert!(setup.read("schema-snapshots/ticket.toml").contains("by_hand"));
        assert!(setup.read("schema-snapshots/database.toml").contains("[tables.extra"));
        // And now the change has its migration, which the database has already.
        next(&setup, &[]);
        setup.run(["migrate", "--fake"]).code(0);
        setup.run(["drift"]).code(0);
    }
}

#[test]
fn a_domain_in_several_files_is_left_to_people() {
    let setup = Setup::new(Engine::Sqlite);
    let table = |name: &str| {
        format!("format = 1\n\n[tables.{name}.columns]\nid = {{ type = \"integer\", primary_key = true }}\n")
    };
    setup.write("schema-snapshots/shop/a.toml", table("a"));
    setup.write("schema-snapshots/shop/b.toml", table("b"));
    next(&setup, &[]);
    setup.migrate();
    unchanged(&setup.run(["inspect", "--write"]), 1);
    setup.database.execute("ALTER TABLE a ADD COLUMN by_hand integer");
    let refused = setup.run(["inspect", "--write", "--force"]);
    refused.code(1).stderr_contains("schema-snapshots/shop/a.toml").stderr_contains("several files");
}

#[test]
fn a_map_says_which_domain_a_table_is_of() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.database.execute(
            "CREATE TABLE ticket (id integer PRIMARY KEY); CREATE TABLE ticket_file (id integer PRIMARY KEY);
             CREATE TABLE person (id integer PRIMARY KEY); CREATE TABLE other (id integer PRIMARY KEY);",
        );
        setup.write("map.toml", "support = [\"ticket\", \"ticket_*\"]\npeople = [\"person\"]\n");
        setup.run(["inspect", "--write", "--domain-map", "map.toml"]).code(0).stderr_contains("3 snapshots written");
        let files: Vec<_> = setup.files().into_iter().filter(|name| name.starts_with("schema-snapshots/")).collect();
        let names = ["database", "people", "support"].map(|name| format!("schema-snapshots/{name}.toml"));
        assert_eq!(files, names);
        assert!(setup.read(&names[2]).contains("[tables.ticket_file"));
        next(&setup, &[]);
        setup.write("map.toml", "Support = [\"ticket\"]\npeople = 1\n");
        let refused = setup.run(["inspect", "--domain-map", "map.toml"]);
        refused.code(2).stderr_contains("map.toml:1:").stderr_contains("map.toml:2:");
        setup.run(["inspect", "--domain-map", "no.toml"]).code(2).stderr_contains("no.toml");
    }
}

/// What snapshots cannot express is named, never left out without a word.
#[test]
fn what_cannot_be_expressed_is_named() {
    let setup = Setup::new(Engine::Postgres);
    setup.database.execute(
        "CREATE TABLE measure (id integer, day date) PARTITION BY RANGE (day);
         CREATE TABLE measure_2026 PARTITION OF measure FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
         CREATE TABLE plain (id integer PRIMARY KEY);",
    );
    let printed = setup.run(["inspect"]);
    printed.code(0).stderr_contains("measure_2026").stdout_contains("[tables.plain");
    assert!(printed.stdout.starts_with("# In the database"), "{}", printed.stdout);
    assert!(printed.stdout.contains("# - ") && printed.stdout.contains("measure_2026"), "{}", printed.stdout);
}

/// A role that may only look can still have the database in its own words.
#[test]
fn without_a_scratch_database_it_is_the_database_s_spelling() {
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.migrate();
    setup.database.execute(
        "CREATE ROLE inspector LOGIN PASSWORD 'inspector'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO inspector",
    );
    let (_, place) = setup.database.url().split_once('@').unwrap();
    let url = format!("postgres://inspector:inspector@{place}");
    setup.run(["inspect", "--database-url", &url]).code(3).stderr_contains("CREATEDB");
    let printed = setup.run(["inspect", "--no-scratch", "--database-url", &url]);
    printed.code(0).stdout_contains("[tables.ticket");
}

/// What the tools themselves keep in a database is nobody's schema.
#[test]
fn an_empty_database_is_empty() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.run(["inspect"]).code(0).stderr_contains("nothing that a snapshot describes");
        snapshot_ticket(&setup, "");
        next(&setup, &[]);
        setup.migrate();
        setup.run(["migrate:down", "--to", "zero"]).code(0);
        let printed = setup.run(["inspect"]);
        assert_eq!(printed.code(0).stdout, "");
    }
}

/// Of a real size: every file of it.
#[test]
fn condo_gives_back_its_snapshots() {
    for engine in Engine::ALL {
        let project = Project::new(engine);
        let snapshots = condo::snapshots(engine);
        for (name, text) in &snapshots {
            project.write(&format!("schema-snapshots/{name}"), text);
        }
        let setup = Setup { project, database: Database::new(engine, "condo_inspect") };
        setup.run(["makemigrations"]).code(0);
        setup.migrate();
        unchanged(&setup.run(["inspect", "--write"]), snapshots.len());
        // From nothing but the database and the migrations.
        let other = Project::new(engine);
        other.folder("migrations").copy(&setup.join("migrations"));
        let run =
            |arguments: &[&str]| makemigrations(&other, arguments).env("DATABASE_URL", setup.database.url()).run();
        run(&["inspect", "--write"]).code(0).stderr_contains(&format!("{} snapshots written", snapshots.len()));
        run(&["makemigrations", "--check"]).code(0);
        run(&["verify"]).code(0);
    }
}

/// Views with indexes, functions, triggers, exclusions, computed columns, other schemas, comments, extensions.
#[test]
fn what_only_postgresql_has_comes_back_too() {
    let setup = Setup::new(Engine::Postgres);
    setup.snapshot(
        "booking",
        r#"extensions = ["btree_gist", "citext"]

[tables.room]
schema = "hotel"
comment = "Where people sleep"
analytics_view = true

[tables.room.columns]
id = { type = "bigint", identity = "always", primary_key = true }
name = { type = "citext", unique = true, comment = "On the door" }
beds = { type = "smallint", default = 1, check = "beds > 0" }
tags = { type = "text[]", default = { sql = "'{}'" } }
label = { type = "text", generated = { sql = "name || '/' || beds::text", stored = true } }
phone = { type = "text", nullable = true, sensitive = true }

[tables.booking]
depends_on = ["first_day"]
exclusions = [{ name = "booking_no_overlap", using = "gist", elements = [{ column = "room", with = "=" }, { column = "stay", with = "&&" }], where = "NOT cancelled" }]

[tables.booking.columns]
id = "serial"
room = { type = "bigint", references = { table = "room", on_delete = "cascade", deferrable = "deferred" } }
stay = "daterange"
cancelled = { type = "boolean", default = false }
day = { type = "date", default = { sql = "first_day()" } }

[tables.booking.primary_key]
columns = ["id"]
name = "booking_key"

[[tables.booking.indexes]]
columns = [{ expression = "id % 10" }, { column = "room", order = "desc", nulls = "last" }]
using = "btree"
include = ["day"]

[views.stay]
query = "SELECT b.id, r.name FROM booking b JOIN hotel.room r ON r.id = b.room WHERE NOT b.cancelled"
comment = "Who comes"

[views.stay_count]
materialized = true
query = "SELECT name, count(*) AS stays FROM stay GROUP BY name"
indexes = [{ columns = ["name"], unique = true }]

[objects.first_day]
create = "CREATE FUNCTION first_day() RETURNS date LANGUAGE sql STABLE AS $$ SELECT date_trunc('month', now())::date $$"
drop = "DROP FUNCTION first_day()"

[objects.touch]
create = '''
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.day := current_date;
    RETURN NEW;
END $$;
CREATE TRIGGER touch BEFORE UPDATE ON booking FOR EACH ROW EXECUTE FUNCTION touch();
'''
drop = "DROP TRIGGER touch ON booking; DROP FUNCTION touch();"
depends_on = ["booking"]
"#,
    );
    setup.run(["makemigrations"]).code(0);
    setup.migrate();
    unchanged(&setup.run(["inspect", "--write"]), 1);
    setup.run(["drift"]).code(0).lacks("not compared");
    setup.run(["verify"]).code(0);
    setup.database.execute("DROP TRIGGER touch ON booking");
    setup.run(["drift"]).code(1).stderr_contains("touch").stderr_contains("1 difference");
}
