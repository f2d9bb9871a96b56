//! The runner as one call, for an application at its start. Must not do anything that the command line does not.

use diesel_migrations::EmbeddedMigrations;

use crate::database::Database;
use crate::error::Error;
use crate::migrate::{MigrateOptions, is_settled, migrate};
use crate::observer::{Observer, Report};
use crate::plan::Target;
use crate::source::Source;
use crate::url::DatabaseUrl;

/// Applies what is pending of the migrations in a program to the database of a URL.
///
/// Of several instances that start together one runs the migrations and the others wait for it, at most
/// [`DEFAULT_LOCK_TIMEOUT`](crate::DEFAULT_LOCK_TIMEOUT). Where nothing is pending nothing is locked or written, so that a
/// role that may only read will do, and a standby. It blocks, also where it is called from asynchronous code: there it
/// belongs into `spawn_blocking`. For an example see the [crate].
///
/// # Errors
/// As [`migrate`].
pub fn run(url: &str, migrations: &EmbeddedMigrations, lock: &str) -> Result<Report, Error> {
    run_with(url, migrations, lock, &MigrateOptions::default(), &mut ())
}

/// The same with options, such as how long it waits for another instance and for the locks of others, and with somebody who
/// is told what happens.
///
/// # Errors
/// As [`migrate`].
pub fn run_with(
    url: &str,
    migrations: &EmbeddedMigrations,
    lock: &str,
    options: &MigrateOptions,
    observer: &mut (dyn Observer + Send),
) -> Result<Report, Error> {
    let url = DatabaseUrl::parse(url)?;
    let work = || {
        let source = Source::Embedded { migrations, lock };
        let mut database = Database::connect(&url)?;
        if options.target == Target::Latest && is_settled(database.engine(), &source)? {
            return Ok(Report::default());
        }
        migrate(&mut database, &source, options, observer)
    };
    // On a thread of its own: a runtime cannot wait inside the application's.
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Applies what is pending of the migrations in a program to the database of a connection, which may be in memory.
///
/// The connection's settings are as before when it returns.
///
/// # Errors
/// As [`migrate`].
#[cfg(feature = "sqlite")]
pub fn run_on(
    connection: &mut diesel::sqlite::SqliteConnection,
    migrations: &EmbeddedMigrations,
    lock: &str,
) -> Result<Report, Error> {
    let mut engine = crate::engine::Sqlite::borrow(connection)?;
    let source = Source::Embedded { migrations, lock };
    crate::migrate::migrate_on(&mut engine, &source, &MigrateOptions::default(), &mut ())
}
