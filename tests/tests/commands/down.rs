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
            refused.code(2).stderr_contains("--backfill ticket.size=<SQL>");
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
        setup.run(["migrate:down", "--steps", "2", "--yes"]).code(2).stderr_contains("--backfill ticket.size=<SQL>");
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
        refused.code(1).stderr_contains("1 row of ticket").stderr_contains("cargo xtask migrate:down --to zero --yes");
        assert_applied(&setup, &[FIRST, &second]);
        setup.run(["migrate:down", "--to", "zero", "--yes"]).code(0);
        assert!(setup.tables().is_empty());
    }
}

/// Each migration is told apart: what it takes back in full, what it loses, what it fails on, what nobody knows.
#[test]
fn each_migration_says_what_it_costs() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.ticket("size = { type = \"integer\", nullable = true, unique = true }\n");
        let size = format!("size = {NULLABLE}");
        let removed = setup.ticket(&size);
        let added = setup.ticket(&format!("{size}b = {NULLABLE}"));
        let full = setup.ticket(&format!("{size}b = {{ type = \"integer\", nullable = true, index = true }}\n"));
        let own = setup.hand_written("own", "UPDATE ticket SET title = 'z';", "SELECT 1;");
        setup.migrate();
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x', 5, 7), (2, 'y', 5, NULL)");
        let said = setup.run(["migrate:down", "--steps", "4", "--yes"]);
        said.code(1);
        let after = |name: &str| {
            let (_, rest) = said.stderr.split_once(&format!("revert {name}\n")).unwrap();
            rest.lines().next().unwrap().to_owned()
        };
        assert_eq!(after(&own), "  written by hand: what its SQL loses is not known");
        assert_eq!(after(&full), "  takes everything back");
        assert_eq!(after(&added), "  loses 1 value of ticket.b");
        assert!(after(&removed).starts_with("  fails on 1 "), "{}", said.stderr);
        assert_eq!(setup.database.value("SELECT count(b) FROM ticket"), "1");
        assert_applied(&setup, &[FIRST, &removed, &added, &full, &own]);
    }
}

/// `--force` lets the SQL try: it says yes to no loss, and what fails leaves its migration as it was.
#[test]
fn force_tries_what_would_fail() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.ticket("size = { type = \"integer\", nullable = true, unique = true }\n");
        let removed = setup.ticket(&format!("size = {NULLABLE}"));
        setup.migrate();
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x', 5), (2, 'y', 5)");
        setup.run(["migrate:down"]).code(1);
        setup.run(["migrate:down", "--force"]).code(3).stderr_contains(&removed);
        assert_applied(&setup, &[FIRST, &removed]);
    }
}

/// SQL that people wrote may do better than its operations tell.
#[test]
fn force_lets_hand_written_sql_do_better() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.ticket("size = \"integer\"\n");
        snapshot_ticket(&setup, "");
        let removed = setup.next(&["--manual"]);
        let better = "ALTER TABLE ticket ADD COLUMN size integer NOT NULL DEFAULT 5;\n";
        setup.write(&format!("migrations/{removed}/down.sql"), better);
        setup.run(["seal"]).code(0);
        setup.migrate();
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x')");
        setup.run(["migrate:down", "--yes"]).code(1).stderr_contains("1 row of ticket");
        setup.run(["migrate:down", "--force"]).code(1).stderr_contains("migrate:down --steps 1 --yes --force");
        assert_applied(&setup, &[FIRST, &removed]);
        setup.run(["migrate:down", "--yes", "--force"]).code(0);
        assert_eq!(setup.database.value("SELECT CAST(size AS text) FROM ticket"), "5");
    }
}

/// Nothing leads from a truth value to a date: with rows it cannot be rolled back, without it can.
#[test]
fn a_type_that_nothing_leads_back_to_is_not_reversed() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        setup.ticket("a = { type = \"date\", nullable = true }\n");
        snapshot_ticket(&setup, "a = { type = \"boolean\", nullable = true }\n");
        let said = setup.run(["makemigrations", "--using", "ticket.a=(a IS NOT NULL)"]);
        said.code(0).stderr_contains("going down is not possible any more once there are values of ticket.a");
        let retyped = setup.migrations().pop().unwrap();
        setup.migrate();
        setup.database.execute("INSERT INTO ticket VALUES (1, 'x', NULL), (2, 'y', true)");
        let refused = setup.run(["migrate:down", "--yes"]);
        refused.code(1).stderr_contains("cannot be reversed for 1 value of ticket.a");
        assert_applied(&setup, &[FIRST, &retyped]);
        setup.database.execute("UPDATE ticket SET a = NULL");
        setup.run(["migrate:down"]).code(0);
        assert_applied(&setup, &[FIRST]);
    }
}

#[test]
fn without_a_way_back_nothing_is_touched() {
    for engine in Engine::ALL {
        let (setup, [second, third]) = three(engine);
        let last = setup.hand_written("one_way", "UPDATE ticket SET title = 'z';", "SELECT 1;");
        setup.remove(&format!("migrations/{last}/down.sql"));
        setup.run(["seal"]).code(0);
        setup.migrate();
        setup.run(["migrate:down", "--steps", "2", "--yes", "--force"]).code(1).stderr_contains(&last);
        assert_applied(&setup, &[FIRST, &second, &third, &last]);
    }
}
