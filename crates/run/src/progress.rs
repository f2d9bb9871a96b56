//! What a statement that takes long is doing, and who is in its way. Must not decide anything: it only describes.

use std::fmt;
use std::time::Duration;

/// Of a blocker's query more than this is not shown.
const SHOWN: usize = 120;

/// What a statement that takes long is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// For how long the statements of the migration have been running, this try.
    pub elapsed: Duration,
    /// What it is doing.
    pub activity: Activity,
}

/// What a statement is doing. `Display` is a part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activity {
    /// It runs; nothing more is known of it.
    Running,
    /// The statement itself has said something: `RAISE NOTICE`.
    Said {
        /// The message.
        message: String,
    },
    /// It is in a phase that the server counts, such as `building index`.
    Phase {
        /// The server's name of the phase.
        phase: String,
        /// How much of it is done.
        done: u64,
        /// Of how much. 0 where that is not known.
        total: u64,
        /// What is counted.
        unit: &'static str,
    },
    /// It waits for others.
    Blocked {
        /// Whom it waits for.
        blockers: Vec<Blocker>,
    },
}

/// A session that is in the way of a migration. `Display` is one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocker {
    /// Its process on the server; 0 for a prepared transaction, which has none.
    pub pid: i32,
    /// The role.
    pub user: Option<String>,
    /// What it calls itself.
    pub application: Option<String>,
    /// Since when its transaction, or else the session, is there, in UTC.
    pub since: Option<String>,
    /// What it does, such as `idle in transaction`.
    pub state: Option<String>,
    /// What it runs, or ran last, as far as this role may see it.
    pub query: Option<String>,
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Running => f.write_str("running"),
            Self::Said { message } => f.write_str(message),
            Self::Phase { phase, total: 0, .. } => f.write_str(phase),
            Self::Phase { phase, done, total, unit } => {
                let percent = done.saturating_mul(100) / total;
                write!(f, "{phase}, {done} of {total} {unit} ({percent} %)")
            }
            Self::Blocked { blockers } if blockers.is_empty() => f.write_str("waiting for a lock"),
            Self::Blocked { blockers } => {
                let all: Vec<_> = blockers.iter().map(ToString::to_string).collect();
                write!(f, "waiting for {}", all.join("; "))
            }
        }
    }
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return f.write_str("a prepared transaction (see `pg_prepared_xacts`)");
        }
        write!(f, "session {}", self.pid)?;
        if let Some(user) = &self.user {
            write!(f, " of `{user}`")?;
        }
        let mut details = Vec::new();
        details.extend(self.application.as_ref().map(|application| format!("application `{application}`")));
        details.extend(self.state.clone());
        details.extend(self.since.as_ref().map(|since| format!("since {since}")));
        if !details.is_empty() {
            write!(f, " ({})", details.join(", "))?;
        }
        let Some(query) = &self.query else { return Ok(()) };
        let query = query.split_whitespace().collect::<Vec<_>>().join(" ");
        match query.char_indices().nth(SHOWN) {
            Some((end, _)) => write!(f, ": {} ...", &query[..end]),
            None => write!(f, ": {query}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blocker_is_one_line() {
        let blocker = Blocker {
            pid: 4711,
            user: Some("app".to_owned()),
            application: Some("psql".to_owned()),
            since: Some("2026-11-30T12:00:00.000Z".to_owned()),
            state: Some("idle in transaction".to_owned()),
            query: Some("SELECT *\n  FROM ticket".to_owned()),
        };
        assert_eq!(
            blocker.to_string(),
            "session 4711 of `app` (application `psql`, idle in transaction, since 2026-11-30T12:00:00.000Z): \
             SELECT * FROM ticket"
        );
        assert_eq!(Blocker { pid: 7, ..Blocker::default() }.to_string(), "session 7");
        let long = Blocker { query: Some("ä".repeat(500)), ..blocker };
        assert!(long.to_string().ends_with("ä ...") && long.to_string().len() < 500);
    }

    #[test]
    fn a_phase_without_a_total_has_no_share() {
        let phase = |done, total| Activity::Phase { phase: "building index".to_owned(), done, total, unit: "blocks" };
        assert_eq!(phase(5, 20).to_string(), "building index, 5 of 20 blocks (25 %)");
        assert_eq!(phase(5, 0).to_string(), "building index");
    }
}
