//! SQLite's scripts on SQLite itself: rows, indexes, counters and what others made survive, up and down.
//!
//! The texts are not looked at here: what counts is what the engine makes of them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test reports by panicking")]

mod conversion;
mod enumeration;
mod guard;
mod in_place;
mod random;
mod rebuild;
mod support;
mod view;
