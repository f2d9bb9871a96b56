//! What several commands share. Must not be a command itself: those are in `commands`.

pub(crate) mod absent;
pub(crate) mod applied;
pub(crate) mod backfills;
pub(crate) mod catalogue;
pub(crate) mod committed_files;
pub(crate) mod context;
pub(crate) mod database;
pub(crate) mod declaration;
pub(crate) mod deferred;
pub(crate) mod edited;
pub(crate) mod fake_initial;
pub(crate) mod gate;
pub(crate) mod online;
pub(crate) mod planning;
pub(crate) mod regenerated;
pub(crate) mod rollback_impact;
pub(crate) mod squashed;
pub(crate) mod verify_squash;
