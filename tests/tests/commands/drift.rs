//! `drift`: a database against what its applied migrations say. It names exactly what differs, and changes nothing.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::condo;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::project::Project;
use serde_json::Value;

use crate::setup::{Setup, snapshot_ticket};

const SIZE: &str = "size = { type = \"integer\", nullable = true }\n";

/// What `--format json` says differs, as paths.
#[track_caller]
fn paths(setup: &Setup) -> Vec<String> {
    let found = setup.run(["drift", "--format", "json"]);
    let document: Value = serde_json::from_str(&found.stdout).unwrap_or_else(|error| panic!("{error}: {found:?}"));
    assert_eq!(document["format"], 1);
    let differences = document["differences"].as_array().unwrap();
    found.code(i32::from(!differences.is_empty()));
    differences.iter().map(|difference| difference["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn one_change_by_hand_is_one_difference() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.ticket(&format!("{SIZE}state = {{ type = \"text\", default = \"new\", check = \"state <> ''\" }}\n"));
        setup.migrate();
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x', NULL, 'new')");
        setup.run(["drift"]).code(0).stderr_contains("no drift");
        assert_eq!(paths(&setup), Vec::<String>::new());
        setup.database.execute("ALTER TABLE ticket ADD COLUMN by_hand integer");
        let found = setup.run(["drift"]);
        found.code(1).stderr_contains("by_hand").stderr_contains("1 difference").stderr_contains("hint:");
        assert_eq!(found.stderr.lines().filter(|line| line.starts_with("differs:")).count(), 1);
        assert_eq!(paths(&setup), ["tables.ticket.columns.by_hand"]);
        let annotated = setup.run(["drift", "--format", "github"]);
        annotated.code(1).stdout_contains("::error title=drift::");
        setup.database.execute("ALTER TABLE ticket DROP COLUMN by_hand");
        setup.run(["drift"]).code(0);
        setup.database.execute("CREATE INDEX by_hand ON ticket (title)");
        assert_eq!(paths(&setup), ["tables.ticket.indexes.by_hand"]);
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "1");
    }
}

/// What counts is what is applied, not what is in the folder.
#[test]
fn pending_migrations_are_no_drift() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.run(["drift"]).code(0).stderr_contains("its 0 applied migrations");
        setup.migrate();
        setup.ticket(SIZE);
        setup.run(["drift"]).code(0).stderr_contains("its 1 applied migration");
        setup.migrate();
        setup.run(["drift"]).code(0).stderr_contains("its 2 applied migrations");
    }
}

#[test]
fn a_database_of_somebody_else_is_all_drift() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.database.execute("CREATE TABLE a (id integer); CREATE TABLE b (id integer)");
        let found = setup.run(["drift"]);
        found.code(1).stderr_contains("no applied migration").stderr_contains("cargo xtask inspect --write");
        assert_eq!(paths(&setup), ["tables.a", "tables.b"]);
    }
}

#[test]
fn without_the_migrations_that_are_applied_nothing_can_be_said() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let second = setup.ticket(SIZE);
        setup.migrate();
        setup.append(&format!("migrations/{second}/up.sql"), "-- later\n");
        // Somebody seals it where the database in which it is applied does not answer.
        let elsewhere = match engine {
            Engine::Postgres => "postgres://nobody@127.0.0.1:1/none",
            Engine::Sqlite => "sqlite://elsewhere.sqlite3",
        };
        setup.run(["seal", "--database-url", elsewhere]).code(0);
        setup.run(["drift"]).code(1).stderr_contains("edited after it was applied").stderr_contains(&second);
        setup.remove(&format!("migrations/{second}"));
        snapshot_ticket(&setup, "");
        setup.run(["makemigrations"]).code(0);
        setup.run(["drift"]).code(1).stderr_contains("not among the migrations").stderr_contains(&second);
    }
}

#[test]
fn a_role_that_may_not_create_databases_is_told_so() {
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.migrate();
    setup
        .database
        .execute("CREATE ROLE looker LOGIN PASSWORD 'looker'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker");
    let (_, place) = setup.database.url().split_once('@').unwrap();
    let url = format!("postgres://looker:looker@{place}");
    let refused = setup.run(["drift", "--database-url", &url]);
    refused.code(3).stderr_contains("may not create databases").stderr_contains("ALTER ROLE \"looker\" CREATEDB");
    // Elsewhere it may be made all the same, by somebody else.
    let elsewhere = Database::new(Engine::Postgres, "elsewhere");
    let drift = |scratch: &str| setup.run(["drift", "--database-url", &url, "--scratch-url", scratch]);
    drift(elsewhere.url()).code(0).stderr_contains("no drift");
    drift("sqlite::memory:").code(2).stderr_contains("`--scratch-url` is sqlite");
}

/// Whether privileges are as they should be nobody recorded: they are named, and are no drift.
#[test]
fn what_snapshots_cannot_express_is_named_only() {
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.hand_written("grants", "GRANT SELECT ON ticket TO PUBLIC;", "REVOKE SELECT ON ticket FROM PUBLIC;");
    setup.migrate();
    let found = setup.run(["drift"]);
    found.code(0).stderr_contains("warning: not compared").stderr_contains("privileges of table `ticket`");
    setup.run(["drift", "--format", "json"]).code(0).stdout_contains("privileges of table `ticket`");
    setup.run(["verify"]).code(0);
}

/// Of a real size: nothing differs, and then exactly what was changed.
#[test]
fn condo_has_no_drift() {
    for engine in Engine::ALL {
        let project = Project::new(engine);
        for (name, text) in condo::snapshots(engine) {
            project.write(&format!("schema-snapshots/{name}"), text);
        }
        let setup = Setup { project, database: Database::new(engine, "condo_drift") };
        makemigrations(&setup, ["makemigrations"]).run().code(0);
        setup.migrate();
        setup.run(["drift"]).code(0);
        let (change, path) = match engine {
            Engine::Postgres => (
                "ALTER TABLE \"Ticket\" ALTER COLUMN \"details\" TYPE varchar(5000)",
                "tables.Ticket.columns.details.type",
            ),
            Engine::Sqlite => {
                ("ALTER TABLE \"Ticket\" ADD COLUMN \"by hand\" TEXT", "tables.Ticket.columns.\"by hand\"")
            }
        };
        setup.database.execute(change);
        assert_eq!(paths(&setup), [path]);
    }
}
