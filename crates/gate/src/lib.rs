//! The gate: merged migrations never change.
//!
//! Compares the migrations folder with its lock file, and with what is merged. Never runs git and never connects to a
//! database: what is merged is given as data ([`Base`]).
//!
//! The modules in the order in which data flows through them:
//!
//! - `name`: the name of a migration's folder, as Diesel reads it.
//! - `sum`: what is hashed.
//! - `folder`: a picture of the migrations folder, from disk or from git.
//! - `lock`: the lock file, from text and to text.
//! - `finding`: what the gate says.
//! - `verify`: the files against the lock file.
//! - `merged`: the same, knowing what is merged.
//! - `build`: the gate as a build script.

mod build;
mod error;
mod finding;
#[cfg(test)]
mod fixture;
mod folder;
mod lock;
mod merged;
mod name;
mod sum;
mod toml;
mod verify;
pub mod wording;

pub use build::{Instructions, build_script, try_build_script};
pub use error::Error;
pub use finding::{Finding, Id, Severity};
pub use folder::{EntryKind, File, Folder, quoted, restore_command};
pub use lock::{LOCK_FILE, Lock, Override, migration_sum};
pub use merged::{Base, verify_merged};
pub use name::DirectoryName;
pub use sum::{NotASum, Sum, sum};
pub use toml::{manual_reason, replaced};
pub use verify::verify;
