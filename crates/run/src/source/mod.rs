//! Where migrations come from, and what they are: read through Diesel, compared with their lock file. Must not connect
//! to a database.

mod readable;
pub(crate) mod squashed;
mod tape;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use diesel::backend::Backend;
use diesel::migration::MigrationSource;
use diesel_migrations::{EmbeddedMigrations, FileBasedMigrations};
use makemigrations_gate::{Finding, Folder, Id, Lock, Severity, migration_sum, sum, verify};

use crate::engine::Engine;
use crate::error::Error;
use crate::history::{Rollback, Run};
use crate::migrate::RollbackScript;
use crate::plan::Direction;
use crate::url::Dialect;
use readable::Readable;
use squashed::Squashed;

/// The files that say what is applied.
pub(crate) const UP: [&str; 2] = ["metadata.toml", "up.sql"];

/// Where migrations come from.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// A migrations folder.
    Folder(&'a Path),
    /// Migrations in the program.
    Embedded {
        /// What `embed_migrations!` gives.
        migrations: &'a EmbeddedMigrations,
        /// The text of their lock file: `include_str!("../migrations/migrations.lock")`.
        lock: &'a str,
    },
}

/// Diesel's own source.
pub(crate) enum Origin<'a> {
    Files(FileBasedMigrations),
    Embedded(&'a EmbeddedMigrations),
}

/// A migration as Diesel reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Migration {
    pub(crate) version: String,
    /// Name of its folder.
    pub(crate) name: String,
    pub(crate) in_transaction: bool,
    up: String,
    down: Option<String>,
    /// Its `operations.toml`. Diesel embeds none.
    pub(crate) operations: Option<String>,
}

impl Migration {
    /// One that is applied and whose folder is not there: only its `down.sql` can run.
    pub(crate) fn absent(version: &str, name: &str, rollback: Rollback) -> Self {
        Self {
            version: version.to_owned(),
            name: name.to_owned(),
            in_transaction: rollback.in_transaction,
            up: String::new(),
            down: rollback.down,
            operations: rollback.operations,
        }
    }

    /// The same with another script for the rollback.
    pub(crate) fn rolled_back_by(&self, script: &RollbackScript) -> Self {
        Self { down: Some(script.sql.clone()), in_transaction: script.in_transaction, ..self.clone() }
    }

    /// What runs. An empty `down.sql` is none, as Diesel has it.
    pub(crate) fn script(&self, direction: Direction) -> Option<&str> {
        self.text(direction).filter(|text| direction == Direction::Up || !text.is_empty())
    }

    fn text(&self, direction: Direction) -> Option<&str> {
        match direction {
            Direction::Up => Some(&self.up),
            Direction::Down => self.down.as_deref(),
        }
    }
}

/// The migrations of a source, by version, and what is recorded of them.
pub(crate) struct Migrations {
    pub(crate) by_version: BTreeMap<String, Migration>,
    /// Those that stand for others, oldest first. Embedded migrations have none: Diesel embeds no such script, and what they
    /// stand for runs.
    pub(crate) squashed: Vec<Squashed>,
    pub(crate) findings: Vec<Finding>,
    /// Which folder they are in: the checksum of its path. `None` for those in a program.
    pub(crate) origin: Option<String>,
    lock: Lock,
}

impl Migrations {
    /// Reads a source.
    pub(crate) fn read(source: &Source<'_>, engine: &dyn Engine) -> Result<Self, Error> {
        match source {
            Source::Folder(path) => Self::from_folder(path, engine),
            Source::Embedded { migrations, lock } => {
                Self::embedded(lock, engine.migrations(&Origin::Embedded(migrations)))
            }
        }
    }

    /// Those in a program.
    pub(crate) fn embedded(lock: &str, migrations: Result<Vec<Migration>, String>) -> Result<Self, Error> {
        let (lock, findings) = Lock::parse(lock);
        let by_version = collect(migrations)?;
        let read = Self { by_version, squashed: Vec::new(), findings, origin: None, lock };
        match read.differences() {
            differences if differences.is_empty() => Ok(read),
            differences => Err(Error::Embedded { differences }),
        }
    }

    /// What they are written for, as the lock file has it.
    pub(crate) fn dialect(&self) -> Option<&str> {
        self.lock.dialect()
    }

    fn from_folder(path: &Path, engine: &dyn Engine) -> Result<Self, Error> {
        let folder = Folder::read(path)?.shown_as(path.display().to_string());
        let findings = verify(&folder);
        let (lock, _) = Lock::parse(folder.lock_text().unwrap_or_default());
        let read = |path: &Path| {
            let files = FileBasedMigrations::from_path(path);
            let files = files.map_err(|error| Error::Source { message: error.to_string() });
            files.and_then(|files| collect(engine.migrations(&Origin::Files(files))))
        };
        let read = if !path.exists() {
            // A project before its first migration.
            Ok(BTreeMap::new())
        } else if findings.iter().any(|finding| is_hollow(finding, &folder)) {
            Readable::copy(&folder).and_then(|copy| read(copy.path()))
        } else {
            read(path)
        };
        // The gate says it better.
        let mut by_version = read.map_err(|error| refusal(&findings).unwrap_or(error))?;
        for migration in by_version.values_mut() {
            let file = folder.files(&migration.name).and_then(|files| files.get("operations.toml"));
            migration.operations = file.map(|file| String::from_utf8_lossy(file.bytes()).into_owned());
        }
        let squashed = squashed::read(&folder, &by_version);
        let origin = path.canonicalize().ok().map(|path| sum(path.display().to_string().as_bytes()).to_string());
        let read = Self { by_version, squashed, findings, origin, lock };
        if read.refusal().is_none() && !read.differences().is_empty() {
            return Err(Error::Source { message: format!("`{}` changed while it was read", path.display()) });
        }
        Ok(read)
    }

