//! The process that outlives a test process to stop its server. It must not do anything while the test runs.

use std::io::{Read, stdin};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use super::data;
use super::installation::Installation;
use super::process::{as_owner_of, run};

/// Starts the keeper of the server in `folder`. When its standard input ends, the server is stopped and the folder
/// deleted.
pub(super) fn spawn(folder: &Path, installation: &Installation) -> Result<Child, String> {
    let mut command = Command::new(crate::environment::program("postgres-keeper"));
    command.arg(folder).arg(installation.program("pg_ctl"));
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C goes to the whole process group of the terminal, and would end the keeper before its work.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(|error| format!("{command:?}: {error}"))
}

/// The keeper's program: its arguments are the server's folder and `pg_ctl`.
#[must_use]
pub fn keep() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(folder), Some(pg_ctl), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return ExitCode::from(2);
    };
    // Nothing is ever written to it: this ends when the test process does, or drops the server.
    let ended = stdin().read_to_end(&mut Vec::new());
    let stopped = as_owner_of(&folder, &pg_ctl).and_then(|mut stop| {
        stop.args(["stop", "--mode=immediate", "--wait", "--silent", "--pgdata"]).arg(data(&folder));
        run(stop)
    });
    let removed = std::fs::remove_dir_all(&folder);
    if ended.is_ok() && stopped.is_ok() && removed.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
