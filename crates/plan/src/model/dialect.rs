//! The SQL dialects, as a value: those of the lexer that all of the workspace shares.
//!
//! How SQL is written belongs to the `dialect` modules.

pub use makemigrations_sql::{Dialect, UnknownDialect};
