//! What `migrate` refuses or cannot do: which exit code, what it says, and that nothing of it stays.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres::{Server, query_rows};

use crate::diesel_view::{assert_applied, view};
use crate::setup::{Setup, snapshot_ticket};

const INITIAL: &str = "2026-11-23-141200-0001_initial";

#[test]
fn a_failing_migration_is_named_and_leaves_nothing() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let name = setup.hand_written(
            "broken",
            "CREATE TABLE half (a integer);\nINSERT INTO half VALUES (1);\n-- a comment; with a semicolon\n\
             INSERT INTO no_such_table VALUES ('a;b');\nINSERT INTO half VALUES (2);",
            "DROP TABLE half;",
        );
        let finished = setup.run(["migrate"]);
        finished.code(3).stderr_contains(&name).stderr_contains("no_such_table");
        finished.stderr_contains("INSERT INTO no_such_table VALUES ('a;b')").lacks("INSERT INTO half VALUES (2)");
        assert_eq!(setup.tables(), ["ticket"]);
        assert_applied(&setup, &[INITIAL]);
        setup.run(["showmigrations"]).code(0).stdout_contains(&name);
        // The lock was given back; the same again is the same again.
        setup.run(["migrate:unlock"]).code(0);
        setup.run(["migrate", "--lock-timeout", "0"]).code(3);

        setup.write(&format!("migrations/{name}/up.sql"), "CREATE TABLE half (a integer);\n");
        setup.run(["seal", &name]).code(0);
        setup.migrate();
        assert_applied(&setup, &[INITIAL, &name]);
        let rows = format!("SELECT count(*) FROM __makemigrations_history WHERE state <> 'applied' AND '{name}' <> ''");
        assert_eq!(setup.database.value(&rows), "0");
    }
}

/// The engine's own words, also when a constraint of the rows is in the way.
#[test]
fn rows_in_the_way_are_the_database_s_to_say() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.migrate();
        setup.database.execute("INSERT INTO ticket VALUES (1, 'same'), (2, 'same')");
        setup.project.snapshot(
            "ticket",
            "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\ntitle = { type = \"text\", unique = true }\n",
        );
        let name = setup.next(&[]);
        setup.run(["migrate"]).code(3).stderr_contains(&name);
        assert_applied(&setup, &[INITIAL]);
        assert_eq!(setup.tables(), ["ticket"]);
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "2");
        setup.database.execute("UPDATE ticket SET title = 'other' WHERE id = 2");
        setup.migrate();
        assert_applied(&setup, &[INITIAL, &name]);
    }
}

#[test]
fn an_edited_applied_migration_is_refused() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let name = setup.hand_written("fill", "INSERT INTO ticket VALUES (1, 'a');", "DELETE FROM ticket;");
        setup.migrate();
        let pending = setup.hand_written("later", "INSERT INTO ticket VALUES (2, 'b');", "DELETE FROM ticket;");
        setup.append(&format!("migrations/{name}/up.sql"), "-- edited\n");
        // Against the lock file.
        setup.run(["migrate"]).code(1).stderr_contains(&name);
        // Against the database, when the lock file says the same as the files.
        // Where it is applied that is refused; somebody does it where that database does not answer.
        setup.run(["seal", &name]).code(1).stderr_contains("is applied in");
        let elsewhere = match engine {
            Engine::Postgres => "postgres://nobody@127.0.0.1:1/none",
            Engine::Sqlite => "sqlite://elsewhere.sqlite3",
        };
        setup.run(["seal", &name, "--database-url", elsewhere]).code(0);
        setup.run(["check"]).code(0);
        setup.run(["migrate"]).code(1).stderr_contains(&name).stderr_contains("edited");
        let shown = setup.run(["showmigrations"]);
        let line = |name: &str| shown.stdout.lines().find(|line| line.contains(name)).unwrap().to_owned();
        assert!(line(&name).contains("edited"), "{}", shown.stdout);
        assert!(line(&pending).contains("pending"), "{}", shown.stdout);
        assert_applied(&setup, &[INITIAL, &name]);
    }
}

#[test]
fn an_applied_migration_that_is_gone_is_refused() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let name = setup.ticket("a = { type = \"integer\", nullable = true }\n");
        setup.migrate();
        setup.remove(&format!("migrations/{name}"));
        setup.run(["migrate"]).code(1).stderr_contains(&name);
        // Also when the lock file knows nothing of it any more.
        snapshot_ticket(&setup, "b = { type = \"integer\", nullable = true }\n");
        setup.command(["makemigrations"]).env("MAKEMIGRATIONS_NOW", "2026-11-24T00:00:00Z").run().code(0);
        setup.run(["check"]).code(0).lacks(&name);
        setup.run(["migrate"]).code(1).stderr_contains(&name);
        setup.run(["migrate:down"]).code(1).stderr_contains(&name);
        let shown = setup.run(["showmigrations"]);
        let line = shown.code(0).stdout.lines().find(|line| line.contains(&name)).unwrap();
        assert!(line.contains("unknown"), "{}", shown.stdout);
        assert_eq!(view(&setup).applied.len(), 2);
    }
}

