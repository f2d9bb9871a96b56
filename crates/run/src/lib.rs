//! Runs Diesel migrations under a lock that dies with its holder, checked against their lock file and against what was
//! applied before, with a history of what ran.
//!
//! Never parses snapshots, plans migrations or prints: the command line does, and an application needs none of it.
//!
//! An application calls [`run`] or [`run_on`] at its start:
//!
//! ```
//! use diesel::prelude::*;
//! use diesel_migrations::{EmbeddedMigrations, embed_migrations};
//!
//! const MIGRATIONS: EmbeddedMigrations = embed_migrations!("tests/migrations");
//! const LOCK: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/migrations/migrations.lock"));
//!
//! let mut connection = SqliteConnection::establish(":memory:")?;
//! let report = makemigrations_run::run_on(&mut connection, &MIGRATIONS, LOCK)?;
//! assert_eq!(report.done.len(), 2);
//!
//! // The second start finds nothing to do.
//! let report = makemigrations_run::run_on(&mut connection, &MIGRATIONS, LOCK)?;
//! assert!(report.done.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The modules in the order in which data flows through them:
//!
//! - `url`: where a database is.
//! - `database`: a connection to it, over an `engine`.
//! - `source`: the migrations, as Diesel reads them, and what is recorded of them.
//! - `plan`: what is applied, what is pending, what would run.
//! - `lock`: the lock, and `holder`, who has it.
//! - `history`: what ran.
//! - `migrate`: what a caller can ask for.
//! - `next`: what the next run does about what did not end well.
//! - `harness`: the loop that runs `work`, one migration at a time, and writes down that it did.
//! - `timeouts`: how long a migration may wait and run, and `progress`, what it is doing.
//! - `unlock`: what to do with a lock that somebody left behind.
//! - `embedded`: all of it as one call, and `version_check`: only whether it has been done.
//! - `reset`: a database made anew.
//! - `scratch`: a database for a while, to try migrations in.

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("makemigrations-run: enable the feature `sqlite`, `postgres`, or both");

mod database;
mod embedded;
mod engine;
mod error;
mod failure;
mod harness;
mod history;
mod holder;
mod identity;
mod lock;
mod migrate;
mod next;
mod observer;
mod plan;
mod progress;
mod reset;
mod scratch;
mod script;
mod source;
mod timeouts;
mod unlock;
mod url;
mod version_check;
mod work;

pub use database::Database;
#[cfg(feature = "sqlite")]
pub use embedded::run_on;
pub use embedded::{run, run_with};
pub use engine::Refusal;
pub use error::{Error, ErrorKind};
pub use failure::Failure;
pub use history::{Run, RunState};
pub use holder::Holder;
pub use migrate::{
    AbsentMigration, AbsentTarget, DEFAULT_LOCK_TIMEOUT, MigrateOptions, RevertOptions, RollbackScript, migrate, plan,
    plan_absent, revert, status,
};
pub use observer::{Done, Notice, Observer, Report, Retry};
pub use plan::{Direction, Entry, NextAction, State, Status, Step, Target};
pub use progress::{Activity, Blocker, Progress};
pub use reset::{ResetOptions, check_reset, reset};
pub use scratch::Scratch;
pub use source::{Source, up_checksum};
pub use timeouts::Timeouts;
pub use unlock::{Unlocked, holder, unlock};
pub use url::{DatabaseUrl, Dialect};
pub use version_check::{Verified, verify, verify_on};

/// The version of this tool, as the history and the lock name it.
const VERSION: &str = env!("CARGO_PKG_VERSION");
