//! The table `__makemigrations_history`: what this tool ran, when, and with what content. Must not run migrations. Diesel's
//! table says what is applied, and where the two differ it is right; it is added to only where one script ran in the place
//! of several migrations, of which Diesel knows the last.

//!
//! Beside how a migration ran it stores its `down.sql` and its operations, so that one whose folder is gone can still be
//! rolled back. The columns for that are younger than the table: a tool that does not know them leaves them as they are.

mod newer;
mod stored;

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_sql::quote_literal;

use crate::VERSION;
use crate::engine::{Engine, Words};
use crate::error::{Context, Error};
use crate::lock::LockGuard;
use crate::observer::{Notice, Observer};
use crate::source::squashed::Squashed;
use crate::source::{Migration, Migrations};
use stored::Stored;
pub(crate) use stored::{Rollback, rollback};

const VERSIONS: &str = "__diesel_schema_migrations";
const HISTORY: &str = "__makemigrations_history";

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It has not ended. Unless somebody holds the lock, it was interrupted.
    Running,
    /// It is applied.
    Applied,
    /// It failed.
    Failed,
}

/// A row of the history: the last run of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Name of the migration's folder.
    pub name: String,
    /// Checksum of the migration, of all its files. `None` where none was recorded.
    pub checksum: Option<String>,
    /// Checksum of what was applied: `up.sql` and `metadata.toml`. `None` where an older version of this tool recorded it.
    pub up_checksum: Option<String>,
    /// Whether its operations are recorded, so that what a rollback loses can be counted.
    pub(crate) has_operations: bool,
    /// Which migrations folder it was applied from: the checksum of its path.
    pub(crate) origin: Option<String>,
    /// How it ended.
    pub state: RunState,
    /// When it started, in UTC.
    pub started_at: Option<String>,
    /// When it ended, in UTC.
    pub finished_at: Option<String>,
    /// The version of this tool.
    pub tool_version: String,
}

/// The versions in Diesel's table. None where there is no such table; nothing is created.
pub(crate) fn applied(engine: &mut dyn Engine) -> Result<BTreeSet<String>, Error> {
    let doing = "read the applied migrations";
    if !engine.has_table(VERSIONS).doing(doing)? {
        return Ok(BTreeSet::new());
    }
    let rows = engine.query(&format!("SELECT version FROM {VERSIONS}"), &[]).doing(doing)?;
    Ok(rows.iter().filter_map(|row| row.text(0)).collect())
}

/// Whether there is a history.
pub(crate) fn is_there(engine: &mut dyn Engine) -> Result<bool, Error> {
    engine.has_table(HISTORY).doing("look for the history of migrations")
}

/// Whether the history is that of these migrations: one of them is in it, or one that was applied from their folder. One
/// with nothing in it is anybody's.
pub(crate) fn is_of(engine: &mut dyn Engine, migrations: &Migrations) -> Result<bool, Error> {
    let history = read(engine)?;
    let is_one = |(version, run): (&String, &Run)| {
        let Some(migration) = migrations.by_version.get(version).filter(|found| found.name == run.name) else {
            return false;
        };
        // Two applications can have a migration of one name; what was edited since is still the same one.
        run.origin.is_none() || !migrations.differs(&migration.name, run)
    };
    let is_from_here = |run: &Run| run.origin.is_some() && run.origin == migrations.origin;
    Ok(history.is_empty() || history.values().any(is_from_here) || history.iter().any(is_one))
}

