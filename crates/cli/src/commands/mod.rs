//! The commands, one file each. Here is only which one runs.

mod build;
mod catalogue;
mod check;
mod context;
mod database;
mod drift;
mod edited;
mod gate;
mod hooks;
mod init;
mod inspect;
mod makemigrations;
mod migrate;
mod migrate_down;
mod migrate_unlock;
mod planning;
mod regenerated;
mod reset;
mod seal;
mod showmigrations;
mod sqlmigrate;
mod verify;
mod way_back;

use crate::{
    arguments::{Arguments, Command, Hooks},
    environment::Environment,
    error::{CliError, Result},
    terminal::Terminal,
};
use context::Context;

/// Runs a command to its end.
pub(crate) fn run(arguments: Arguments, environment: &Environment, terminal: &Terminal) -> Result<()> {
    let Arguments { global, command } = arguments;
    if global.app.is_some() {
        return Err(CliError::not_supported("`--app`"));
    }
    let is_staged = match &command {
        Command::Check(check) => check.staged,
        Command::Hooks(hooks) => matches!(hooks, Hooks::Run),
        _ => false,
    };
    let context = Context::open(environment, terminal, global.database_url, is_staged)?;
    match command {
        Command::Makemigrations(arguments) => makemigrations::run(&context, &arguments),
        Command::Build(arguments) => build::run(&context, &arguments),
        Command::Seal(arguments) => seal::run(&context, &arguments),
        Command::Check(_) => check::run(&context),
        Command::Migrate(arguments) => migrate::run(&context, &arguments),
        Command::MigrateDown(arguments) => migrate_down::run(&context, &arguments),
        Command::MigrateUnlock(arguments) => migrate_unlock::run(&context, &arguments),
        Command::Reset(arguments) => reset::run(&context, &arguments),
        Command::Inspect(arguments) => inspect::run(&context, &arguments),
        Command::Drift => drift::run(&context),
        Command::Verify(arguments) => verify::run(&context, &arguments),
        Command::Showmigrations(arguments) => showmigrations::run(&context, &arguments),
        Command::Sqlmigrate(arguments) => sqlmigrate::run(&context, &arguments),
        Command::Hooks(action) => hooks::run(&context, &action),
        Command::Init(arguments) => init::run(&context, &arguments),
    }
}
