//! Locks of others in the way of a migration: how long it waits, that it is tried again, who is named. It must not test the
//! migration lock.

use std::time::{Duration, Instant};

use crate::support::{Log, Migrations, applied, connect, run_of};
use makemigrations_run::{self as run, Activity, Error, Failure, MigrateOptions, RevertOptions, Target, Timeouts};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres;

fn short(milliseconds: u64, ddl_retries: u32) -> Timeouts {
    Timeouts { ddl_lock_timeout: Duration::from_millis(milliseconds), ddl_retries, statement_timeout: None }
}

fn options(timeouts: Timeouts) -> MigrateOptions {
    MigrateOptions { timeouts, ..MigrateOptions::default() }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Migration(failure) => *failure,
        error => panic!("{error}"),
    }
}

/// A session that has read a table and goes on with its transaction, and its process.
fn reader(database: &Database, table: &str) -> (::postgres::Client, i32) {
    let mut client = postgres::client(database.url());
    client.batch_execute("SET application_name = 'the report'; BEGIN ISOLATION LEVEL REPEATABLE READ").unwrap();
    client.batch_execute(&format!("SELECT * FROM {table}")).unwrap();
    let pid = client.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    client.batch_execute(&format!("SELECT 'long report' FROM {table}")).unwrap();
    (client, pid)
}

#[test]
fn a_lock_that_does_not_come_is_waited_for_shortly_and_whoever_has_it_is_named() {
    let database = Database::new(Engine::Postgres, "ddl_lock_timeout");
    let migrations = Migrations::tables(Engine::Postgres, "a");
    migrations.migrate(&database).unwrap();
    let migrations =
        migrations.add("0002_b", "CREATE TABLE b (id integer);\nALTER TABLE a ADD COLUMN n integer;", None);
    let (mut report, pid) = reader(&database, "a");
    let mut log = Log::default();
    let failed = failure(migrations.migrate_with(&database, &options(short(200, 2)), &mut log).unwrap_err());
    assert_eq!((failed.refusal.code(), failed.tries, failed.undone), (Some("55P03"), 3, true));
    assert_eq!((failed.line, log.retries.len()), (Some(2), 2));
    let numbers: Vec<_> = log.retries.iter().map(|retry| (retry.number, retry.of)).collect();
    assert_eq!(numbers, [(1, 2), (2, 2)]);
    for blockers in log.retries.iter().map(|retry| &retry.blockers).chain([&failed.blockers]) {
        let [blocker] = &blockers[..] else { panic!("{blockers:?}") };
        assert_eq!((blocker.pid, blocker.user.as_deref()), (pid, Some("postgres")));
        assert_eq!(blocker.application.as_deref(), Some("the report"));
        assert_eq!(blocker.state.as_deref(), Some("idle in transaction"));
        assert!(blocker.query.as_ref().unwrap().contains("long report") && blocker.since.is_some(), "{blocker:?}");
    }
    let text = failed.to_string();
    assert!(text.contains("it was tried 3 times") && text.contains(&format!("in the way: session {pid} of")), "{text}");
    assert!(failed.hint().contains(&format!("pg_terminate_backend({pid})")), "{}", failed.hint());
    assert_eq!((applied(&database), run_of(&database, "0002")), (vec!["0001".to_owned()], "failed closed".to_owned()));
    assert_eq!(database.value("SELECT count(*) FROM pg_tables WHERE tablename = 'b'"), "0");

    report.batch_execute("COMMIT").unwrap();
    migrations.migrate(&database).unwrap();
    assert_eq!(applied(&database), ["0001", "0002"]);
}

