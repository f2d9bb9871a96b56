//! Killing the runner anywhere, and running it again: nothing is lost, nothing runs twice, the history is right in
//! between and after. It must not test the lock otherwise.

use std::time::Duration;

use crate::support::{Action, Log, Migrations, applied, connect, run_of, spawn, starts};
use makemigrations_run::{MigrateOptions, Notice, Unlocked, unlock};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres;

/// A statement that takes longer than any test.
fn long(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "SELECT pg_sleep(600);",
        Engine::Sqlite => {
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n WHERE i < 0;"
        }
    }
}

#[test]
fn killed_in_a_statement_it_leaves_nothing_and_runs_again_without_help() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "in_statement");
        let up = "CREATE TABLE b (id integer);";
        let mut migrations = Migrations::tables(engine, "a").add("0002_b", &format!("{up} {}", long(engine)), None);
        let mut child = spawn(&database, &migrations, Action::Migrate);
        let (_, _output) = starts(&mut child, "0002_b");
        std::thread::sleep(Duration::from_millis(700));
        child.kill().unwrap();
        child.wait().unwrap();
        end_sessions(&database);
        assert_eq!(applied(&database), ["0001"]);
        assert_eq!(run_of(&database, "0002"), "running open");

        migrations.write("0002_b", "up.sql", up);
        let mut log = Log::default();
        let report = migrations.migrate_with(&database, &MigrateOptions::default(), &mut log).unwrap();
        assert_eq!(report.done.len(), 1);
        assert!(matches!(&log.notices[..], [Notice::Interrupted { migration, .. }] if migration == "0002_b"));
        assert_eq!(applied(&database), ["0001", "0002"]);
    }
}

/// Since PostgreSQL 14 the server notices by itself that nobody waits for a statement any more; before, somebody has to say so.
fn end_sessions(database: &Database) {
    if database.engine() == Engine::Postgres && postgres::major() < 14 {
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'makemigrations' \
             AND datname = current_database()",
        );
    }
}

/// Kills the runner ever later after its first migration has started, on its way up and down, until it gets through.
fn kill_at_all_times(engine: Engine, migrations: &Migrations, step: Duration, check: impl Fn(&Database)) {
    let database = Database::new(engine, "all_times");
    let all = migrations.status(&database).len();
    for (action, expected) in [(Action::Migrate, all), (Action::Revert, 0)] {
        let mut delay = Duration::ZERO;
        loop {
            let mut child = spawn(&database, migrations, action);
            let (_, output) = starts(&mut child, "");
            std::thread::sleep(delay);
            // Where it has ended by itself this does nothing.
            child.kill().unwrap();
            let has_ended = child.wait().unwrap().success();
            drop(output);
            let done = applied(&database).len();
            check(&database);
            if has_ended {
                assert_eq!(done, expected);
                break;
            }
            delay += step;
        }
    }
}

#[test]
fn a_sqlite_rebuild_is_done_or_not_whenever_it_is_killed() {
    // Every migration and every rollback adds one to what it is: twice would be seen.
    let rebuild = |add: &str| {
        format!(
            "PRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\nCREATE TABLE new_t (n integer);\n\
             INSERT INTO new_t SELECT n {add} FROM t;\nDROP TABLE t;\nALTER TABLE new_t RENAME TO t;\nCOMMIT;\n\
             PRAGMA foreign_keys = ON;"
        )
    };
    let mut migrations = Migrations::new(Engine::Sqlite).add(
        "0001_t",
        "CREATE TABLE t (n integer); INSERT INTO t VALUES (1);",
        Some("DROP TABLE t;"),
    );
    for number in 2..=12 {
        migrations = migrations.add_outside(&format!("{number:04}_t"), &rebuild("+ 1"), &rebuild("- 1"));
    }
    kill_at_all_times(Engine::Sqlite, &migrations, Duration::from_micros(300), |database| {
        let count = applied(database).len();
        if count > 0 {
            assert_eq!(database.value("SELECT n FROM t"), count.to_string());
        }
    });
}

#[test]
fn a_postgresql_migration_is_done_or_not_whenever_it_is_killed() {
    let mut migrations = Migrations::new(Engine::Postgres).add(
        "0001_t",
        "CREATE TABLE t (n integer); INSERT INTO t VALUES (1);",
        Some("DROP TABLE t;"),
    );
    for number in 2..=8 {
        let (up, down) = ("UPDATE t SET n = n + 1;", "UPDATE t SET n = n - 1;");
        migrations = migrations.add(&format!("{number:04}_t"), up, Some(down));
    }
    kill_at_all_times(Engine::Postgres, &migrations, Duration::from_millis(1), |database| {
        // One statement, so that what a killed client has sent before cannot end between two.
        let same = "SELECT (SELECT count(*) FROM __diesel_schema_migrations) = (SELECT n FROM t)";
        if connect(database).count("SELECT count(*) FROM pg_tables WHERE tablename = 't'").unwrap() == 1 {
            assert_eq!(database.value(same), "t");
        }
    });
}

