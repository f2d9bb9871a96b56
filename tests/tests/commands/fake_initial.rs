//! `migrate --fake-initial`: the initial migration is recorded where its tables are there. It must not test `--fake`.

use makemigrations_tests::database::Engine;

use crate::diesel_view::assert_applied;
use crate::setup::Setup;

const FIRST: &str = "2026-11-23-141200-0001_initial";
const TABLE: &str = "CREATE TABLE ticket (id integer PRIMARY KEY, title text NOT NULL)";

#[test]
fn what_is_there_is_recorded_and_the_rest_runs() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let second = setup.ticket("a = { type = \"integer\", nullable = true }\n");
        setup.database.execute(&format!("{TABLE}; INSERT INTO ticket VALUES (1, 'x')"));
        setup.run(["migrate", "--fake-initial"]).code(0).stderr_contains(FIRST);
        assert_applied(&setup, &[FIRST, &second]);
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket WHERE a IS NULL"), "1");
        setup.run(["migrate:down", "--yes"]).code(0);
        setup.run(["migrate", "--fake-initial"]).code(0).stderr_contains("1 migration applied");
    }
}

#[test]
fn what_is_not_there_runs() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.run(["migrate", "--fake-initial"]).code(0);
        assert_eq!(setup.tables(), ["ticket"]);
    }
}

#[test]
fn half_of_it_is_named() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.database.execute("CREATE TABLE ticket (id integer PRIMARY KEY)");
        setup.run(["migrate", "--fake-initial"]).code(1).stderr_contains("`ticket.title`");
        setup.database.execute("DROP TABLE ticket");
        setup.run(["migrate"]).code(0);
    }
}

/// A later migration runs, whatever is there.
#[test]
fn only_the_initial_one() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.ticket("a = { type = \"integer\", nullable = true }\n");
        setup.database.execute(&TABLE.replace(")", ", a integer)"));
        setup.run(["migrate", "--fake-initial"]).code(3);
        assert_applied(&setup, &[FIRST]);
    }
}
