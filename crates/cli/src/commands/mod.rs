//! The commands, one file each. Here is only which one runs.

mod adopt;
mod build;
mod check;
mod complete;
mod completions;
mod drift;
mod hooks;
mod init;
mod inspect;
mod inspect_schema_rs;
mod lint;
mod makemigrations;
mod migrate;
mod migrate_down;
mod migrate_unlock;
mod rebase;
mod reset;
mod schema;
mod schema_json;
mod seal;
mod showmigrations;
mod sqlmigrate;
mod tidy;
mod verify;

use crate::{
    arguments::{Arguments, Command, Hooks},
    environment::Environment,
    error::Result,
    terminal::Terminal,
    workflow::{
        absent,
        context::{Context, LookedAt},
    },
};

/// Runs a command to its end.
pub(crate) fn run(arguments: Arguments, environment: &Environment, terminal: &Terminal) -> Result<()> {
    let Arguments { global, command } = arguments;
    match &command {
        Command::Completions(arguments) => return completions::run(environment, terminal, arguments),
        Command::Complete(arguments) => {
            complete::run(environment, terminal, arguments);
            return Ok(());
        }
        _ => {}
    }
    let app = global.app.as_deref();
    let looked_at = match &command {
        Command::Check(check) => match &check.tree {
            Some(tree) => LookedAt::Commit { tree, base: check.base.as_deref() },
            None if check.staged => LookedAt::Staged,
            None => LookedAt::Disk,
        },
        Command::Hooks(Hooks::Run) => LookedAt::Staged,
        _ => LookedAt::Disk,
    };
    let context = Context::open(environment, terminal, global.database_url, looked_at)?;
    if matches!(looked_at, LookedAt::Disk) {
        context.finish_writing()?;
    }
    if !matches!(command, Command::Rebase(_)) && !matches!(looked_at, LookedAt::Commit { .. }) {
        rebase::warn_of_interruption(&context);
    }
    let root = context.root.clone();
    let folders = context.applications().unwrap_or_default().into_iter().map(|settings| settings.migrations).collect();
    let ended = match command {
        Command::Makemigrations(arguments) => makemigrations::run(&context.for_app(app)?, &arguments),
        Command::Build(arguments) => build::run(&context.for_app(app)?, &arguments),
        Command::Seal(arguments) => seal::run(&context.for_app(app)?, &arguments),
        Command::Check(_) => check::all(context, app),
        Command::Migrate(arguments) => migrate::run(&context.for_app(app)?, &arguments),
        Command::MigrateDown(arguments) => migrate_down::run(&context.for_app(app)?, &arguments),
        Command::MigrateUnlock(arguments) => migrate_unlock::run(&context.for_app(app)?, &arguments),
        Command::Rebase(arguments) => rebase::run(&context.for_app(app)?, &arguments),
        Command::Squash(arguments) => rebase::squash(&context.for_app(app)?, &arguments),
        Command::Reset(arguments) => reset::run(&context.for_app(app)?, &arguments),
        Command::Inspect(arguments) => inspect::run(&context.for_app(app)?, &arguments),
        Command::Drift(arguments) => drift::run(&context.for_app(app)?, &arguments),
        Command::Verify(arguments) => verify::run(&context.for_app(app)?, &arguments),
        Command::Lint(arguments) => lint::run(&context.for_app(app)?, &arguments),
        Command::Showmigrations(arguments) => showmigrations::run(&context.for_app(app)?, &arguments),
        Command::Sqlmigrate(arguments) => sqlmigrate::run(&context.for_app(app)?, &arguments),
        Command::Schema(arguments) => schema::run(&context.for_app(app)?, &arguments),
        Command::SchemaJson(arguments) => schema_json::run(&context.for_app(app)?, &arguments),
        Command::Hooks(action) => hooks::run(context, app, &action),
        Command::Init(arguments) => init::run(context, app, &arguments),
        Command::Adopt(arguments) => adopt::run(&context.for_app(app)?, &arguments),
        // They need no workspace.
        Command::Completions(_) | Command::Complete(_) => Ok(()),
    };
    ended.map_err(|error| absent::with_branches(environment, &root, folders, error))
}
