//! PostgreSQL's table-level lock modes, and which of them keep each other out.
//!
//! Knows no statement: which one takes what is said beside it.

use std::{fmt, str::FromStr};

/// A table-level lock mode, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockMode {
    /// `SELECT`
    AccessShare,
    /// `SELECT ... FOR UPDATE`, and the referenced table while a foreign key is validated
    RowShare,
    /// `INSERT`, `UPDATE`, `DELETE`
    RowExclusive,
    /// `CREATE INDEX CONCURRENTLY`, `VALIDATE CONSTRAINT`, `VACUUM`, `ANALYZE`, `COMMENT`
    ShareUpdateExclusive,
    /// `CREATE INDEX`
    Share,
    /// `ADD FOREIGN KEY`, `CREATE TRIGGER`
    ShareRowExclusive,
    /// `REFRESH MATERIALIZED VIEW CONCURRENTLY`
    Exclusive,
    /// Most of `ALTER TABLE`, `DROP`, `TRUNCATE`
    AccessExclusive,
}

impl LockMode {
    /// Every mode, from the weakest to the strongest.
    pub const ALL: [Self; 8] = [
        Self::AccessShare,
        Self::RowShare,
        Self::RowExclusive,
        Self::ShareUpdateExclusive,
        Self::Share,
        Self::ShareRowExclusive,
        Self::Exclusive,
        Self::AccessExclusive,
    ];

    /// The name in PostgreSQL's manual and in `LOCK TABLE`: `ACCESS EXCLUSIVE`.
    #[must_use]
    pub const fn as_sql(self) -> &'static str {
        match self {
            Self::AccessShare => "ACCESS SHARE",
            Self::RowShare => "ROW SHARE",
            Self::RowExclusive => "ROW EXCLUSIVE",
            Self::ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
            Self::Share => "SHARE",
            Self::ShareRowExclusive => "SHARE ROW EXCLUSIVE",
            Self::Exclusive => "EXCLUSIVE",
            Self::AccessExclusive => "ACCESS EXCLUSIVE",
        }
    }

    /// The name in `pg_locks.mode`: `AccessExclusiveLock`.
    #[must_use]
    pub const fn in_pg_locks(self) -> &'static str {
        match self {
            Self::AccessShare => "AccessShareLock",
            Self::RowShare => "RowShareLock",
            Self::RowExclusive => "RowExclusiveLock",
            Self::ShareUpdateExclusive => "ShareUpdateExclusiveLock",
            Self::Share => "ShareLock",
            Self::ShareRowExclusive => "ShareRowExclusiveLock",
            Self::Exclusive => "ExclusiveLock",
            Self::AccessExclusive => "AccessExclusiveLock",
        }
    }

    /// Whether two sessions cannot hold both on one table (the table "Conflicting Lock Modes" of the manual).
    #[must_use]
    pub const fn conflicts_with(self, other: Self) -> bool {
        let (weaker, stronger) = if (self as u8) < (other as u8) { (self, other) } else { (other, self) };
        match weaker {
            Self::AccessShare => matches!(stronger, Self::AccessExclusive),
            Self::RowShare => matches!(stronger, Self::Exclusive | Self::AccessExclusive),
            Self::RowExclusive => !matches!(stronger, Self::RowExclusive | Self::ShareUpdateExclusive),
            // The one mode of this kind that two may hold.
            Self::Share => !matches!(stronger, Self::Share),
            Self::ShareUpdateExclusive | Self::ShareRowExclusive | Self::Exclusive | Self::AccessExclusive => true,
        }
    }

    /// Whether `SELECT` waits while it is held.
    #[must_use]
    pub const fn blocks_reads(self) -> bool {
        self.conflicts_with(Self::AccessShare)
    }

    /// Whether `INSERT`, `UPDATE` and `DELETE` wait while it is held.
    #[must_use]
    pub const fn blocks_writes(self) -> bool {
        self.conflicts_with(Self::RowExclusive)
    }

    /// Who waits while it is held: `reads and writes`, `writes`; `None` when neither does.
    #[must_use]
    pub const fn blocks(self) -> Option<&'static str> {
        match (self.blocks_reads(), self.blocks_writes()) {
            (true, _) => Some("reads and writes"),
            (false, true) => Some("writes"),
            (false, false) => None,
        }
    }
}

impl fmt::Display for LockMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_sql())
    }
}

/// A text that names no lock mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no lock mode of PostgreSQL")]
pub struct UnknownLockMode(String);

impl FromStr for LockMode {
    type Err = UnknownLockMode;

    /// Reads both spellings, the manual's and that of `pg_locks`.
    fn from_str(text: &str) -> Result<Self, UnknownLockMode> {
        let is_it = |mode: &Self| mode.in_pg_locks() == text || mode.as_sql().eq_ignore_ascii_case(text);
        Self::ALL.into_iter().find(is_it).ok_or_else(|| UnknownLockMode(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The manual's table, one row per held mode, `x` where the requested one waits.
    const CONFLICTS: [&str; 8] =
        [".......x", "......xx", "....xxxx", "...xxxxx", "..xx.xxx", "..xxxxxx", ".xxxxxxx", "xxxxxxxx"];

    #[test]
    fn modes_conflict_as_in_the_manual() {
        for (held, row) in LockMode::ALL.into_iter().zip(CONFLICTS) {
            let found: String =
                LockMode::ALL.into_iter().map(|asked| if held.conflicts_with(asked) { 'x' } else { '.' }).collect();
            assert_eq!(found, row, "{held}");
        }
    }

    #[test]
    fn who_waits_follows_from_the_conflicts() {
        let blocks: Vec<_> = LockMode::ALL.into_iter().map(|mode| mode.blocks().unwrap_or("nobody")).collect();
        let weak = ["nobody"; 4];
        assert_eq!(blocks[..4], weak);
        assert_eq!(blocks[4..], ["writes", "writes", "writes", "reads and writes"]);
    }

    #[test]
    fn both_spellings_are_read() {
        for mode in LockMode::ALL {
            assert_eq!(mode.as_sql().to_lowercase().parse(), Ok(mode));
            assert_eq!(mode.in_pg_locks().parse(), Ok(mode));
        }
        assert!("SIReadLock".parse::<LockMode>().is_err());
    }
}