fn concurrently(name: &str, table: &str) -> String {
    format!("CREATE INDEX CONCURRENTLY {name} ON {table} (id);")
}

/// A migration that builds an index outside a transaction, stopped in the middle of it.
fn interrupted_index() -> (Database, Migrations) {
    let database = Database::new(Engine::Postgres, "index");
    let slow = "CREATE FUNCTION slow(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(600); RETURN $1; END $$; INSERT INTO a VALUES (1), (2);";
    let up = "CREATE INDEX CONCURRENTLY a_slow ON a (slow(id));";
    let migrations = Migrations::tables(Engine::Postgres, "a").add("0002_slow", slow, None);
    let migrations = migrations.add_outside("0003_index", up, "DROP INDEX CONCURRENTLY a_slow;");
    let mut child = spawn(&database, &migrations, Action::Migrate);
    let (_, _output) = starts(&mut child, "0003_index");
    let is_there = "SELECT count(*) FROM pg_index WHERE indexrelid = to_regclass('a_slow') AND NOT indisvalid";
    while database.value(is_there) == "0" {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    end_sessions(&database);
    (database, migrations)
}

#[test]
fn an_index_that_a_killed_run_left_invalid_is_built_anew() {
    let (database, mut migrations) = interrupted_index();
    migrations.write("0003_index", "up.sql", &concurrently("a_slow", "a"));
    let mut log = Log::default();
    migrations.migrate_with(&database, &MigrateOptions::default(), &mut log).unwrap();
    let removed = |notice: &Notice| matches!(notice, Notice::Removed { object, .. } if object == "public.a_slow");
    assert!(log.notices.iter().any(removed), "{:?}", log.notices);
    assert_eq!(applied(&database), ["0001", "0002", "0003"]);
    assert_eq!(database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_slow'::regclass"), "t");
}

#[test]
fn an_index_that_a_killed_run_completed_is_not_built_twice() {
    let (database, mut migrations) = interrupted_index();
    // As if it had been killed a moment later; once the server has noticed that nobody waits for it.
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'makemigrations' \
                    AND datname = current_database()";
    while database.value(sessions) != "0" {
        std::thread::sleep(Duration::from_millis(50));
    }
    database.execute("DROP INDEX a_slow");
    database.execute(&concurrently("a_slow", "a"));
    migrations.write("0003_index", "up.sql", &concurrently("a_slow", "a"));
    let mut log = Log::default();
    migrations.migrate_with(&database, &MigrateOptions::default(), &mut log).unwrap();
    let done = |notice: &Notice| matches!(notice, Notice::AlreadyDone { object, .. } if object == "public.a_slow");
    assert!(log.notices.iter().any(done), "{:?}", log.notices);
    assert_eq!(applied(&database), ["0001", "0002", "0003"]);
}

#[test]
fn an_index_of_somebody_else_is_left_alone() {
    let database = Database::new(Engine::Postgres, "other_index");
    let migrations = Migrations::tables(Engine::Postgres, "a");
    migrations.migrate(&database).unwrap();
    database.execute("CREATE INDEX a_id ON a (id)");
    let migrations = migrations.add_outside("0002_index", &concurrently("a_id", "a"), "SELECT 1");
    for _ in 0..2 {
        let error = migrations.migrate(&database).unwrap_err();
        assert!(error.message().contains("already exists"), "{error}");
    }
    assert_eq!(applied(&database), ["0001"]);
    assert_eq!(database.value("SELECT count(*) FROM pg_indexes WHERE indexname = 'a_id'"), "1");
}

#[test]
fn a_session_that_is_ended_in_a_migration_fails_it_and_leaves_nothing() {
    let database = Database::new(Engine::Postgres, "ended");
    let up = format!("CREATE TABLE b (id integer); {}", long(Engine::Postgres));
    let mut migrations = Migrations::tables(Engine::Postgres, "a").add("0002_b", &up, None);
    let mut child = spawn(&database, &migrations, Action::Migrate);
    let (_, _output) = starts(&mut child, "0002_b");
    std::thread::sleep(Duration::from_millis(300));
    let Unlocked::Ended(holder) = unlock(&mut connect(&database), true).unwrap() else { panic!("not ended") };
    assert!(holder.statement.unwrap().contains("pg_sleep"));
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    // The server says why it ends the session, unless the connection is gone before that is read.
    let reasons = ["terminating connection due to administrator command", "the connection to the server was lost: "];
    let is_said = reasons.iter().any(|reason| error.contains(reason));
    assert!(!output.status.success() && is_said, "{error}");
    assert_eq!(applied(&database), ["0001"]);
    migrations.write("0002_b", "up.sql", "CREATE TABLE b (id integer);");
    assert_eq!(migrations.migrate(&database).unwrap().done.len(), 1);
}
