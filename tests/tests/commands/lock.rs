//! The migration lock: who holds it, how it is freed, and that it dies with its holder.

use std::time::{Duration, Instant};

use makemigrations_tests::command::Running;
use makemigrations_tests::database::Engine;

use crate::diesel_view::assert_applied;
use crate::setup::{Setup, wait_until};

/// A project whose pending migration takes half a minute while the table `slow` has a row, and no time without.
fn slow(engine: Engine) -> (Setup, String, String) {
    let setup = Setup::new(engine);
    let prepared = setup.hand_written(
        "prepare",
        "CREATE TABLE slow (steps integer);\nINSERT INTO slow VALUES (1);",
        "DROP TABLE slow;",
    );
    setup.migrate();
    let wait = match engine {
        Engine::Postgres => "SELECT pg_sleep(30) FROM slow;",
        Engine::Sqlite => {
            "INSERT INTO half WITH RECURSIVE counter (n) AS \
             (SELECT 1 FROM slow UNION ALL SELECT n + 1 FROM counter WHERE n < 1000000000) SELECT max(n) FROM counter;"
        }
    };
    let name = setup.hand_written("wait", &format!("CREATE TABLE half (a integer);\n{wait}"), "DROP TABLE half;");
    (setup, prepared, name)
}

/// Starts `migrate` and waits until the slow migration runs.
#[track_caller]
fn start(setup: &Setup) -> Running {
    let running = setup.command(["migrate"]).spawn();
    wait_until("the migration runs", || {
        setup.database.value("SELECT count(*) FROM __makemigrations_history WHERE state = 'running'") == "1"
    });
    running
}

/// From here on the slow migration takes no time.
fn hurry(setup: &Setup) {
    setup.database.execute("DELETE FROM slow");
}

#[test]
fn without_a_holder_there_is_nothing_to_unlock() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.run(["migrate:unlock"]).code(0);
        assert!(setup.tables().is_empty());
        setup.migrate();
        setup.run(["migrate:unlock"]).code(0);
        setup.run(["migrate:unlock", "--force"]).code(0);
    }
}

#[test]
fn a_live_holder_is_shown_and_left_alone() {
    for engine in Engine::ALL {
        let (setup, prepared, name) = slow(engine);
        let holder = start(&setup);
        let pid = holder.id().to_string();
        setup.run(["migrate:unlock"]).code(4).stderr_contains(&pid);
        let started = Instant::now();
        setup.run(["migrate", "--lock-timeout", "1"]).code(4).stderr_contains(&pid).stderr_contains("migrate:unlock");
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
        setup.run(["migrate:down", "--lock-timeout", "0", "--yes"]).code(4);
        // Reading needs no lock.
        setup.run(["showmigrations"]).code(0).stdout_contains(&name);

        // Only `--force` ends it.
        setup.run(["migrate:unlock", "--force"]).code(0);
        let ended = holder.wait();
        assert_ne!(ended.code, Some(0), "{}", ended.stderr);
        hurry(&setup);
        setup.migrate();
        assert_applied(&setup, &[&prepared, &name]);
    }
}

#[test]
fn a_killed_holder_leaves_no_lock() {
    for engine in Engine::ALL {
        let (setup, prepared, name) = slow(engine);
        let mut holder = start(&setup);
        holder.kill();
        assert_eq!(holder.wait().code, None);
        assert_applied(&setup, &[&prepared]);
        hurry(&setup);
        // Without `migrate:unlock`.
        let started = Instant::now();
        setup.run(["migrate"]).code(0).stderr_contains(&name);
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
        assert_applied(&setup, &[&prepared, &name]);
        assert_eq!(setup.tables(), ["half", "slow"]);
        let rows = "SELECT count(*) FROM __makemigrations_history WHERE state <> 'applied'";
        assert_eq!(setup.database.value(rows), "0");
    }
}

#[test]
fn unlock_after_a_kill_says_that_nobody_is_there() {
    for engine in Engine::ALL {
        let (setup, prepared, _) = slow(engine);
        let mut holder = start(&setup);
        holder.kill();
        assert_eq!(holder.wait().code, None);
        // PostgreSQL notices a dead client within seconds, not at once.
        wait_until("the lock is free", || setup.run(["migrate:unlock"]).code == Some(0));
        assert_eq!(setup.database.value("SELECT count(*) FROM __makemigrations_lock"), "0");
        setup.run(["migrate:unlock"]).code(0);
        assert_applied(&setup, &[&prepared]);
    }
}

/// A migration with a transaction of its own, as a rebuild has it, is all or nothing as well.
#[test]
fn a_kill_inside_a_migration_s_own_transaction_leaves_nothing() {
    let (setup, prepared, name) = slow(Engine::Sqlite);
    setup.write(&format!("migrations/{name}/metadata.toml"), "run_in_transaction = false\n");
    let up = format!("migrations/{name}/up.sql");
    let statements = setup.read(&up);
    setup.write(&up, format!("BEGIN IMMEDIATE;\n{statements}COMMIT;\n"));
    setup.run(["seal", &name]).code(0);
    let mut holder = start(&setup);
    holder.kill();
    assert_eq!(holder.wait().code, None);
    assert_eq!(setup.tables(), ["slow"]);
    hurry(&setup);
    setup.migrate();
    assert_applied(&setup, &[&prepared, &name]);
}

