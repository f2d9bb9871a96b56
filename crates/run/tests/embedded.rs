//! The runner as an application calls it, on SQLite. Must not test what the command line does too.

#![cfg(feature = "sqlite")]
#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use makemigrations_run::{Error, ErrorKind, run, run_on};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("tests/migrations");
const LOCK: &str = include_str!("migrations/migrations.lock");

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    value: i32,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

fn pragma(connection: &mut SqliteConnection, name: &str, column: &str) -> i32 {
    let sql = format!("SELECT \"{column}\" AS value FROM pragma_{name}");
    diesel::sql_query(sql).get_result::<Number>(connection).unwrap().value
}

fn versions(connection: &mut SqliteConnection) -> Vec<String> {
    let sql = "SELECT version FROM __diesel_schema_migrations ORDER BY version";
    diesel::sql_query(sql).load::<Version>(connection).unwrap().into_iter().map(|row| row.version).collect()
}

fn memory() -> SqliteConnection {
    SqliteConnection::establish(":memory:").unwrap()
}

#[test]
fn a_connection_keeps_its_settings() {
    let mut connection = memory();
    connection.batch_execute("PRAGMA foreign_keys = OFF; PRAGMA busy_timeout = 77;").unwrap();
    run_on(&mut connection, &MIGRATIONS, LOCK).unwrap();
    assert_eq!(versions(&mut connection), ["202611231412000001", "202611240900000002"]);
    assert_eq!(
        (pragma(&mut connection, "foreign_keys", "foreign_keys"), pragma(&mut connection, "busy_timeout", "timeout")),
        (0, 77)
    );

    let mut connection = memory();
    connection.batch_execute("CREATE TABLE ticket (id INTEGER); PRAGMA busy_timeout = 77;").unwrap();
    let error = run_on(&mut connection, &MIGRATIONS, LOCK).unwrap_err();
    assert!(error.message().contains("2026-11-23-141200-0001_initial/up.sql:1"), "{error}");
    assert_eq!(
        (pragma(&mut connection, "foreign_keys", "foreign_keys"), pragma(&mut connection, "busy_timeout", "timeout")),
        (1, 77)
    );
}

#[test]
fn a_transaction_of_the_caller_stays_the_caller_s() {
    let mut connection = memory();
    connection.test_transaction(|connection| {
        run_on(connection, &MIGRATIONS, LOCK).unwrap();
        assert_eq!(versions(connection).len(), 2);
        QueryResult::Ok(())
    });
    assert_eq!(run_on(&mut connection, &MIGRATIONS, LOCK).unwrap().done.len(), 2);
}

#[test]
fn a_url_and_a_connection_to_the_same_file_take_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new folder").join("app.sqlite3");
    std::fs::create_dir(path.parent().unwrap()).unwrap();
    let url = path.to_str().unwrap();
    assert_eq!(run(url, &MIGRATIONS, LOCK).unwrap().done.len(), 2);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert!(run(url, &MIGRATIONS, LOCK).unwrap().done.is_empty()));
            scope.spawn(|| {
                let mut connection = SqliteConnection::establish(url).unwrap();
                assert!(run_on(&mut connection, &MIGRATIONS, LOCK).unwrap().done.is_empty());
            });
        }
    });
    assert!(path.with_file_name("app.sqlite3.makemigrations-lock").exists());
}

#[test]
fn a_program_built_from_other_files_than_recorded_does_not_start() {
    let line = |file: &str| LOCK.lines().find(|line| line.ends_with(file)).unwrap().to_owned();
    let up = line("0002_ticket_priority/up.sql");
    let other = up.replacen(&up[..8], "00000000", 1);
    let more =
        format!("{LOCK}{}\n", up.replace("2026-11-24-090000-0002_ticket_priority", "2026-11-25-090000-0003_gone"));
    for (lock, names) in [
        (LOCK.replace(&up, &other), "`2026-11-24-090000-0002_ticket_priority/up.sql`"),
        (LOCK.replace(&format!("{up}\n"), ""), "`2026-11-24-090000-0002_ticket_priority/up.sql`"),
        (more, "`2026-11-25-090000-0003_gone`"),
        (String::new(), "2026-11-23-141200-0001_initial"),
    ] {
        let mut connection = memory();
        let error = run_on(&mut connection, &MIGRATIONS, &lock).unwrap_err();
        assert!(matches!(error, Error::Embedded { .. }) && error.message().contains(names), "{error}");
        assert_eq!(error.kind(), ErrorKind::Check);
        let tables = "SELECT count(*) AS value FROM sqlite_master";
        assert_eq!(diesel::sql_query(tables).get_result::<Number>(&mut connection).unwrap().value, 0);
    }
    let error = run_on(&mut memory(), &MIGRATIONS, &LOCK.replace("dialect: sqlite", "dialect: postgres")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    let error = run_on(&mut memory(), &MIGRATIONS, &LOCK.replace("# On a merge", "# in a merge")).unwrap_err();
    assert!(matches!(error, Error::Findings(_)), "{error}");
}

#[test]
fn a_database_that_cannot_be_had_is_said_without_a_panic() {
    assert_eq!(run("nonsense://x", &MIGRATIONS, LOCK).unwrap_err().kind(), ErrorKind::Usage);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    assert_eq!(run(folder.to_str().unwrap(), &MIGRATIONS, LOCK).unwrap_err().kind(), ErrorKind::Database);
}
