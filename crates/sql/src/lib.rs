//! Splits SQL text into tokens and statements, without understanding it.
//!
//! Strings, dollar quotes, comments and quoted names are known in this one place: the planner, the gate and the runner
//! share it. Nothing is parsed beyond that, and no input makes it fail: the tokens of a text, joined, are the text.

mod quote;
mod reserved;
mod statement;
mod token;

pub use quote::{quote_identifier, quote_literal};
pub use reserved::is_plain_name;
pub use statement::{Control, ControlKind, Statement, statements, transaction_control};
pub use token::{Token, TokenKind, Tokens, tokens};
