//! Databases that are unlike what this tool would make: they are taken as they are, or it is said why not. It must not
//! repeat what each layout shows.

use makemigrations_tests::condo;
use makemigrations_tests::database::Engine;

use crate::project::Project;

/// Adopted, with nothing to write afterwards.
#[track_caller]
fn adopted(engine: Engine, up: &str) -> Project {
    let project = Project::with(engine, &[("2020-01-01-000000_all/up.sql", up)]);
    project.diesel_runs();
    project.go(&[&["adopt"], &["makemigrations", "--check"], &["check"], &["drift"], &["migrate"], &["verify"]]);
    project
}

/// PostgreSQL compares `int4` with `int8`, and SQLite anything with anything.
#[test]
fn a_foreign_key_may_lead_to_another_type_where_the_engine_lets_it() {
    adopted(
        Engine::Postgres,
        "CREATE TABLE a (id bigserial PRIMARY KEY, small smallint UNIQUE, amount numeric UNIQUE, name text UNIQUE, ratio \
         double precision UNIQUE, at timestamptz UNIQUE);\n\
         CREATE TABLE b (a integer REFERENCES a, s bigint REFERENCES a (small), n integer REFERENCES a (amount), v \
         varchar(20) REFERENCES a (name), r real REFERENCES a (ratio), t timestamp REFERENCES a (at));\n",
    );
    adopted(
        Engine::Sqlite,
        "CREATE TABLE a (id INTEGER PRIMARY KEY NOT NULL, name TEXT UNIQUE);\n\
         CREATE TABLE b (a BIGINT REFERENCES a, t TEXT REFERENCES a, n VARCHAR(9) REFERENCES a (name), x INTEGER \
         REFERENCES a (name));\n",
    );
}

#[test]
fn long_and_odd_names_are_taken_as_they_are() {
    let long = "n".repeat(63);
    let longer = "n".repeat(90);
    adopted(
        Engine::Postgres,
        &format!("CREATE TABLE \"{long}\" (\"{long}\" serial PRIMARY KEY, \"a b\" text UNIQUE);"),
    );
    adopted(Engine::Sqlite, "CREATE TABLE \"a.b\" (\"a b\" INTEGER PRIMARY KEY NOT NULL, \"select\" TEXT UNIQUE);");
    // SQLite has no limit, and snapshots have PostgreSQL's.
    let up = format!("CREATE TABLE a (\"{longer}\" INTEGER PRIMARY KEY NOT NULL);");
    let refused = Project::with(Engine::Sqlite, &[("0001_a/up.sql", &*up)]).run(["adopt"]);
    refused.code(2).stderr_contains("at most 63 bytes").stderr_contains("hint: change it first");
}

#[test]
fn every_type_that_people_have_survives() {
    let project = adopted(
        Engine::Postgres,
        "CREATE EXTENSION citext; CREATE SCHEMA sales;\n\
         CREATE DOMAIN positive AS integer CHECK (VALUE > 0);\n\
         CREATE TABLE sales.t (a smallserial, b serial, c bigserial PRIMARY KEY, d integer GENERATED ALWAYS AS IDENTITY, e \
         varchar(10), f varchar, g char(3), h timestamp(3), i timestamp with time zone, j numeric, k citext, l \"char\", m \
         inet, n jsonb DEFAULT '{}', o uuid DEFAULT gen_random_uuid(), p bit varying(4), q positive, r int4range, s \
         interval, t money, u integer[], v bytea, w xml, x time, y date, z tsvector);\n\
         CREATE INDEX t_n ON sales.t USING gin (n);\nCREATE TABLE parted (x integer) PARTITION BY RANGE (x);\n",
    );
    let text = project.read("schema-snapshots/shop.toml");
    for line in
        ["a = \"smallserial\"", "identity = \"always\"", "e = { type = \"varchar(10)\"", "timestamp(3)", "timestamptz"]
    {
        assert!(text.contains(line), "{line}: {text}");
    }
}

