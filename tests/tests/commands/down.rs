//! `migrate:down`: how far, and that it says what is lost or fails before anything is touched.

use makemigrations_tests::database::Engine;

use crate::diesel_view::assert_applied;
use crate::setup::{Setup, snapshot_ticket};

const FIRST: &str = "2026-11-23-141200-0001_initial";
const NULLABLE: &str = "{ type = \"integer\", nullable = true }\n";

/// Three migrations, all applied, without rows.
fn three(engine: Engine) -> (Setup, [String; 2]) {
    let setup = Setup::with_ticket(engine);
    let second = setup.ticket(&format!("a = {NULLABLE}"));
    let third = setup.ticket(&format!("a = {NULLABLE}b = {NULLABLE}"));
    setup.migrate();
    (setup, [second, third])
}

#[test]
fn the_last_one_or_several() {
    for engine in Engine::ALL {
        let (setup, [second, third]) = three(engine);
        setup.run(["migrate:down"]).code(0).stderr_contains(&third).lacks(&second);
        assert_applied(&setup, &[FIRST, &second]);
        setup.migrate();
        setup.run(["migrate:down", "--steps", "2"]).code(0).stderr_contains(&third).stderr_contains(&second);
        assert_applied(&setup, &[FIRST]);
        setup.migrate();
        setup.run(["migrate:down", "--to", "0001"]).code(0);
        assert_applied(&setup, &[FIRST]);
        setup.run(["migrate:down", "--to", "zero"]).code(0);
        assert_applied(&setup, &[]);
        assert!(setup.tables().is_empty());
        // Nothing is left to revert.
        setup.run(["migrate:down"]).code(0);
        setup.migrate();
        assert_applied(&setup, &[FIRST, &second, &third]);
    }
}

#[test]
fn wrong_steps_are_wrong_usage() {
    let (setup, _) = three(Engine::Sqlite);
    for arguments in [["--steps", "0"], ["--steps", "-1"], ["--steps", "many"]] {
        setup.run([&["migrate:down"], &arguments[..]].concat()).code(2);
    }
    setup.run(["migrate:down", "--steps", "1", "--to", "zero"]).code(2);
    assert_eq!(setup.tables(), ["ticket"]);
    // More than there are: all of them.
    setup.run(["migrate:down", "--steps", "9"]).code(0);
    assert!(setup.tables().is_empty());
}

#[test]
fn lost_rows_are_counted_first() {
    for engine in Engine::ALL {
        let (setup, [second, third]) = three(engine);
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x', 5, NULL), (2, 'y', 6, 7), (3, 'z', NULL, NULL)");
        let refused = setup.run(["migrate:down"]);
        refused.code(1).stderr_contains("1 ").stderr_contains("ticket.b").stderr_contains("--yes");
        let refused = setup.run(["migrate:down", "--to", "zero"]);
        refused.code(1).stderr_contains("3 ").stderr_contains("rows of ticket").stderr_contains("--yes");
        assert_applied(&setup, &[FIRST, &second, &third]);
        assert_eq!(setup.database.value("SELECT count(b) FROM ticket"), "1");
        setup.run(["migrate:down", "--yes"]).code(0);
        assert_applied(&setup, &[FIRST, &second]);
        setup.run(["migrate:down", "-y", "--to", "zero"]).code(0);
        assert!(setup.tables().is_empty());
    }
}

/// A column that held nothing but NULL loses nothing.
#[test]
fn nothing_lost_is_nothing_asked() {
    for engine in Engine::ALL {
        let (setup, [second, _]) = three(engine);
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x', NULL, NULL)");
        setup.run(["migrate:down"]).code(0);
        assert_applied(&setup, &[FIRST, &second]);
    }
}

/// Going down brings back a column that existing rows have no value for.
#[test]
fn a_column_that_cannot_come_back_stops_it() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.ticket("size = \"integer\"\n");
        let removed = setup.ticket("");
        setup.migrate();
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x'), (2, 'y')");
        for arguments in [&["migrate:down"][..], &["migrate:down", "--yes"]] {
            let refused = setup.run(arguments);
            refused.code(1).stderr_contains("2 ").stderr_contains("size");
            assert_applied(&setup, &[FIRST, &removed]);
        }
        setup.database.execute("DELETE FROM ticket");
        setup.run(["migrate:down"]).code(0);
        assert_applied(&setup, &[FIRST]);
    }
}

/// Going down brings back a constraint that existing rows violate.
#[test]
fn a_constraint_that_cannot_come_back_stops_it() {
    let unique = "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\ntitle = { type = \"text\", unique = true }\n";
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.snapshot("ticket", unique);
        setup.next(&[]);
        snapshot_ticket(&setup, "");
        let dropped = setup.next(&[]);
        setup.migrate();
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x'), (2, 'x'), (3, 'y')");
        let refused = setup.run(["migrate:down", "--yes"]);
        refused.code(1).stderr_contains("1 ").stderr_contains("title");
        assert_applied(&setup, &[FIRST, &dropped]);
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "3");
        setup.database.execute("UPDATE ticket SET title = 'z' WHERE id = 2");
        setup.run(["migrate:down", "--yes"]).code(0);
        assert_applied(&setup, &[FIRST]);
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "3");
    }
}

/// Several steps: what the later one cannot do stops the first.
#[test]
fn all_steps_are_looked_at_before_the_first() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.ticket("size = \"integer\"\n");
        let removed = setup.ticket("");
        let added = setup.ticket(&format!("b = {NULLABLE}"));
        setup.migrate();
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x', NULL)");
        setup.run(["migrate:down", "--steps", "2", "--yes"]).code(1).stderr_contains("size");
        assert_applied(&setup, &[FIRST, &removed, &added]);
    }
}

/// SQL of one's own is not known to the tool; it runs, and a failure leaves everything as it was.
#[test]
fn a_failing_way_back_leaves_everything() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let name = setup.hand_written(
            "one_way",
            "INSERT INTO ticket VALUES (1, 'x');",
            "DELETE FROM ticket;\nDELETE FROM no_such_table;",
        );
        setup.migrate();
        let finished = setup.run(["migrate:down", "--yes"]);
        finished.code(3).stderr_contains(&name).stderr_contains("no_such_table");
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "1");
        assert_applied(&setup, &[FIRST, &name]);
    }
}

#[test]
fn migrate_to_an_older_target_goes_down_and_loses_nothing_unasked() {
    for engine in Engine::ALL {
        let (setup, [second, third]) = three(engine);
        setup.run(["migrate", "--to", &second]).code(0).stderr_contains(&third);
        assert_applied(&setup, &[FIRST, &second]);
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x', 5)");
        let refused = setup.run(["migrate", "--to", "zero"]);
        refused.code(1).stderr_contains("rows of ticket").stderr_contains("cargo xtask migrate:down --to zero --yes");
        assert_applied(&setup, &[FIRST, &second]);
        setup.run(["migrate:down", "--to", "zero", "--yes"]).code(0);
        assert!(setup.tables().is_empty());
    }
}
