//! The way back of a `rebase`: from one that was interrupted, and from one that is done while git is not. Must not lose what
//! is only there.

use std::path::Path;

use makemigrations_gate::Lock;

use super::{
    super::{backfills::Backfills, context::Context},
    database,
    meeting::Meeting,
};
use crate::{
    arguments::Renewal,
    error::Result,
    git::{
        Repository,
        side::{self, Ongoing},
    },
    workspace::{
        exchange::{self, Exchange, Journal},
        lock::FolderLock,
        write,
    },
};

/// What has become of git's operation after an exchange that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Ongoing,
    GivenUp,
    Over,
}

/// The command that takes back what git has left.
pub(super) const PUT_BACK: &str = "to put the files and the database back: `cargo xtask rebase --abort`";

pub(super) fn given_up(done: &Journal) -> String {
    format!("git has given up what it was in the middle of, and what `{}` did then is still there", done.by)
}

/// Finds out, and forgets the exchange when git's operation is over.
pub(super) fn standing(context: &Context<'_>, migrations: &Path, done: &Journal) -> Standing {
    let repository = Repository::discover(&context.root, context.environment);
    let Ok(Some(place)) = repository.and_then(|repository| side::place(&repository)) else { return Standing::Ongoing };
    match place {
        side::Place { is_ongoing: true, .. } => Standing::Ongoing,
        side::Place { head, .. } if Some(&head) == done.commits.start.as_ref() => Standing::GivenUp,
        side::Place { .. } => {
            // Somebody else may be at it right now; then it is theirs.
            if let Some(guard) = FolderLock::try_acquire(migrations) {
                drop(Exchange::open(&guard).and_then(Exchange::end));
            }
            Standing::Over
        }
    }
}

/// Puts files and database back.
pub(super) fn abort(context: &Context<'_>, arguments: &Renewal, backfills: &Backfills) -> Result<()> {
    if !context.migrations().is_dir() {
        context.terminal.say("nothing to put back: there are no migrations");
        return Ok(());
    }
    let guard = FolderLock::acquire(&context.migrations(), context.terminal)?;
    write::clean(&guard)?;
    let mut exchange = Exchange::open(&guard)?;
    if exchange::state(guard.folder()).is_none() {
        context.terminal.say("nothing to put back: nothing was interrupted");
        return exchange.end();
    }
    let meeting = Meeting::read(context)?;
    let is_given_up = exchange.done().is_some_and(|done| meeting.gave_up(done));
    let here = meeting.folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let rolled_back = exchange.rolled_back()?;
    // It was interrupted before it moved anything, or git has made a commit of it.
    let is_elsewhere = |done: &Journal| !is_given_up && done.commits.head != meeting.sides.commits.head;
    let is_unmoved =
        exchange.interrupted().is_none() && (!rolled_back.is_empty() || exchange.done().is_none_or(is_elsewhere));
    let is_rebase = meeting.sides.ongoing == Some(Ongoing::Rebase);
    let (came, went) = exchange.last();
    let had = match &meeting.sides.head {
        Some(head) if !is_given_up => &head.lock,
        _ => &here,
    };
    // Others' migrations were applied with one's own. While git rebases, they are what is checked out.
    let belongs = |name: &str| match (is_unmoved, is_rebase) {
        (true, _) => true,
        (false, true) => !came.contains(name) || went.contains(name),
        (false, false) => had.files(name).is_some() || went.contains(name) && !is_given_up,
    };
    let local = database::local(context, &meeting, arguments)?;
    let mut is_pending = local.as_ref().is_some_and(|local| local.lacks(&rolled_back));
    let rollback = match local {
        Some(local) => {
            let gone = local.names().filter(|name| !belongs(name)).map(str::to_owned).collect();
            local.without(&meeting, &gone)?
        }
        None => None,
    };
    if let Some(mut rollback) = rollback {
        rollback.agree(context, meeting.dialect, arguments, backfills)?;
        rollback.run(context, &meeting, &exchange, arguments).map_err(|error| error.hint(PUT_BACK))?;
        is_pending = true;
    }
    match (is_unmoved, is_given_up) {
        (true, _) => {}
        (false, true) => exchange.put_back_rest(&here)?,
        (false, false) => exchange.put_back(is_rebase)?,
    }
    context.terminal.say("the migrations are where they were");
    let Some(ongoing) = meeting.sides.ongoing else {
        exchange.end()?;
        return if is_pending { database::reapply(context, meeting.dialect, arguments) } else { Ok(()) };
    };
    let then = match exchange.done() {
        Some(_) => "cargo xtask rebase --abort",
        None => "cargo xtask migrate",
    };
    if exchange.done().is_some() {
        exchange.keep()?
    } else {
        exchange.end()?
    }
    if is_pending {
        context.terminal.say(&format!(
            "some of them are rolled back in the database; next: `{}`, then `{then}` applies them again",
            ongoing.abort()
        ));
    } else {
        context.terminal.say(&format!("next: `{}`; or begin again: `cargo xtask rebase`", ongoing.abort()));
    }
    Ok(())
}
