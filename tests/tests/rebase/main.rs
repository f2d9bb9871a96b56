//! `rebase` and `makemigrations --merge` where they are needed: real git, two branches with the same number, in the middle
//! of a merge or rebase and after it, with and without a database. It must not look into the crates.

mod applied;
mod clash;
mod interrupted;
mod given_up;
mod kills;
mod lines;
mod merge;
mod onto;
mod orders;
mod proof;
mod random;
mod replay;
mod schema_rs;
mod squash;
mod support;
