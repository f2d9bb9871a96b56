//! What Diesel itself says of a database, through its own harness, and that our history says the same.
//! It must not go through the command line.

use diesel::sqlite::SqliteConnection;
use diesel::{Connection, backend::Backend};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use makemigrations_tests::database::Engine;

use crate::setup::Setup;

/// The versions that Diesel knows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) applied: Vec<String>,
    pub(crate) pending: Vec<String>,
}

/// Asks Diesel.
#[track_caller]
pub(crate) fn view(setup: &Setup) -> View {
    let folder = setup.join("migrations");
    let url = setup.database.url();
    match setup.database.engine() {
        Engine::Postgres => {
            let mut connection = AsyncConnectionWrapper::<AsyncPgConnection>::establish(url).unwrap();
            read(&mut connection, &folder)
        }
        Engine::Sqlite => {
            let mut connection = SqliteConnection::establish(url.trim_start_matches("sqlite://")).unwrap();
            read(&mut connection, &folder)
        }
    }
}

fn read<DB: Backend>(connection: &mut impl MigrationHarness<DB>, folder: &std::path::Path) -> View {
    let mut applied: Vec<_> = connection.applied_migrations().unwrap().iter().map(ToString::to_string).collect();
    applied.sort();
    let source = FileBasedMigrations::from_path(folder).unwrap();
    let pending = connection.pending_migrations(source).unwrap();
    let pending = pending.iter().map(|migration| migration.name().version().to_string()).collect();
    View { applied, pending }
}

/// States that exactly these migrations are applied, all others are pending, and that our history has one applied row
/// for each.
#[track_caller]
pub(crate) fn assert_applied(setup: &Setup, expected: &[&str]) {
    let version = |name: &str| name.split('_').next().unwrap().replace('-', "");
    let applied: Vec<_> = expected.iter().map(|name| version(name)).collect();
    let all: Vec<_> = setup.migrations().iter().map(|name| version(name)).collect();
    let pending: Vec<_> = all.into_iter().filter(|version| !applied.contains(version)).collect();
    assert_eq!(view(setup), View { applied: applied.clone(), pending });
    if !applied.is_empty() {
        let history = "SELECT version FROM __makemigrations_history WHERE state = 'applied' ORDER BY version";
        assert_eq!(setup.database.column(history), applied);
    }
}
