//! What a caller can ask for: look, plan, migrate, revert. Must not run a migration itself: the [`harness`](crate::harness)
//! does.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use makemigrations_gate::Id;

use crate::database::Database;
use crate::engine::{Engine, ReadOnly};
use crate::error::{Context, Error};
use crate::harness::Harness;
use crate::history::{self, RunState};
use crate::lock::{self, LockGuard};
use crate::next;
use crate::observer::{Notice, Observer, Report};
use crate::plan::{Absent, Direction, State, Status, Step, Target};
use crate::source::{Migration, Migrations, Source};
use crate::timeouts::Timeouts;

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
    /// The versions of which only the record is written, whatever `fake` says of the others.
    pub faked: BTreeSet<String>,
    /// How long to wait for the migration lock.
    pub lock_timeout: Duration,
    /// How long each migration may wait for the locks of others, and run.
    pub timeouts: Timeouts,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self {
            target: Target::Latest,
            fake: false,
            one_by_one: false,
            faked: BTreeSet::new(),
            lock_timeout: DEFAULT_LOCK_TIMEOUT,
            timeouts: Timeouts::default(),
        }
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
    /// Whether those are reverted as well that are not here as they were applied, by the `down.sql` that the history stores.
    pub absent: bool,
    /// What reverts these versions instead of their `down.sql`.
    pub scripts: BTreeMap<String, RollbackScript>,
    /// How long to wait for the migration lock.
    pub lock_timeout: Duration,
    /// How long each rollback may wait for the locks of others, and run.
    pub timeouts: Timeouts,
}

impl Default for RevertOptions {
    fn default() -> Self {
        Self {
            target: Target::Back(1),
            agreed: None,
            absent: false,
            scripts: BTreeMap::new(),
            lock_timeout: DEFAULT_LOCK_TIMEOUT,
            timeouts: Timeouts::default(),
        }
    }
}

/// What reverts a migration instead of its `down.sql`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackScript {
    /// The SQL.
    pub sql: String,
    /// Whether it runs in a transaction; otherwise it brings its own.
    pub in_transaction: bool,
}

/// Which applied migrations [`plan_absent`] takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AbsentTarget {
    /// As many as this of those that are not here as they were applied, the newest ones; `None` means all of them.
    Newest(Option<usize>),
    /// All that were applied after this version, or all where there is none, whether they are here or not.
    After(Option<String>),
}

/// An applied migration that is not here, or not as it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AbsentMigration {
    /// Its Diesel version.
    pub version: String,
    /// The name of its folder.
    pub name: String,
    /// The `operations.toml` that it had, where that is stored.
    pub operations: Option<String>,
}

/// Every migration, and how it stands. Writes nothing, and needs no table of the runner's.
///
/// # Errors
/// When the migrations or the database cannot be read, or belong to different dialects.
pub fn status(database: &mut Database, source: &Source<'_>) -> Result<Status, Error> {
    let migrations = Migrations::read(source, database.engine())?;
    migrations.check_dialect(database.dialect())?;
    let mut status = current(database.engine(), &migrations)?;
    next::add(database.engine(), &migrations, &mut status)?;
    Ok(status)
}

/// What would run for a target, after the checks that [`migrate`] and [`revert`] make. The direction tells which of the
/// two reaches it.
///
/// # Errors
/// As these two, before they run anything.
pub fn plan(database: &mut Database, source: &Source<'_>, target: &Target) -> Result<Vec<Step>, Error> {
    let migrations = checked(database.engine(), source)?;
    let steps = current(database.engine(), &migrations)?.steps(target, &migrations.squashed, Absent::Refused)?;
    check_ways_back(&migrations, &steps)?;
    Ok(steps)
}