/// The history by version. Empty where there is no such table; nothing is created.
pub(crate) fn read(engine: &mut dyn Engine) -> Result<BTreeMap<String, Run>, Error> {
    let doing = "read the history of migrations";
    if !engine.has_table(HISTORY).doing(doing)? {
        return Ok(BTreeMap::new());
    }
    let (started, finished) = ((engine.words().shown)("started_at"), (engine.words().shown)("finished_at"));
    let stored = if stored::is_there(engine)? { stored::SUMMARY } else { stored::NO_SUMMARY };
    let sql =
        format!("SELECT version, name, checksum, state, {started}, {finished}, tool_version, {stored} FROM {HISTORY}");
    let rows = engine.query(&sql, &[]).doing(doing)?;
    newer::refuse(engine, &rows, 3, 6)?;
    let runs = rows.iter().filter_map(|row| {
        // An older version of this tool has written the row anew, and left what is stored of another one.
        let is_current = row.get(7).is_some() && row.get(8) == row.get(2);
        let run = Run {
            name: row.text(1)?,
            checksum: row.text(2),
            up_checksum: row.text(7).filter(|_| is_current),
            has_operations: is_current && row.get(9).is_some(),
            origin: row.text(10).filter(|_| is_current),
            state: match row.get(3)? {
                "applied" => RunState::Applied,
                "failed" => RunState::Failed,
                _ => RunState::Running,
            },
            started_at: row.text(4),
            finished_at: row.text(5),
            tool_version: row.text(6)?,
        };
        Some((row.text(0)?, run))
    });
    Ok(runs.collect())
}

/// Creates Diesel's table and the history where they are missing.
pub(crate) fn create(guard: &mut LockGuard<'_>) -> Result<(), Error> {
    let engine = guard.engine();
    if !engine.has_table(VERSIONS).doing("look for Diesel's table of migrations")? {
        engine.create_versions().doing("create Diesel's table of migrations")?;
    }
    if !engine.has_table(HISTORY).doing("look for the history of migrations")? {
        let time = engine.words().time;
        let sql = format!(
            "CREATE TABLE {HISTORY} (\
             version TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL, checksum TEXT, \
             state TEXT NOT NULL CHECK (state IN ('running', 'applied', 'failed')), \
             started_at {time} NOT NULL, finished_at {time}, tool_version TEXT NOT NULL, {})",
            stored::definitions()
        );
        engine.execute(&sql, &[]).doing("create the history of migrations")?;
    }
    stored::upgrade(engine)
}

/// Makes the history agree with Diesel's table, whoever was killed or used another tool before. Returns the versions that
/// are not applied and were tried.
pub(crate) fn reconcile(
    guard: &mut LockGuard<'_>,
    migrations: &Migrations,
    observer: &mut dyn Observer,
) -> Result<BTreeMap<String, RunState>, Error> {
    let applied = applied(guard.engine())?;
    let history = read(guard.engine())?;
    let mut unfinished = BTreeMap::new();
    let mut forgotten = Vec::new();
    for (version, run) in history.iter().filter(|(version, _)| !applied.contains(*version)) {
        if run.state == RunState::Running {
            // The lock is ours: nobody is running it.
            let (migration, since) = (run.name.clone(), run.started_at.clone());
            observer.notice(&Notice::Interrupted { migration, since });
        }
        if run.state == RunState::Applied {
            remove(guard, version)?;
            forgotten.push(run.name.clone());
        } else if migrations.by_version.contains_key(version) {
            unfinished.insert(version.clone(), run.state);
        } else {
            remove(guard, version)?;
        }
    }
    let mut adopted = Vec::new();
    for version in &applied {
        let found = migrations.by_version.get(version).filter(|migration| migrations.is_as_recorded(&migration.name));
        let found = found.map(|migration| Stored::of(migrations, migration));
        if let Some(run) = history.get(version).filter(|run| run.state == RunState::Applied) {
            if let Some(stored) = found.filter(|stored| stored.is_missing_in(run)) {
                stored.complete(guard, version)?;
            }
            continue;
        }
        let name = migrations.by_version.get(version).map_or(version, |migration| &migration.name);
        write(guard, version, name, found.as_ref(), "applied")?;
        adopted.push(name.clone());
    }
    if !forgotten.is_empty() {
        observer.notice(&Notice::Forgotten { migrations: forgotten });
    }
    if !adopted.is_empty() {
        observer.notice(&Notice::Adopted { migrations: adopted });
    }
    Ok(unfinished)
}

/// Says that a migration runs now.
pub(crate) fn begin(guard: &mut LockGuard<'_>, migrations: &Migrations, migration: &Migration) -> Result<(), Error> {
    let stored = Stored::of(migrations, migration);
    write(guard, &migration.version, &migration.name, Some(&stored), "running")
}

