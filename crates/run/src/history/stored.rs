//! What the history stores of a migration's files: checksums, `down.sql`, operations. Must not decide whether a migration is
//! rolled back.

use std::collections::BTreeSet;

use super::{HISTORY, Run};
use crate::engine::{Engine, Row};
use crate::error::{Context, Error};
use crate::lock::LockGuard;
use crate::plan::Direction;
use crate::source::{Migration, Migrations};

/// The columns, in the order of [`Stored::parameters`]. All but the first came with a later version of this tool.
pub(super) const COLUMNS: [&str; 7] =
    ["checksum", "up_checksum", "stored_checksum", "run_in_transaction", "down_sql", "operations", "origin"];

/// What [`super::read`] asks of the columns.
pub(super) const SUMMARY: &str =
    "up_checksum, stored_checksum, CASE WHEN operations IS NOT NULL THEN 'stored' END, origin";

/// The same where they are not there.
pub(super) const NO_SUMMARY: &str = "NULL, NULL, NULL, NULL";

/// What the history stores of a migration's files.
pub(super) struct Stored<'a> {
    /// Of all files.
    checksum: Option<String>,
    /// Of what is applied.
    up_checksum: Option<String>,
    in_transaction: &'static str,
    down: Option<&'a str>,
    operations: Option<&'a str>,
    /// Of the migrations folder.
    origin: Option<&'a str>,
}

/// What rolls an applied migration back without its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rollback {
    /// Its `down.sql`, where it has one that says something.
    pub(crate) down: Option<String>,
    /// Whether that runs in a transaction.
    pub(crate) in_transaction: bool,
    /// Its `operations.toml`, where it has one.
    pub(crate) operations: Option<String>,
}

impl<'a> Stored<'a> {
    /// What there is to store of a migration.
    pub(super) fn of(migrations: &'a Migrations, migration: &'a Migration) -> Self {
        Self {
            checksum: migrations.checksum(&migration.name),
            up_checksum: migrations.up_checksum(&migration.name),
            in_transaction: if migration.in_transaction { "true" } else { "false" },
            down: migration.script(Direction::Down),
            operations: migration.operations.as_deref(),
            origin: migrations.origin.as_deref(),
        }
    }

    /// The values of [`COLUMNS`]. What is stored belongs to the files of that checksum, which older versions of this tool
    /// may replace alone.
    pub(super) fn parameters(&self) -> [Option<&str>; 7] {
        let checksum = self.checksum.as_deref();
        let up_checksum = self.up_checksum.as_deref();
        [checksum, up_checksum, checksum, Some(self.in_transaction), self.down, self.operations, self.origin]
    }

    /// Whether a migration that is applied with the same `up.sql` is stored otherwise: by an older version of this tool, from
    /// a program that has no operations, or with a `down.sql` that was changed since.
    pub(super) fn is_missing_in(&self, run: &Run) -> bool {
        let is_new_to = self.checksum != run.checksum || (self.operations.is_some() && !run.has_operations);
        match &run.up_checksum {
            Some(applied) => is_new_to && self.up_checksum.as_ref() == Some(applied),
            None => self.checksum.is_some() && self.checksum == run.checksum,
        }
    }

    /// Adds it to the row of the migration.
    pub(super) fn complete(&self, guard: &mut LockGuard<'_>, version: &str) -> Result<(), Error> {
        let set: Vec<_> = COLUMNS.iter().zip(1..).map(|(column, index)| format!("{column} = ${index}")).collect();
        let sql = format!("UPDATE {HISTORY} SET {} WHERE version = ${}", set.join(", "), COLUMNS.len() + 1);
        let parameters: Vec<_> = self.parameters().into_iter().chain([Some(version)]).collect();
        guard.engine().execute(&sql, &parameters).doing("write the history of migrations")
    }
}

/// What is stored to roll a migration back; `None` where nothing is, or what belongs to other files.
pub(crate) fn rollback(engine: &mut dyn Engine, version: &str) -> Result<Option<Rollback>, Error> {
    let doing = "read what the history stores of a migration";
    if !engine.has_table(HISTORY).doing(doing)? || !is_there(engine)? {
        return Ok(None);
    }
    let sql = format!(
        "SELECT down_sql, run_in_transaction, operations FROM {HISTORY} \
         WHERE version = $1 AND run_in_transaction IS NOT NULL AND (stored_checksum = checksum OR (stored_checksum IS NULL AND checksum IS NULL))"
    );
    let rows = engine.query(&sql, &[Some(version)]).doing(doing)?;
    let rollback = |row: &Row| {
        let in_transaction = row.get(1) != Some("false");
        Rollback { down: row.text(0), in_transaction, operations: row.text(2) }
    };
    Ok(rows.first().map(rollback))
}

/// The definitions of the columns, for `CREATE TABLE`, without the one that is older.
pub(super) fn definitions() -> String {
    COLUMNS[1..].iter().map(|column| format!("{column} TEXT")).collect::<Vec<_>>().join(", ")
}

/// Adds the columns that an older version of this tool did not know.
pub(super) fn upgrade(engine: &mut dyn Engine) -> Result<(), Error> {
    let doing = "add the columns for `down.sql` to the history of migrations";
    let columns = columns(engine)?;
    for column in COLUMNS.iter().filter(|column| !columns.contains(**column)) {
        engine.execute(&format!("ALTER TABLE {HISTORY} ADD COLUMN {column} TEXT"), &[]).doing(doing)?;
    }
    Ok(())
}

/// Whether the history has the columns.
pub(super) fn is_there(engine: &mut dyn Engine) -> Result<bool, Error> {
    let columns = columns(engine)?;
    Ok(COLUMNS.iter().all(|column| columns.contains(*column)))
}

fn columns(engine: &mut dyn Engine) -> Result<BTreeSet<String>, Error> {
    engine.columns(HISTORY).doing("look for the columns of the history of migrations")
}
