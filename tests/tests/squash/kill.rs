//! Killing `migrate` in the middle of a squashed script, and two of them at once: all of it is there with every row that says
//! so, or nothing of it.

use std::time::Duration;

use makemigrations_tests::catalog::user_objects;
use makemigrations_tests::database::{Database, Engine};

use crate::support::Team;

/// What takes longer than any test while there is a table `slow`, and nothing else.
fn slow(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "SELECT pg_sleep(CASE WHEN to_regclass('slow') IS NULL THEN 0 ELSE 600 END);",
        Engine::Sqlite => {
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE EXISTS (SELECT 1 FROM sqlite_master WHERE \
             name = 'slow')) SELECT count(*) FROM n WHERE i < 0;"
        }
    }
}

/// The number of migrations that Diesel knows. Panics unless the history says the same, and the tables are there exactly
/// when it is not 0. One query: on PostgreSQL the last words of a killed client may still be on their way.
fn count(database: &Database) -> usize {
    let has_table = match database.engine() {
        Engine::Postgres => "SELECT count(*) FROM pg_tables WHERE tablename = 'house'",
        Engine::Sqlite => "SELECT count(*) FROM sqlite_master WHERE name = 'house'",
    };
    let rows = database.rows(&format!(
        "SELECT CAST((SELECT count(*) FROM __diesel_schema_migrations) AS text), \
         CAST((SELECT count(*) FROM __makemigrations_history h JOIN __diesel_schema_migrations v ON v.version = h.version \
         WHERE h.state = 'applied') AS text), \
         CAST((SELECT count(*) FROM __makemigrations_history WHERE state = 'applied') AS text), CAST(({has_table}) AS text)"
    ));
    let numbers: Vec<usize> = rows[0].iter().map(|number| number.as_deref().unwrap().parse().unwrap()).collect();
    assert!(numbers[..3].iter().all(|number| *number == numbers[0]), "{numbers:?}");
    assert_eq!(numbers[3], usize::from(numbers[0] > 0), "{numbers:?}");
    numbers[0]
}

#[test]
fn killed_in_the_middle_it_leaves_nothing_and_runs_again() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        team.by_hand("slow", slow(engine), "SELECT 1;");
        team.merges();
        team.squashes("1", "6");
        let database = team.database("killed");
        database.execute("CREATE TABLE slow (id integer)");
        let running = team.command(["migrate"]).env("DATABASE_URL", database.url()).spawn();
        drop(running.kill_after(Duration::from_secs(2)));
        assert_eq!(count(&database), 0);
        assert_eq!(database.column("SELECT name || ' ' || state FROM __makemigrations_history").len(), 1);
        database.execute("DROP TABLE slow");
        assert_eq!(user_objects(&database), Vec::<String>::new());
        let again = team.on(&database, ["migrate"]);
        again
            .code(0)
            .stderr_contains("an earlier run was interrupted in `2026-12-01-")
            .stderr_contains("squashed 0001-0006");
        team.is_whole(&database);
    }
}

#[test]
fn whenever_it_is_killed_it_has_all_or_nothing() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        team.squashes("1", "5");
        let database = team.database("any_time");
        // With the tables of the bookkeeping, so that they can be asked.
        team.on(&database, ["migrate", "--to", "1"]).code(0);
        team.on(&database, ["migrate:down", "--to", "zero", "--yes"]).code(0);
        let mut delay = Duration::from_millis(10);
        loop {
            let running = team.command(["migrate"]).env("DATABASE_URL", database.url()).spawn();
            let ended = running.kill_after(delay);
            let count = count(&database);
            assert!([0, 5, 6].contains(&count), "{count}");
            if ended.code == Some(0) {
                break;
            }
            delay += Duration::from_millis(12);
        }
        team.on(&database, ["migrate"]).code(0);
        team.is_whole(&database);
    }
}

#[test]
fn a_statement_that_fails_is_named_with_its_line_and_leaves_nothing() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        team.by_hand("house", "INSERT INTO house (id, street) SELECT 1, title FROM ticket_of_old;", "SELECT 1;");
        team.merges();
        team.squashes("1", "6");
        let database = team.database("fails");
        let failed = team.on(&database, ["migrate"]);
        failed.code(3).stderr_contains("squashed_0001_0006/squashed.sql:").stderr_contains("ticket_of_old");
        failed.stderr_contains("nothing of it stays in the database");
        assert_eq!(count(&database), 0);
        // What is applied with another text in between is nobody's: each by itself still works.
        database.execute("CREATE TABLE ticket_of_old (title text)");
        team.on(&database, ["migrate", "--to", "6"]).code(0).stderr_contains("6 migrations applied");
        assert_eq!(count(&database), 6);
    }
}

#[test]
fn of_two_at_once_one_runs_it() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        team.squashes("1", "5");
        let database = team.database("at_once");
        let running: Vec<_> =
            (0..4).map(|_| team.command(["migrate"]).env("DATABASE_URL", database.url()).spawn()).collect();
        let said: Vec<String> = running
            .into_iter()
            .map(|running| {
                let finished = running.wait();
                finished.code(0);
                finished.stderr
            })
            .collect();
        assert_eq!(said.iter().filter(|said| said.contains("squashed 0001-0005 in one")).count(), 1, "{said:?}");
        team.is_whole(&database);
    }
}
