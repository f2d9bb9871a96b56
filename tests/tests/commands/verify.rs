//! `verify`: a migration whose SQL does not do what its operations say is found and named, in a scratch database that goes
//! again.

use std::time::Duration;

use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::merged;

use crate::setup::{Setup, snapshot_ticket, tables, wait_until};

const SIZE: &str = "size = { type = \"integer\", nullable = true }\n";

/// The databases of the server whose names say that they were made for a moment.
fn scratch(database: &Database) -> Vec<String> {
    match database.engine() {
        Engine::Postgres => database
            .column("SELECT datname::text FROM pg_database WHERE datname LIKE current_database() || '\\_mm\\_%'"),
        Engine::Sqlite => Vec::new(),
    }
}

/// `initial`, a manual migration, one with data and a generated one.
fn four(engine: Engine) -> (Setup, [String; 3]) {
    let setup = Setup::with_ticket(engine);
    snapshot_ticket(&setup, SIZE);
    let manual = setup.next(&["--manual"]);
    let data = setup.hand_written("data", "INSERT INTO ticket VALUES (1, 'x', 1);", "DELETE FROM ticket;");
    let indexed = setup.ticket("size = { type = \"integer\", nullable = true, index = true }\n");
    (setup, [manual, data, indexed])
}

#[test]
fn what_does_as_it_says_is_verified() {
    for engine in Engine::ALL {
        let (setup, [manual, ..]) = four(engine);
        setup.append(&format!("migrations/{manual}/up.sql"), "UPDATE ticket SET size = length(title);\n");
        setup.run(["seal"]).code(0);
        let verified = setup.run(["verify"]);
        verified.code(0).stderr_contains("up: 4 migrations").stderr_contains("down: 4 migrations");
        verified.stderr_contains("up again: 4 migrations").stderr_contains("verified:");
        setup.run(["verify", "--last", "2"]).code(0).stderr_contains("down: 2 migrations");
        setup.run(["verify", "--last", "99"]).code(0).stderr_contains("down: 4 migrations");
        setup.run(["verify", "--last", "0"]).code(2);
        // The database itself has seen nothing of it.
        assert!(tables(&setup.database).is_empty());
        assert_eq!(scratch(&setup.database), Vec::<String>::new());
    }
}

#[test]
fn hand_written_sql_that_does_something_else_is_named() {
    for engine in Engine::ALL {
        let (setup, [manual, ..]) = four(engine);
        setup.write(&format!("migrations/{manual}/up.sql"), "ALTER TABLE ticket ADD COLUMN size text;\n");
        setup.run(["seal"]).code(0);
        let found = setup.run(["verify"]);
        found.code(1).stderr_contains(&format!("`{manual}/up.sql`")).stderr_contains("size");
        found.stderr_contains(&format!("cargo xtask seal {manual}"));
        assert_eq!(scratch(&setup.database), Vec::<String>::new());
    }
}

#[test]
fn a_way_back_that_does_not_lead_back_is_named() {
    for engine in Engine::ALL {
        let (setup, [manual, ..]) = four(engine);
        setup.write(&format!("migrations/{manual}/down.sql"), "SELECT 1;\n");
        setup.run(["seal"]).code(0);
        let found = setup.run(["verify"]);
        found.code(1).stderr_contains(&format!("`{manual}/down.sql`")).stderr_contains("size");
        // It is not among the last two.
        setup.run(["verify", "--last", "2"]).code(0);
    }
}

/// Generated SQL that somebody changed and recorded by other means than `seal`: found by halving.
#[test]
fn generated_sql_that_was_changed_is_found_among_others() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let mut columns = String::new();
        let mut names = Vec::new();
        for column in ["a", "b", "c", "d", "e"] {
            columns += &format!("{column} = {{ type = \"integer\", nullable = true }}\n");
            names.push(setup.ticket(&columns));
        }
        let (changed, other) = (&names[1], &names[3]);
        let up = format!("migrations/{changed}/up.sql");
        let before = setup.read(&up);
        setup.write(&up, before.replace("integer", "text").replace("INTEGER", "TEXT"));
        merged::record(&setup);
        let found = setup.run(["verify"]);
        found.code(1).stderr_contains(&format!("`{changed}/up.sql`")).stderr_contains("cargo xtask check");
        setup.write(&up, before);

        let down = setup.read(&format!("migrations/{other}/down.sql"));
        setup.write(
            &format!("migrations/{other}/down.sql"),
            down.replace("ALTER TABLE", "-- ALTER TABLE") + "SELECT 1;\n",
        );
        merged::record(&setup);
        setup.run(["verify"]).code(1).stderr_contains(&format!("`{other}/down.sql`"));
    }
}

