//! A merged migration that was changed in an emergency, with its reason on record: databases that ran the old text, and
//! those that run the new one. It must not repeat who may declare that; `seal` has its own tests.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::git::Repo;

use crate::setup::{Setup, tables};

const REASON: &str = "the hot fix of Monday";

/// A migrated project whose merged migration then creates a table more.
fn overridden(engine: Engine) -> (Setup, String) {
    let setup = Setup::with_ticket(engine);
    setup.migrate();
    let repo = Repo::init(&setup);
    repo.commit_all("the first migration");
    repo.branch("hot-fix");
    let name = setup.migrations().remove(0);
    setup.append(&format!("migrations/{name}/up.sql"), "CREATE TABLE hot_fix (id integer);\n");
    setup.append(&format!("migrations/{name}/down.sql"), "DROP TABLE IF EXISTS hot_fix;\n");
    setup.run(["migrate"]).code(1).stderr_contains(&name);
    setup.run(["seal", &name, "--override", "--reason", REASON]).code(0);
    (setup, name)
}

#[test]
fn a_database_with_the_old_text_is_told_and_goes_on() {
    for engine in Engine::ALL {
        let (setup, name) = overridden(engine);
        // Every run says it: nobody else knows that this database is another one.
        for _ in 0..2 {
            let finished = setup.run(["migrate"]);
            finished.code(0).stderr_contains(&name).stderr_contains(REASON).stderr_contains("warning");
        }
        assert_eq!(setup.tables(), ["ticket"]);
        setup.run(["showmigrations"]).code(0).stdout_contains(&format!("applied       {name}  (override: {REASON})"));
        setup.ticket("priority = { type = \"integer\", nullable = true }\n");
        setup.run(["migrate"]).code(0).stderr_contains(REASON).stderr_contains("1 migration applied");
        setup.run(["migrate:down", "--to", "zero", "--yes"]).code(0);
        assert!(setup.tables().is_empty());
        // It has run the new text now.
        setup.run(["migrate"]).code(0).lacks(REASON);
        assert_eq!(setup.tables(), ["hot_fix", "ticket"]);
    }
}

#[test]
fn a_fresh_database_gets_the_new_text() {
    for engine in Engine::ALL {
        let (setup, _) = overridden(engine);
        let fresh = Database::new(engine, "fresh");
        let run = |command: &str| makemigrations(&setup.project, [command]).env("DATABASE_URL", fresh.url()).run();
        run("migrate").code(0).lacks(REASON);
        assert_eq!(tables(&fresh), ["hot_fix", "ticket"]);
        run("migrate").code(0).lacks(REASON);
        run("check").code(0).stderr_contains(REASON);
    }
}
