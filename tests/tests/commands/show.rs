//! `showmigrations` and `sqlmigrate`: what a person looks at before running anything.

use makemigrations_tests::database::Engine;

use crate::setup::Setup;

const FIRST: &str = "2026-11-23-141200-0001_initial";

#[test]
fn every_migration_has_its_state() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let second = setup.ticket("a = { type = \"integer\", nullable = true }\n");
        let states = |expected: [&str; 2]| {
            let shown = setup.run(["showmigrations"]);
            let lines: Vec<_> = shown.code(0).stdout.lines().filter(|line| line.contains("2026-")).collect();
            assert_eq!(lines.len(), 2, "{}", shown.stdout);
            for ((line, name), state) in lines.iter().zip([FIRST, &second]).zip(expected) {
                assert!(line.contains(name) && line.contains(state), "{line}: not `{state}`");
            }
        };
        states(["pending", "pending"]);
        // Looking creates nothing.
        assert!(setup.tables().is_empty());
        setup.run(["migrate", "--to", "0001"]).code(0);
        states(["applied", "pending"]);
        let planned = setup.run(["showmigrations", "--plan"]);
        planned.code(0).stdout_contains(&second).lacks(FIRST);
        setup.migrate();
        states(["applied", "applied"]);
        setup.run(["showmigrations", "--plan"]).code(0).lacks(&second);
    }
}

#[test]
fn without_migrations_there_is_nothing_to_show() {
    let setup = Setup::new(Engine::Sqlite);
    setup.run(["showmigrations"]).code(0);
    setup.run(["migrate"]).code(0);
    setup.run(["migrate:down"]).code(0);
    assert!(!setup.exists("migrations"));
}

#[test]
fn the_sql_is_shown_with_its_transaction() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        for way in [FIRST, "initial", "0001", "1", "202611231412000001"] {
            for (flags, file) in [(&[][..], "up.sql"), (&["--backwards"], "down.sql")] {
                let shown = setup.run([&["sqlmigrate", way], flags].concat());
                shown.code(0).stdout_contains(setup.read(&format!("migrations/{FIRST}/{file}")).trim_end());
                let at = |word: &str| shown.stdout.find(word).unwrap_or_else(|| panic!("no {word}: {}", shown.stdout));
                assert!(at("BEGIN") < at("TABLE") && at("TABLE") < at("COMMIT"), "{}", shown.stdout);
            }
        }
        setup.run(["sqlmigrate", "0002"]).code(2).stderr_contains("0002");
        setup.run(["sqlmigrate"]).code(2);
        assert!(setup.tables().is_empty());
    }
}

/// Where Diesel opens no transaction, none is shown.
#[test]
fn without_a_transaction_none_is_shown() {
    let setup = Setup::with_ticket(Engine::Postgres);
    let name = setup.hand_written("concurrently", "CREATE INDEX CONCURRENTLY a ON ticket (title);", "DROP INDEX a;");
    setup.write(&format!("migrations/{name}/metadata.toml"), "run_in_transaction = false\n");
    setup.run(["seal", &name]).code(0);
    let shown = setup.run(["sqlmigrate", &name]);
    shown.code(0).stdout_contains("CREATE INDEX CONCURRENTLY");
    assert!(!shown.stdout.lines().any(|line| ["BEGIN;", "COMMIT;"].contains(&line.trim())), "{}", shown.stdout);
    setup.migrate();
    setup.run(["migrate:down", "--yes"]).code(0);
}
