//! `init` in workspaces that people have, and what it wrote put to use by Cargo, git, yarn and a shell in CI's place. It
//! must not look into the crates.

#![cfg(unix)]

mod contradictions;
mod existing;
mod pipelines;
mod setup;
mod use_of_it;
