//! Whether a database is at the version that a program expects, for deployments that migrate in a job of their own. Must not
//! change or lock anything, and needs no right but to read.

use std::collections::{BTreeMap, BTreeSet};

use diesel::RunQueryDsl;
use diesel::connection::LoadConnection;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::query_dsl::methods::LoadQuery;
use diesel::sql_types::Text;
use diesel_migrations::EmbeddedMigrations;

use crate::database::Database;
use crate::engine::{self, Refusal};
use crate::error::{Context, Error};
use crate::history::{self, Run, RunState};
use crate::plan::{State, Status};
use crate::source::{Migrations, Source};
use crate::url::{DatabaseUrl, Dialect};

const VERSIONS: &str = "__diesel_schema_migrations";
const HISTORY: &str = "__makemigrations_history";

/// A database that has all migrations of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Versions of migrations that are applied and newer than all of the program's: those of a newer program, which the
    /// database has been migrated for already.
    pub newer: Vec<String>,
}

/// Fails unless the database of a URL has all migrations of a program, as the program knows them. It blocks, also where it
/// is called from asynchronous code: there it belongs into `spawn_blocking`.
///
/// # Errors
/// [`Error::NotMigrated`] where some are missing, [`Error::Edited`] where one was applied with other SQL, [`Error::Gone`]
/// where one is applied in between that the program does not know; when the database cannot be read.
pub fn verify(url: &str, migrations: &EmbeddedMigrations, lock: &str) -> Result<Verified, Error> {
    let url = DatabaseUrl::parse(url)?;
    let work = || {
        let mut database = Database::connect(&url)?;
        let migrations = Migrations::read(&Source::Embedded { migrations, lock }, database.engine())?;
        migrations.check_dialect(database.dialect())?;
        let (applied, history) = (history::applied(database.engine())?, history::read(database.engine())?);
        judged(&migrations, &applied, &history)
    };
    // On a thread of its own: a runtime cannot wait inside the application's.
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The same on a connection of the application, of whatever kind: Diesel's own ones, one of a pool, or `diesel-async`'s in
/// its `AsyncConnectionWrapper`.
///
/// ```
/// # use diesel::prelude::*;
/// # use diesel_migrations::{EmbeddedMigrations, embed_migrations};
/// # const MIGRATIONS: EmbeddedMigrations = embed_migrations!("tests/migrations");
/// # const LOCK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/migrations/migrations.lock"));
/// let mut connection = SqliteConnection::establish(":memory:")?;
/// let error = makemigrations_run::verify_on(&mut connection, &MIGRATIONS, LOCK).unwrap_err();
/// assert!(matches!(error, makemigrations_run::Error::NotMigrated { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// As [`verify`].
pub fn verify_on<C>(connection: &mut C, migrations: &EmbeddedMigrations, lock: &str) -> Result<Verified, Error>
where
    C: LoadConnection,
    for<'query> SqlLiteral<Text>: LoadQuery<'query, C, String>,
{
    let migrations = Migrations::embedded(lock, engine::embedded_migrations(migrations))?;
    let is_postgres = migrations.dialect() == Some(Dialect::Postgres.as_str());
    let mut texts = |query: &str| {
        let found = sql::<Text>(query).load::<String>(connection);
        found.map_err(|error| Refusal::new(error.to_string())).doing("read the applied migrations")
    };
    let mut find = |name: &str| {
        let query = match is_postgres {
            true => format!("SELECT coalesce(pg_catalog.to_regclass('{name}')::pg_catalog.text, '')"),
            false => format!("SELECT name FROM sqlite_master WHERE type = 'table' AND name = '{name}'"),
        };
        Ok::<_, Error>(texts(&query)?.into_iter().next().filter(|name| !name.is_empty()))
    };
    let (versions, history) = (find(VERSIONS)?, find(HISTORY)?);
    let applied: BTreeSet<String> = match versions {
        Some(table) => texts(&format!("SELECT version FROM {table}"))?.into_iter().collect(),
        None => BTreeSet::new(),
    };
    let mut runs = BTreeMap::new();
    if let Some(table) = history {
        // The columns are texts without line ends; names of folders have none either. An older history has no `up_checksum`.
        let query = |up: &str| {
            format!(
                "SELECT version || '\n' || name || '\n' || coalesce(checksum, '') || '\n' || {up} || '\n' || tool_version \
                 FROM {table} WHERE state = 'applied'"
            )
        };
        let has_up = match is_postgres {
            true => format!(
                "SELECT attname::text FROM pg_catalog.pg_attribute WHERE attrelid = '{table}'::regclass AND attname = 'up_checksum'"
            ),
            false => format!("SELECT name FROM pragma_table_info('{HISTORY}') WHERE name = 'up_checksum'"),
        };
        let up = if texts(&has_up)?.is_empty() { "''" } else { "coalesce(up_checksum, '')" };
        runs = texts(&query(up))?.iter().filter_map(|text| run(text)).collect();
    }
    judged(&migrations, &applied, &runs)
}

fn run(text: &str) -> Option<(String, Run)> {
    let [version, name, checksum, up_checksum, tool_version] =
        <[&str; 5]>::try_from(text.split('\n').collect::<Vec<_>>()).ok()?;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let run = Run {
        name: name.to_owned(),
        checksum: some(checksum),
        up_checksum: some(up_checksum),
        has_operations: false,
        origin: None,
        state: RunState::Applied,
        started_at: None,
        finished_at: None,
        tool_version: tool_version.to_owned(),
    };
    Some((version.to_owned(), run))
}

fn judged(
    migrations: &Migrations,
    applied: &BTreeSet<String>,
    history: &BTreeMap<String, Run>,
) -> Result<Verified, Error> {
    let entries = Status::new(migrations, applied, history).entries;
    let newest = migrations.by_version.keys().next_back();
    let is_newer = |version: &String| newest.is_none_or(|newest| version > newest);
    let names = |belongs: &dyn Fn(&crate::plan::Entry) -> bool| -> Vec<String> {
        entries.iter().filter(|entry| belongs(entry)).map(|entry| entry.name.clone()).collect()
    };
    let edited = names(&|entry| entry.state == State::Edited);
    if !edited.is_empty() {
        return Err(Error::Edited { migrations: edited });
    }
    let missing = names(&|entry| !entry.state.is_applied());
    if !missing.is_empty() {
        return Err(Error::NotMigrated { migrations: missing });
    }
    let gone = names(&|entry| entry.state == State::Unknown && !is_newer(&entry.version));
    if !gone.is_empty() {
        return Err(Error::Gone { migrations: gone });
    }
    Ok(Verified { newer: applied.iter().filter(|version| is_newer(version)).cloned().collect() })
}
