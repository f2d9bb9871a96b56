//! What the end-to-end tests share: scratch folders, real git, real databases, the command line, golden files.
//! It judges the product from outside and so must not use its crates: only the program, the files and the databases.

pub mod advice;
pub mod catalog;
pub mod chain;
pub mod command;
pub mod condo;
pub mod database;
pub mod environment;
pub mod folder;
pub mod git;
pub mod golden;
pub mod golden_cases;
pub mod merged;
pub mod postgres;
pub mod project;
pub mod random;
pub mod rust_source;
pub mod structure;
pub mod tools;
pub mod xtask;
