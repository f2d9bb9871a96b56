//! The loop that runs migrations, in either direction, through Diesel's harness. There is one; what only looks is here
//! as well. Must not talk SQL.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::database::Database;
use crate::engine::{Engine, Stop};
use crate::error::Error;
use crate::failure::Failure;
use crate::history;
use crate::lock::LockGuard;
use crate::observer::{Done, Notice, Observer, Report};
use crate::plan::{Direction, State, Status, Step, Target};
use crate::script;
use crate::source::{Migration, Migrations, Source};
use crate::work::Work;

/// How long the lock is waited for, where nothing else is said.
pub const DEFAULT_LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// What [`migrate`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrateOptions {
    /// Up to where.
    pub target: Target,
    /// Only record, without running anything.
    pub fake: bool,
    /// How long to wait for the lock.
    pub lock_timeout: Duration,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self { target: Target::Latest, fake: false, lock_timeout: DEFAULT_LOCK_TIMEOUT }
    }
}

/// What [`revert`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevertOptions {
    /// Down to where.
    pub target: Target,
    /// How long to wait for the lock.
    pub lock_timeout: Duration,
}

impl Default for RevertOptions {
    fn default() -> Self {
        Self { target: Target::Back(1), lock_timeout: DEFAULT_LOCK_TIMEOUT }
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
    let steps = current(database.engine(), &migrations)?.steps(target)?;
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
/// As [`migrate`], except for the order of pending migrations; also when one to be reverted has no `down.sql`.
pub fn revert(
    database: &mut Database,
    source: &Source<'_>,
    options: &RevertOptions,
    observer: &mut dyn Observer,
) -> Result<Report, Error> {
    let engine = database.engine();
    let migrations = checked(engine, source)?;
    locked(engine, options.lock_timeout, observer, |guard, observer| {
        let interrupted = prepare(guard, &migrations, observer)?;
        let mut steps = current(guard.engine(), &migrations)?.steps(&options.target)?;
        steps.retain(|step| step.direction == Direction::Down);
        check_ways_back(&migrations, &steps)?;
        run_all(guard, &migrations, &steps, false, &interrupted, observer)
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
        let interrupted = prepare(guard, &migrations, observer)?;
        let status = current(guard.engine(), &migrations)?;
        report_overrides(&status, &migrations, observer);
        let steps = status.steps(&options.target)?;
        let back: Vec<_> = steps.iter().filter(|step| step.direction == Direction::Down).collect();
        if !back.is_empty() {
            return Err(Error::Backwards { migrations: back.into_iter().map(|step| step.name.clone()).collect() });
        }
        run_all(guard, &migrations, &steps, options.fake, &interrupted, observer)
    })
}

/// The migrations of a source, after the checks that need no database.
fn checked(engine: &dyn Engine, source: &Source<'_>) -> Result<Migrations, Error> {
    let migrations = Migrations::read(source, engine)?;
    migrations.check_dialect(engine.dialect())?;
    migrations.refusal().map_or(Ok(migrations), Err)
}

fn current(engine: &mut dyn Engine, migrations: &Migrations) -> Result<Status, Error> {
    Ok(Status::new(migrations, &history::applied(engine)?, &history::read(engine)?))
}

/// Does something under the lock, and gives it back in whatever way that ends.
fn locked<T>(
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

/// Puts the tables in order. What was read before the lock was taken counts no more.
fn prepare(
    guard: &mut LockGuard<'_>,
    migrations: &Migrations,
    observer: &mut dyn Observer,
) -> Result<BTreeSet<String>, Error> {
    history::create(guard)?;
    history::reconcile(guard, migrations, observer)
}

fn report_overrides(status: &Status, migrations: &Migrations, observer: &mut dyn Observer) {
    for entry in status.entries.iter().filter(|entry| entry.state == State::Applied) {
        let applied = entry.run.as_ref().and_then(|run| run.checksum.clone());
        if let Some(reason) = &entry.override_reason
            && applied != migrations.checksum(&entry.name)
        {
            observer.notice(&Notice::Overridden { migration: entry.name.clone(), reason: reason.clone() });
        }
    }
}

fn check_ways_back(migrations: &Migrations, steps: &[Step]) -> Result<(), Error> {
    for step in steps.iter().filter(|step| step.direction == Direction::Down) {
        let migration = find(migrations, step)?;
        if migration.script(Direction::Down).is_none() {
            return Err(Error::NoWayBack { migration: step.name.clone() });
        }
    }
    Ok(())
}

fn find<'a>(migrations: &'a Migrations, step: &Step) -> Result<&'a Migration, Error> {
    let unknown = || Error::UnknownTarget { version: step.version.clone() };
    migrations.by_version.get(&step.version).ok_or_else(unknown)
}

fn run_all(
    guard: &mut LockGuard<'_>,
    migrations: &Migrations,
    steps: &[Step],
    fake: bool,
    interrupted: &BTreeSet<String>,
    observer: &mut dyn Observer,
) -> Result<Report, Error> {
    let mut report = Report::default();
    for (index, step) in steps.iter().enumerate() {
        observer.started(step, index + 1, steps.len());
        let start = Instant::now();
        let migration = find(migrations, step)?;
        let work = work(guard, migrations, migration, step.direction, fake)?;
        if let Err(stop) = guard.engine().perform(&work) {
            if step.direction == Direction::Up {
                // When the connection is gone the row stays as `running`, and the next run finds out.
                drop(history::fail(guard, &step.version));
            }
            let before = report.done.into_iter().map(|done| done.name).collect();
            let mut failure = failure(&work, stop, interrupted.contains(&step.version), before);
            failure.statement = failure.statement.map(|text| guard.engine().redact(&text));
            return Err(failure.into());
        }
        let duration = start.elapsed();
        observer.finished(step, duration);
        let (version, name) = (step.version.clone(), step.name.clone());
        report.done.push(Done { version, name, direction: step.direction, duration });
        guard.check()?;
    }
    Ok(report)
}

fn work<'a>(
    guard: &mut LockGuard<'_>,
    migrations: &Migrations,
    migration: &'a Migration,
    direction: Direction,
    fake: bool,
) -> Result<Work<'a>, Error> {
    let record = match direction {
        Direction::Up => {
            history::begin(guard, migration, migrations.checksum(&migration.name).as_deref())?;
            history::sql_applied(guard.engine().words(), &migration.version)
        }
        Direction::Down => history::sql_reverted(&migration.version),
    };
    if fake {
        return Ok(Work::record_only(migration, record));
    }
    let dialect = guard.engine().dialect();
    let work = Work::new(migration, direction, dialect, record);
    work.ok_or_else(|| Error::NoWayBack { migration: migration.name.clone() })
}

fn failure(work: &Work<'_>, stop: Stop, interrupted: bool, before: Vec<String>) -> Failure {
    let text = work.migration().script(work.direction()).unwrap_or_default();
    let statement = stop.statement.and_then(|index| work.statement(index));
    Failure {
        migration: work.migration().name.clone(),
        direction: work.direction(),
        // The whole file says nothing about where.
        statement: statement.map(|statement| statement.text).filter(|part| *part != text).map(str::to_owned),
        line: statement
            .filter(|statement| statement.text != text || stop.refusal.position.is_some())
            .map(|statement| script::line(text, statement, stop.refusal.position)),
        undone: work.is_undone(stop.statement),
        refusal: stop.refusal,
        interrupted,
        before,
    }
}