/// Deleted, changed and written again within the same second: another migration under the version that is applied.
#[test]
fn another_migration_under_an_applied_version_is_refused() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let name = setup.ticket("a = { type = \"integer\", nullable = true }\n");
        setup.migrate();
        setup.remove(&format!("migrations/{name}"));
        setup.ticket("b = { type = \"integer\", nullable = true }\n");
        // What is applied is named: it is not an edit of the other one.
        setup.run(["migrate"]).code(1).stderr_contains(&name).lacks("edited after");
        setup.run(["showmigrations"]).code(0).stdout_contains(&name);
    }
}

#[test]
fn out_of_order_is_refused() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let columns = ["a", "b"].map(|name| format!("{name} = {{ type = \"integer\", nullable = true }}\n"));
        let late = setup.ticket(&columns[0]);
        setup.ticket(&columns.concat());
        setup.migrate();
        // As if it had come from another branch, after the newest was applied.
        setup.database.execute(
            "DELETE FROM __diesel_schema_migrations WHERE version = '202611231412010002';
             DELETE FROM __makemigrations_history WHERE version = '202611231412010002';",
        );
        setup.run(["migrate"]).code(1).stderr_contains(&late).stderr_contains("out of order");
        setup.run(["migrate", "--plan"]).code(1);
        let shown = setup.run(["showmigrations"]);
        let line = shown.code(0).stdout.lines().find(|line| line.contains(&late)).unwrap();
        assert!(line.contains("out of order"), "{line}");
        assert_eq!(view(&setup).applied.len(), 2);
    }
}

#[test]
fn a_url_of_the_other_dialect_is_refused() {
    for (engine, other) in [(Engine::Postgres, Engine::Sqlite), (Engine::Sqlite, Engine::Postgres)] {
        let setup = Setup::with_ticket(engine);
        let wrong = Database::new(other, "wrong");
        for command in ["migrate", "migrate:down", "showmigrations", "migrate:unlock"] {
            let finished = setup.run([command, "--database-url", wrong.url()]);
            if command != "migrate:unlock" {
                finished.code(2).stderr_contains("postgres").stderr_contains("sqlite");
            }
        }
        assert!(crate::setup::tables(&wrong).is_empty());
    }
}

#[test]
fn an_unreachable_server_is_the_database_saying_no() {
    let setup = Setup::with_ticket(Engine::Postgres);
    // Nobody listens; and somebody listens who never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    for (place, least, most) in [("127.0.0.1:1".to_owned(), 0, 5), (format!("127.0.0.1:{port}"), 5, 14)] {
        let start = Instant::now();
        let url = format!("postgres://somebody:s3cret@{place}/shop");
        let finished = setup.run(["migrate", "--database-url", &url]);
        finished.code(3).stderr_contains(&place).lacks("s3cret").lacks("panicked");
        let took = start.elapsed();
        assert!(took >= Duration::from_secs(least) && took < Duration::from_secs(most), "{place}: {took:?}");
    }
    let gone = format!("{}_gone", setup.database.url());
    setup.run(["migrate", "--database-url", &gone]).code(3).stderr_contains("_gone");
}

#[test]
fn a_file_that_is_no_database_is_the_database_saying_no() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    setup.write("notes.txt", "not a database, but long enough to have a header: ".repeat(50));
    let url = format!("sqlite://{}", setup.join("notes.txt").display());
    setup.run(["migrate", "--database-url", &url]).code(3).stderr_contains("notes.txt");
    let url = format!("sqlite://{}", setup.join("notes.txt/below.sqlite3").display());
    setup.run(["migrate", "--database-url", &url]).code(3).stderr_contains("notes.txt");
}

/// The first step of every command that connects: nothing is written, and nothing is said about a setting or a catalogue
/// that the old server does not have.
#[test]
fn a_server_older_than_every_supported_one_is_refused() {
    let setup = Setup::with_ticket(Engine::Postgres);
    let server = Server::start_version(12);
    let url = server.database("old");
    let commands: [&[&str]; 9] = [
        &["migrate"],
        &["migrate", "--plan"],
        &["migrate:down"],
        &["migrate:unlock"],
        &["showmigrations"],
        &["inspect"],
        &["drift"],
        &["verify"],
        &["reset"],
    ];
    for command in commands {
        let refused = setup.run([command, &["--database-url", &url]].concat());
        refused.code(3).stderr_contains(&format!("is PostgreSQL {}", server.version()));
        refused.stderr_contains("PostgreSQL 13 and newer are supported\nhint: upgrade the server");
    }
    let tables = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(query_rows(&url, tables), Vec::<Vec<_>>::new());
}
