//! A database made anew. Must not ask whether that is a good idea: the caller does.

use std::time::Duration;

use crate::database::Database;
use crate::engine;
use crate::engine::Engine;
use crate::error::{Context, Error};
use crate::history;
use crate::migrate::{DEFAULT_LOCK_TIMEOUT, checked, locked};
use crate::observer::Observer;
use crate::source::{Migrations, Source};
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

/// Fails where [`reset`] would refuse, without changing anything: a database that a server has for itself, whatever is forced;
/// and, unless it is forced, one that has something in it and no history, or the history of another project or application.
///
/// # Errors
/// Which of them it is; when the database refuses. One that cannot be connected to is none of them.
pub fn check_reset(url: &DatabaseUrl, source: &Source<'_>, options: &ResetOptions) -> Result<(), Error> {
    if url.is_servers_own() {
        return Err(Error::ServersOwn { database: url.database() });
    }
    match Database::connect(url) {
        Ok(mut database) => refuse_foreign(database.engine(), source, url, options),
        Err(Error::Connect { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// The same for a database that is connected to.
fn refuse_foreign(
    engine: &mut dyn Engine,
    source: &Source<'_>,
    url: &DatabaseUrl,
    options: &ResetOptions,
) -> Result<(), Error> {
    let doing = "look what is in the database";
    let database = url.database();
    if engine.is_servers_own().doing(doing)? {
        return Err(Error::ServersOwn { database });
    }
    if options.force {
        return Ok(());
    }
    if history::is_there(engine)? {
        let migrations = Migrations::read(source, engine)?;
        return if history::is_of(engine, &migrations)? { Ok(()) } else { Err(Error::OtherHistory { database }) };
    }
    let objects = engine.objects().doing(doing)?;
    if objects.is_empty() { Ok(()) } else { Err(Error::NoHistory { database, objects }) }
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
    if url.is_servers_own() {
        return Err(Error::ServersOwn { database: url.database() });
    }
    let is_new = engine::create(url)?;
    let mut database = Database::connect(url)?;
    checked(database.engine(), source)?;
    refuse_foreign(database.engine(), source, url, options)?;
    if !is_new {
        locked(database.engine(), options.lock_timeout, observer, |guard, _| guard.engine().recreate(options.force))?;
    }
    Ok(database)
}
