//! `migrate:unlock`: shows who holds the migration lock, and frees it. Must not disturb a live holder without `--force`.

use makemigrations_run::{Holder, Unlocked, holder, unlock};

use crate::{
    arguments::MigrateUnlock,
    error::Result,
    workflow::{context::Context, database},
};

pub(crate) fn run(context: &Context<'_>, arguments: &MigrateUnlock) -> Result<()> {
    let mut database = database::connect(context)?;
    if let Some(holder) = holder(&mut database)? {
        context.terminal.data(&details(&holder));
    }
    let unlocked = unlock(&mut database, arguments.force).map_err(|error| {
        let is_locked = error.kind() == makemigrations_run::ErrorKind::Locked;
        let error = crate::error::CliError::from(error);
        if is_locked {
            let hints = vec![
                "it is alive: wait for it, or end its session with `cargo xtask migrate:unlock --force`".to_owned(),
            ];
            crate::error::CliError { hints, ..error }
        } else {
            error
        }
    })?;
    context.terminal.say(&match unlocked {
        Unlocked::Free => "nobody holds the migration lock".to_owned(),
        Unlocked::Forgotten(holder) => format!("the migration lock is free; it was last held by {holder}, who is gone"),
        Unlocked::Ended(holder) => format!("the migration lock is free: ended {holder}"),
    });
    Ok(())
}

/// What is known of a holder, a line each.
fn details(holder: &Holder) -> String {
    let lines = [
        ("host", holder.host.clone()),
        ("pid", holder.pid.map(|pid| pid.to_string())),
        ("user", holder.user.clone()),
        ("since", holder.since.clone()),
        ("tool", holder.tool.clone()),
        ("session", holder.session.map(|session| session.to_string())),
        ("statement", holder.statement.clone()),
    ];
    let known = lines.into_iter().filter_map(|(name, value)| value.map(|value| format!("{name:10} {value}\n")));
    known.collect()
}