/// A live database that is not what the files make is taken as it is, with a word about every difference.
#[test]
fn what_was_done_by_hand_is_said() {
    for engine in Engine::ALL {
        let up = "CREATE TABLE a (id INTEGER PRIMARY KEY NOT NULL);";
        let project = Project::with(engine, &[("2020-01-01-000000_a/up.sql", up)]);
        project.diesel_runs();
        project.database.execute("ALTER TABLE a ADD COLUMN by_hand INTEGER");
        let found = project.run(["adopt"]);
        found.code(0).stderr_contains("is not what its migrations make").stderr_contains("by_hand");
        project.go(&[&["makemigrations", "--check"], &["drift"], &["migrate"], &["drift"]]);
        let verified = project.run(["verify"]);
        verified.code(1).stderr_contains("the adopted migrations do not make what").stderr_contains("by_hand");
    }
}

/// Files that make no new database any more are no hindrance where there is one.
#[test]
fn files_that_fail_are_said_and_the_database_is_taken() {
    let up = "CREATE TABLE a (id INTEGER PRIMARY KEY NOT NULL);";
    let files = [("0001_a/up.sql", up), ("0002_b/up.sql", "INSERT INTO gone VALUES (1);")];
    let project = Project::with(Engine::Sqlite, &files);
    project.database.execute("CREATE TABLE gone (x INTEGER)");
    project.diesel_runs();
    project.database.execute("DROP TABLE gone");
    let found = project.run(["adopt"]);
    found.code(0).stderr_contains("a new database cannot be made from the files").stderr_contains("0002_b");
    project.go(&[&["check"], &["migrate"], &["drift"]]);
    let files_only = Project::with(Engine::Sqlite, &files);
    files_only.run(["adopt"]).code(3).stderr_contains("0002_b");
}

/// What snapshots cannot express is named, in the run and in the file.
#[test]
fn what_cannot_be_expressed_is_named() {
    let up = "CREATE TABLE a (id INTEGER PRIMARY KEY NOT NULL, b TEXT UNIQUE ON CONFLICT REPLACE);\n\
              CREATE VIRTUAL TABLE words USING fts5(body);\n";
    let project = Project::with(Engine::Sqlite, &[("0001_a/up.sql", up)]);
    let found = project.run(["adopt"]);
    found.code(0).stderr_contains("snapshots cannot express virtual table `words`");
    assert!(project.read("schema-snapshots/shop.toml").contains("# - `ON CONFLICT REPLACE`"));
    project.go(&[&["check"], &["migrate"], &["drift"], &["verify"]]);
}

/// Of a real size, as one migration of somebody else's.
#[test]
fn condo_is_taken_over() {
    for engine in Engine::ALL {
        let source = makemigrations_tests::project::Project::new(engine);
        for (name, text) in condo::snapshots(engine) {
            source.write(&format!("schema-snapshots/{name}"), text);
        }
        source.run(["makemigrations"]).code(0);
        let project = Project::new(engine);
        let all = source.migrations().remove(0);
        for file in ["up.sql", "metadata.toml"].map(|file| format!("migrations/{all}/{file}")) {
            if source.exists(&file) {
                project.write(&file.replace(&all, "2020-01-01-000000_all"), source.read(&file));
            }
        }
        let project = project.merged(&[]);
        project.diesel_runs();
        project.go(&[&["adopt"], &["drift"]]);
        let name = "[tables.Ticket.columns]\n";
        project.change(name, &format!("{name}adopted = {{ type = \"text\", nullable = true }}\n"), &[]);
    }
}

/// PostgreSQL reads its own spelling of these as another one.
#[test]
fn expressions_are_taken_as_the_database_spells_them() {
    let text = "CREATE TABLE a (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, kind VARCHAR(9) NOT NULL,\n\
                CHECK (n BETWEEN 1 AND 9 AND n <> 5), CHECK (kind IN ('new', 'old')));\n\
                CREATE INDEX a_n ON a (n) WHERE n BETWEEN 1 AND 9 AND id > 0;\n";
    let down = "DROP TABLE a;\n";
    for engine in Engine::ALL {
        let project = Project::with(engine, &[("0001_a/up.sql", text), ("0001_a/down.sql", down)]);
        project.diesel_runs();
        project.go(&[&["adopt"], &["check"], &["migrate"], &["drift"], &["verify"]]);
        project.database.execute("DROP INDEX a_n; CREATE INDEX a_n ON a (n) WHERE n BETWEEN 1 AND 8 AND id > 0");
        project.run(["drift"]).code(1).stderr_contains("a_n");
    }
}
