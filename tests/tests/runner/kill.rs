//! Killing the runner anywhere, and running it again: nothing is lost, nothing runs twice, the history is right in
//! between and after. It must not test the lock otherwise.

use std::time::Duration;

use crate::support::{Action, Log, Migrations, applied, connect, run_of, spawn, starts};
use makemigrations_run::{MigrateOptions, Notice};
use makemigrations_tests::database::{Database, Engine};

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
    // Every migration and every way back adds one to what it is: twice would be seen.
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
