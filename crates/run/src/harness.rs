//! The loop that runs migrations, in either direction, in the order of the plan. There is one, and it runs under the
//! lock. Must not talk SQL.

use std::collections::BTreeMap;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::engine::{Leftover, Refusal, Stop};
use crate::error::{Context, Error};
use crate::failure::Failure;
use crate::history::{self, RunState};
use crate::lock::LockGuard;
use crate::observer::{Done, Notice, Observer, Report, Retry};
use crate::plan::{Direction, Step};
use crate::progress::{Activity, Blocker, Progress};
use crate::script;
use crate::source::squashed::Squashed;
use crate::source::{Migration, Migrations};
use crate::timeouts::{Timeouts, is_lock_conflict};
use crate::work::Work;

/// How often it is looked whether somebody else is done.
const BUSY: Duration = Duration::from_millis(200);

/// A run of several migrations under the lock.
pub(crate) struct Harness<'r, 'g> {
    guard: &'r mut LockGuard<'g>,
    migrations: &'r Migrations,
    observer: &'r mut dyn Observer,
    /// Migrations whose last run did not end well.
    unfinished: BTreeMap<String, RunState>,
    timeouts: &'r Timeouts,
}

impl<'r, 'g> Harness<'r, 'g> {
    /// On tables that are in order; `unfinished` are the versions that are not applied and were tried.
    pub(crate) fn start(
        guard: &'r mut LockGuard<'g>,
        migrations: &'r Migrations,
        unfinished: BTreeMap<String, RunState>,
        timeouts: &'r Timeouts,
        observer: &'r mut dyn Observer,
    ) -> Self {
        Self { guard, migrations, observer, unfinished, timeouts }
    }

    /// Runs the steps in order, and stops at the first that fails. Of a version that is faked it only writes the record.
    pub(crate) fn run(&mut self, steps: &[Step], is_faked: impl Fn(&str) -> bool) -> Result<Report, Error> {
        let mut report = Report::default();
        for (index, step) in steps.iter().enumerate() {
            self.observer.started(step, index + 1, steps.len());
            let start = Instant::now();
            let ended = if step.instead_of.is_empty() {
                self.run_one(self.migrations.find(&step.version)?, step.direction, is_faked(&step.version))?
            } else {
                self.run_instead(self.migrations.find_squashed(&step.version)?)?
            };
            if let Err(mut failure) = ended {
                failure.before = report.done.into_iter().map(|done| done.name).collect();
                return Err(failure.into());
            }
            let duration = start.elapsed();
            self.observer.finished(step, duration);
            report.done.extend(self.done(step, duration)?);
            self.guard.check()?;
        }
        Ok(report)
    }

    /// The outer error keeps the migration from being run, the inner one is its own.
    fn run_one(
        &mut self,
        migration: &Migration,
        direction: Direction,
        fake: bool,
    ) -> Result<Result<(), Failure>, Error> {
        let work = self.work(migration, direction, fake)?;
        self.perform(&work)
    }

    /// The same with the script that stands for several migrations. It has all their rows, or none.
    fn run_instead(&mut self, squashed: &Squashed) -> Result<Result<(), Failure>, Error> {
        let engine = self.guard.engine();
        let record = history::sql_applied_instead(engine.words(), squashed, self.migrations)?;
        let work = Work::instead(squashed, engine.dialect(), record);
        let work = work.ok_or_else(|| Error::UnknownTarget { version: squashed.version.clone() })?;
        self.perform(&work)
    }

    fn perform(&mut self, work: &Work<'_>) -> Result<Result<(), Failure>, Error> {
        let migration = work.migration();
        if work.direction() == Direction::Up {
            history::begin(self.guard, self.migrations, migration)?;
        }
        let (stop, tries) = match self.perform_with_retries(work)? {
            Ok(()) => return Ok(Ok(())),
            Err(stopped) => stopped,
        };
        if work.direction() == Direction::Up {
            // When the connection is gone the row stays as `running`, and the next run finds out.
            drop(history::fail(self.guard, &migration.version));
        }
        Ok(Err(self.failure(work, stop, tries)))
    }

    /// Runs a migration, another time where others were in its way. Gives why it stopped in the end, and how often it was
    /// tried.
    fn perform_with_retries(&mut self, work: &Work<'_>) -> Result<Result<(), (Stop, u32)>, Error> {
        let migration = work.migration();
        let mut record_only = None;
        for number in 1.. {
            let (engine, observer) = (self.guard.engine(), &mut *self.observer);
            let current = record_only.as_ref().unwrap_or(work);
            let Err(stop) = engine.perform(current, self.timeouts, &mut |progress| observer.progress(&progress)) else {
                return Ok(Ok(()));
            };
            if number > self.timeouts.ddl_retries || !is_lock_conflict(&stop.refusal) {
                return Ok(Err((stop, number)));
            }
            let (reason, blockers) = (stop.refusal.message.clone(), stop.blockers.clone());
            let (pause, of) = (self.timeouts.pause(number), self.timeouts.ddl_retries);
            self.observer.retrying(&Retry { migration: migration.name.clone(), number, of, pause, reason, blockers });
            sleep(pause);
            self.guard.check()?;
            if self.settle(work, Some(RunState::Failed))? {
                record_only = Some(Work::record_only_of(work));
            }
        }
        Ok(Ok(()))
    }