/// What runs outside a transaction may have happened or not; the history says that it was interrupted, and the next run
/// goes on.
#[test]
fn a_kill_outside_a_transaction_is_told() {
    let (setup, prepared, _) = slow(Engine::Postgres);
    let name = setup.migrations().pop().unwrap();
    setup.write(&format!("migrations/{name}/metadata.toml"), "run_in_transaction = false\n");
    setup.write(&format!("migrations/{name}/up.sql"), "SELECT pg_sleep(30) FROM slow;\n");
    setup.run(["seal", &name]).code(0);
    let mut holder = start(&setup);
    holder.kill();
    assert_eq!(holder.wait().code, None);
    hurry(&setup);
    setup.migrate();
    assert_applied(&setup, &[&prepared, &name]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_gives_the_lock_back() {
    for engine in Engine::ALL {
        let (setup, prepared, name) = slow(engine);
        let mut holder = start(&setup);
        holder.interrupt();
        let ended = holder.wait();
        ended.code(130);
        assert_applied(&setup, &[&prepared]);
        hurry(&setup);
        setup.migrate();
        assert_applied(&setup, &[&prepared, &name]);
    }
}

/// What the revert would take was counted and agreed to before it waited.
#[test]
fn what_is_applied_while_a_revert_waits_is_not_reverted() {
    let setup = Setup::new(Engine::Postgres);
    let first = setup.hand_written("first", "CREATE TABLE first (a integer);", "DROP TABLE first;");
    setup.migrate();
    let sql = "CREATE TABLE second (a integer);\nINSERT INTO second VALUES (1);\nSELECT pg_sleep(3);";
    let second = setup.hand_written("second", sql, "DROP TABLE second;");
    for arguments in [&["migrate:down", "--yes"][..], &["migrate:down", "--yes", "--to", "zero"]] {
        let running = start(&setup);
        let refused = setup.run(arguments);
        running.wait().code(0);
        refused.code(1).stderr_contains("applied in the meantime").stderr_contains(&second);
        assert_applied(&setup, &[&first, &second]);
        assert_eq!(setup.database.value("SELECT count(*) FROM second"), "1");
        setup.run(["migrate:down", "--yes"]).code(0);
        assert_applied(&setup, &[&first]);
    }
}

/// A migration that has written more than SQLite keeps in memory locks everybody out of the file, who holds the lock
/// included.
#[test]
fn the_holder_is_named_while_nobody_can_read_the_database() {
    let setup = Setup::new(Engine::Sqlite);
    let count = |until: &str| {
        format!("WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < {until}) SELECT")
    };
    let up =
        format!("CREATE TABLE big AS {} x FROM c;\nSELECT * FROM ({} max(x) FROM c);", count("600000"), count("9e15"));
    setup.hand_written("spill", &up, "DROP TABLE big;");
    let running = setup.command(["migrate"]).spawn();
    let holder = running.id().to_string();
    wait_until("nobody can read it", || setup.run(["showmigrations"]).code == Some(4));
    for command in
        [&["showmigrations"][..], &["migrate", "--lock-timeout", "1"], &["migrate:down"], &["migrate:unlock"]]
    {
        let start = Instant::now();
        let said = setup.run(command);
        said.code(4);
        assert!(format!("{}{}", said.stdout, said.stderr).contains(&holder), "{said:?}");
        assert!(start.elapsed() < Duration::from_secs(8), "{command:?} took {:?}", start.elapsed());
    }
    setup.run(["migrate:unlock", "--force"]).code(0).stderr_contains(&holder);
    assert_ne!(running.wait().code, Some(0));
    setup.run(["showmigrations"]).code(0).stdout_contains("pending");
    assert!(setup.tables().is_empty());
}

/// A newer version of the tool works while this one waits for its lock: what that wrote meanwhile is looked at again.
#[test]
fn who_waits_for_a_newer_version_does_not_go_on_after_it() {
    // On SQLite nothing can be written beside a migration that runs.
    let (setup, prepared, _) = slow(Engine::Postgres);
    let holder = start(&setup);
    let waiting = setup.command(["migrate"]).spawn();
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'makemigrations' \
                    AND datname = current_database()";
    wait_until("the second one waits", || setup.database.value(sessions) == "2");
    setup.database.execute("UPDATE __makemigrations_history SET tool_version = '99.0.0' WHERE state = 'applied'");
    let cancel = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' \
                  AND datname = current_database() AND pid <> pg_backend_pid()";
    assert_eq!(setup.database.column(cancel), ["t"]);
    holder.wait().code(3);
    waiting.wait().code(2).stderr_contains("a newer version of this tool").stderr_contains("99.0.0");
    assert_applied(&setup, &[&prepared]);
}
