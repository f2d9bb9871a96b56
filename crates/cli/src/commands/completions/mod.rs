//! `completions`: the script that makes a shell complete the commands, and the manual pages. Must not know the grammar: both
//! come from it.

mod man;
mod script;

use crate::{
    arguments::Completions,
    environment::Environment,
    error::{CliError, Result},
    terminal::Terminal,
};

pub(crate) fn run(environment: &Environment, terminal: &Terminal, arguments: &Completions) -> Result<()> {
    if let Some(folder) = &arguments.man {
        return man::write(&environment.folder.join(folder), terminal);
    }
    if let Some(shell) = arguments.shell {
        let program = std::env::current_exe()
            .map_err(|error| CliError::usage(format!("where this program is cannot be determined: {error}")))?;
        terminal.data(&script::of(shell, &program.to_string_lossy()));
    }
    Ok(())
}
