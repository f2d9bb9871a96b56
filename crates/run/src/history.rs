//! The table `__makemigrations_history`: what this tool ran, when, and with what content. Must not run migrations. Diesel's
//! table says what is applied, and where the two differ it is right; it is added to only where one script ran in the place
//! of several migrations, of which Diesel knows the last.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_sql::quote_literal;

use crate::VERSION;
use crate::engine::{Engine, Words};
use crate::error::{Context, Error};
use crate::lock::LockGuard;
use crate::observer::{Notice, Observer};
use crate::source::squashed::Squashed;
use crate::source::{Migration, Migrations};

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
    /// Checksum of the migration as it was then. `None` where none was recorded.
    pub checksum: Option<String>,
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

/// The history by version. Empty where there is no such table; nothing is created.
pub(crate) fn read(engine: &mut dyn Engine) -> Result<BTreeMap<String, Run>, Error> {
    let doing = "read the history of migrations";
    if !engine.has_table(HISTORY).doing(doing)? {
        return Ok(BTreeMap::new());
    }
    let (started, finished) = ((engine.words().shown)("started_at"), (engine.words().shown)("finished_at"));
    let sql = format!("SELECT version, name, checksum, state, {started}, {finished}, tool_version FROM {HISTORY}");
    let rows = engine.query(&sql, &[]).doing(doing)?;
    let runs = rows.iter().filter_map(|row| {
        let run = Run {
            name: row.text(1)?,
            checksum: row.text(2),
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
             started_at {time} NOT NULL, finished_at {time}, tool_version TEXT NOT NULL)"
        );
        engine.execute(&sql, &[]).doing("create the history of migrations")?;
    }
    Ok(())
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
        if history.get(version).is_some_and(|run| run.state == RunState::Applied) {
            continue;
        }
        let name = migrations.by_version.get(version).map_or(version, |migration| &migration.name);
        write(guard, version, name, migrations.checksum(name).as_deref(), "applied")?;
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
pub(crate) fn begin(guard: &mut LockGuard<'_>, migration: &Migration, checksum: Option<&str>) -> Result<(), Error> {
    write(guard, &migration.version, &migration.name, checksum, "running")
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
        let (name, checksum) = (quote_literal(&migration.name), migrations.checksum(&migration.name));
        let checksum = checksum.map_or_else(|| "NULL".to_owned(), |sum| quote_literal(&sum));
        let quoted = quote_literal(version);
        if version != squashed.last() {
            sql += &format!("INSERT INTO {VERSIONS} (version) VALUES ({quoted});\n");
        }
        sql += &format!(
            "INSERT INTO {HISTORY} (version, name, checksum, state, started_at, finished_at, tool_version) \
             SELECT {quoted}, {name}, {checksum}, 'applied', started_at, {now}, {tool} FROM {HISTORY} \
             WHERE version = {itself} \
             ON CONFLICT (version) DO UPDATE SET name = excluded.name, checksum = excluded.checksum, \
             state = excluded.state, started_at = excluded.started_at, finished_at = excluded.finished_at, \
             tool_version = excluded.tool_version;\n"
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
    checksum: Option<&str>,
    state: &str,
) -> Result<(), Error> {
    let now = guard.engine().words().now;
    let sql = format!(
        "INSERT INTO {HISTORY} (version, name, checksum, state, started_at, finished_at, tool_version) \
         VALUES ($1, $2, $3, $4, {now}, CASE WHEN $4 = 'applied' THEN {now} END, $5) \
         ON CONFLICT (version) DO UPDATE SET name = excluded.name, checksum = excluded.checksum, \
         state = excluded.state, started_at = excluded.started_at, finished_at = excluded.finished_at, \
         tool_version = excluded.tool_version"
    );
    let parameters = [Some(version), Some(name), checksum, Some(state), Some(VERSION)];
    guard.engine().execute(&sql, &parameters).doing("write the history of migrations")
}
