//! The runner as one call, for an application at its start. Must not do anything that the command line does not.

use diesel_migrations::EmbeddedMigrations;

use crate::database::Database;
use crate::error::Error;
use crate::migrate::{MigrateOptions, migrate};
use crate::observer::Report;
use crate::source::Source;
use crate::url::DatabaseUrl;

/// Applies what is pending of the migrations in a program to the database of a URL.
///
/// Of several instances that start together one runs the migrations and the others wait for it. It blocks, also where
/// it is called from asynchronous code. For an example see the [crate].
///
/// # Errors
/// As [`migrate`].
pub fn run(url: &str, migrations: &EmbeddedMigrations, lock: &str) -> Result<Report, Error> {
    let url = DatabaseUrl::parse(url)?;
    let work = || {
        let source = Source::Embedded { migrations, lock };
        migrate(&mut Database::connect(&url)?, &source, &MigrateOptions::default(), &mut ())
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
