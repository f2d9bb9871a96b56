//! The catalogue reader and the snapshot counter against SQL written by hand, and the counter against condo's figures.

use makemigrations_tests::catalog::{Catalog, declared, user_objects};
use makemigrations_tests::condo;
use makemigrations_tests::database::{Database, Engine};

const SNAPSHOTS: [&str; 2] = [
    r#"
format = 1
[enums.state]
values = ["new", "it's done"]

[tables.ticket]
primary_key = ["house", "number"]
[tables.ticket.columns]
house  = { type = "uuid", references = "house" }
number = { type = "integer", index = true, check = "number > 0" }
state  = { type = "state", nullable = true, unique = true }
parent = { type = "integer", nullable = true }
text   = "text"
[[tables.ticket.unique]]
columns = ["house", "text"]
[[tables.ticket.unique]]
columns = ["house"]
where = "parent IS NULL"
[[tables.ticket.indexes]]
columns = ["text", { column = "parent", order = "desc" }, { expression = "number + 1" }]
[[tables.ticket.indexes]]
columns = ["text"]
unique = true
[[tables.ticket.indexes]]
columns = ["parent"]
where = "number > 1"
[[tables.ticket.foreign_keys]]
columns = ["house", "parent"]
references = { table = "ticket" }
[[tables.ticket.checks]]
name = "ticket_text_check"
expression = "text <> 'CHECK'"
"#,
    r#"
format = 1
[tables.house]
name = "House"
schema = "estate"
[tables.house.columns]
id   = { type = "uuid", primary_key = true }
code = { type = "integer", nullable = true, references = "house.serial" }
serial = { type = "integer", unique = { name = "x" } }
"#,
];

const POSTGRES: &str = r#"
CREATE SCHEMA estate;
CREATE TYPE state AS ENUM ('new', 'it''s done');
CREATE TABLE estate."House" (id uuid PRIMARY KEY, code integer, serial integer NOT NULL UNIQUE);
ALTER TABLE estate."House" ADD FOREIGN KEY (code) REFERENCES estate."House" (serial);
CREATE TABLE ticket (
    house uuid NOT NULL REFERENCES estate."House", number integer NOT NULL CHECK (number > 0), state state UNIQUE,
    parent integer, text text NOT NULL CHECK (text <> 'CHECK'),
    PRIMARY KEY (house, number), UNIQUE (house, text),
    FOREIGN KEY (house, parent) REFERENCES ticket
);
CREATE INDEX ON ticket (number);
CREATE UNIQUE INDEX ON ticket (house) WHERE parent IS NULL;
CREATE INDEX ON ticket (text, parent DESC, (number + 1));
CREATE UNIQUE INDEX ON ticket (text);
CREATE INDEX ON ticket (parent) WHERE number > 1;
"#;

const SQLITE: &str = r#"
CREATE TABLE "estate_House" (id BINARY NOT NULL PRIMARY KEY, code INTEGER, serial INTEGER NOT NULL UNIQUE,
    FOREIGN KEY (code) REFERENCES "estate_House" (serial));
CREATE TABLE ticket (
    house BINARY NOT NULL REFERENCES "estate_House", number INTEGER NOT NULL CHECK (number > 0),
    state TEXT UNIQUE CHECK (state IN ('new', 'it''s done')), parent INTEGER, text TEXT NOT NULL,
    PRIMARY KEY (house, number), CONSTRAINT ticket_text_check CHECK (text <> 'CHECK'),
    FOREIGN KEY (house, parent) REFERENCES ticket
);
CREATE UNIQUE INDEX "instead of a constraint" ON ticket (house, text);
CREATE INDEX a ON ticket (number);
CREATE UNIQUE INDEX b ON ticket (house) WHERE parent IS NULL;
CREATE INDEX c ON ticket (text, parent DESC, number + 1);
CREATE UNIQUE INDEX d ON ticket (text);
CREATE INDEX e ON ticket (parent) WHERE number > 1;
"#;

/// What the product keeps beside the user's objects.
const OWN: &str = "
CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL);
CREATE TABLE __makemigrations_history (version VARCHAR(50) PRIMARY KEY NOT NULL);
";

fn example(engine: Engine) -> Database {
    let database = Database::new(engine, "catalog");
    database.execute(OWN);
    assert_eq!(user_objects(&database), Vec::<String>::new());
    database.execute(match engine {
        Engine::Postgres => POSTGRES,
        Engine::Sqlite => SQLITE,
    });
    database
}

