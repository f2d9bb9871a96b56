//! The lock: many at once, waiting, who holds it, freeing it. It must not test what migrations do.

use std::time::{Duration, Instant};

use crate::support::{Action, Log, Migrations, applied, connect, spawn, spawn_holder};
use makemigrations_run::{self as run, Error, ErrorKind, MigrateOptions, Unlocked};
use makemigrations_tests::database::{Database, Engine};

fn options(lock_timeout: Duration) -> MigrateOptions {
    MigrateOptions { lock_timeout, ..MigrateOptions::default() }
}

#[test]
fn of_sixteen_first_starters_one_does_the_work_and_all_succeed() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "sixteen");
        let migrations = Migrations::tables(engine, "abcdefghij");
        let children: Vec<_> = (0..16).map(|_| spawn(&database, &migrations, Action::Migrate)).collect();
        let mut started = 0;
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            started += String::from_utf8_lossy(&output.stdout).matches("started").count();
        }
        assert_eq!(started, 10);
        assert_eq!(applied(&database).len(), 10);
        assert_eq!(database.value("SELECT count(*) FROM __makemigrations_lock"), "0");
    }
}

#[test]
fn threads_of_one_process_exclude_each_other_too() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "threads");
        let migrations = Migrations::tables(engine, "abcde");
        std::thread::scope(|scope| {
            let runs: Vec<_> =
                (0..16).map(|_| scope.spawn(|| migrations.migrate(&database).unwrap().done.len())).collect();
            assert_eq!(runs.into_iter().map(|run| run.join().unwrap()).sum::<usize>(), 5);
        });
        assert_eq!(applied(&database).len(), 5);
    }
}

#[test]
fn who_waits_too_long_is_told_who_holds_the_lock() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "waiting");
        let migrations = Migrations::tables(engine, "a");
        let mut child = spawn_holder(&database, &migrations);
        let (mut log, start) = (Log::default(), Instant::now());
        let error = migrations.migrate_with(&database, &options(Duration::from_millis(1500)), &mut log).unwrap_err();
        assert!(start.elapsed() >= Duration::from_millis(1500));
        assert_eq!(error.kind(), ErrorKind::Locked);
        let Error::Locked { holder: Some(holder), .. } = &error else { panic!("{error}") };
        assert_eq!(holder.pid, Some(child.id()));
        assert!(holder.host.is_some() && holder.since.as_ref().unwrap().ends_with('Z'), "{holder:?}");
        assert!(holder.tool.as_ref().unwrap().starts_with("makemigrations "), "{holder:?}");
        assert_eq!(holder.session.is_some(), engine == Engine::Postgres);
        assert!(error.to_string().contains("cargo xtask migrate:unlock"), "{error}");
        assert_eq!(log.holders[0].as_ref(), Some(&**holder));
        assert_eq!(run::holder(&mut connect(&database)).unwrap().as_ref(), Some(&**holder));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn who_waits_gets_the_lock_when_its_holder_is_killed() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "killed");
        let migrations = Migrations::tables(engine, "ab");
        let mut child = spawn_holder(&database, &migrations);
        let start = std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let mut log = Log::default();
                let report = migrations.migrate_with(&database, &options(Duration::from_secs(30)), &mut log).unwrap();
                assert_eq!(report.done.len(), 2);
                assert!(!log.holders.is_empty());
            });
            std::thread::sleep(Duration::from_millis(500));
            let start = Instant::now();
            child.kill().unwrap();
            waiting.join().unwrap();
            start
        });
        assert!(start.elapsed() < Duration::from_secs(20));
        child.wait().unwrap();
        assert_eq!(applied(&database).len(), 2);
    }
}

#[test]
fn unlocking_does_not_disturb_a_live_holder_unless_forced() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "unlock");
        let migrations = Migrations::tables(engine, "a");
        let mut child = spawn_holder(&database, &migrations);
        let error = run::unlock(&mut connect(&database), false).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Locked);
        assert!(child.try_wait().unwrap().is_none());

        let Unlocked::Ended(holder) = run::unlock(&mut connect(&database), true).unwrap() else { panic!("not ended") };
        assert_eq!(holder.pid, Some(child.id()));
        assert_eq!(run::unlock(&mut connect(&database), false).unwrap(), Unlocked::Free);
        assert_eq!(database.value("SELECT count(*) FROM __makemigrations_lock"), "0");
        assert_eq!(migrations.migrate(&database).unwrap().done.len(), 1);
        // On PostgreSQL only its session was ended.
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn a_holder_who_is_gone_is_forgotten() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "forgotten");
        assert_eq!(run::unlock(&mut connect(&database), false).unwrap(), Unlocked::Free);
        let migrations = Migrations::tables(engine, "a");
        let mut child = spawn_holder(&database, &migrations);
        child.kill().unwrap();
        child.wait().unwrap();
        let Unlocked::Forgotten(holder) = run::unlock(&mut connect(&database), false).unwrap() else { panic!("held") };
        assert_eq!(holder.pid, Some(child.id()));
        assert_eq!(run::unlock(&mut connect(&database), true).unwrap(), Unlocked::Free);
        assert_eq!(migrations.migrate(&database).unwrap().done.len(), 1);
    }
}

#[test]
fn a_failed_run_gives_the_lock_back() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "given_back");
        let migrations = Migrations::new(engine).add("0001_a", "SELECT missing FROM missing;", None);
        let mut connection = connect(&database);
        let result = run::migrate(&mut connection, &migrations.source(), &MigrateOptions::default(), &mut ());
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Database);
        // With the first connection still open.
        assert_eq!(run::holder(&mut connect(&database)).unwrap(), None);
        let error = migrations.migrate_with(&database, &options(Duration::ZERO), &mut ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database);
    }
}

#[test]
fn databases_of_one_server_do_not_wait_for_each_other() {
    let (first, second) = (Database::new(Engine::Postgres, "own"), Database::new(Engine::Postgres, "own"));
    let migrations = Migrations::tables(Engine::Postgres, "a");
    let mut child = spawn_holder(&first, &migrations);
    assert_eq!(migrations.migrate_with(&second, &options(Duration::ZERO), &mut ()).unwrap().done.len(), 1);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_session_that_somebody_else_uses_too_is_refused() {
    let database = Database::new(Engine::Postgres, "pooled");
    let migrations = Migrations::tables(Engine::Postgres, "a");
    let mut connection = connect(&database);
    // What a pooler in transaction mode does: another client of the same session has the lock.
    let name = database.value("SELECT current_database()");
    let key = &makemigrations_gate::sum(format!("makemigrations lock 1:{name}").as_bytes()).to_string()[..16];
    let take = format!("SELECT count(pg_advisory_lock(x'{key}'::bigint)::text)");
    assert_eq!(connection.count(&take).unwrap(), 1);
    let error = run::migrate(&mut connection, &migrations.source(), &options(Duration::ZERO), &mut ()).unwrap_err();
    assert!(matches!(error, Error::Lock { .. }) && error.message().contains("pooler"), "{error}");
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                 (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(database.value(locks), "1");
    let error = migrations.migrate_with(&database, &options(Duration::ZERO), &mut ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
}