/// The applied migrations that [`revert`] takes back where [`RevertOptions::absent`] is set, newest first, and what is known
/// of those that are not here.
///
/// # Errors
/// As [`revert`]; when one that is here was applied after those that are not, and when no `down.sql` is stored of one.
pub fn plan_absent(
    database: &mut Database,
    source: &Source<'_>,
    target: &AbsentTarget,
) -> Result<(Vec<Step>, Vec<AbsentMigration>), Error> {
    let mut migrations = checked_for_absent(database.engine(), source)?;
    let status = current(database.engine(), &migrations)?;
    if !history::is_of(database.engine(), &migrations)? {
        return Err(Error::OtherHistory { database: database.url().database() });
    }
    let steps = match target {
        AbsentTarget::Newest(count) => status.absent(*count)?,
        AbsentTarget::After(None) => status.steps(&Target::Zero, &[], Absent::Included)?,
        AbsentTarget::After(Some(version)) => status.steps(&Target::Version(version.clone()), &[], Absent::Included)?,
    };
    let steps: Vec<_> = steps.into_iter().filter(|step| step.direction == Direction::Down).collect();
    take_from_history(database.engine(), &mut migrations, &status, &steps)?;
    check_ways_back(&migrations, &steps)?;
    // What is applied before them counts as well: what a rollback loses follows from all of it.
    let is_absent = |state| matches!(state, State::Unknown | State::Edited);
    let mut known = Vec::new();
    for entry in status.entries.iter().filter(|entry| is_absent(entry.state)) {
        let operations = history::rollback(database.engine(), &entry.version)?.and_then(|stored| stored.operations);
        known.push(AbsentMigration { version: entry.version.clone(), name: entry.name.clone(), operations });
    }
    Ok((steps, known))
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
    let mut migrations = match options.absent {
        true => checked_for_absent(engine, source)?,
        false => checked(engine, source)?,
    };
    locked(engine, options.lock_timeout, observer, |guard, observer| {
        let unfinished = put_in_order(guard, &migrations, observer)?;
        let status = current(guard.engine(), &migrations)?;
        let absent = if options.absent { Absent::Included } else { Absent::Refused };
        let mut steps = status.steps(&options.target, &[], absent)?;
        steps.retain(|step| step.direction == Direction::Down);
        check_agreed(options.agreed.as_ref(), &steps)?;
        if options.absent {
            take_from_history(guard.engine(), &mut migrations, &status, &steps)?;
        }
        check_ways_back(&migrations, &steps)?;
        for (version, script) in &options.scripts {
            if let Some(migration) = migrations.by_version.get_mut(version) {
                *migration = migration.rolled_back_by(script);
            }
        }
        Harness::start(guard, &migrations, unfinished, &options.timeouts, observer).run(&steps, |_| false)
    })
}

/// Takes the migrations that are not here as they were applied from what the history stores.
fn take_from_history(
    engine: &mut dyn Engine,
    migrations: &mut Migrations,
    status: &Status,
    steps: &[Step],
) -> Result<(), Error> {
    let is_absent = |step: &&Step| {
        let entry = status.entries.iter().find(|entry| entry.version == step.version);
        entry.is_some_and(|entry| matches!(entry.state, State::Unknown | State::Edited))
    };
    let mut not_stored = Vec::new();
    for Step { version, name, .. } in steps.iter().filter(is_absent) {
        match history::rollback(engine, version)? {
            Some(stored) => {
                migrations.by_version.insert(version.clone(), Migration::absent(version, name, stored));
            }
            None => not_stored.push(name.clone()),
        }
    }
    if not_stored.is_empty() { Ok(()) } else { Err(Error::NotStored { migrations: not_stored }) }
}

/// Whether there is nothing to do for these migrations, and nothing to put in order: seen without the lock, and without a
/// right to change anything.
pub(crate) fn is_settled(engine: &mut dyn Engine, source: &Source<'_>) -> Result<bool, Error> {
    let migrations = checked(engine, source)?;
    if !engine.is_readable()? || !history::is_there(engine)? {
        return Ok(false);
    }
    let (applied, history) = (history::applied(engine)?, history::read(engine)?);
    let status = Status::new(&migrations, &applied, &history);
    let is_recorded = |run: Option<&history::Run>| run.is_some_and(|run| run.state == RunState::Applied);
    let is_done = status.entries.iter().all(|entry| entry.state == State::Applied && is_recorded(entry.run.as_ref()));
    Ok(is_done && history.keys().all(|version| applied.contains(version)))
}

