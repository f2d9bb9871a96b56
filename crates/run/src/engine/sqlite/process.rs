//! The process that holds a lock on a file of this machine, and how to end it. Must not end a process that it was not
//! told to end.

use std::path::Path;

use crate::error::Error;
use crate::identity::is_alive;
#[cfg(unix)]
use crate::identity::process;

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
    match ask(signal, pid) {
        // One that has just ended is as good as one that ends now.
        Err(_) if is_alive(pid) == Some(false) => Ok(()),
        Err(why) => Err(Error::Lock {
            problem: format!("cannot end process {pid}: {why}"),
            hint: "run it as the user of that process",
        }),
        Ok(()) => Ok(()),
    }
}

/// Sends the signal, or says why that is not possible.
#[cfg(unix)]
fn ask(signal: Signal, pid: u32) -> Result<(), String> {
    let signal = match signal {
        Signal::Terminate => rustix::process::Signal::TERM,
        Signal::Kill => rustix::process::Signal::KILL,
    };
    let process = process(pid).ok_or("no process has this number")?;
    rustix::process::kill_process(process, signal).map_err(|error| error.to_string())
}

/// Ends the process, or says why that is not possible. There is only one way to.
#[cfg(not(unix))]
fn ask(_: Signal, pid: u32) -> Result<(), String> {
    let pid = pid.to_string();
    let output = std::process::Command::new("taskkill").args(["/F", "/PID", &pid]).output();
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
}
