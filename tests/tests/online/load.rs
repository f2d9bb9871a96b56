//! How long statements of a program wait while a change is made, in the direct form and in steps: a table with many rows
//! under constant reads and writes. It must not say how fast a machine is: waits are measured against the load's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres;
use makemigrations_tests::project::Project;

use crate::support::{BEFORE, CHANGES, Change};

/// Nobody may wait longer for a lock while a change is made in steps.
const LIMIT: Duration = Duration::from_millis(200);

/// Enough rows that the direct form of most changes keeps a program waiting for longer.
const ROWS: u64 = 100_000;

/// Rows of the table for the figures in `docs/online.md`: `ONLINE_LOAD_ROWS`.
fn asked_rows() -> Option<u64> {
    std::env::var("ONLINE_LOAD_ROWS").ok().map(|text| text.parse().expect("`ONLINE_LOAD_ROWS` is a number"))
}

/// What a program noticed.
#[derive(Debug, Clone, Copy, Default)]
struct Waits {
    /// The longest statement of the load.
    longest: Duration,
    /// The longest time that one of its statements was seen waiting for a lock.
    locked: Duration,
}

/// Runs `change` under load.
fn under_load(url: &str, rows: u64, change: impl FnOnce()) -> Waits {
    let is_over = Arc::new(AtomicBool::new(false));
    let load = |number: u64| {
        let (url, is_over) = (format!("{url}?application_name=load"), Arc::clone(&is_over));
        thread::spawn(move || {
            let mut client = postgres::client(&url);
            let mut longest = Duration::ZERO;
            let mut row = number * 7919;
            while !is_over.load(Ordering::Relaxed) {
                row = (row * 48_271 + 11) % rows;
                let id = 1 + row;
                let statement = match number {
                    0 => format!("SELECT owner, state FROM ticket WHERE id = {id}"),
                    1 => format!("UPDATE ticket SET state = 's{}' WHERE id = {id}", row % 7),
                    _ => format!(
                        "INSERT INTO ticket (id, owner, title, state) VALUES ({}, 1, 'title {0}', 's')",
                        rows * 2 + row * 31 + longest.subsec_nanos() as u64 % 31
                    ),
                };
                let start = Instant::now();
                // An insert may meet the one before it.
                drop(client.batch_execute(&statement));
                longest = longest.max(start.elapsed());
                thread::sleep(Duration::from_millis(2));
            }
            longest
        })
    };
    let loads: Vec<_> = (0..3).map(load).collect();
    let watch = {
        let (url, is_over) = (url.to_owned(), Arc::clone(&is_over));
        thread::spawn(move || {
            let mut client = postgres::client(&url);
            let mut locked = Duration::ZERO;
            let query = "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start) * 1000), 0)::bigint
                         FROM pg_stat_activity WHERE application_name = 'load' AND wait_event_type = 'Lock'";
            while !is_over.load(Ordering::Relaxed) {
                let waited: i64 = client.query_one(query, &[]).unwrap().get(0);
                locked = locked.max(Duration::from_millis(waited.unsigned_abs()));
                thread::sleep(Duration::from_millis(10));
            }
            locked
        })
    };
    thread::sleep(Duration::from_millis(200));
    change();
    thread::sleep(Duration::from_millis(100));
    is_over.store(true, Ordering::Relaxed);
    let longest = loads.into_iter().map(|load| load.join().unwrap()).max().unwrap_or_default();
    Waits { longest, locked: watch.join().unwrap() }
}

/// Makes one kind of change in one form.
fn measured(change: &Change, flag: &str) -> Waits {
    let project = Project::new(Engine::Postgres);
    let database = Database::new(Engine::Postgres, &format!("load_{}", change.name));
    project.snapshot("app", BEFORE);
    project.run(["makemigrations"]).code(0);
    project.run(["migrate", "--database-url", database.url()]).code(0);
    let rows = asked_rows().unwrap_or(ROWS);
    database.execute(&format!(
        "INSERT INTO person SELECT g FROM generate_series(1, 1000) g;
         INSERT INTO ticket (id, owner, title, state) SELECT g, 1 + g % 1000, 'title ' || g, 's' || g % 5 FROM generate_series(1, {rows}) g;
         INSERT INTO log SELECT g FROM generate_series(1, {rows}) g;"
    ));
    if change.name == "not_null" {
        database.execute(&format!("UPDATE ticket SET title = NULL WHERE id > {}", rows / 2));
    }
    database.execute("VACUUM ANALYZE");
    crate::support::changed(&project, change, flag).code(0);
    under_load(database.url(), rows, || {
        project.run(["migrate", "--database-url", database.url()]).code(0);
    })
}

#[test]
fn nobody_waits_for_steps() {
    let mut lines = vec!["change              direct: longest, locked      steps: longest, locked".to_owned()];
    let mut failed = Vec::new();
    for change in CHANGES.iter().filter(|change| change.name != "primary_key") {
        // That the load notices a lock at all, one direct change shows; the others are for the figures.
        let direct = (asked_rows().is_some() || change.name == "not_null").then(|| measured(change, "--no-online"));
        let mut online = measured(change, "--online");
        if online.locked > LIMIT {
            // A machine that does other work may have stood still.
            online = measured(change, "--online");
        }
        let show = |waits: Waits| format!("{:>9} ms {:>9} ms", waits.longest.as_millis(), waits.locked.as_millis());
        let shown = direct.map_or_else(|| " ".repeat(26), show);
        lines.push(format!("{:<18} {shown}   {}", change.name, show(online)));
        if direct.is_some_and(|direct| change.name == "not_null" && direct.locked <= online.locked) {
            failed.push("the direct form of not_null does not");
        }
        if online.locked > LIMIT {
            failed.push(change.name);
        }
    }
    let table = lines.join("\n");
    eprintln!("{table}");
    assert!(failed.is_empty(), "{failed:?} keep a program waiting for longer than {LIMIT:?}\n{table}");
}
