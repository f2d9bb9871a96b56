//! From schema snapshots to migration files, as pure functions: text and values in, text and values out.
//!
//! Invariant: nothing here touches the file system, the environment, the clock or a database. The version
//! stamp, the dialect and the answers to questions are arguments.
//!
//! The modules in the order in which data flows through them:
//!
//! - [`diagnostic`]: what is said about a place in a file.
//! - `toml`: TOML files with the place of everything in them.
//! - [`model`]: the schema as values, one file per object kind.
//! - [`snapshot`]: snapshot files to the wanted [`model::Schema`].
//! - [`operation`]: the closed set of changes; each applies, inverts and describes itself.
//! - [`deferral`]: drops that wait until no program uses what goes.
//! - [`online`]: a change as steps that keep nobody waiting.
//! - [`hazard`]: the locks that each change takes on PostgreSQL, and for how long.
//! - [`record`]: operations to `operations.toml` and back.
//! - [`hint`]: the hints that migrations have used.
//! - [`history`]: the present schema, by replaying records.
//! - [`graph`]: what depends on what, the order of operations, and whether two leave each other alone.
//! - [`diff`]: present and wanted to operations, or questions.
//! - [`branch`]: what becomes of the operations of one line of migrations on top of another.
//! - [`squash`]: many operations to the few they amount to.
//! - [`dialect`]: operations to SQL.
//! - [`probe`]: what to count in a database before going down.
//! - [`migration`]: names and bytes of the files of one migration.
//! - [`schema_rs`]: the schema as Diesel's `schema.rs`.

pub mod diagnostic;
mod toml;
pub mod model;
pub mod snapshot;
mod expression;
pub mod operation;
pub mod hazard;
pub mod online;
pub mod deferral;
pub mod record;
pub mod hint;
pub mod history;
pub mod graph;
pub mod diff;
pub mod branch;
pub mod squash;
pub mod dialect;
pub mod probe;
pub mod migration;
pub mod schema_rs;