    /// The migration of a version.
    pub(crate) fn find(&self, version: &str) -> Result<&Migration, Error> {
        self.by_version.get(version).ok_or_else(|| Error::UnknownTarget { version: version.to_owned() })
    }

    /// Why nothing may be run, if so.
    pub(crate) fn refusal(&self) -> Option<Error> {
        refusal(&self.findings)
    }

    /// The migration that stands for others, of a version.
    pub(crate) fn find_squashed(&self, version: &str) -> Result<&Squashed, Error> {
        let found = self.squashed.iter().find(|squashed| squashed.version == version);
        found.ok_or_else(|| Error::UnknownTarget { version: version.to_owned() })
    }

    /// Whether they are written for the dialect.
    pub(crate) fn check_dialect(&self, database: Dialect) -> Result<(), Error> {
        match self.lock.dialect() {
            Some(recorded) if recorded != database.as_str() => {
                Err(Error::Dialect { recorded: recorded.to_owned(), database })
            }
            _ => Ok(()),
        }
    }

    /// The recorded checksum of a whole migration.
    pub(crate) fn checksum(&self, migration: &str) -> Option<String> {
        migration_sum(&self.lock, migration).map(|sum| sum.to_string())
    }

    /// The recorded checksum of what is applied of a migration: whatever it is called, and whatever rolls it back.
    pub(crate) fn up_checksum(&self, migration: &str) -> Option<String> {
        up_checksum(&self.lock, migration)
    }

    /// Whether the files of a migration are as the lock file says.
    pub(crate) fn is_as_recorded(&self, migration: &str) -> bool {
        !self
            .findings
            .iter()
            .any(|finding| finding.severity == Severity::Error && finding.migration.as_deref() == Some(migration))
    }

    /// Whether what is applied of a migration is other than what its files say, as far as that is recorded.
    pub(crate) fn differs(&self, migration: &str, run: &Run) -> bool {
        let (applied, now) = match &run.up_checksum {
            Some(applied) => (Some(applied), self.up_checksum(migration)),
            None => (run.checksum.as_ref(), self.checksum(migration)),
        };
        applied.is_some_and(|applied| now.is_some_and(|now| now != *applied))
    }

    /// Why a migration was changed after it was merged, where that was declared.
    pub(crate) fn override_reason(&self, migration: &str) -> Option<&str> {
        let found = self.lock.overrides().iter().rfind(|found| found.migration == migration)?;
        Some(found.reason.as_str()).filter(|reason| !reason.is_empty())
    }

    /// How what Diesel read differs from what is recorded.
    fn differences(&self) -> Vec<String> {
        let present: BTreeSet<_> = self.by_version.values().map(|migration| migration.name.as_str()).collect();
        let gone = self.lock.migrations().filter(|name| !present.contains(name));
        let mut differences: Vec<_> = gone.map(|name| format!("`{name}` is missing")).collect();
        for migration in self.by_version.values() {
            for direction in [Direction::Up, Direction::Down] {
                let recorded = self.lock.sum(&migration.name, direction.file());
                let found = migration.text(direction).map(|text| sum(text.as_bytes()));
                if recorded != found {
                    differences.push(format!("`{}/{}` is another", migration.name, direction.file()));
                }
            }
        }
        differences
    }
}

/// The checksum of what is applied of a migration, as a lock file has its files: whatever the migration is called, and
/// whatever rolls it back.
#[must_use]
pub fn up_checksum(lock: &Lock, migration: &str) -> Option<String> {
    let mut part = Lock::default();
    for (file, sum) in lock.files(migration)?.iter().filter(|(file, _)| UP.contains(&file.as_str())) {
        part.record("applied", file, *sum);
    }
    migration_sum(&part, "applied").map(|sum| sum.to_string())
}

/// Whether it is about an empty folder, such as git leaves behind when something that it ignores was in there.
fn is_hollow(finding: &Finding, folder: &Folder) -> bool {
    let name = finding.migration.as_deref().filter(|_| finding.id == Id::Stray);
    name.is_some_and(|name| finding.path == Some(folder.path(name)))
}

fn refusal(findings: &[Finding]) -> Option<Error> {
    let errors: Vec<_> = findings.iter().filter(|finding| finding.severity == Severity::Error).cloned().collect();
    (!errors.is_empty()).then_some(Error::Findings(errors))
}

fn collect(migrations: Result<Vec<Migration>, String>) -> Result<BTreeMap<String, Migration>, Error> {
    let migrations = migrations.map_err(|message| Error::Source { message })?;
    let mut by_version = BTreeMap::new();
    for migration in migrations {
        let version = migration.version.clone();
        if let Some(other) = by_version.insert(version.clone(), migration) {
            return Err(Error::Source {
                message: format!("`{}` has the version `{version}` of another one", other.name),
            });
        }
    }
    Ok(by_version)
}

/// What Diesel finds in a source.
pub(crate) fn migrations<DB: Backend + 'static>(origin: &Origin<'_>) -> Result<Vec<Migration>, String> {
    let found: Result<Vec<Box<dyn diesel::migration::Migration<DB>>>, _> = match origin {
        Origin::Files(files) => files.migrations(),
        Origin::Embedded(migrations) => MigrationSource::<DB>::migrations(*migrations),
    };
    let found = found.map_err(|error| error.to_string())?;
    found.iter().map(|migration| tape::copy(migration.as_ref())).collect()
}
