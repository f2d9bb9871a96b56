//! What can go wrong beneath a migrator. It must not repair anything but what it broke itself.
//!
//! A full disk is, without the rights to make one: `temp_file_limit` on PostgreSQL, which fails the sort of an index build as
//! a full disk does, and the process's own limit of file sizes on SQLite, which fails its writes.

use std::time::Duration;

use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres::{Server, client};

use crate::migrator::{Database, Migrator};
use crate::random::Random;

/// What is disturbed.
pub(crate) struct Target<'a> {
    pub(crate) engine: Engine,
    pub(crate) database: &'a Database,
    pub(crate) server: Option<&'a Server>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `kill -9` of one migrator.
    Kill,
    /// `kill -9` of all of them.
    KillAll,
    /// The server ends a session, or all of them.
    Closed,
    /// Somebody has a table to himself for a while.
    Locked,
    /// For the whole of the run.
    DiskFull,
    /// The server restarts without a shutdown.
    Restart,
}

impl Fault {
    pub(crate) fn random(engine: Engine, random: &mut Random) -> Self {
        let all: &[Self] = match engine {
            Engine::Postgres => &[Self::Kill, Self::KillAll, Self::Closed, Self::Locked, Self::DiskFull, Self::Restart],
            Engine::Sqlite => &[Self::Kill, Self::KillAll, Self::Locked, Self::DiskFull],
        };
        let index = random.below(all.len() as u64);
        all[usize::try_from(index).unwrap()]
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Kill => "killed",
            Self::KillAll => "all killed",
            Self::Closed => "connection closed",
            Self::Locked => "table locked",
            Self::DiskFull => "disk full",
            Self::Restart => "server restarted",
        }
    }

    pub(crate) fn strike(self, target: &Target<'_>, migrators: &mut [Migrator], random: &mut Random) {
        match self {
            Self::Kill => migrators[usize::try_from(random.below(migrators.len() as u64)).unwrap()].kill(),
            Self::KillAll => migrators.iter_mut().for_each(Migrator::kill),
            Self::Closed => {
                let all = random.below(2) == 0;
                let limit = if all {
                    ""
                } else {
                    "AND pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"
                };
                let sql = format!(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'makemigrations' \
                     AND datname = current_database() {limit}"
                );
                client(&target.database.url).batch_execute(&sql).unwrap();
            }
            Self::Locked => hold(target, Duration::from_millis(100 + random.below(900))),
            Self::DiskFull => {}
            Self::Restart => target.server.unwrap().crash(),
        }
    }
}

/// Holds a lock that every migration wants.
fn hold(target: &Target<'_>, time: Duration) {
    match target.engine {
        Engine::Postgres => {
            let mut holder = client(&target.database.url);
            // Where there is no such table yet nobody is in anybody's way.
            let locked = holder.batch_execute("BEGIN; SET LOCAL lock_timeout = '2s'; LOCK TABLE t");
            std::thread::sleep(time);
            drop(locked.and_then(|()| holder.batch_execute("COMMIT")));
        }
        Engine::Sqlite => {
            let path = target.database.url.trim_start_matches("sqlite://");
            let holder = rusqlite::Connection::open(path).unwrap();
            drop(holder.busy_timeout(Duration::from_secs(2)));
            let locked = holder.execute_batch("BEGIN EXCLUSIVE");
            std::thread::sleep(time);
            drop(locked.and_then(|()| holder.execute_batch("COMMIT")));
        }
    }
}

/// Leaves no room, until what it gives is called.
pub(crate) fn fill_disk<'a>(target: &Target<'a>) -> Box<dyn Fn() + 'a> {
    if target.engine == Engine::Sqlite {
        // Each migrator has a limit of its own.
        return Box::new(|| ());
    }
    let url = &target.database.url;
    let name = url.rsplit('/').next().unwrap().to_owned();
    let set = format!(
        "ALTER DATABASE \"{name}\" SET temp_file_limit = '100kB'; ALTER DATABASE \"{name}\" SET maintenance_work_mem = '1MB'"
    );
    client(url).batch_execute(&set).unwrap();
    Box::new(move || client(url).batch_execute(&format!("ALTER DATABASE \"{name}\" RESET ALL")).unwrap())
}
