//! A backfill that is killed in the middle, and one in the way of which somebody holds rows. It must not measure times.

use std::thread;
use std::time::Duration;

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::Database;
use makemigrations_tests::postgres;

use crate::support::{CHANGES, changed, started};

fn filled(database: &Database) -> usize {
    database.value("SELECT count(number) FROM ticket").parse().unwrap()
}

/// The column is there, and nothing is filled.
fn before_backfill(name: &str, settings: &str) -> (makemigrations_tests::project::Project, Database) {
    let (project, database) = started(name);
    project.settings(&format!("dialect = \"postgres\"\n{settings}"));
    let column = CHANGES.iter().find(|change| change.name == "column").unwrap();
    changed(&project, column, "--online").code(0);
    project.run(["migrate", "--to", "2", "--database-url", database.url()]).code(0);
    (project, database)
}

#[test]
fn a_killed_one_keeps_what_it_did_and_goes_on() {
    let (project, database) = before_backfill("killed", "online = { batch_size = 50, pause_ms = 50 }\n");
    let mut running = makemigrations(&project, ["migrate", "--database-url", database.url()]).spawn();
    while filled(&database) < 300 {
        thread::sleep(Duration::from_millis(20));
    }
    running.kill();
    // The server notices within seconds that its client is gone.
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%batch_low%' \
                    AND pid <> pg_backend_pid() AND state = 'active'";
    while database.value(sessions) != "0" {
        thread::sleep(Duration::from_millis(50));
    }
    let kept = filled(&database);
    assert!((300..3000).contains(&kept), "{kept}");
    database.execute("CREATE TABLE seen AS SELECT id, xmin::text AS version FROM ticket WHERE number IS NOT NULL");
    project.run(["migrate", "--database-url", database.url()]).code(0);
    assert_eq!(database.value("SELECT count(*) FROM ticket WHERE number = owner * 10"), "3000");
    let again = "SELECT count(*) FROM seen JOIN ticket USING (id) WHERE ticket.xmin::text <> version";
    assert_eq!(database.value(again), "0", "a row that was filled is not written again");
    database.execute("DROP TABLE seen");
    project.run(["drift", "--database-url", database.url()]).code(0);
}

#[test]
fn rows_that_others_hold_are_filled_afterwards() {
    let (project, database) = before_backfill("held", "");
    let mut other = postgres::client(database.url());
    other.batch_execute("BEGIN; UPDATE ticket SET title = 'held' WHERE id IN (5, 2999)").unwrap();
    let running = makemigrations(&project, ["migrate", "--to", "3", "--database-url", database.url()]).spawn();
    while filled(&database) < 2998 {
        thread::sleep(Duration::from_millis(20));
    }
    other.batch_execute("UPDATE ticket SET title = 'held too' WHERE id = 1; COMMIT").unwrap();
    running.wait().code(0);
    assert_eq!(filled(&database), 3000);
    assert_eq!(database.column("SELECT title FROM ticket WHERE id IN (1, 5) ORDER BY id"), ["held too", "held"]);
}

#[test]
fn keys_of_several_columns_and_odd_names_are_gone_through() {
    let (project, database) = started("odd");
    let odd = "[tables.odd]\nname = \"Odd % table\"\n\n[tables.odd.columns]\n\"batch_low\" = { type = \"text\", primary_key = true }\n\
               \"Kind $$\" = { type = \"smallint\", primary_key = true }\nfree = { type = \"text\", nullable = true }\n";
    let text = format!("{}\n{odd}", crate::support::BEFORE);
    project.snapshot("app", &text);
    project.run(["makemigrations"]).code(0);
    project.run(["migrate", "--database-url", database.url()]).code(0);
    database.execute(
        "INSERT INTO \"Odd % table\" SELECT chr(97 + g % 7) || g / 100, g % 100, NULL FROM generate_series(1, 1000) g
         ON CONFLICT DO NOTHING",
    );
    project.settings("dialect = \"postgres\"\nonline = { batch_size = 9, pause_ms = 0 }\n");
    project.snapshot("app", &text.replace("free = { type = \"text\", nullable = true }", "free = \"text\""));
    let flags = ["makemigrations", "--backfill", "odd.free=batch_low || '-' || \"Kind $$\""];
    project.run(flags).code(0);
    project.run(["migrate", "--database-url", database.url()]).code(0);
    let right = "SELECT count(*) FROM \"Odd % table\" WHERE free <> batch_low || '-' || \"Kind $$\"";
    assert_eq!(database.value(right), "0");
    project.run(["check"]).code(0);
}
