//! Splits SQL text into tokens and statements as a dialect reads it, and finds the names in it, without understanding it.
//!
//! Strings, dollar quotes, comments and quoted names are known in this one place: the planner, the gate, the runner and
//! `inspect` share it. Nothing is parsed beyond that, and no input makes it fail: the tokens of a text, joined, are the
//! text.

mod dialect;
mod identifier;
mod quote;
mod references;
mod reserved;
mod same;
mod statement;
mod token;

pub use dialect::{Dialect, UnknownDialect};
pub use quote::{quote_identifier, quote_literal};
pub use references::{Reference, ReferenceRole, references};
pub use reserved::is_plain_name;
pub use same::is_same_sql;
pub use statement::{Control, ControlKind, Statement, statements, transaction_control};
pub use token::{Token, TokenKind, Tokens, tokens};
