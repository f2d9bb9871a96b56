//! What happens while it happens, for whoever wants to show it. Must not decide anything.

use std::fmt;
use std::time::Duration;

use makemigrations_gate::wording::listed;

use crate::holder::Holder;
use crate::plan::{Direction, Step};
use crate::progress::{Blocker, Progress};

/// Is told what happens. Every method does nothing unless written.
pub trait Observer {
    /// Somebody else holds the lock; called when the waiting starts, and about once a second.
    fn waiting(&mut self, _holder: Option<&Holder>, _waited: Duration) {}

    /// A migration starts, or one that stands for several, the `index`-th, from 1, of `total`.
    fn started(&mut self, _step: &Step, _index: usize, _total: usize) {}

    /// What a migration that takes long is doing, about once a second.
    fn progress(&mut self, _progress: &Progress) {}

    /// Others were in the way of a migration; nothing of this try stays that the next one minds.
    fn retrying(&mut self, _retry: &Retry) {}

    /// A migration has ended well.
    fn finished(&mut self, _step: &Step, _duration: Duration) {}

    /// Something that a person should know.
    fn notice(&mut self, _notice: &Notice) {}
}

/// Watches nothing.
impl Observer for () {}

/// Something that a person should know, although nothing is wrong now. `Display` is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// Migrations were applied by something else, `diesel migration run` for example, and are now in the history with the
    /// checksum of their present files.
    Adopted {
        /// Their names, or versions where no name is known.
        migrations: Vec<String>,
    },
    /// Migrations were reverted by something else, and are not in the history any more.
    Forgotten {
        /// Their names.
        migrations: Vec<String>,
    },
    /// An earlier run was interrupted in the middle of a migration.
    Interrupted {
        /// Its name.
        migration: String,
        /// Since when it was running, in UTC.
        since: Option<String>,
    },
    /// A run outside a transaction that did not end had left something half-made; it is removed.
    Removed {
        /// Name of the migration.
        migration: String,
        /// What it was.
        object: String,
    },
    /// A run outside a transaction that did not end had begun something that goes on instead of beginning again; it is ended.
    Finished {
        /// Name of the migration.
        migration: String,
        /// What it was.
        object: String,
    },
    /// A run outside a transaction that did not end had done its work; it is not done again.
    AlreadyDone {
        /// Name of the migration.
        migration: String,
        /// What is there.
        object: String,
    },
    /// A merged migration was changed, and that was declared. The database has it as it was before.
    Overridden {
        /// Its name.
        migration: String,
        /// The declared reason.
        reason: String,
    },
    /// A `squashed.sql` that people changed is about to run in the place of what it stands for.
    ManualSquash {
        /// Name of its migration.
        migration: String,
        /// The declared reason; empty where there is none.
        reason: String,
    },
    /// The lock was not given back in order; the database frees it when it notices that the connection is gone.
    NotReleased {
        /// Why.
        problem: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Adopted { migrations } => write!(
                f,
                "applied by another tool, now in the history with the checksums of the present files: {}",
                listed(migrations)
            ),
            Self::Forgotten { migrations } => {
                write!(f, "reverted by another tool, no longer in the history: {}", listed(migrations))
            }
            Self::Interrupted { migration, since } => {
                let since = since.as_deref().unwrap_or("an unknown time");
                write!(f, "an earlier run was interrupted in `{migration}`, which it had started at {since}")
            }
            Self::Removed { migration, object } => {
                write!(f, "`{migration}` had left `{object}` half-made, which is removed")
            }
            Self::Finished { migration, object } => {
                write!(f, "`{migration}` was interrupted in the middle of `{object}`, which is finished now")
            }
            Self::AlreadyDone { migration, object } => {
                write!(f, "`{migration}` was interrupted after its work: `{object}` is there and complete")
            }
            Self::Overridden { migration, reason } => {
                write!(f, "`{migration}` was changed after it was applied, and that was declared: {reason}")
            }
            Self::ManualSquash { migration, reason } if reason.is_empty() => {
                write!(f, "`{migration}/squashed.sql` was changed by hand, and no reason is declared")
            }
            Self::ManualSquash { migration, reason } => {
                write!(f, "`{migration}/squashed.sql` was changed by hand, and that was declared: {reason}")
            }
            Self::NotReleased { problem } => write!(f, "the migration lock was not given back in order: {problem}"),
        }
    }
}

/// A migration that is tried again, because others were in its way. `Display` is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// Its name.
    pub migration: String,
    /// Which one of the further tries comes, from 1.
    pub number: u32,
    /// How many there are at most.
    pub of: u32,
    /// How long after now.
    pub pause: Duration,
    /// What the database said.
    pub reason: String,
    /// Who was in the way, as far as that was seen.
    pub blockers: Vec<Blocker>,
}

impl fmt::Display for Retry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { migration, number, of, pause, reason, blockers } = self;
        write!(f, "`{migration}`: {reason}; try {number} of {of} comes in {:.1} s", pause.as_secs_f64())?;
        blockers.iter().try_for_each(|blocker| write!(f, "\nin the way: {blocker}"))
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The migrations that ran, in order.
    pub done: Vec<Done>,
}

/// A migration that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Its Diesel version.
    pub version: String,
    /// Name of its folder.
    pub name: String,
    /// Which way it ran.
    pub direction: Direction,
    /// How long it took; of several at once, all of them together.
    pub duration: Duration,
}