#[test]
fn catalogue_and_snapshots_agree() {
    for engine in Engine::ALL {
        let catalog = Catalog::of(&example(engine));
        catalog.assert_same(&declared(engine, SNAPSHOTS));
        // Written out, so that both sides cannot be empty.
        let expected = match engine {
            Engine::Postgres => [2, 8, 2, 3, 3, 2, 3, 2, 1],
            Engine::Sqlite => [2, 8, 2, 4, 3, 1, 3, 3, 0],
        };
        assert_eq!(catalog.counts().map(|(_, count)| count), expected);
    }
}

#[test]
fn every_kind_of_change_is_seen() {
    let changes = [
        (Engine::Postgres, "ALTER TABLE ticket ALTER text DROP NOT NULL"),
        (Engine::Postgres, "ALTER TABLE ticket DROP CONSTRAINT ticket_house_fkey"),
        (Engine::Postgres, "ALTER TYPE state ADD VALUE 'closed'"),
        (Engine::Postgres, "CREATE INDEX ON ticket (text text_pattern_ops)"),
        (Engine::Postgres, "ALTER TABLE ticket DROP CONSTRAINT ticket_pkey CASCADE"),
        (Engine::Postgres, "CREATE INDEX ON ticket (number)"),
        (Engine::Sqlite, "CREATE INDEX f ON ticket (number)"),
        (Engine::Sqlite, "DROP INDEX e"),
        (Engine::Sqlite, "ALTER TABLE ticket ADD COLUMN more TEXT CHECK (more <> '')"),
    ];
    for (engine, change) in changes {
        let database = example(engine);
        database.execute(change);
        assert_ne!(Catalog::of(&database), declared(engine, SNAPSHOTS), "{change}");
    }
}

#[test]
#[should_panic(expected = "surplus in indexes: ticket(number)\nmissing in indexes: ticket(parent) where")]
fn differences_are_named() {
    let database = example(Engine::Sqlite);
    database.execute("DROP INDEX e; CREATE INDEX f ON ticket (number);");
    Catalog::of(&database).assert_same(&declared(Engine::Sqlite, SNAPSHOTS));
}

#[test]
fn user_objects_are_of_every_kind() {
    let postgres = Database::new(Engine::Postgres, "objects");
    postgres.execute(
        "CREATE SCHEMA s; CREATE TABLE s.t (id serial); CREATE TYPE e AS ENUM ('a'); CREATE DOMAIN d AS text;
         CREATE VIEW v AS SELECT 1; CREATE MATERIALIZED VIEW m AS SELECT 1; CREATE SEQUENCE q;
         CREATE FUNCTION f() RETURNS integer LANGUAGE sql RETURN 1; CREATE TYPE c AS (a integer);",
    );
    let expected = [
        "function f",
        "materialized view m",
        "schema s",
        "sequence q",
        "sequence t_id_seq",
        "table t",
        "type c",
        "type d",
        "type e",
        "view v",
    ];
    assert_eq!(user_objects(&postgres), expected);

    let sqlite = Database::new(Engine::Sqlite, "objects");
    sqlite.execute(
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT); CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT 1;
         CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END;",
    );
    assert_eq!(user_objects(&sqlite), ["index i", "table t", "trigger g", "view v"]);
}

/// The figures of `tests/data/condo/README.md`; on SQLite the mapping loses nothing but operator classes.
#[test]
fn condo_has_its_known_size() {
    for engine in Engine::ALL {
        let snapshots = condo::snapshots(engine);
        assert_eq!(snapshots.len(), 21);
        let catalog = declared(engine, snapshots.iter().map(|(_, text)| text.as_str()));
        assert_eq!(
            catalog.counts(),
            [
                ("tables", 311),
                ("columns", 6459),
                ("primary keys", 311),
                ("unique constraints", 11),
                ("foreign keys", 597),
                ("unique indexes", 75),
                ("indexes", 1242),
                ("checks", 5),
                ("enums", 0),
            ]
        );
        let classes = catalog.indexes.iter().filter(|index| index.contains("text_pattern_ops")).count();
        assert_eq!(classes, if engine == Engine::Postgres { 8 } else { 0 });
    }
}
