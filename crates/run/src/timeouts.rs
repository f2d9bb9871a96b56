//! How long a migration may wait for locks and run, and how often it is tried again. Must not wait.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::engine::Refusal;

/// The shortest and the longest pause between two tries.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// `lock_not_available`: what PostgreSQL says when `lock_timeout` is over.
const LOCK_NOT_AVAILABLE: &str = "55P03";
/// `deadlock_detected`
const DEADLOCK: &str = "40P01";

/// PostgreSQL's timeouts around each migration, and what happens when the one for locks is over. SQLite has none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeouts {
    /// How long a statement may wait for a lock, during which everybody who comes after it waits as well. Zero waits for as
    /// long as it takes.
    pub ddl_lock_timeout: Duration,
    /// How often a migration that ran into it, or into a deadlock, is tried again.
    pub ddl_retries: u32,
    /// How long a statement may run. `None` leaves that to the server for statements in a transaction, and lets others, such
    /// as the build of an index, run for as long as they take.
    pub statement_timeout: Option<Duration>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { ddl_lock_timeout: Duration::from_secs(5), ddl_retries: 10, statement_timeout: None }
    }
}

impl Timeouts {
    /// How long to wait before the `number`-th try after the first, from 1: a different time for each who waits, so that those
    /// who were in each other's way do not meet again, and longer each time.
    pub(crate) fn pause(&self, number: u32) -> Duration {
        let first = (self.ddl_lock_timeout / 4).clamp(SHORTEST_PAUSE, Duration::from_secs(1));
        let longest = first.saturating_mul(2u32.saturating_pow(number.min(16))).min(LONGEST_PAUSE);
        let random = u32::try_from(RandomState::new().hash_one(number) % 1000).unwrap_or_default();
        longest / 2 + longest / 2 * random / 1000
    }
}

/// Whether others were in the way of a statement, so that it may go through another time.
pub(crate) fn is_lock_conflict(refusal: &Refusal) -> bool {
    matches!(refusal.code(), Some(LOCK_NOT_AVAILABLE | DEADLOCK))
}

/// Whether a statement waited for a lock for too long.
pub(crate) fn is_lock_timeout(refusal: &Refusal) -> bool {
    refusal.code() == Some(LOCK_NOT_AVAILABLE)
}

/// The refusal of a statement that was cancelled because it waited for a lock for too long, in the server's own code.
#[cfg(feature = "postgres")]
pub(crate) fn lock_timeout_refusal() -> Refusal {
    Refusal::new("canceled: it waited for a lock on the table for longer than `ddl_lock_timeout`")
        .with_code(LOCK_NOT_AVAILABLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_differ() {
        let timeouts = Timeouts::default();
        for number in 1..30 {
            let pause = timeouts.pause(number);
            assert!(pause >= SHORTEST_PAUSE && pause <= LONGEST_PAUSE, "{number}: {pause:?}");
        }
        assert!(timeouts.pause(1) < Duration::from_secs(3) && timeouts.pause(12) > Duration::from_secs(7));
        let some: std::collections::BTreeSet<_> = (0..20).map(|_| timeouts.pause(5)).collect();
        assert!(some.len() > 5, "{some:?}");
    }
}
