//! `migrate:down --absent`: what is applied and not in the folder goes by what the database stores of it. It must not reset
//! anything.

use std::time::Duration;

use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;

use crate::diesel_view::assert_applied;
use crate::setup::{Setup, snapshot_ticket};

const FIRST: &str = "2026-11-23-141200-0001_initial";
const NULLABLE: &str = "{ type = \"integer\", nullable = true }\n";

/// A migration more on top of `initial`, applied.
fn with_second(engine: Engine) -> (Setup, String) {
    let setup = Setup::with_ticket(engine);
    let second = setup.ticket(&format!("a = {NULLABLE}"));
    setup.migrate();
    (setup, second)
}

/// Deletes a migration and its lines.
fn delete(setup: &Setup, name: &str, more: &str) {
    setup.remove(&format!("migrations/{name}"));
    snapshot_ticket(&setup.project, more);
    setup.run(["makemigrations", "--no-input"]).code(0);
}

#[test]
fn a_deleted_draft_is_counted_and_taken_back() {
    for engine in Engine::ALL {
        let (setup, second) = with_second(engine);
        setup.database.execute("INSERT INTO ticket (id, title, a) VALUES (1, 'x', 7), (2, 'y', NULL)");
        delete(&setup, &second, "");
        for command in [&["migrate"][..], &["migrate:down"], &["migrate:down", "--to", "zero"]] {
            setup.run(command).code(1).stderr_contains(&second).stderr_contains("migrate:down --absent");
        }
        let asked = setup.run(["migrate:down", "--absent"]);
        asked
            .code(1)
            .stderr_contains("1 value of ticket.a")
            .stderr_contains("`cargo xtask migrate:down --absent --yes`");
        assert_applied(&setup, &[FIRST, &second]);
        setup.run(["migrate:down", "--absent", "--yes"]).code(0).stderr_contains("1 migration reverted");
        assert_applied(&setup, &[FIRST]);
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "2");
        setup.run(["drift"]).code(0);
        setup.run(["migrate:down", "--absent"]).code(0).stderr_contains("nothing to revert");
    }
}

/// The folder is gone, and nobody has told the lock file.
#[test]
fn a_deleted_folder_whose_lines_are_still_there() {
    for engine in Engine::ALL {
        let (setup, second) = with_second(engine);
        setup.remove(&format!("migrations/{second}"));
        setup.run(["migrate:down", "--absent", "--yes"]).code(0);
        assert_applied(&setup, &[FIRST]);
    }
}

#[test]
fn the_branch_that_has_the_folder_is_named_and_its_migration_goes() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let repo = Repo::init(&Folder::clone(&setup.project));
        setup.migrate();
        repo.commit_all("base");
        repo.branch("feature/a");
        let second = setup.ticket(&format!("a = {NULLABLE}"));
        let third = setup.hand_written("by_hand", "CREATE TABLE extra (x integer);", "DROP TABLE extra;");
        setup.migrate();
        repo.commit_all("feature");
        repo.checkout("main");
        let refused = setup.run(["migrate"]);
        refused
            .code(1)
            .stderr_contains(&second)
            .stderr_contains("is on the branch `feature/a`: `git switch feature/a`");
        setup.run(["migrate:down"]).code(1).stderr_contains("`git switch feature/a`");
        // What its SQL loses is known to nobody, since people wrote it.
        setup.run(["migrate:down", "--absent"]).code(1).stderr_contains("written by hand");
        setup.run(["migrate:down", "--absent", "--steps", "1", "--yes"]).code(0).stderr_contains(&third).lacks(&second);
        setup.run(["migrate:down", "--absent"]).code(0).stderr_contains(&second);
        assert_applied(&setup, &[FIRST]);
        assert_eq!(setup.tables(), ["ticket"]);
        setup.run(["migrate"]).code(0);
        setup.run(["drift"]).code(0);
    }
}

/// What is here was applied after what is not: all of it goes, and what is here comes again.
#[test]
fn what_is_here_and_newer_is_not_passed_over() {
    for engine in Engine::ALL {
        let (setup, second) = with_second(engine);
        let third = setup.hand_written("extra", "CREATE TABLE extra (x integer);", "DROP TABLE extra;");
        setup.migrate();
        delete(&setup, &second, "");
        let refused = setup.run(["migrate:down", "--absent", "--yes"]);
        refused.code(1).stderr_contains(&third);
        let hint = format!("migrate:down --absent --to {FIRST}");
        refused.stderr_contains(&hint);
        assert_applied(&setup, &[FIRST, &second, &third]);
        setup.run(["migrate:down", "--absent", "--to", FIRST, "--yes"]).code(0);
        assert_applied(&setup, &[FIRST]);
        setup.run(["migrate"]).code(0);
        assert_applied(&setup, &[FIRST, &third]);
        assert_eq!(setup.tables(), ["extra", "ticket"]);
    }
}

/// One whose `up.sql` is another now is not here as it was applied.
#[test]
fn an_edit_of_what_is_applied_is_sealed_after_it_was_taken_back() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let name = setup.hand_written("extra", "CREATE TABLE extra (x integer);", "DROP TABLE extra;");
        setup.migrate();
        setup.append(&format!("migrations/{name}/up.sql"), "INSERT INTO extra VALUES (5);\n");
        let refused = setup.run(["seal"]);
        refused.code(1).stderr_contains("is applied in").stderr_contains("`cargo xtask migrate:down --absent`");
        setup.run(["migrate:down", "--absent", "--yes"]).code(0);
        assert_applied(&setup, &[FIRST]);
        setup.run(["seal", &name]).code(0);
        setup.run(["migrate"]).code(0);
        assert_eq!(setup.database.value("SELECT x FROM extra"), "5");
        // What is not applied here may be sealed; so may what does not answer.
        setup.append(&format!("migrations/{name}/up.sql"), "INSERT INTO extra VALUES (6);\n");
        let elsewhere = setup.command(["seal", &name, "--database-url", "postgres://nobody@127.0.0.1:1/none"]).run();
        if engine == Engine::Postgres {
            elsewhere.code(0).stderr_contains("is not known");
        }
    }
}

