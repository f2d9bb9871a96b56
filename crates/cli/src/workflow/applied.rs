//! Whether the development database has a migration applied with another `up.sql` than the one that is to be sealed. Must
//! not change it, nor make a command wait for one that does not answer.

use std::{path::PathBuf, sync::mpsc, thread, time::Duration};

use makemigrations_gate::{DirectoryName, Lock, migration_sum};
use makemigrations_run::{Database, DatabaseUrl, Run, Source, status, up_checksum};

use super::{context::Context, database};
use crate::{
    error::{CliError, Result},
    git::{Repository, merge_sides},
};

/// How long the database has to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Fails when the development database has the migration applied otherwise than the `new` lock file says. `recorded` is the
/// lock file as it is.
pub(crate) fn refuse_applied(context: &Context<'_>, recorded: &Lock, new: &Lock, name: &str) -> Result<()> {
    let url = match database::configured(context)? {
        Some(url) => url,
        None if database::has_default(context) => database::chosen(context)?,
        None => return Ok(()),
    };
    if new.dialect() != Some(url.dialect().as_str()) {
        return Ok(());
    }
    let run = match last_run(&url, context.migrations().join(".nowhere"), DirectoryName::parse(name).version) {
        Ok(run) => run,
        Err(problem) => {
            context.terminal.say(&format!("note: whether `{name}` is applied in `{url}` is not known: {problem}"));
            return Ok(());
        }
    };
    let Some(run) = run else { return Ok(()) };
    let now = up_checksum(new, name);
    let is_same = match (&run.up_checksum, &run.checksum) {
        (Some(applied), _) => now.as_ref() == Some(applied),
        // An older version of this tool knew the checksum of all files alone.
        (None, Some(applied)) => {
            let was = migration_sum(recorded, name).map(|sum| sum.to_string());
            was.as_ref() == Some(applied) && up_checksum(recorded, name) == now
        }
        (None, None) => true,
    };
    if is_same {
        return Ok(());
    }
    let message = format!("`{name}` is applied in `{url}`, with another `up.sql` than it has here");
    let take_back = "take back what was applied: `cargo xtask migrate:down --absent`";
    if is_of_a_merge(context) {
        context.terminal.say(&format!("note: {message}"));
        context.terminal.say(&format!("hint: {take_back}, then `cargo xtask migrate`"));
        return Ok(());
    }
    Err(CliError::check(message)
        .hint(take_back)
        .hint(format!("then `cargo xtask seal {name}` and `cargo xtask migrate`")))
}

/// Whether git is in the middle of a merge or a rebase. What it makes of the lock file has to be right before it can be
/// committed or given up, whatever the database has.
fn is_of_a_merge(context: &Context<'_>) -> bool {
    let place = Repository::discover(&context.root, context.environment)
        .and_then(|repository| merge_sides::git_state(&repository));
    place.ok().flatten().is_some_and(|place| place.is_ongoing)
}

/// The run of a migration that is applied; `None` where it is not.
fn last_run(url: &DatabaseUrl, nowhere: PathBuf, version: String) -> std::result::Result<Option<Run>, String> {
    let (url, (sender, receiver)) = (url.clone(), mpsc::channel());
    // A server that does not answer keeps its thread until the process ends.
    thread::spawn(move || {
        let found = Database::connect(&url).and_then(|mut database| status(&mut database, &Source::Folder(&nowhere)));
        let run = found.map(|status| {
            let entries = status.entries.into_iter();
            entries.filter(|entry| entry.state.is_applied()).find(|entry| entry.version == version)?.run
        });
        // Nobody waits for it any more.
        drop(sender.send(run.map_err(|error| error.message())));
    });
    receiver.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("it does not answer".to_owned()))
}
