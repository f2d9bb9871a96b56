//! The lock under which migrations run: taken by polling, described in a table, given back on every path. Must not know
//! how an engine locks.
//!
//! The lock itself is one that dies with its holder: a session advisory lock on PostgreSQL, a lock of the operating
//! system on SQLite. The table `__makemigrations_lock` only says who holds it, and may be out of date.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::engine::Engine;
use crate::error::{Context, Error};
use crate::holder::Holder;
use crate::identity;
use crate::observer::{Notice, Observer};

const TABLE: &str = "__makemigrations_lock";
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
/// After this time a server has noticed that a client was killed.
const NOTICED: Duration = Duration::from_secs(4);
/// How often a waiting observer hears of it.
const REPORT: Duration = Duration::from_secs(1);

/// The lock, held. Given back when it is dropped; [`LockGuard::release`] also says whether that went well.
pub(crate) struct LockGuard<'a> {
    engine: &'a mut dyn Engine,
    held: bool,
}

impl<'a> LockGuard<'a> {
    /// Waits for the lock and takes it.
    pub(crate) fn acquire(
        engine: &'a mut dyn Engine,
        timeout: Duration,
        observer: &mut dyn Observer,
    ) -> Result<Self, Error> {
        let start = Instant::now();
        let mut reported: Option<Instant> = None;
        while !engine.try_lock()? {
            let waited = start.elapsed();
            let late = waited >= timeout;
            if late || reported.is_none_or(|reported| reported.elapsed() >= REPORT) {
                let holder = holder(engine)?;
                if late {
                    // A server notices within seconds that a client is gone.
                    let kept = holder
                        .clone()
                        .filter(|one| waited >= NOTICED && one.session.is_some() && identity::is_gone(one));
                    return Err(match kept {
                        Some(holder) => Error::LockKept { holder: Box::new(holder) },
                        None => Error::Locked { holder: holder.map(Box::new), waited },
                    });
                }
                observer.waiting(holder.as_ref(), waited);
                reported = Some(Instant::now());
            }
            sleep(pause().min(timeout.saturating_sub(waited)));
        }
        let mut guard = Self { engine, held: true };
        guard.describe()?;
        Ok(guard)
    }

    pub(crate) fn engine(&mut self) -> &mut dyn Engine {
        self.engine
    }

    /// Fails when the lock was lost on the way: a migration can release all locks of its session.
    pub(crate) fn check(&mut self) -> Result<(), Error> {
        if self.engine.holds_lock()? {
            return Ok(());
        }
        Err(Error::Lock {
            problem: "the migration lock was lost on the way".to_owned(),
            hint: "look for `pg_advisory_unlock_all` or `DISCARD ALL` in the migration that ran last, and run again",
        })
    }

    /// Gives the lock back.
    pub(crate) fn release(mut self, observer: &mut dyn Observer) {
        if let Err(error) = self.give_back() {
            observer.notice(&Notice::NotReleased { problem: error.message() });
        }
    }

    fn give_back(&mut self) -> Result<(), Error> {
        if !std::mem::take(&mut self.held) {
            return Ok(());
        }
        let forgotten = forget(self.engine);
        self.engine.unlock()?;
        forgotten
    }

    /// Writes down who holds the lock.
    fn describe(&mut self) -> Result<(), Error> {
        let me = identity::holder();
        self.engine.write_holder_outside(&me)?;
        let doing = "write down who holds the migration lock";
        let time = self.engine.words().time;
        if !self.engine.has_table(TABLE).doing(doing)? {
            let sql = format!(
                "CREATE TABLE {TABLE} (id INTEGER PRIMARY KEY CHECK (id = 1), host TEXT, pid INTEGER, user_name TEXT, \
                 since {time} NOT NULL, tool TEXT NOT NULL, session INTEGER)"
            );
            self.engine.execute(&sql, &[]).doing(doing)?;
        }
        forget(self.engine)?;
        let (pid, session) = (me.pid.map(|pid| pid.to_string()), self.engine.session().map(|pid| pid.to_string()));
        let sql = format!(
            "INSERT INTO {TABLE} (id, host, pid, user_name, since, tool, session) \
             VALUES (1, $1, CAST($2 AS INTEGER), $3, {}, $4, CAST($5 AS INTEGER))",
            self.engine.words().now
        );
        let parameters =
            [me.host.as_deref(), pid.as_deref(), me.user.as_deref(), me.tool.as_deref(), session.as_deref()];
        self.engine.execute(&sql, &parameters).doing(doing)
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        // On this path another error is already on its way, and the end of the session frees the lock in any case.
        drop(self.give_back());
    }
}

/// Who holds the lock now. `None` when nobody does.
pub(crate) fn holder(engine: &mut dyn Engine) -> Result<Option<Holder>, Error> {
    if let Some(holder) = engine.holder_outside()? {
        return Ok(Some(holder));
    }
    let row = if engine.is_readable()? { row(engine)? } else { None };
    engine.holder(row)
}

/// Who took the lock last and did not give it back in order, dead or alive.
pub(crate) fn row(engine: &mut dyn Engine) -> Result<Option<Holder>, Error> {
    let doing = "read who holds the migration lock";
    if !engine.has_table(TABLE).doing(doing)? {
        return Ok(None);
    }
    let since = (engine.words().shown)("since");
    let text = |column| format!("CAST({column} AS TEXT)");
    let sql = format!("SELECT host, {}, user_name, {since}, tool, {} FROM {TABLE}", text("pid"), text("session"));
    let rows = engine.query(&sql, &[]).doing(doing)?;
    Ok(rows.first().map(|row| Holder {
        host: row.text(0),
        pid: row.get(1).and_then(|pid| pid.parse().ok()),
        user: row.text(2),
        since: row.text(3),
        tool: row.text(4),
        session: row.get(5).and_then(|session| session.parse().ok()),
        statement: None,
    }))
}

/// Empties the table.
pub(crate) fn forget(engine: &mut dyn Engine) -> Result<(), Error> {
    let doing = "write down that nobody holds the migration lock";
    if engine.has_table(TABLE).doing(doing)? {
        engine.execute(&format!("DELETE FROM {TABLE}"), &[]).doing(doing)?;
    }
    Ok(())
}

/// A different one each time, so that those who wait together do not ask together.
fn pause() -> Duration {
    let range = LONGEST_PAUSE.as_millis() - SHORTEST_PAUSE.as_millis();
    let random = u128::from(RandomState::new().build_hasher().finish());
    SHORTEST_PAUSE + Duration::from_millis(u64::try_from(random % range).unwrap_or_default())
}