    /// What a step has applied or reverted.
    fn done(&self, step: &Step, duration: Duration) -> Result<Vec<Done>, Error> {
        let versions = match step.instead_of.as_slice() {
            [] => std::slice::from_ref(&step.version),
            _ => &self.migrations.find_squashed(&step.version)?.originals,
        };
        let done = |version: &String| {
            let name = self.migrations.find(version)?.name.clone();
            Ok(Done { version: version.clone(), name, direction: step.direction, duration })
        };
        versions.iter().map(done).collect()
    }

    fn work<'a>(&mut self, migration: &'a Migration, direction: Direction, fake: bool) -> Result<Work<'a>, Error> {
        let engine = self.guard.engine();
        let record = match direction {
            Direction::Up => history::sql_applied(engine.words(), &migration.version),
            Direction::Down => history::sql_reverted(&migration.version),
        };
        if fake {
            return Ok(Work::record_only(migration, record));
        }
        let work = Work::new(migration, direction, engine.dialect(), record);
        let work = work.ok_or_else(|| Error::NoWayBack { migration: migration.name.clone() })?;
        let last = match direction {
            Direction::Up => self.unfinished.get(&migration.version).copied(),
            // Of a rollback nothing is written down before it has ended: any of them may have been interrupted.
            Direction::Down => Some(RunState::Running),
        };
        let is_done = self.settle(&work, last)?;
        Ok(if is_done { Work::record_only_of(&work) } else { work })
    }

    /// Makes way for a migration outside of a transaction; says whether there is nothing left for it to do.
    fn settle(&mut self, work: &Work<'_>, last: Option<RunState>) -> Result<bool, Error> {
        let migration = || work.migration().name.clone();
        let start = Instant::now();
        loop {
            let engine = self.guard.engine();
            let doing = || format!("run `{}`", work.migration().name);
            let found = engine.look(work, last).map_err(|refusal| Error::Database { doing: doing(), refusal })?;
            match found {
                Leftover::Nothing => return Ok(false),
                Leftover::HalfMade { objects, remove } => {
                    remove.iter().try_for_each(|sql| engine.user_batch(sql)).doing("remove what is half-made")?;
                    for object in objects {
                        self.observer.notice(&Notice::Removed { migration: migration(), object });
                    }
                    return Ok(false);
                }
                Leftover::Begun { object, finish } => {
                    engine.user_batch(&finish).doing("finish what was begun")?;
                    self.observer.notice(&Notice::Finished { migration: migration(), object });
                    return Ok(true);
                }
                Leftover::Done { object } => {
                    self.observer.notice(&Notice::AlreadyDone { migration: migration(), object });
                    return Ok(true);
                }
                Leftover::Busy { session, .. } => {
                    let blockers = vec![Blocker { pid: session, ..Blocker::default() }];
                    let activity = Activity::Blocked { blockers };
                    self.observer.progress(&Progress { elapsed: start.elapsed(), activity });
                    sleep(BUSY);
                }
                Leftover::Foreign { problem } | Leftover::Unsafe { problem } => {
                    return Err(Error::Database { doing: doing(), refusal: Refusal::new(problem) });
                }
            }
        }
    }

    fn failure(&mut self, work: &Work<'_>, stop: Stop, tries: u32) -> Failure {
        let migration = work.migration();
        let text = migration.script(work.direction()).unwrap_or_default();
        let statement = stop.statement.and_then(|index| work.statement(index));
        let part = statement.filter(|statement| !statement.is_undivided);
        let place = part.or(statement.filter(|_| stop.refusal.position.is_some()));
        Failure {
            migration: migration.name.clone(),
            direction: work.direction(),
            file: work.file(),
            statement: part.map(|statement| self.guard.engine().redact(statement.text)),
            line: place.map(|statement| script::line(text, statement, stop.refusal.position)),
            undone: work.is_undone(stop.statement),
            unknown: stop.statement.is_none() && stop.refusal.is_lost,
            refusal: *stop.refusal,
            tries,
            blockers: stop.blockers,
            interrupted: self.unfinished.get(&migration.version) == Some(&RunState::Running),
            before: Vec::new(),
        }
    }
}
