//! The lock of somebody else: who holds it, and how to free it. Must not disturb a holder who is alive, unless told to.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::database::Database;
use crate::engine::Engine;
use crate::error::Error;
use crate::holder::Holder;
use crate::identity;
use crate::lock;
use crate::migrate::refuse_read_only;

/// How long a server takes to notice that a client was killed, and some more.
const GRACE: Duration = Duration::from_secs(6);
const POLL: Duration = Duration::from_millis(100);

/// What [`unlock`] found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlocked {
    /// Nobody held the lock.
    Free,
    /// Nobody held it any more; who had held it and did not give it back is forgotten now.
    Forgotten(Holder),
    /// Its holder was ended.
    Ended(Holder),
}

/// Who holds the lock. `None` when nobody does.
///
/// # Errors
/// When the database refuses.
pub fn holder(database: &mut Database) -> Result<Option<Holder>, Error> {
    lock::holder(database.engine())
}

/// Frees the lock: at once if its holder is gone, with `force` by ending the holder. On PostgreSQL that ends the
/// holder's session. On SQLite it ends the process, which has to be on this machine: with a request first, and after a
/// few seconds without one.
///
/// # Errors
/// [`Error::Locked`] when the holder is alive and `force` is not given; when the holder cannot be ended.
pub fn unlock(database: &mut Database, force: bool) -> Result<Unlocked, Error> {
    let engine = database.engine();
    refuse_read_only(engine)?;
    let Some(holder) = lock::holder(engine)? else { return forget(engine) };
    if force {
        engine.end(&holder)?;
        return forget(engine).map(|_| Unlocked::Ended(holder));
    }
    // A client that was killed a moment ago: its server has not noticed yet.
    let seems_gone = identity::is_gone(&holder);
    let start = Instant::now();
    while seems_gone && start.elapsed() < GRACE {
        if lock::holder(engine)?.is_none() {
            return forget(engine);
        }
        sleep(POLL);
    }
    let holder = Box::new(holder);
    // By now the server would have noticed.
    let is_kept = seems_gone && holder.session.is_some();
    Err(if is_kept {
        Error::LockKept { holder }
    } else {
        Error::Locked { holder: Some(holder), waited: Duration::ZERO }
    })
}

/// Empties the table, unless somebody has taken the lock again by now.
fn forget(engine: &mut dyn Engine) -> Result<Unlocked, Error> {
    let Some(row) = lock::row(engine)? else { return Ok(Unlocked::Free) };
    if engine.try_lock()? {
        let forgotten = lock::forget(engine);
        engine.unlock()?;
        forgotten?;
    }
    Ok(Unlocked::Forgotten(row))
}
