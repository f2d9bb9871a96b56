//! What the next run does about each migration that is not applied, for those who look. Must not do it.

use crate::engine::{Engine, Leftover};
use crate::error::{Context, Error};
use crate::history::RunState;
use crate::lock;
use crate::plan::{Direction, NextAction, Status};
use crate::source::Migrations;
use crate::work::Work;

/// Adds it to what is known of the migrations.
pub(crate) fn add(engine: &mut dyn Engine, migrations: &Migrations, status: &mut Status) -> Result<(), Error> {
    let is_running = |run: &crate::history::Run| run.state == RunState::Running;
    let mut pending = status.entries.iter().filter(|entry| !entry.state.is_applied());
    // Who may not read the lock's table sees the rest all the same.
    let holder = match pending.any(|entry| entry.run.as_ref().is_some_and(is_running)) {
        true => lock::holder(engine).ok().flatten(),
        false => None,
    };
    for entry in status.entries.iter_mut().filter(|entry| !entry.state.is_applied()) {
        let last = entry.run.as_ref().map(|run| run.state).filter(|state| *state != RunState::Applied);
        if let (Some(RunState::Running), Some(holder)) = (last, &holder) {
            let (session, holder) = (holder.session, Some(Box::new(holder.clone())));
            entry.next = Some(NextAction::Wait { holder, session });
            continue;
        }
        let again = if last.is_some() { NextAction::ApplyAgain } else { NextAction::Apply };
        let migration = migrations.by_version.get(&entry.version);
        let work = migration.and_then(|one| Work::new(one, Direction::Up, engine.dialect(), String::new()));
        let found = match &work {
            Some(work) => engine.look(work, last).doing("look at what an earlier run left behind")?,
            None => Leftover::Nothing,
        };
        entry.next = Some(match found {
            Leftover::Nothing => again,
            Leftover::HalfMade { objects, .. } => NextAction::Rebuild { objects },
            Leftover::Begun { object, .. } => NextAction::Finish { object },
            Leftover::Done { object } => NextAction::Record { object },
            Leftover::Busy { session, .. } => NextAction::Wait { holder: None, session: Some(session) },
            Leftover::Foreign { problem } | Leftover::Unsafe { problem } => NextAction::Refuse { problem },
        });
    }
    status.invalid_indexes = engine.invalid_indexes().doing("look for invalid indexes")?;
    Ok(())
}
