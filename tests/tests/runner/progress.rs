//! What is told of statements that take long, and of connections that are lost. It must not test timeouts.

use std::time::Duration;

use crate::support::{Log, Migrations, applied, connect};
use makemigrations_run::{Activity, Error, MigrateOptions, Unlocked, unlock};
use makemigrations_tests::database::{Database, Engine};

fn said(log: &Log) -> Vec<&str> {
    let said = log.activities.iter().filter_map(|activity| match activity {
        Activity::Said { message } => Some(message.as_str()),
        _ => None,
    });
    said.collect()
}

#[test]
fn what_a_block_says_is_passed_on_at_a_bearable_pace_and_its_last_word_always() {
    let database = Database::new(Engine::Postgres, "notices");
    let block = "DO $$ BEGIN FOR i IN 1..2000 LOOP RAISE NOTICE '% of 2000 rows', i; \
                 PERFORM pg_sleep(0.001); END LOOP; END $$;";
    let migrations = Migrations::new(Engine::Postgres)
        .add(
            "0001_quiet",
            "CREATE TABLE IF NOT EXISTS a (id integer); CREATE TABLE IF NOT EXISTS a (id integer);",
            None,
        )
        .add_outside("0002_batches", block, "SELECT 1")
        .add("0003_inside", "DO $$ BEGIN RAISE WARNING 'look at this'; END $$;", None);
    let mut log = Log::default();
    migrations.migrate_with(&database, &MigrateOptions::default(), &mut log).unwrap();
    let said = said(&log);
    assert_eq!((said[0], said[said.len() - 1]), ("1 of 2000 rows", "look at this"));
    assert_eq!(said[said.len() - 2], "2000 of 2000 rows");
    assert!(said.len() >= 4 && said.len() < 30, "{said:?}");
}

#[test]
fn the_build_of_an_index_says_how_far_it_is() {
    let database = Database::new(Engine::Postgres, "phases");
    let slow = "CREATE FUNCTION slow(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(0.03); RETURN $1; END $$;
                CREATE TABLE a (id integer, filling text);
                ALTER TABLE a ALTER filling SET STORAGE PLAIN;
                INSERT INTO a SELECT i, repeat('x', 3000) FROM generate_series(1, 60) AS i;";
    let migrations = Migrations::new(Engine::Postgres).add("0001_slow", slow, None).add_outside(
        "0002_index",
        "CREATE INDEX CONCURRENTLY a_slow ON a (slow(id));",
        "DROP INDEX CONCURRENTLY a_slow;",
    );
    let mut log = Log::default();
    migrations.migrate_with(&database, &MigrateOptions::default(), &mut log).unwrap();
    let phases: Vec<_> = log.activities.iter().filter(|activity| matches!(activity, Activity::Phase { .. })).collect();
    let is_build = |activity: &&Activity| matches!(activity, Activity::Phase { phase, total, .. } if phase.starts_with("building index") && *total > 0);
    assert!(phases.iter().any(is_build), "{:?}", log.activities);
}

#[test]
fn a_connection_that_is_lost_says_why() {
    let database = Database::new(Engine::Postgres, "lost");
    let migrations = Migrations::new(Engine::Postgres).add("0001_a", "SELECT pg_sleep(60)", None);
    let error = std::thread::scope(|scope| {
        let run = scope.spawn(|| migrations.migrate(&database).unwrap_err());
        let is_there = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()";
        while database.value(is_there) == "0" {
            std::thread::sleep(Duration::from_millis(20));
        }
        let ended = unlock(&mut connect(&database), true).unwrap();
        assert!(matches!(ended, Unlocked::Ended(_)), "{ended:?}");
        run.join().unwrap()
    });
    let Error::Migration(failure) = &error else { panic!("{error}") };
    assert!(failure.refusal.message.contains("terminating connection due to administrator command"), "{error}");
    assert!(applied(&database).is_empty());
}
