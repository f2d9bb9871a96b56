//! Who holds the migration lock. Must not decide anything: it only describes.

use std::fmt;

/// Who holds the migration lock, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    /// Name of the machine.
    pub host: Option<String>,
    /// The process on that machine.
    pub pid: Option<u32>,
    /// The account on that machine.
    pub user: Option<String>,
    /// Since when, in UTC.
    pub since: Option<String>,
    /// The program and its version.
    pub tool: Option<String>,
    /// PostgreSQL: the process of the session on the server.
    pub session: Option<i32>,
    /// PostgreSQL: what the session runs, or ran last.
    pub statement: Option<String>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unknown = "unknown";
        let user = self.user.as_deref().unwrap_or(unknown);
        write!(f, "{user}@{}", self.host.as_deref().unwrap_or(unknown))?;
        let mut details = Vec::new();
        details.extend(self.pid.map(|pid| format!("process {pid}")));
        details.extend(self.session.map(|session| format!("session {session}")));
        details.extend(self.tool.clone());
        details.extend(self.since.as_ref().map(|since| format!("since {since}")));
        if details.is_empty() { Ok(()) } else { write!(f, " ({})", details.join(", ")) }
    }
}
