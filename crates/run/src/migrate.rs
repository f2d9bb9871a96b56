//! What a caller can ask for: look, plan, migrate, revert. Must not run a migration itself: the [`harness`](crate::harness)
//! does.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::database::Database;
use crate::engine::Engine;
use crate::error::Error;
use crate::harness::Harness;
use crate::history;
use crate::lock::LockGuard;
use crate::observer::{Notice, Observer, Report};
use crate::plan::{Direction, State, Status, Step, Target};
use crate::source::{Migrations, Source};

/// How long the lock is waited for, where nothing else is said.
pub const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// What [`migrate`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrateOptions {
    /// Up to where.
    pub target: Target,
    /// Only record, without running anything.
    pub fake: bool,
    /// Run every migration itself, also where a squashed one could run in the place of several.
    pub one_by_one: bool,
    /// How long to wait for the lock.
    pub lock_timeout: Duration,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self { target: Target::Latest, fake: false, one_by_one: false, lock_timeout: DEFAULT_LOCK_TIMEOUT }
    }
}

/// What [`revert`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevertOptions {
    /// Down to where.
    pub target: Target,
    /// The versions that somebody has agreed to revert. When others would go as well, because they were applied in the
    /// meantime, nothing is reverted. `None` means all.
    pub agreed: Option<BTreeSet<String>>,
    /// How long to wait for the lock.
    pub lock_timeout: Duration,
}

impl Default for RevertOptions {
    fn default() -> Self {
        Self { target: Target::Back(1), agreed: None, lock_timeout: DEFAULT_LOCK_TIMEOUT }
    }
}

/// Every migration, and how it stands. Writes nothing, and needs no table of the runner's.
///
/// # Errors
/// When the migrations or the database cannot be read, or belong to different dialects.
pub fn status(database: &mut Database, source: &Source<'_>) -> Result<Status, Error> {
    let migrations = Migrations::read(source, database.engine())?;
    migrations.check_dialect(database.dialect())?;
    current(database.engine(), &migrations)
}

/// What would run for a target, after the checks that [`migrate`] and [`revert`] make. The direction tells which of the
/// two reaches it.
///
/// # Errors
/// As these two, before they run anything.
pub fn plan(database: &mut Database, source: &Source<'_>, target: &Target) -> Result<Vec<Step>, Error> {
    let migrations = checked(database.engine(), source)?;
    let steps = current(database.engine(), &migrations)?.steps(target, &migrations.squashed)?;
    check_ways_back(&migrations, &steps)?;
    Ok(steps)
}

/// Applies pending migrations, each in a transaction of its own.
///
/// Before it runs anything it checks the files against their lock file, the applied migrations against the history, and
/// the order of the pending ones.
///
/// # Errors
/// When a check fails, somebody else holds the lock for too long, the target lies behind what is applied, or a migration
/// fails: those before it stay applied, and nothing of it stays where it runs in a transaction.
pub fn migrate(
    database: &mut Database,
    source: &Source<'_>,
    options: &MigrateOptions,
    observer: &mut dyn Observer,
) -> Result<Report, Error> {
    migrate_on(database.engine(), source, options, observer)
}

/// Reverts applied migrations, the newest first, each in a transaction of its own. Without effect when the target is
/// not behind what is applied.
///
/// # Errors
/// As [`migrate`], except for the order of pending migrations; also when one to be reverted has no `down.sql`, or is not
/// among those agreed to.
pub fn revert(
    database: &mut Database,
    source: &Source<'_>,
    options: &RevertOptions,
    observer: &mut dyn Observer,
) -> Result<Report, Error> {
    let engine = database.engine();
    let migrations = checked(engine, source)?;
    locked(engine, options.lock_timeout, observer, |guard, observer| {
        let mut harness = Harness::start(guard, &migrations, observer)?;
        let mut steps = current(harness.guard().engine(), &migrations)?.steps(&options.target, &[])?;
        steps.retain(|step| step.direction == Direction::Down);
        check_agreed(options.agreed.as_ref(), &steps)?;
        check_ways_back(&migrations, &steps)?;
        harness.run(&steps, false)
    })
}

pub(crate) fn migrate_on(
    engine: &mut dyn Engine,
    source: &Source<'_>,
    options: &MigrateOptions,
    observer: &mut dyn Observer,
) -> Result<Report, Error> {
    let migrations = checked(engine, source)?;
    locked(engine, options.lock_timeout, observer, |guard, observer| {
        let mut harness = Harness::start(guard, &migrations, observer)?;
        let status = current(harness.guard().engine(), &migrations)?;
        overrides(&status, &migrations).iter().for_each(|notice| harness.notice(notice));
        let squashed = if options.fake || options.one_by_one { &[] } else { migrations.squashed.as_slice() };
        let steps = status.steps(&options.target, squashed)?;
        let back: Vec<_> = steps.iter().filter(|step| step.direction == Direction::Down).collect();
        if !back.is_empty() {
            return Err(Error::Backwards { migrations: back.into_iter().map(|step| step.name.clone()).collect() });
        }
        harness.run(&steps, options.fake)
    })
}

/// The migrations of a source, after the checks that need no database.
pub(crate) fn checked(engine: &dyn Engine, source: &Source<'_>) -> Result<Migrations, Error> {
    let migrations = Migrations::read(source, engine)?;
    migrations.check_dialect(engine.dialect())?;
    migrations.refusal().map_or(Ok(migrations), Err)
}

fn current(engine: &mut dyn Engine, migrations: &Migrations) -> Result<Status, Error> {
    Ok(Status::new(migrations, &history::applied(engine)?, &history::read(engine)?))
}

/// Does something under the lock, and gives it back in whatever way that ends.
pub(crate) fn locked<T>(
    engine: &mut dyn Engine,
    timeout: Duration,
    observer: &mut dyn Observer,
    action: impl FnOnce(&mut LockGuard<'_>, &mut dyn Observer) -> Result<T, Error>,
) -> Result<T, Error> {
    let mut guard = LockGuard::acquire(engine, timeout, observer)?;
    let result = action(&mut guard, observer);
    guard.release(observer);
    result
}

/// The declared edits of applied migrations that the database does not have.
fn overrides(status: &Status, migrations: &Migrations) -> Vec<Notice> {
    let applied = status.entries.iter().filter(|entry| entry.state == State::Applied);
    let overridden = applied.filter_map(|entry| {
        let reason = entry.override_reason.clone()?;
        let differs = entry.run.as_ref()?.checksum != migrations.checksum(&entry.name);
        differs.then(|| Notice::Overridden { migration: entry.name.clone(), reason })
    });
    overridden.collect()
}

fn check_agreed(agreed: Option<&BTreeSet<String>>, steps: &[Step]) -> Result<(), Error> {
    let Some(agreed) = agreed else { return Ok(()) };
    let others = steps.iter().filter(|step| !agreed.contains(&step.version));
    let others: Vec<_> = others.map(|step| step.name.clone()).collect();
    if others.is_empty() { Ok(()) } else { Err(Error::NotAgreed { migrations: others }) }
}

fn check_ways_back(migrations: &Migrations, steps: &[Step]) -> Result<(), Error> {
    steps.iter().filter(|step| step.direction == Direction::Down).try_for_each(|step| {
        match migrations.find(&step.version)?.script(Direction::Down) {
            Some(_) => Ok(()),
            None => Err(Error::NoWayBack { migration: step.name.clone() }),
        }
    })
}
