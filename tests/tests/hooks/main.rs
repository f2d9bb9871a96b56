//! `hooks install` in every layout that people have, each for real: git, husky, lefthook and pre-commit run the hook, and
//! the hook runs `cargo xtask`. It must not call the check in any other way.

#![cfg(unix)]

mod managers;
mod plain;
mod setup;
