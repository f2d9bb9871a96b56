//! `makemigrations --empty` and `seal`: SQL of one's own, declared and under the lock.

use makemigrations_tests::database::Engine;
use makemigrations_tests::git::Repo;

use crate::setup::{Setup, next};

#[test]
fn empty_and_seal() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let name = next(&setup, &["--empty", "--name", "fill_titles"]);
        assert_eq!(name, "2026-11-23-141201-0002_fill_titles");
        // Diesel refuses empty files.
        for file in ["up.sql", "down.sql"] {
            assert!(setup.read(&format!("migrations/{name}/{file}")).starts_with("--"), "{file}");
        }
        let record: toml::Table = setup.read(&format!("migrations/{name}/operations.toml")).parse().unwrap();
        assert_eq!(record["manual"].as_bool(), Some(true));
        setup.run(["makemigrations", "--check"]).code(0);

        setup.write(&format!("migrations/{name}/up.sql"), "INSERT INTO ticket VALUES (1, 'a;b'), (2, 'c');\n");
        setup.write(&format!("migrations/{name}/down.sql"), "DELETE FROM ticket;\n");
        setup.run(["check"]).code(1).stderr_contains(&name).stderr_contains("cargo xtask seal");
        setup.run(["migrate"]).code(1).stderr_contains(&name);
        setup.run(["seal"]).code(0).stderr_contains(&name);
        setup.run(["check"]).code(0);
        setup.migrate();
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "2");
        setup.run(["migrate:down", "--yes"]).code(0);
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "0");
        // The numbers go on.
        assert!(setup.ticket("more = { type = \"integer\", nullable = true }\n").contains("-0003_ticket_more"));
    }
}

#[test]
fn an_empty_one_without_a_name_has_one() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    let name = next(&setup, &["--empty"]);
    assert!(name.starts_with("2026-11-23-141201-0002_") && name.len() > "2026-11-23-141201-0002_".len(), "{name}");
}

#[test]
fn seal_wants_to_know_which() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    let (first, second) =
        (next(&setup, &["--empty", "--name", "first"]), next(&setup, &["--empty", "--name", "second"]));
    for name in [&first, &second] {
        setup.write(&format!("migrations/{name}/up.sql"), "SELECT 1;\n");
    }
    let lock = setup.read("migrations/migrations.lock");
    setup.run(["seal"]).code(2).stderr_contains(&first).stderr_contains(&second);
    setup.run(["seal", "no_such_migration"]).code(2).stderr_contains("no_such_migration");
    assert_eq!(setup.read("migrations/migrations.lock"), lock);
    setup.run(["seal", &first]).code(0);
    setup.run(["seal"]).code(0).stderr_contains(&second);
    setup.run(["check"]).code(0);
    // Nothing is left to do.
    let lock = setup.read("migrations/migrations.lock");
    setup.run(["seal"]).code(0);
    setup.run(["seal", &first]).code(0);
    assert_eq!(setup.read("migrations/migrations.lock"), lock);
}

/// Generated SQL that was changed becomes declared: `manual = true`.
#[test]
fn changed_sql_is_declared() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    let name = setup.ticket("priority = { type = \"integer\", nullable = true }\n");
    setup.append(&format!("migrations/{name}/up.sql"), "\nUPDATE ticket SET priority = 1;\n");
    setup.run(["check"]).code(1).stderr_contains(&name);
    setup.run(["seal", &name]).code(0);
    setup.run(["check"]).code(0);
    let record: toml::Table = setup.read(&format!("migrations/{name}/operations.toml")).parse().unwrap();
    assert_eq!(record["manual"].as_bool(), Some(true));
    setup.run(["makemigrations", "--check"]).code(0);
}

/// What Diesel would wrap into its own transaction must not open one.
#[test]
fn transactions_of_their_own_are_refused() {
    let setup = Setup::with_ticket(Engine::Postgres);
    let name = next(&setup, &["--empty", "--name", "own"]);
    setup.write(&format!("migrations/{name}/up.sql"), "BEGIN;\nUPDATE ticket SET title = 'COMMIT;';\nCOMMIT;\n");
    let sealed = setup.run(["seal"]);
    if sealed.code == Some(0) {
        setup.run(["check"]).code(1).stderr_contains("M013").stderr_contains(&name);
    } else {
        sealed.code(1).stderr_contains(&name);
    }
    setup.run(["migrate"]).code(1).stderr_contains(&name);
    assert!(setup.tables().is_empty());
}

#[test]
fn a_merged_one_is_sealed_only_with_a_reason() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    let repo = Repo::init(&setup);
    repo.commit_all("the first migration");
    repo.branch("next");
    let name = &setup.migrations()[0];
    setup.append(&format!("migrations/{name}/up.sql"), "-- a hot fix\n");
    setup.run(["check"]).code(1).stderr_contains("M001").stderr_contains(name);
    let lock = setup.read("migrations/migrations.lock");
    setup.run(["seal", name]).code(1).stderr_contains(name);
    setup.run(["seal", name, "--override"]).code(2);
    setup
        .run(["seal", name, "--override", "--reason", " "])
        .code(2)
        .stderr_contains("the reason of an override is empty");
    assert_eq!(setup.read("migrations/migrations.lock"), lock);
    setup.run(["seal", name, "--override", "--reason", "the hot fix of Monday"]).code(0);
    assert!(setup.read("migrations/migrations.lock").contains(&format!("# override {name} the hot fix of Monday\n")));
    setup.run(["check"]).code(0).stderr_contains("the hot fix of Monday");
}