/// Says that the running migration failed. Does not touch one that is applied.
pub(crate) fn fail(guard: &mut LockGuard<'_>, version: &str) -> Result<(), Error> {
    let now = guard.engine().words().now;
    let sql =
        format!("UPDATE {HISTORY} SET state = 'failed', finished_at = {now} WHERE version = $1 AND state = 'running'");
    guard.engine().execute(&sql, &[Some(version)]).doing("write the history of migrations")
}

/// SQL that says that the running migration is applied, for the transaction in which Diesel says it too.
pub(crate) fn sql_applied(words: &Words, version: &str) -> String {
    let (now, version) = (words.now, quote_literal(version));
    format!("UPDATE {HISTORY} SET state = 'applied', finished_at = {now} WHERE version = {version}")
}

/// SQL that says that all the migrations are applied in whose place the script of the squashed one ran, for the transaction
/// in which Diesel says it of the last of them. The squashed one itself has not run for itself.
pub(crate) fn sql_applied_instead(
    words: &Words,
    squashed: &Squashed,
    migrations: &Migrations,
) -> Result<String, Error> {
    let (now, tool, itself) = (words.now, quote_literal(VERSION), quote_literal(&squashed.version));
    let mut sql = String::new();
    for version in &squashed.originals {
        let migration = migrations.find(version)?;
        let (name, quoted) = (quote_literal(&migration.name), quote_literal(version));
        let stored = Stored::of(migrations, migration);
        let literal = |value: Option<&str>| value.map_or_else(|| "NULL".to_owned(), quote_literal);
        let values = stored.parameters().map(literal).join(", ");
        if version != squashed.last() {
            sql += &format!("INSERT INTO {VERSIONS} (version) VALUES ({quoted});\n");
        }
        sql += &format!(
            "INSERT INTO {HISTORY} (version, name, state, started_at, finished_at, tool_version, {columns}) \
             SELECT {quoted}, {name}, 'applied', started_at, {now}, {tool}, {values} FROM {HISTORY} \
             WHERE version = {itself} {replace};\n",
            columns = stored::COLUMNS.join(", "),
            replace = replace(),
        );
    }
    sql += &sql_reverted(&squashed.version);
    Ok(sql)
}

/// SQL that removes a migration, for the transaction in which Diesel does it too.
pub(crate) fn sql_reverted(version: &str) -> String {
    format!("DELETE FROM {HISTORY} WHERE version = {}", quote_literal(version))
}

fn remove(guard: &mut LockGuard<'_>, version: &str) -> Result<(), Error> {
    let sql = format!("DELETE FROM {HISTORY} WHERE version = $1");
    guard.engine().execute(&sql, &[Some(version)]).doing("write the history of migrations")
}

fn write(
    guard: &mut LockGuard<'_>,
    version: &str,
    name: &str,
    stored: Option<&Stored<'_>>,
    state: &str,
) -> Result<(), Error> {
    let now = guard.engine().words().now;
    let sql = format!(
        "INSERT INTO {HISTORY} (version, name, state, started_at, finished_at, tool_version, {columns}) \
         VALUES ($1, $2, $3, {now}, CASE WHEN $3 = 'applied' THEN {now} END, $4, $5, $6, $7, $8, $9, $10, $11) {replace}",
        columns = stored::COLUMNS.join(", "),
        replace = replace(),
    );
    let stored = stored.map(Stored::parameters).unwrap_or_default();
    let parameters: Vec<_> =
        [Some(version), Some(name), Some(state), Some(VERSION)].into_iter().chain(stored).collect();
    guard.engine().execute(&sql, &parameters).doing("write the history of migrations")
}

/// What makes an `INSERT` into the history take the place of the row that is there.
fn replace() -> String {
    let names = ["name", "state", "started_at", "finished_at", "tool_version"].into_iter().chain(stored::COLUMNS);
    let set: Vec<_> = names.map(|name| format!("{name} = excluded.{name}")).collect();
    format!("ON CONFLICT (version) DO UPDATE SET {}", set.join(", "))
}
