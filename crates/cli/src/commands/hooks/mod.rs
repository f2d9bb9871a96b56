//! `hooks`: puts the check of what is staged beside the hooks that are there. Must not replace any of them.

mod script;
mod yaml;

use std::path::{Path, PathBuf};

use super::check;
use crate::{
    arguments::{Hooks as Action, InstallHooks},
    error::{CliError, Result},
    git::{Hooks, Repository},
    workflow::context::Context,
    workspace::changes::Changes,
};

/// What every hook calls, in the workspace's root.
const COMMAND: &str = "cargo xtask hooks run";
/// The hooks of git before a commit comes to be, and before that of a merge.
const HOOKS: [&str; 2] = ["pre-commit", "pre-merge-commit"];
const LEFTHOOK: [&str; 6] = [
    "lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yml",
    ".lefthook.yaml",
    ".config/lefthook.yml",
    ".config/lefthook.yaml",
];
const OTHER_LEFTHOOK: [&str; 4] = ["lefthook.toml", "lefthook.json", ".lefthook.toml", ".lefthook.json"];
const PRE_COMMIT: [&str; 2] = [".pre-commit-config.yaml", ".pre-commit-config.yml"];

pub(crate) fn run(context: Context<'_>, app: Option<&str>, action: &Action) -> Result<()> {
    match action {
        Action::Run => check::all(context, app),
        Action::Install(InstallHooks { rehearsal }) => {
            let repository = Repository::discover(&context.root, context.environment)
                .map_err(|unknown| CliError::usage(unknown.reason).hint(unknown.hint))?;
            let mut changes = Changes::new(&context.root);
            install(&repository, &mut changes)?;
            changes.finish(context.terminal, rehearsal.dry_run)
        }
    }
}

/// Adds the check to the hooks of the repository, in the way of whoever manages them.
pub(super) fn install(repository: &Repository, changes: &mut Changes) -> Result<()> {
    let hooks = repository.hooks().map_err(|unknown| CliError::usage(unknown.reason).hint(unknown.hint))?;
    let workspace = repository.prefix.trim_end_matches('/');
    let found = |names: &[&str]| names.iter().map(|name| hooks.top.join(name)).find(|path| path.is_file());
    if let Some(path) = found(&LEFTHOOK) {
        return lefthook(&path, workspace, changes);
    }
    if let Some(path) = found(&OTHER_LEFTHOOK) {
        return Err(by_hand(&path, "a command of `pre-commit`", &in_folder(workspace)));
    }
    if let Some(path) = found(&PRE_COMMIT) {
        return pre_commit(&path, workspace, changes);
    }
    let husky = husky(&hooks);
    let is_husky = husky.is_some();
    let folder = match husky {
        Some(folder) => folder,
        None if hooks.is_own => hooks.folder,
        None => {
            let reason = format!("the hooks are in `{}`, outside of this repository", hooks.folder.display());
            return Err(CliError::usage(format!("{reason}: other repositories would get the check as well"))
                .hint(format!("add to a `pre-commit` of your own: `{}`", in_subshell(workspace))));
        }
    };
    for hook in HOOKS {
        script(&folder.join(hook), is_husky, workspace, changes)?;
    }
    Ok(())
}

/// The folder in which husky's users write their hooks: `.husky`. From version 9 on git itself runs others, in `.husky/_`.
fn husky(hooks: &Hooks) -> Option<PathBuf> {
    let folder = if hooks.folder.ends_with(".husky/_") { hooks.folder.parent()? } else { &hooks.folder };
    if folder.ends_with(".husky") {
        return Some(folder.to_owned());
    }
    // A fresh clone: husky is installed with the packages.
    let default = hooks.top.join(".husky");
    let is_default = hooks.folder.ends_with("hooks") && default.is_dir();
    is_default.then_some(default)
}

fn script(path: &Path, is_husky: bool, workspace: &str, changes: &mut Changes) -> Result<()> {
    let before = changes.read(path)?;
    let command = in_subshell(workspace);
    let Some(after) = script::with_check(before.as_deref(), &command) else {
        return Err(by_hand(path, "a call", &command));
    };
    if before.is_some() && !is_husky && !is_executable(path) {
        changes.by_hand(format!("git passes over `{0}`, which is not executable: `chmod +x {0}`", path.display()));
    }
    changes.write_program(path, after)
}

/// Whether git runs a hook. A hook that was switched off by its mode stays so.
#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;

    path.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
}

fn lefthook(path: &Path, workspace: &str, changes: &mut Changes) -> Result<()> {
    let command = in_folder(workspace);
    for hook in HOOKS {
        let text = changes.read(path)?.unwrap_or_default();
        let Some(after) = yaml::lefthook(&text, hook, &command) else {
            return Err(by_hand(path, &format!("a command of `{hook}`"), &command));
        };
        changes.write(path, after)?;
    }
    Ok(())
}

fn pre_commit(path: &Path, workspace: &str, changes: &mut Changes) -> Result<()> {
    // It starts a program, and no shell.
    let command = match workspace {
        "" => COMMAND.to_owned(),
        _ => format!("sh -c \"{}\"", in_folder(workspace)),
    };
    let text = changes.read(path)?.unwrap_or_default();
    let Some(after) = yaml::pre_commit(&text, &command) else {
        return Err(by_hand(path, "a local hook (`language: system`, `pass_filenames: false`)", &command));
    };
    changes.write(path, after)
}

fn by_hand(path: &Path, what: &str, command: &str) -> CliError {
    CliError::usage(format!("`{}` is not changed: its layout is not known", path.display()))
        .hint(format!("add {what} to it: `{command}`"))
}

/// The command for a shell that git starts at the top of the repository.
fn in_folder(workspace: &str) -> String {
    match workspace {
        "" => COMMAND.to_owned(),
        folder => format!("cd {} && {COMMAND}", quoted(folder)),
    }
}

/// The same, for a script that goes on afterwards.
fn in_subshell(workspace: &str) -> String {
    match workspace {
        "" => COMMAND.to_owned(),
        folder => format!("(cd {} && {COMMAND})", quoted(folder)),
    }
}

/// A text as one word of a shell.
pub(super) fn quoted(folder: &str) -> String {
    format!("'{}'", folder.replace('\'', "'\\''"))
}
