//! `rebase --abort`: from one that was interrupted, and from one that is done while git is not. Must not lose what
//! is only there.

use std::path::Path;

use makemigrations_gate::Lock;

use super::{
    database,
    merge_state::{self, MergeState},
};
use crate::{
    arguments::Renewal,
    error::Result,
    git::{
        Repository,
        merge_sides::{self, Ongoing},
    },
    workflow::{backfills::Backfills, context::Context},
    workspace::{
        journaled_swap::{self, Journal, JournaledSwap, State},
        lock::FolderLock,
        stored_migration::StoredMigration,
        write,
    },
};

/// What has become of git's operation after a swap that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GitOperation {
    Ongoing,
    Aborted,
    Finished,
}

/// The command that takes back what git has left.
pub(super) const PUT_BACK: &str = "to put the files and the database back: `cargo xtask rebase --abort`";

pub(super) fn given_up(done: &Journal) -> String {
    format!("git has given up what it was in the middle of, and what `{}` did then is still there", done.by)
}

/// Finds out, and forgets the swap when git's operation is over and all of it is in what git made of it. What is not may
/// still be applied, and is nowhere else.
pub(super) fn git_operation(
    context: &Context<'_>,
    (state, migrations): (&Path, &Path),
    done: &Journal,
) -> GitOperation {
    let repository = Repository::discover(&context.root, context.environment);
    let Ok(Some(now)) = repository.and_then(|repository| merge_sides::git_state(&repository)) else {
        return GitOperation::Ongoing;
    };
    match now {
        merge_sides::GitState { is_ongoing: true, .. } => GitOperation::Ongoing,
        merge_sides::GitState { head, .. } if Some(&head) == done.commits.start.as_ref() => GitOperation::Aborted,
        merge_sides::GitState { .. } => {
            // Somebody else may be at it right now; then it is theirs.
            if let Some(guard) = FolderLock::try_acquire(migrations) {
                drop(JournaledSwap::open(&guard, state, &context.root).and_then(|swap| forget(swap, migrations)));
            }
            GitOperation::Finished
        }
    }
}

/// Whether git has given up what it was in the middle of when a journal was written.
pub(super) fn is_given_up(context: &Context<'_>, journal: &Journal) -> bool {
    let repository = Repository::discover(&context.root, context.environment);
    let now = repository.and_then(|repository| merge_sides::git_state(&repository)).ok().flatten();
    let is_of_git = journal.commits.step.is_some();
    now.is_some_and(|now| is_of_git && !now.is_ongoing && Some(now.head) == journal.commits.start)
}

fn forget(swap: JournaledSwap<'_>, migrations: &Path) -> Result<()> {
    let is_here = |name: &String| migrations.join(name).is_dir();
    if swap.made()?.iter().all(is_here) { swap.end() } else { Ok(()) }
}

/// How the migrations stand to the swap that is to be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    /// It was interrupted before it moved anything, or git has made a commit of it.
    Not,
    /// They are as it left them.
    All,
    /// Git has given up, and left what it did not know of.
    Rest,
}

impl Moved {
    fn of(swap: &JournaledSwap<'_>, merge_state: &MergeState) -> Self {
        match swap.last() {
            None => Self::Not,
            Some(journal) if merge_state.gave_up(journal) => Self::Rest,
            // Moving was interrupted: half of it is there, whatever git did since.
            Some(_) if swap.interrupted().is_some() => Self::All,
            Some(done) if done.is_of(&merge_state.sides.commits) => Self::All,
            Some(_) => Self::Not,
        }
    }
}

/// Puts files and database back.
pub(super) fn abort(context: &Context<'_>, arguments: &Renewal, backfills: &Backfills) -> Result<()> {
    if !context.migrations().is_dir() {
        context.terminal.say("nothing to put back: there are no migrations");
        return Ok(());
    }
    let state = merge_state::state(context)?;
    let guard = FolderLock::acquire(&context.migrations(), context.terminal)?;
    write::clean(&guard)?;
    let mut swap = JournaledSwap::open(&guard, &state, &context.root)?;
    let found = journaled_swap::state(&state, guard.folder())?;
    if found.is_none() {
        context.terminal.say("nothing to put back: nothing was interrupted");
        return swap.end();
    }
    let merge_state = MergeState::read(context)?;
    let here = merge_state.folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let moved = Moved::of(&swap, &merge_state);
    let is_rebase = merge_state.sides.ongoing == Some(Ongoing::Rebase);
    if let (Moved::Not, Some(State::Done(_)), None) = (moved, &found, merge_state.sides.ongoing) {
        context.terminal.say("nothing to put back: git has made a commit of what `rebase` did");
        return Ok(());
    }
    let (came, went) = swap.last().map(Journal::changes).unwrap_or_default();
    let had = match &merge_state.sides.head {
        Some(head) if moved != Moved::Rest => &head.lock,
        _ => &here,
    };
    // Others' migrations were applied with one's own. While git rebases, they are what is checked out.
    let belongs = |name: &str| match (moved, is_rebase) {
        (Moved::Not, _) => true,
        (_, true) => !came.contains(name) || went.contains(name),
        (_, false) => had.files(name).is_some() || went.contains(name) && moved == Moved::All,
    };
    let rolled_back = swap.rolled_back()?;
    let local = database::local(context, &merge_state, arguments)?;
    let mut is_pending = local.as_ref().is_some_and(|local| local.lacks(&rolled_back));
    let rollback = match local {
        Some(local) => {
            let gone = local.names().filter(|name| !belongs(name)).map(str::to_owned).collect();
            local.without(&merge_state, &gone, "rebase --abort")?
        }
        None => None,
    };
    if let Some(mut rollback) = rollback {
        rollback.agree(context.terminal, merge_state.dialect, arguments, backfills)?;
        rollback.run(context, &merge_state, &swap, arguments).map_err(|error| error.hint(PUT_BACK))?;
        is_pending = true;
    }
    match moved {
        Moved::Not => {}
        Moved::Rest => swap.put_back_rest(&here, &committed(&merge_state, &here)?)?,
        Moved::All => swap.put_back(is_rebase)?,
    }
    swap.saved().iter().for_each(|saved| context.terminal.say(&format!("note: {saved}")));
    context.terminal.say("the migrations are where they were");
    let Some(ongoing) = merge_state.sides.ongoing else {
        if is_pending {
            database::reapply(context, merge_state.dialect, arguments).map_err(|error| error.hint(PUT_BACK))?;
        }
        return swap.end();
    };
    let then = match swap.done() {
        Some(_) => "cargo xtask rebase --abort",
        None => "cargo xtask migrate",
    };
    if swap.done().is_some() {
        swap.keep()?;
    } else {
        swap.end()?;
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

/// What the lock file names, as git has it.
fn committed(merge_state: &MergeState, lock: &Lock) -> Result<Vec<StoredMigration>> {
    let mut all = Vec::new();
    for name in lock.migrations() {
        all.extend(merge_state.variants(name)?);
    }
    Ok(all)
}
