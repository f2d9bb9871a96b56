//! Many processes at once on one database: every migration runs exactly once, and nobody fails.

use makemigrations_tests::database::Engine;

use crate::diesel_view::assert_applied;
use crate::setup::Setup;

const PROCESSES: usize = 16;

#[test]
fn sixteen_at_once_on_postgres() {
    at_once(Engine::Postgres);
}

#[test]
fn sixteen_at_once_on_sqlite() {
    at_once(Engine::Sqlite);
}

fn at_once(engine: Engine) {
    let setup = Setup::new(engine);
    // Twice would be seen: each migration writes a row.
    setup.hand_written("log", "CREATE TABLE log (entry integer);\nINSERT INTO log VALUES (0);", "DROP TABLE log;");
    setup.ticket("");
    for number in 1..6 {
        setup.hand_written(
            &format!("entry_{number}"),
            &format!("INSERT INTO log VALUES ({number});"),
            &format!("DELETE FROM log WHERE entry = {number};"),
        );
    }
    let running: Vec<_> = (0..PROCESSES).map(|_| setup.command(["migrate"]).spawn()).collect();
    for process in running {
        process.wait().code(0);
    }
    let names = setup.migrations();
    assert_applied(&setup, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let entries = setup.database.column("SELECT CAST(entry AS text) FROM log ORDER BY entry");
    assert_eq!(entries, ["0", "1", "2", "3", "4", "5"]);

    // Up and down at once: whoever is first, one of the two ends.
    let up = setup.command(["migrate"]).spawn();
    let down = setup.command(["migrate:down", "--yes"]).spawn();
    up.wait().code(0);
    down.wait().code(0);
    setup.migrate();
    assert_applied(&setup, &names.iter().map(String::as_str).collect::<Vec<_>>());
}