pub(crate) fn migrate_on(
    engine: &mut dyn Engine,
    source: &Source<'_>,
    options: &MigrateOptions,
    observer: &mut dyn Observer,
) -> Result<Report, Error> {
    let migrations = checked(engine, source)?;
    locked(engine, options.lock_timeout, observer, |guard, observer| {
        let unfinished = put_in_order(guard, &migrations, observer)?;
        let status = current(guard.engine(), &migrations)?;
        overrides(&status, &migrations).iter().for_each(|notice| observer.notice(notice));
        let one_by_one = options.fake || options.one_by_one || !options.faked.is_empty();
        let squashed = if one_by_one { &[] } else { migrations.squashed.as_slice() };
        let steps = status.steps(&options.target, squashed, Absent::Refused)?;
        let back: Vec<_> = steps.iter().filter(|step| step.direction == Direction::Down).collect();
        if !back.is_empty() {
            return Err(Error::Backwards { migrations: back.into_iter().map(|step| step.name.clone()).collect() });
        }
        for step in &steps {
            if let Some(reason) = step.manual_reason.clone() {
                observer.notice(&Notice::ManualSquash { migration: step.name.clone(), reason });
            }
        }
        let is_faked = |version: &str| options.fake || options.faked.contains(version);
        Harness::start(guard, &migrations, unfinished, &options.timeouts, observer).run(&steps, is_faked)
    })
}

/// The migrations of a source, after the checks that need no database.
pub(crate) fn checked(engine: &dyn Engine, source: &Source<'_>) -> Result<Migrations, Error> {
    let migrations = Migrations::read(source, engine)?;
    migrations.check_dialect(engine.dialect())?;
    migrations.refusal().map_or(Ok(migrations), Err)
}

/// The same where what is applied is not taken from the files: these may be edited, gone, or not sealed yet.
fn checked_for_absent(engine: &dyn Engine, source: &Source<'_>) -> Result<Migrations, Error> {
    let mut migrations = Migrations::read(source, engine)?;
    migrations.check_dialect(engine.dialect())?;
    let findings = migrations.findings.clone();
    migrations.findings.retain(|finding| !matches!(finding.id, Id::Edited | Id::NotRecorded | Id::Gone));
    if let Some(error) = migrations.refusal() {
        return Err(error);
    }
    migrations.findings = findings;
    Ok(migrations)
}

/// Puts the tables in order. What was read before the lock was taken counts no more. Returns the versions that are not
/// applied and were tried.
fn put_in_order(
    guard: &mut LockGuard<'_>,
    migrations: &Migrations,
    observer: &mut dyn Observer,
) -> Result<BTreeMap<String, RunState>, Error> {
    history::create(guard)?;
    history::reconcile(guard, migrations, observer)
}

fn current(engine: &mut dyn Engine, migrations: &Migrations) -> Result<Status, Error> {
    if !engine.is_readable()? {
        let holder = lock::holder(engine)?.map(Box::new);
        return Err(Error::Locked { holder, waited: Duration::ZERO });
    }
    Ok(Status::new(migrations, &history::applied(engine)?, &history::read(engine)?))
}

/// Fails where nothing can be changed, before anything is tried: what PostgreSQL says of the first table is no help.
pub(crate) fn refuse_read_only(engine: &mut dyn Engine) -> Result<(), Error> {
    let url = engine.place();
    match engine.read_only().doing("look whether the database can be changed")? {
        None => Ok(()),
        Some(ReadOnly::Standby) => Err(Error::Standby { url }),
        Some(ReadOnly::Session) => Err(Error::ReadOnly { url }),
    }
}

/// Does something under the lock, and gives it back in whatever way that ends.
pub(crate) fn locked<T>(
    engine: &mut dyn Engine,
    timeout: Duration,
    observer: &mut dyn Observer,
    action: impl FnOnce(&mut LockGuard<'_>, &mut dyn Observer) -> Result<T, Error>,
) -> Result<T, Error> {
    refuse_read_only(engine)?;
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
        let differs = migrations.differs(&entry.name, entry.run.as_ref()?);
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
