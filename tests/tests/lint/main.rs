//! `lint` end to end: real projects, real git, a real server for `--locks`. It must not repeat the cases of the rules, which
//! `crates/lint/tests` has.

mod command;
mod golden;
mod hazards;
mod locks;
mod programs;
mod online;
mod setup;
mod with_check;
