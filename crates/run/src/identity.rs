//! Who this process is, for those who wait for it, and who is still there. Must not fail: what cannot be found out is left
//! out.

use std::process::Command;
use std::sync::OnceLock;

use crate::VERSION;
use crate::holder::Holder;

/// This process as a holder of the lock.
pub(crate) fn holder() -> Holder {
    Holder {
        host: host(),
        pid: Some(std::process::id()),
        user: ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok()),
        tool: Some(format!("makemigrations {VERSION}")),
        ..Holder::default()
    }
}

/// The name of this machine.
pub(crate) fn host() -> Option<String> {
    static HOST: OnceLock<Option<String>> = OnceLock::new();
    HOST.get_or_init(|| {
        let kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        let named = kernel.or_else(|| String::from_utf8(Command::new("hostname").output().ok()?.stdout).ok())?;
        Some(named.trim().to_owned()).filter(|name| !name.is_empty())
    })
    .clone()
}

/// Whether a holder was a process of this machine, and is not there any more.
pub(crate) fn is_gone(holder: &Holder) -> bool {
    holder.host == host() && holder.pid.is_some_and(|pid| is_alive(pid) == Some(false))
}

/// Whether a process of this machine is there. `None` when that cannot be told.
#[cfg(unix)]
pub(crate) fn is_alive(pid: u32) -> Option<bool> {
    match rustix::process::test_kill_process(process(pid)?) {
        Ok(()) => Some(true),
        // It is there, and somebody else's.
        Err(rustix::io::Errno::PERM) => Some(true),
        Err(rustix::io::Errno::SRCH) => Some(false),
        Err(_) => None,
    }
}

/// Whether a process of this machine is there. `None` when that cannot be told.
#[cfg(not(unix))]
pub(crate) fn is_alive(pid: u32) -> Option<bool> {
    let pid = pid.to_string();
    let output = Command::new("tasklist").args(["/NH", "/FI"]).arg(format!("PID eq {pid}")).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).split_whitespace().any(|word| word == pid))
}

/// A number as that of one process. Neither 0 nor anything negative is: signals to those go to groups.
#[cfg(unix)]
pub(crate) fn process(pid: u32) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(pid).ok()?)
}
