//! Hazards in SQL migrations for PostgreSQL: what locks, what rewrites, what loses rows, and how to do it safely.
//!
//! Invariant: pure. Text and recorded schema in, findings out; no file system, environment, clock or database. The parser and
//! the rules that squawk has are squawk's own crates; the other rules know what is recorded, which squawk does not.
//!
//! The modules in the order in which data flows through them:
//!
//! - [`Rule`], [`Levels`]: which rules there are, and what the settings say of them.
//! - `script`: a file as the parser sees it.
//! - `facts`: what is recorded, and what is new since the base.
//! - `lock`: which locks a statement takes.
//! - `rules`, `squawk`: who finds what.
//! - `allow`: comments that silence a rule for a statement.
//! - `report`: all of it to findings.

mod name;
mod script;
mod finding;
mod rule;
mod levels;
mod facts;
mod lock;
mod unit;
mod rules;
mod squawk;
mod allow;
mod report;

pub use finding::{Finding, Level};
pub use levels::{InvalidLevel, Levels};
pub use makemigrations_plan::hazard::LockMode;
pub use report::{Direction, Linter, Migration, Origin, SqlFile};
pub use rule::Rule;
