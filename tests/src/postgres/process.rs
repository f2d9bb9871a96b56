//! Runs PostgreSQL's programs as a user they accept. It must not know what they do.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::environment;

/// Gives the server's folder to a user who may run a server: PostgreSQL refuses root.
#[cfg(unix)]
pub(super) fn give_away(folder: &Path) -> Result<(), String> {
    if !environment::is_root() {
        return Ok(());
    }
    let user = ["postgres", "nobody"].into_iter().find_map(|user| Some((id("-u", user)?, id("-g", user)?)));
    let (user, group) = user.ok_or("as root, a user `postgres` or `nobody` is needed to run PostgreSQL")?;
    std::os::unix::fs::chown(folder, Some(user), Some(group))
        .map_err(|error| format!("`{}`: {error}", folder.display()))
}

/// One of PostgreSQL's programs, about to run in the server's folder and as its owner.
#[cfg(unix)]
pub(super) fn as_owner_of(folder: &Path, program: &Path) -> Result<Command, String> {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;

    let mut command = quiet(folder, program);
    if environment::is_root() {
        let owner = std::fs::metadata(folder).map_err(|error| format!("`{}`: {error}", folder.display()))?;
        // The standard library clears the supplementary groups with it, so no `setpriv`, `runuser` or `su` is needed.
        command.uid(owner.uid()).gid(owner.gid());
    }
    Ok(command)
}

#[cfg(unix)]
fn id(what: &str, user: &str) -> Option<u32> {
    let output = Command::new("id").args([what, user]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Nothing to give: on Windows PostgreSQL's programs drop their privileges themselves.
#[cfg(not(unix))]
pub(super) fn give_away(_folder: &Path) -> Result<(), String> {
    Ok(())
}

/// One of PostgreSQL's programs, about to run in the server's folder.
#[cfg(not(unix))]
pub(super) fn as_owner_of(folder: &Path, program: &Path) -> Result<Command, String> {
    Ok(quiet(folder, program))
}

fn quiet(folder: &Path, program: &Path) -> Command {
    let mut command = Command::new(program);
    environment::pin(&mut command);
    command.current_dir(folder).stdin(Stdio::null());
    command
}

/// Runs a program to its end; the error is all that it said.
pub(super) fn run(mut command: Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Err(format!("{command:?}: {}\n{}{}", output.status, text(&output.stdout), text(&output.stderr)))
}
