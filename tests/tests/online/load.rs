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

/// Nobody may wait longer for a lock while a change is made in steps; on a machine that does nothing else, no statement may
/// take longer than this above what the load takes by itself.
const LIMIT: Duration = Duration::from_millis(200);

/// How long the load runs by itself before the change.
const ALONE: Duration = Duration::from_millis(1500);

/// What the table in `docs/online.md` calls a change.
const LABELS: [(&str, &str); 11] = [
    ("index", "index"),
    ("index_dropped", "index dropped"),
    ("index_replaced", "index changed"),
    ("foreign_key", "foreign key"),
    ("check", "check"),
    ("unique", "unique constraint"),
    ("not_null", "`NOT NULL`, half of the rows filled"),
    ("wider_type", "wider type, in place"),
    ("rewriting_type", "`integer` to `bigint`"),
    ("nullable", "`NOT NULL` dropped"),
    ("column", "column with a backfill"),
];

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
    /// What 99 of 100 of its statements took at most before the change.
    own: Duration,
}

/// What 99 of 100 take at most.
fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get((times.len() * 99 / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
}

/// Runs `change` under load.
fn under_load(url: &str, rows: u64, change: impl FnOnce()) -> Waits {
    let (is_over, is_changing) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let load = |number: u64| {
        let (url, is_over) = (format!("{url}?application_name=load"), Arc::clone(&is_over));
        let is_changing = Arc::clone(&is_changing);
        thread::spawn(move || {
            let mut client = postgres::client(&url);
            let (mut longest, mut alone) = (Duration::ZERO, Vec::new());
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
                if is_changing.load(Ordering::Relaxed) {
                    longest = longest.max(start.elapsed());
                } else {
                    alone.push(start.elapsed());
                }
                thread::sleep(Duration::from_millis(2));
            }
            (longest, alone)
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
    thread::sleep(ALONE);
    is_changing.store(true, Ordering::Relaxed);
    change();
    thread::sleep(Duration::from_millis(100));
    is_over.store(true, Ordering::Relaxed);
    let (longest, alone): (Vec<_>, Vec<_>) = loads.into_iter().map(|load| load.join().unwrap()).unzip();
    let longest = longest.into_iter().max().unwrap_or_default();
    Waits { longest, locked: watch.join().unwrap(), own: p99(alone.into_iter().flatten().collect()) }
}

/// Makes one kind of change in one form.
fn measured(change: &Change, flag: &str) -> Waits {
    let project = Project::new(Engine::Postgres);
    let database = Database::new(Engine::Postgres, &format!("load_{}", change.name));
    // However many rows: no run goes on for ever.
    project.settings("dialect = \"postgres\"\nstatement_timeout = \"15min\"\n");
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

/// Whether a program waited for too long. How long a statement takes says something on a machine that does nothing else.
fn is_too_long(waits: Waits) -> bool {
    waits.locked > LIMIT || (asked_rows().is_some() && waits.longest > waits.own + LIMIT)
}

#[test]
fn nobody_waits_for_steps() {
    let mut lines = vec![
        "| change | direct: longest | waiting | steps: longest | waiting | p99 of the load alone |".to_owned(),
        "|---|---|---|---|---|---|".to_owned(),
    ];
    let mut failed = Vec::new();
    for change in CHANGES.iter().filter(|change| change.name != "primary_key") {
        // That the load notices a lock at all, one direct change shows; the others are for the figures.
        let direct = (asked_rows().is_some() || change.name == "not_null").then(|| measured(change, "--no-online"));
        let mut online = measured(change, "--online");
        if is_too_long(online) {
            // A machine that does other work may have stood still.
            online = measured(change, "--online");
        }
        let show = |waits: Waits| format!("{} | {}", waits.longest.as_millis(), waits.locked.as_millis());
        let shown = direct.map_or_else(|| " | ".to_owned(), show);
        let label = LABELS.iter().find(|(name, _)| *name == change.name).map(|(_, label)| *label);
        let label = label.unwrap_or("default that differs from row to row");
        lines.push(format!("| {label} | {shown} | {} | {} |", show(online), online.own.as_millis()));
        // One that takes long is seen while it runs.
        eprintln!("{}", lines.last().map(String::as_str).unwrap_or_default());
        if direct.is_some_and(|direct| change.name == "not_null" && direct.locked <= online.locked) {
            failed.push("the direct form of not_null does not");
        }
        if is_too_long(online) {
            failed.push(change.name);
        }
    }
    let table = lines.join("\n");
    eprintln!("\nmilliseconds, {} rows:\n\n{table}", asked_rows().unwrap_or(ROWS));
    assert!(failed.is_empty(), "{failed:?} keep a program waiting for longer than {LIMIT:?}\n{table}");
}
