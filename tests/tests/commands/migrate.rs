//! `migrate`: what it applies, how far, and that Diesel's own list agrees at every step.

use makemigrations_tests::database::Engine;

use crate::diesel_view::{assert_applied, view};
use crate::setup::{Setup, next};

const FIRST: &str = "2026-11-23-141200-0001_initial";
const SECOND: &str = "2026-11-23-141201-0002_ticket_a";
const THIRD: &str = "2026-11-23-141202-0003_ticket_b";

/// Three migrations, none applied.
fn three(engine: Engine) -> Setup {
    let setup = Setup::with_ticket(engine);
    setup.ticket("a = { type = \"integer\", nullable = true }\n");
    setup.ticket("a = { type = \"integer\", nullable = true }\nb = { type = \"integer\", nullable = true }\n");
    assert_eq!(setup.migrations(), [FIRST, SECOND, THIRD]);
    setup
}

#[test]
fn everything_is_applied_once() {
    for engine in Engine::ALL {
        let setup = three(engine);
        let finished = setup.run(["migrate"]);
        finished.code(0);
        for name in [FIRST, SECOND, THIRD] {
            finished.stderr_contains(name);
        }
        assert_applied(&setup, &[FIRST, SECOND, THIRD]);
        setup.database.execute("INSERT INTO ticket (id, title, a, b) VALUES (1, 'x', 2, 3)");
        let again = setup.run(["migrate"]);
        again.code(0).lacks(FIRST);
        assert!(again.stderr.to_lowercase().contains("nothing to"), "{}", again.stderr);
        assert_applied(&setup, &[FIRST, SECOND, THIRD]);
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "1");
    }
}

#[test]
fn the_history_says_what_ran() {
    for engine in Engine::ALL {
        let setup = three(engine);
        setup.migrate();
        let names = "SELECT name FROM __makemigrations_history ORDER BY version";
        let expected = [FIRST, SECOND, THIRD];
        let written = setup.database.column(names);
        for (written, expected) in written.iter().zip(expected) {
            assert!(expected.ends_with(written.as_str()), "{written} of {expected}");
        }
        let complete = "SELECT count(*) FROM __makemigrations_history WHERE length(checksum) = 64 AND state = 'applied' \
                        AND started_at IS NOT NULL AND finished_at IS NOT NULL AND tool_version IS NOT NULL";
        assert_eq!(setup.database.value(complete), "3");
        assert_eq!(setup.database.value("SELECT count(*) FROM __makemigrations_lock"), "0");
    }
}

#[test]
fn a_plan_is_only_said() {
    for engine in Engine::ALL {
        let setup = three(engine);
        let planned = setup.run(["migrate", "--plan"]);
        planned.code(0);
        let all = planned.stdout.clone() + &planned.stderr;
        let places: Vec<_> = [FIRST, SECOND, THIRD].map(|name| all.find(name)).to_vec();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{all}");
        assert!(setup.tables().is_empty());
        setup.run(["migrate", "--plan", "--to", "0002"]).code(0).lacks(THIRD);
        setup.migrate();
        setup.run(["migrate", "--plan"]).code(0).lacks(FIRST);
    }
}

#[test]
fn the_end_can_be_named_in_many_ways() {
    let ways = ["202611231412010002", "2026-11-23-141201-0002", SECOND, "ticket_a", "0002", "2"];
    for engine in Engine::ALL {
        for way in ways {
            let setup = three(engine);
            setup.run(["migrate", "--to", way]).code(0);
            assert_applied(&setup, &[FIRST, SECOND]);
            setup.run(["migrate", "--to", THIRD]).code(0);
            assert_applied(&setup, &[FIRST, SECOND, THIRD]);
            setup.run(["migrate:down", "--to", way]).code(0);
            assert_applied(&setup, &[FIRST, SECOND]);
        }
    }
}

#[test]
fn an_end_that_is_not_there_is_named() {
    let setup = three(Engine::Sqlite);
    for way in ["0004", "no_such_name", "20261123141201", ""] {
        for command in ["migrate", "migrate:down"] {
            setup.run([command, "--to", way]).code(2).stderr_contains(way);
        }
    }
    // Two of one name are not one.
    let first = next(&setup, &["--empty", "--name", "twin"]);
    let second = next(&setup, &["--empty", "--name", "twin"]);
    setup.run(["migrate", "--to", "twin"]).code(2).stderr_contains(&first).stderr_contains(&second);
    setup.run(["migrate", "--to", "0004"]).code(0);
    assert_applied(&setup, &[FIRST, SECOND, THIRD, &first]);
}

#[test]
fn to_zero_applies_nothing() {
    for engine in Engine::ALL {
        let setup = three(engine);
        setup.run(["migrate", "--to", "zero"]).code(0);
        assert!(setup.tables().is_empty());
        assert_eq!(view(&setup).applied, Vec::<String>::new());
    }
}

#[test]
fn fake_records_and_runs_nothing() {
    for engine in Engine::ALL {
        let setup = three(engine);
        setup.run(["migrate", "--fake", "--to", "0002"]).code(0).stderr_contains(SECOND);
        assert_applied(&setup, &[FIRST, SECOND]);
        assert!(setup.tables().is_empty());
        // The next one meets no table.
        setup.run(["migrate"]).code(3).stderr_contains(THIRD).stderr_contains("ticket");
        setup.run(["migrate", "--fake"]).code(0);
        assert_applied(&setup, &[FIRST, SECOND, THIRD]);
    }
}

/// Diesel users go on with Diesel's own tools; both see what the other did.
#[test]
fn what_diesel_did_is_seen() {
    for engine in Engine::ALL {
        let setup = three(engine);
        setup.run(["migrate", "--to", "0001"]).code(0);
        // As `diesel migration run` leaves it.
        setup.database.execute(
            "ALTER TABLE ticket ADD COLUMN a integer;
             INSERT INTO __diesel_schema_migrations (version) VALUES ('202611231412010002');",
        );
        let shown = setup.run(["showmigrations"]);
        shown.code(0).stdout_contains(SECOND);
        setup.migrate();
        assert_eq!(view(&setup).applied.len(), 3);
        assert_eq!(setup.database.value("SELECT count(b) FROM ticket"), "0");
        setup.run(["migrate:down", "--to", "zero"]).code(0);
        assert!(setup.tables().is_empty());
    }
}
