//! The process that holds a lock on a file of this machine, and how to end it. Must not end a process that it was not
//! told to end.

use std::path::Path;
use std::process::{Command, Stdio};

use super::io;
use crate::error::Error;
use crate::identity::is_alive;

/// How a process is asked to end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signal {
    Terminate,
    Kill,
}

/// Whether a process has a file open. `None` when that cannot be told.
pub(super) fn has_open(pid: u32, path: &Path) -> Option<bool> {
    let open = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?;
    Some(open.flatten().any(|entry| std::fs::read_link(entry.path()).is_ok_and(|target| target == path)))
}

/// The other processes that have a file open, as far as this system tells.
pub(super) fn users(path: &Path) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut users: Vec<u32> =
        pids.filter(|pid| *pid != std::process::id() && has_open(*pid, path) == Some(true)).collect();
    users.sort_unstable();
    users
}

/// Asks a process to end.
pub(super) fn send(signal: Signal, pid: u32) -> Result<(), Error> {
    let (program, argument) = match signal {
        _ if cfg!(windows) => ("taskkill", "/F"),
        Signal::Terminate => ("kill", "-TERM"),
        Signal::Kill => ("kill", "-KILL"),
    };
    let mut command = Command::new(program);
    command.arg(argument);
    if cfg!(windows) {
        command.arg("/PID");
    }
    let output = command.arg(pid.to_string()).stdin(Stdio::null()).output();
    let output = output.map_err(|error| io("run", program, error))?;
    // One that has just ended is as good as one that ends now.
    if output.status.success() || is_alive(pid) == Some(false) {
        return Ok(());
    }
    Err(Error::Lock {
        problem: format!("cannot end process {pid}: {}", String::from_utf8_lossy(&output.stderr).trim()),
        hint: "run it as the user of that process",
    })
}
