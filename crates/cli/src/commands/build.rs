//! `build`: the whole job as one build step. Must not go on after a step that fails.

use makemigrations_gate::Finding;
use xshell::{Shell, cmd};

use super::{check, makemigrations, migrate};
use crate::{
    arguments::{Build, Makemigrations, Migrate},
    environment::Environment,
    error::{CliError, Result},
    terminal::Paint,
    workflow::{context::Context, gate},
};

/// Beginnings of the variables in which `cargo run` describes the package of this program to it. A build script that asks for
/// one would run again, and what depends on it be compiled again: now, and once more by the next `cargo run`.
const PACKAGE_VARIABLES: [&str; 2] = ["CARGO_MANIFEST_", "CARGO_PKG_"];

pub(crate) fn run(context: &Context<'_>, arguments: &Build) -> Result<()> {
    let step = |name: &str| context.terminal.say(&context.terminal.paint(Paint::Strong, name));
    step("check");
    if context.environment.is_ci() {
        // With the snapshots: in CI nobody writes what is missing.
        check::run(context)?;
    } else {
        merged_history(context)?;
        step("makemigrations");
        makemigrations::run(context, &Makemigrations::default())?;
    }
    step("migrate");
    migrate::run(context, &Migrate::default())?;
    step("cargo build");
    cargo(context.environment, &arguments.cargo)
}

/// The gate alone: changes without a migration are what the next step is for.
fn merged_history(context: &Context<'_>) -> Result<()> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    if folder.lock_text().is_none() && folder.migrations().next().is_none() {
        return Ok(());
    }
    let is_gone = |name: &str| folder.files(name).is_none();
    let mut findings = gate::findings(context, &folder, &context.merged())?;
    findings.retain(|finding: &Finding| makemigrations::droppable(finding, is_gone).is_none());
    context.terminal.findings(&findings);
    if gate::passes(&findings) { Ok(()) } else { Err(gate::failure(&findings)) }
}

fn cargo(environment: &Environment, arguments: &[String]) -> Result<()> {
    let program = environment.path("CARGO").unwrap_or("cargo".as_ref());
    let failed = |error: xshell::Error| CliError::check(format!("`cargo build` failed: {error}"));
    let shell = Shell::new().map_err(failed)?;
    shell.change_dir(&environment.folder);
    let mut command = cmd!(shell, "{program} build {arguments...}").quiet();
    for start in PACKAGE_VARIABLES {
        for rest in environment.rest_of(start) {
            command = command.env_remove(format!("{start}{rest}"));
        }
    }
    command.run().map_err(failed)
}