#[test]
fn it_goes_through_once_the_report_has_ended_and_readers_never_queue_for_longer() {
    let database = Database::new(Engine::Postgres, "report");
    let migrations = Migrations::tables(Engine::Postgres, "a");
    migrations.migrate(&database).unwrap();
    let migrations = migrations.add("0002_n", "ALTER TABLE a ADD COLUMN n integer;", None);
    let (mut report, _) = reader(&database, "a");
    let timeouts = short(300, 50);
    let longest = std::thread::scope(|scope| {
        let run = scope.spawn(|| migrations.migrate_with(&database, &options(timeouts), &mut Log::default()));
        let mut other = postgres::client(database.url());
        let (start, mut longest) = (Instant::now(), Duration::ZERO);
        while start.elapsed() < Duration::from_secs(3) {
            let asked = Instant::now();
            other.batch_execute("SELECT count(*) FROM a").unwrap();
            longest = longest.max(asked.elapsed());
            std::thread::sleep(Duration::from_millis(20));
        }
        report.batch_execute("COMMIT").unwrap();
        assert_eq!(run.join().unwrap().unwrap().done.len(), 1);
        longest
    });
    // It does queue: otherwise this would test nothing.
    assert!(longest > Duration::from_millis(100) && longest < Duration::from_millis(1300), "{longest:?}");
    assert_eq!(applied(&database), ["0001", "0002"]);
}

#[test]
fn a_deadlock_with_the_application_is_tried_again() {
    let database = Database::new(Engine::Postgres, "deadlock");
    let migrations = Migrations::tables(Engine::Postgres, "ab");
    migrations.migrate(&database).unwrap();
    database.execute("INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)");
    let up = "UPDATE a SET id = id + 1;\nSELECT pg_sleep(1.5);\nUPDATE b SET id = id + 1;";
    let migrations = migrations.add("0003_both", up, None);
    let mut other = postgres::client(database.url());
    // It waits for longer than the migration, so that it is not the one that the server ends.
    other.batch_execute("SET deadlock_timeout = '1min'; BEGIN; UPDATE b SET id = id").unwrap();
    let mut log = Log::default();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| migrations.migrate_with(&database, &options(short(30_000, 3)), &mut log));
        let is_there = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(1.5)%' AND pid <> pg_backend_pid()";
        while database.value(is_there) == "0" {
            std::thread::sleep(Duration::from_millis(20));
        }
        other.batch_execute("UPDATE a SET id = id; COMMIT").unwrap();
        assert_eq!(run.join().unwrap().unwrap().done.len(), 1);
    });
    assert_eq!(log.retries.len(), 1, "{:?}", log.retries);
    assert_eq!(
        database.rows("SELECT a.id::text, b.id::text FROM a, b"),
        [[Some("2".to_owned()), Some("2".to_owned())]]
    );
}

#[test]
fn each_statement_has_the_timeouts_and_nothing_of_them_stays() {
    let show = |name: &str| {
        format!(
            "CREATE TABLE {name} AS SELECT current_setting('lock_timeout') AS locks, \
             current_setting('statement_timeout') AS statements"
        )
    };
    let own = format!("SET LOCAL lock_timeout = '77ms'; SET LOCAL statement_timeout = '78s'; {}", show("own"));
    let migrations = Migrations::new(Engine::Postgres)
        .add(
            "0001_inside",
            &show("inside"),
            Some("CREATE TABLE back AS SELECT current_setting('lock_timeout') AS locks"),
        )
        .add("0002_own", &own, Some("SELECT 1"))
        .add_outside("0003_outside", &show("outside"), "SELECT 1")
        .add("0004_after", &show("after"), Some("SELECT 1"));
    let seen = |database: &Database, name: &str| {
        database
            .rows(&format!("SELECT locks, statements FROM {name}"))
            .remove(0)
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
    };
    let database = Database::new(Engine::Postgres, "values");
    let timeouts = Timeouts {
        ddl_lock_timeout: Duration::from_millis(1234),
        ddl_retries: 0,
        statement_timeout: Some(Duration::from_secs(61)),
    };
    migrations.migrate_with(&database, &options(timeouts.clone()), &mut Log::default()).unwrap();
    for name in ["inside", "outside", "after"] {
        assert_eq!(seen(&database, name), ["1234ms", "61s"], "{name}");
    }
    assert_eq!(seen(&database, "own"), ["77ms", "78s"]);
    let back = RevertOptions { target: Target::Zero, timeouts, ..RevertOptions::default() };
    migrations.revert_with(&database, &back).unwrap();
    assert_eq!(database.value("SELECT locks FROM back"), "1234ms");

    // What the role has stays where nothing is set, but for what may take long.
    let database = Database::new(Engine::Postgres, "defaults");
    database.execute(&format!(
        "ALTER DATABASE {} SET statement_timeout = '99s'",
        database.value("SELECT quote_ident(current_database())")
    ));
    migrations.migrate_with(&database, &MigrateOptions::default(), &mut Log::default()).unwrap();
    assert_eq!(seen(&database, "inside"), ["5s", "99s"]);
    assert_eq!(seen(&database, "outside"), ["5s", "0"]);
    assert_eq!(seen(&database, "after"), ["5s", "99s"]);
}

