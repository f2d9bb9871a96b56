//! The workspace on disk: where it is, what its snapshots and migrations are, how a migration is written. Must not know
//! databases.

pub(crate) mod changes;
pub(crate) mod domain_map;
pub(crate) mod journaled_swap;
pub(crate) mod generated;
pub(crate) mod lock;
pub(crate) mod members;
pub(crate) mod migrations;
pub(crate) mod plain_file;
pub(crate) mod root;
pub(crate) mod sources;
pub(crate) mod stored_migration;
pub(crate) mod view;
pub(crate) mod walk;
pub(crate) mod write;
pub(crate) mod write_journal;
