//! A database made anew. Must not ask whether that is a good idea: the caller does.

use std::time::Duration;

use crate::database::Database;
use crate::engine;
use crate::error::Error;
use crate::migrate::{DEFAULT_LOCK_TIMEOUT, checked, locked};
use crate::observer::Observer;
use crate::source::Source;
use crate::url::DatabaseUrl;

/// How [`reset`] goes about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResetOptions {
    /// Whether others who use the database are no obstacle: the sessions of a server are ended, and a file is deleted
    /// under those who have it open.
    pub force: bool,
    /// How long to wait for the lock.
    pub lock_timeout: Duration,
}

impl Default for ResetOptions {
    fn default() -> Self {
        Self { force: false, lock_timeout: DEFAULT_LOCK_TIMEOUT }
    }
}

/// Drops the database with all that is in it, and gives a connection to a new, empty one, which [`migrate`] can fill
/// again. On a server the new one has the owner, encoding, collation, tablespace and settings of the old one; one that is
/// not there is created. Of a SQLite database the files go.
///
/// [`migrate`]: crate::migrate
///
/// # Errors
/// Before anything is lost: when the migrations are not as their lock file says, somebody else holds the lock for too
/// long, or others use the database and [`ResetOptions::force`] is not set; when the database refuses.
pub fn reset(
    url: &DatabaseUrl,
    source: &Source<'_>,
    options: &ResetOptions,
    observer: &mut dyn Observer,
) -> Result<Database, Error> {
    let is_new = engine::create(url)?;
    let mut database = Database::connect(url)?;
    checked(database.engine(), source)?;
    if !is_new {
        locked(database.engine(), options.lock_timeout, observer, |guard, _| guard.engine().recreate(options.force))?;
    }
    Ok(database)
}