#[test]
fn a_statement_that_runs_for_too_long_fails_once() {
    let database = Database::new(Engine::Postgres, "statement_timeout");
    let migrations = Migrations::new(Engine::Postgres).add("0001_a", "SELECT pg_sleep(60)", None);
    let timeouts = Timeouts { statement_timeout: Some(Duration::from_millis(200)), ..Timeouts::default() };
    let mut log = Log::default();
    let failed = failure(migrations.migrate_with(&database, &options(timeouts), &mut log).unwrap_err());
    assert_eq!((failed.refusal.code(), failed.tries), (Some("57014"), 1));
    assert!(log.retries.is_empty());
}

fn index() -> Migrations {
    Migrations::tables(Engine::Postgres, "a").add_outside(
        "0002_index",
        "CREATE INDEX CONCURRENTLY a_id ON a (id);",
        "DROP INDEX CONCURRENTLY a_id;",
    )
}

#[test]
fn an_index_that_is_built_concurrently_waits_for_a_report_and_is_not_built_twice() {
    let database = Database::new(Engine::Postgres, "index_and_report");
    let migrations = index();
    migrations.migrate_to(&database, Target::Version("0001".to_owned())).unwrap();
    let (mut report, pid) = reader(&database, "a");
    let mut log = Log::default();
    std::thread::scope(|scope| {
        let run = scope.spawn(|| migrations.migrate_with(&database, &options(short(300, 0)), &mut log));
        std::thread::sleep(Duration::from_secs(2));
        report.batch_execute("COMMIT").unwrap();
        assert_eq!(run.join().unwrap().unwrap().done.len(), 1);
    });
    let is_named = |activity: &Activity| matches!(activity, Activity::Blocked { blockers } if blockers.iter().any(|blocker| blocker.pid == pid));
    assert!(log.retries.is_empty() && log.activities.iter().any(is_named), "{:?}", log.activities);
    assert_eq!(database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass"), "t");
}

#[test]
fn a_table_that_others_have_locked_stops_an_index_that_is_built_concurrently_as_well() {
    let database = Database::new(Engine::Postgres, "index_and_lock");
    let migrations = index();
    migrations.migrate_to(&database, Target::Version("0001".to_owned())).unwrap();
    let mut other = postgres::client(database.url());
    other.batch_execute("BEGIN; LOCK TABLE a").unwrap();
    let mut log = Log::default();
    let start = Instant::now();
    let failed = failure(migrations.migrate_with(&database, &options(short(300, 1)), &mut log).unwrap_err());
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_eq!((failed.refusal.code(), failed.tries, failed.blockers.len()), (Some("55P03"), 2, 1));
    assert_eq!(database.value("SELECT count(*) FROM pg_index WHERE NOT indisvalid"), "0");
    let report = std::thread::scope(|scope| {
        let run = scope.spawn(|| migrations.migrate_with(&database, &options(short(300, 20)), &mut log));
        std::thread::sleep(Duration::from_millis(1500));
        other.batch_execute("COMMIT").unwrap();
        run.join().unwrap().unwrap()
    });
    assert_eq!(report.done.len(), 1);
    assert_eq!(database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_id'::regclass"), "t");
    run::holder(&mut connect(&database)).unwrap().ok_or(()).unwrap_err();
}
