//! The examples of `docs/application-start.md`, word for word. It must not assert anything: the tests beside it do.

use std::time::Duration;

use diesel::prelude::*;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use makemigrations_run::{Error, MigrateOptions, Report, Timeouts, Verified};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("data/start/migrations");
pub(crate) const LOCK: &str = include_str!("../../data/start/migrations/migrations.lock");

// example: migrate
/// Applies what is pending. Of many instances one does, and the others wait for it, here for at most two minutes.
pub(crate) fn migrate(url: &str) -> Result<Report, Error> {
    let options = MigrateOptions {
        lock_timeout: Duration::from_secs(120),
        timeouts: Timeouts { ddl_lock_timeout: Duration::from_secs(2), ..Timeouts::default() },
        ..MigrateOptions::default()
    };
    makemigrations_run::run_with(url, &MIGRATIONS, LOCK, &options, &mut ())
}
// end

// example: verify
/// Fails unless a job has run the migrations before. Locks and writes nothing.
pub(crate) fn start<C>(connection: &mut C) -> Result<Verified, Error>
where
    C: diesel::connection::LoadConnection,
    for<'query> diesel::expression::SqlLiteral<diesel::sql_types::Text>:
        diesel::query_dsl::methods::LoadQuery<'query, C, String>,
{
    makemigrations_run::verify_on(connection, &MIGRATIONS, LOCK)
}
// end

// example: asynchronous
/// In a runtime: what waits does so on a thread where waiting is allowed.
pub(crate) async fn migrate_and_verify(url: String) -> Result<AsyncPgConnection, Box<dyn std::error::Error>> {
    let to = url.clone();
    tokio::task::spawn_blocking(move || migrate(&to)).await??;

    let connection = AsyncPgConnection::establish(&url).await?;
    let mut connection = AsyncConnectionWrapper::<AsyncPgConnection>::from(connection);
    let connection = tokio::task::spawn_blocking(move || start(&mut connection).map(|_| connection)).await??;
    Ok(connection.into_inner())
}
// end

// example: sqlite
/// A database in a file, or in memory, on the application's own connection.
pub(crate) fn open(
    path: &str,
    migrations: &EmbeddedMigrations,
    lock: &str,
) -> Result<SqliteConnection, Box<dyn std::error::Error>> {
    let mut connection = SqliteConnection::establish(path)?;
    makemigrations_run::run_on(&mut connection, migrations, lock)?;
    Ok(connection)
}
// end
