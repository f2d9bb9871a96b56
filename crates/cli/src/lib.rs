//! The command line: `cargo xtask <command>`. A workspace's `xtask/src/main.rs` is one call of [`main`].
//!
//! Invariant: everything that touches files, git, the environment, the clock or the terminal on behalf of a person is
//! here; what migrations are is decided in `makemigrations-plan`, whether they may change in `makemigrations-gate`, and
//! databases are reached through `makemigrations-run`.
//!
//! The modules in the order in which data flows through them:
//!
//! - `arguments`: the grammar of the command line.
//! - `environment`, `env_file`, `settings`, `duration`: what the surroundings and the workspace say.
//! - `git`: what is merged, what is staged.
//! - `workspace`: snapshots and migrations on disk, and how a migration is written.
//! - `commands`: one file per command.
//! - `terminal`: questions, progress, reports.
//! - `error`, [`exit_code`]: how a command ends.
//!
//! The feature `allocator`, on by default, sets the allocator of the program; switch the default features off in an
//! xtask that sets one of its own.

mod arguments;
mod commands;
mod duration;
mod env_file;
mod environment;
mod error;
pub mod exit_code;
mod git;
mod interrupt;
mod settings;
mod terminal;
mod workflow;
mod workspace;

use std::process::ExitCode;

#[cfg(feature = "allocator")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use clap::{
    Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use arguments::{Arguments, LATER_COMMANDS};
use environment::Environment;
use error::CliError;
use terminal::Terminal;

/// Runs the command that the process was started with, and gives its exit code; see [`exit_code`].
///
/// ```no_run
/// // xtask/src/main.rs
/// fn main() -> std::process::ExitCode {
///     makemigrations::main()
/// }
/// ```
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(explain(&error)),
    };
    interrupt::watch(move || ExitCode::from(run(arguments)))
}

fn run(arguments: Arguments) -> u8 {
    let environment = match Environment::read() {
        Ok(environment) => environment,
        Err(error) => return fail(&Terminal::plain(), &error),
    };
    let terminal = Terminal::new(&arguments.global, &environment);
    let code = match commands::run(arguments, &environment, &terminal) {
        Ok(()) => exit_code::SUCCESS,
        Err(error) => fail(&terminal, &error),
    };
    terminal.finish();
    code
}

fn fail(terminal: &Terminal, error: &CliError) -> u8 {
    if !interrupt::is_ending() {
        terminal.error(error);
    }
    error.kind.exit_code()
}

/// What clap says about arguments that it does not understand, or that ask for help.
fn explain(error: &clap::Error) -> u8 {
    let command = match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(name)) if error.kind() == ErrorKind::InvalidSubcommand => name.as_str(),
        _ => "",
    };
    if LATER_COMMANDS.contains(&command) {
        return fail(&Terminal::plain(), &CliError::not_supported(format_args!("`cargo xtask {command}`")));
    }
    // Nobody is left to tell when the reader has gone away.
    drop(error.print());
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => exit_code::SUCCESS,
        _ => exit_code::USAGE,
    }
}