#[test]
fn sql_that_fails_is_named_with_its_statement() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let name = setup.hand_written("wrong", "SELECT 1;\nINSERT INTO nowhere VALUES (1);", "SELECT 1;");
        let failed = setup.run(["verify"]);
        failed.code(3).stderr_contains(&format!("{name}/up.sql:2")).stderr_contains("INSERT INTO nowhere VALUES (1)");
        assert_eq!(scratch(&setup.database), Vec::<String>::new());
    }
}

/// One that cannot be reversed is said, and what is above it is verified.
#[test]
fn an_irreversible_migration_is_said() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let one_way = setup.hand_written("one_way", "UPDATE ticket SET title = 'x';", "SELECT 1;");
        setup.ticket(SIZE);
        setup.remove(&format!("migrations/{one_way}/down.sql"));
        setup.run(["seal"]).code(0);
        let verified = setup.run(["verify"]);
        verified.code(0).stderr_contains(&format!("`{one_way}` cannot be reversed: it has no `down.sql`"));
        verified.stderr_contains("down: 1 migration,").stderr_contains("up again: 1 migration,");

        // Or by failing with the explanation.
        let fails = match engine {
            Engine::Postgres => "DO $$ BEGIN RAISE EXCEPTION 'cannot be reversed: titles are gone'; END $$;\n",
            Engine::Sqlite => {
                "CREATE TEMP TABLE no (way integer CONSTRAINT \"cannot be reversed: titles are gone\" CHECK (way = 0));\n\
                 INSERT INTO no VALUES (1);\n"
            }
        };
        setup.write(&format!("migrations/{one_way}/down.sql"), fails);
        setup.run(["seal"]).code(0);
        let verified = setup.run(["verify"]);
        verified
            .code(0)
            .stderr_contains(&one_way)
            .stderr_contains("titles are gone")
            .stderr_contains("down: 1 migration,");
    }
}

/// What rolling back leaves behind for the second time up.
#[test]
fn the_second_way_up_has_to_work_too() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let name = setup.hand_written("fill", "INSERT INTO ticket VALUES (1, 'x');", "SELECT 1;");
        setup.run(["verify", "--last", "1"]).code(3).stderr_contains(&format!("{name}/up.sql"));
    }
}

#[test]
fn a_server_is_needed_only_where_there_is_one() {
    let (sqlite, _) = four(Engine::Sqlite);
    let run = |setup: &Setup| makemigrations_tests::command::makemigrations(&setup.project, ["verify"]);
    let before = sqlite.files();
    run(&sqlite).run().code(0);
    run(&sqlite).env("CI", "true").run().code(0);
    assert_eq!(sqlite.files(), before);
    let (postgres, _) = four(Engine::Postgres);
    let refused = run(&postgres).run();
    refused.code(2).stderr_contains("PostgreSQL server").stderr_contains("--database-url");
    run(&postgres).env("DATABASE_URL", "sqlite::memory:").run().code(2).stderr_contains("PostgreSQL server");
}

#[test]
fn what_the_gate_refuses_is_not_run() {
    let (setup, [manual, ..]) = four(Engine::Sqlite);
    setup.append(&format!("migrations/{manual}/up.sql"), "UPDATE ticket SET size = 1;\n");
    setup.run(["verify"]).code(1).stderr_contains("M001").stderr_contains(&manual);
    let empty = Setup::new(Engine::Sqlite);
    snapshot_ticket(&empty, "");
    empty.run(["verify"]).code(0).stderr_contains("there are no migrations");
}

/// Ctrl-C takes the scratch database along; what `kill -9` leaves, the next one removes.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_nothing_behind() {
    let setup = Setup::with_ticket(Engine::Postgres);
    let name = setup.hand_written("slow", "SELECT pg_sleep(30);", "SELECT 1;");
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(30)%' AND datname LIKE \
                    current_database() || '\\_mm\\_%'";
    let start = || {
        let running = setup.command(["verify"]).spawn();
        wait_until("the migration runs", || setup.database.value(sleeping) == "1");
        running
    };
    let mut running = start();
    assert!(!scratch(&setup.database).is_empty());
    running.interrupt();
    running.wait().code(130).lacks("error");
    assert_eq!(scratch(&setup.database), Vec::<String>::new());

    let mut running = start();
    running.kill();
    assert_eq!(running.wait().code, None);
    assert!(!scratch(&setup.database).is_empty());
    setup.write(&format!("migrations/{name}/up.sql"), "SELECT 1;\n");
    setup.run(["seal"]).code(0);
    // The server notices that the client is gone when it looks.
    wait_until("the leftover is removed", || {
        std::thread::sleep(Duration::from_millis(200));
        setup.run(["verify"]).code(0);
        scratch(&setup.database).is_empty()
    });
}