/// A `down.sql` that was mended after the migration was applied is the one that runs, here and where it is absent.
#[test]
fn a_mended_down_is_used() {
    for engine in Engine::ALL {
        for is_absent in [false, true] {
            let setup = Setup::with_ticket(engine);
            let name = setup.hand_written("extra", "CREATE TABLE extra (x integer);", "SELECT no_such_thing();");
            setup.migrate();
            setup.write(&format!("migrations/{name}/down.sql"), "DROP TABLE extra;\n");
            setup.run(["seal", &name]).code(0);
            setup.run(["showmigrations"]).code(0).lacks("edited");
            if is_absent {
                setup.run(["migrate"]).code(0);
                delete(&setup, &name, "");
                setup.run(["migrate:down", "--absent", "--yes"]).code(0);
            } else {
                setup.run(["migrate:down", "--yes"]).code(0);
            }
            assert_eq!(setup.tables(), ["ticket"]);
            assert_applied(&setup, &[FIRST]);
        }
    }
}

/// The history as an older version of the tool made it.
fn make_old(setup: &Setup) {
    let columns = ["up_checksum", "stored_checksum", "run_in_transaction", "down_sql", "operations", "origin"];
    for column in columns {
        setup.database.execute(&format!("ALTER TABLE __makemigrations_history DROP COLUMN {column}"));
    }
}

#[test]
fn an_older_history_is_completed_from_the_folder_and_named_where_it_cannot_be() {
    for engine in Engine::ALL {
        let (setup, second) = with_second(engine);
        make_old(&setup);
        setup.run(["showmigrations"]).code(0).lacks("edited");
        setup.run(["migrate"]).code(0);
        delete(&setup, &second, "");
        setup.run(["migrate:down", "--absent", "--yes"]).code(0);
        assert_applied(&setup, &[FIRST]);

        let (setup, second) = with_second(engine);
        make_old(&setup);
        delete(&setup, &second, "");
        let refused = setup.run(["migrate:down", "--absent", "--yes"]);
        refused.code(1).stderr_contains("no `down.sql`").stderr_contains(&second);
        assert_applied(&setup, &[FIRST, &second]);
    }
}

/// An older version of the tool has written its row over this one's: what is stored belongs to other files.
#[test]
fn what_an_older_version_wrote_over_is_not_taken_for_stored() {
    for engine in Engine::ALL {
        let (setup, second) = with_second(engine);
        setup
            .database
            .execute("UPDATE __makemigrations_history SET checksum = 'of other files' WHERE version LIKE '%0002'");
        delete(&setup, &second, "");
        setup.run(["migrate:down", "--absent", "--yes"]).code(1).stderr_contains("no `down.sql`");
    }
}

/// On SQLite a rebuild brings its own transaction, which is stored as well.
#[test]
fn a_rebuild_goes_in_its_own_transaction() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let check = "\n[[tables.ticket.checks]]\nname = \"titled\"\nexpression = \"title <> ''\"\n";
        let second = setup.ticket(check);
        setup.migrate();
        setup.database.execute("INSERT INTO ticket (id, title) VALUES (1, 'x')");
        delete(&setup, &second, "");
        setup.run(["migrate:down", "--absent"]).code(0);
        assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "1");
        setup.run(["drift"]).code(0);
    }
}

/// Kills it ever later: it is done or not done, and the next run does the rest. `ABSENT_KILLS` sets how many.
#[test]
fn killed_at_any_time_it_is_done_or_not() {
    let kills: u32 = std::env::var("ABSENT_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let seconds: Vec<String> = (0..3)
            .map(|index| {
                let table = format!("extra_{index}");
                setup.hand_written(
                    &table,
                    &format!("CREATE TABLE {table} (x integer);"),
                    &format!("DROP TABLE {table};"),
                )
            })
            .collect();
        let kept = Folder::temporary();
        for path in setup.files().iter().filter(|path| path.starts_with("migrations/")) {
            kept.write(path, setup.read_bytes(path));
        }
        for kill in 0..kills {
            setup.migrate();
            let folders: Vec<_> = seconds.iter().map(|name| format!("migrations/{name}")).collect();
            folders.iter().for_each(|folder| setup.remove(folder));
            let running = setup.command(["migrate:down", "--absent", "--yes"]).spawn();
            let ended = running.kill_after(Duration::from_millis(u64::from(kill * 211 % 320)));
            assert!(matches!(ended.code, None | Some(0)), "{ended:?}");
            let left: usize = setup.database.value("SELECT count(*) FROM __diesel_schema_migrations").parse().unwrap();
            assert_eq!(setup.tables().len(), left, "a table for each migration");
            let stored = "SELECT count(*) FROM __makemigrations_history WHERE state = 'applied'";
            assert_eq!(setup.database.value(stored), left.to_string());
            setup.run(["migrate:down", "--absent", "--yes"]).code(0);
            assert_applied(&setup, &[FIRST]);
            assert_eq!(setup.tables(), ["ticket"]);
            for path in kept.files() {
                setup.write(&path, kept.read_bytes(&path));
            }
        }
    }
}
