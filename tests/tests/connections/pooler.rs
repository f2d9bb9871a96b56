//! Real PgBouncer in its three modes, and the lock that one has kept. It must not test the lock itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres::{Mode, Pooler, Server, client, query_rows};

use crate::setup::Setup;

const ADVICE: &str = "give migrations a URL that goes to the server itself, or to the pooler in session mode";

/// Databases of this name have a lock of this key: the first eight bytes of the SHA-256 of `makemigrations lock 1:<name>`.
fn key(database: &str) -> i64 {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(format!("makemigrations lock 1:{database}"));
    i64::from_be_bytes(digest[..8].try_into().unwrap())
}

fn name(url: &str) -> &str {
    url.rsplit_once('/').unwrap().1
}

#[test]
fn a_pool_whose_sessions_change_is_refused_before_anything_is_locked() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    for (mode, settings) in [
        (Mode::Transaction, ""),
        (Mode::Transaction, "default_pool_size = 1"),
        (Mode::Transaction, "server_round_robin = 1\nmin_pool_size = 3"),
        (Mode::Transaction, "server_reset_query_always = 1"),
        (Mode::Statement, ""),
    ] {
        let direct = server.database("pooled");
        let pooler = Pooler::start(server, mode, settings);
        let pooled = pooler.url(name(&direct));
        // More than once: the second run finds what the first one has left in the pool.
        for arguments in [&["migrate"][..], &["migrate"], &["migrate:down", "--yes"], &["migrate:unlock"]] {
            let finished = setup.run(&pooled, arguments);
            if arguments == ["migrate:down", "--yes"] || arguments == ["migrate:unlock"] {
                // There is nothing to revert and nobody to disturb.
                assert!([Some(0), Some(3)].contains(&finished.code), "{mode:?} {arguments:?}: {}", finished.stderr);
            } else {
                finished.code(3).stderr_contains("in transaction mode").stderr_contains(ADVICE);
            }
        }
        let tables = "SELECT count(*) FROM pg_class WHERE relname LIKE '\\_\\_%'";
        assert_eq!(query_rows(&direct, tables), [[Some("0".to_owned())]], "{mode:?} {settings}");
        let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";
        let locks = format!("{locks} AND database = (SELECT oid FROM pg_database WHERE datname = '{}')", name(&direct));
        assert_eq!(query_rows(&direct, &locks), [[Some("0".to_owned())]], "{mode:?} {settings}");
        drop(pooler);
        setup.run(&direct, &["migrate"]).code(0);
    }
}

/// The second connection has to wait for a session that somebody else uses, longer than it may: that is no answer.
#[test]
fn a_pool_whose_only_session_is_in_use_is_refused() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let direct = server.database("busy");
    let pooler = Pooler::start(server, Mode::Transaction, "default_pool_size = 1");
    let pooled = pooler.url(name(&direct));
    let mut other = client(&pooled);
    let is_over = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&is_over);
    let busy = std::thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            other.batch_execute("SELECT pg_sleep(6)").unwrap();
        }
    });
    let start = Instant::now();
    let refused = setup.run(&format!("{pooled}?connect_timeout=60"), &["migrate"]);
    refused.code(3).stderr_contains("in transaction mode").stderr_contains(ADVICE);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    // The usual limit is over before.
    let start = Instant::now();
    setup.run(&format!("{pooled}?connect_timeout=2"), &["migrate"]).code(3);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    is_over.store(true, Ordering::Relaxed);
    busy.join().unwrap();
    let tables = "SELECT count(*) FROM pg_class WHERE relname LIKE '\\_\\_%'";
    assert_eq!(query_rows(&direct, tables), [[Some("0".to_owned())]]);
}

/// A pooler that lets only one client in cannot be looked at by a second one.
#[test]
fn a_pool_with_room_for_one_client_is_refused() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let direct = server.database("one_client");
    let pooler = Pooler::start(server, Mode::Transaction, "max_client_conn = 1");
    setup.run(&pooler.url(name(&direct)), &["migrate"]).code(3).stderr_contains(ADVICE);
}

#[test]
fn a_pool_in_session_mode_is_like_the_server() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    for settings in ["", "default_pool_size = 1"] {
        let direct = server.database("sessions");
        let pooler = Pooler::start(server, Mode::Session, settings);
        let pooled = pooler.url(name(&direct));
        setup.run(&pooled, &["migrate"]).code(0);
        setup.run(&pooled, &["showmigrations"]).code(0).stdout_contains("applied ");
        setup.run(&pooled, &["migrate:down", "--yes"]).code(0);
        setup.run(&pooled, &["migrate"]).code(0);
        setup.run(&pooled, &["migrate:unlock"]).code(0);
    }
}

/// What versions of this tool did that did not know poolers: the lock in the pool, and nobody behind it.
#[test]
fn a_lock_that_a_pooler_has_kept_is_told_apart_from_a_live_holder() {
    let (setup, server) = (Setup::new(Engine::Postgres), Server::shared());
    let direct = server.database("kept");
    setup.run(&direct, &["migrate"]).code(0);
    let pooler = Pooler::start(server, Mode::Transaction, "");
    let lock = format!("SELECT pg_advisory_lock({}), pg_backend_pid()", key(name(&direct)));
    let session = client(&pooler.url(name(&direct))).simple_query(&lock).unwrap();
    let session = session
        .iter()
        .find_map(|message| match message {
            postgres::SimpleQueryMessage::Row(row) => row.get(1).map(str::to_owned),
            _ => None,
        })
        .unwrap();
    // Its client is a process that has ended.
    let mut gone = std::process::Command::new("true").spawn().unwrap();
    let pid = gone.id();
    gone.wait().unwrap();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    client(&direct)
        .batch_execute(&format!(
            "INSERT INTO __makemigrations_lock (id, host, pid, user_name, since, tool, session) \
             VALUES (1, '{}', {pid}, 'somebody', now(), 'makemigrations 0.1.0', {session})",
            host.trim()
        ))
        .unwrap();
    for arguments in [&["migrate", "--lock-timeout", "5"][..], &["migrate:unlock"]] {
        let finished = setup.run(&direct, arguments);
        finished.code(4).stderr_contains("whose program is gone").stderr_contains("migrate:unlock --force");
    }
    setup.run(&direct, &["migrate:unlock", "--force"]).code(0);
    setup.run(&direct, &["migrate"]).code(0);
}
