//! What an earlier run of a migration outside of a transaction left behind, and what is done about it. Must not look for it:
//! an engine does.

/// What was found in the database of a migration that is about to run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "only PostgreSQL leaves something half-made"))]
pub(crate) enum Leftover {
    /// Nothing.
    Nothing,
    /// Something half-made: what removes it, statement by statement, before the migration runs again.
    HalfMade { objects: Vec<String>, remove: Vec<String> },
    /// Something begun that cannot be begun again: what ends it, after which the migration is done.
    Begun { object: String, finish: String },
    /// All that the migration makes.
    Done { object: String },
    /// A session is still at it: of a runner that was killed a moment ago, or somebody else's.
    Busy { object: String, session: i32 },
    /// Something else of that name, which the migration would take for its own.
    Foreign { problem: String },
    /// Nothing that would matter: the server itself cannot be trusted with the migration.
    Unsafe { problem: String },
}
