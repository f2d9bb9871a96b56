//! `reset`: makes a local database anew and applies everything again. Must not drop what nobody agreed to lose.

use makemigrations_run::{DatabaseUrl, MigrateOptions, ResetOptions, Source, check_reset, migrate, reset};

use crate::{
    arguments::Reset,
    error::{CliError, Result},
    terminal::progress::Progress,
    workflow::{context::Context, database},
};

pub(crate) fn run(context: &Context<'_>, arguments: &Reset) -> Result<()> {
    let url = database::chosen(context)?;
    let what = described(&url);
    let folder = context.migrations();
    let source = Source::Folder(&folder);
    let lock_timeout = arguments.wait.lock_timeout();
    let options = ResetOptions { force: arguments.force, lock_timeout };
    if !arguments.force && !url.is_servers_own() {
        let refuse = |why: &str| {
            Err(CliError::usage(format!("{what} is not dropped: {why}"))
                .hint(format!("to drop it all the same: `{}`", confirmed(true))))
        };
        if !url.is_local() {
            return refuse("it is not on this machine");
        }
        if context.environment.is_ci() {
            return refuse("this is CI");
        }
    }
    check_reset(&url, &source, &options)?;
    if !arguments.consent.yes {
        if !context.terminal.is_interactive {
            return Err(CliError::usage(format!("{what} would be dropped, and nobody is there to agree"))
                .hint(format!("to drop it: `{}`", confirmed(arguments.force))));
        }
        if !context.terminal.confirm(&format!("Drop {what} with everything in it, and make it anew?"))? {
            return Err(CliError::check("nothing is dropped"));
        }
    }
    let report = {
        let mut progress = Progress::new(context.terminal, false);
        let mut database = reset(&url, &source, &options, &mut progress)?;
        database::warn(context.terminal, &database);
        let options =
            MigrateOptions { lock_timeout, timeouts: context.settings.timeouts.clone(), ..MigrateOptions::default() };
        migrate(&mut database, &source, &options, &mut progress)?
    };
    let count = report.done.len();
    let noun = if count == 1 { "migration" } else { "migrations" };
    context.terminal.say(&format!("`{url}` is made anew: {count} {noun} applied"));
    Ok(())
}

/// The database and where it is, as a question names them.
fn described(url: &DatabaseUrl) -> String {
    match url.host() {
        Some(host) => format!("database `{}` on `{host}`", url.database()),
        None => format!("database `{}`", url.database()),
    }
}

/// The command that drops it.
fn confirmed(is_forced: bool) -> String {
    let force = if is_forced { " --force" } else { "" };
    format!("cargo xtask reset{force} --yes")
}
