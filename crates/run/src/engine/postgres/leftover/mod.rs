//! What an interrupted statement outside of a transaction leaves in the catalogue, one kind of statement per file. Must not
//! change anything.

mod constraint;
mod detach;
mod index;
mod label;
mod reindex;

use std::iter::Peekable;

use makemigrations_sql::{Dialect, Token, TokenKind, Tokens, tokens};

use super::Postgres;
use crate::engine::Refusal;
use crate::engine::leftover::Leftover;
use crate::history::RunState;

/// Looks at what the statement makes. `last` is how its last run ended, where it had one and is not applied.
///
/// What is there is the work of the last run only if that was interrupted: where it failed, somebody else's was in its way.
/// Statements that are not known here run again: they fail on what they made before, or can be repeated, as a backfill in
/// batches has to be.
pub(super) fn look(engine: &mut Postgres, statement: &str, last: Option<RunState>) -> Result<Leftover, Refusal> {
    let is_interrupted = last == Some(RunState::Running);
    if let Some(index) = index::Create::parse(statement) {
        return index::look_at_create(engine, &index, last);
    }
    if let Some(name) = index::parse_drop(statement) {
        return index::look_at_drop(engine, &name, is_interrupted);
    }
    if let Some(target) = reindex::Target::parse(statement) {
        return if last.is_some() { reindex::look(engine, &target) } else { Ok(Leftover::Nothing) };
    }
    if let Some(detach) = detach::Detach::parse(statement) {
        return detach::look(engine, &detach, is_interrupted);
    }
    if let Some(label) = label::Change::parse(statement).filter(|_| is_interrupted) {
        return label::look(engine, &label);
    }
    match constraint::Validation::parse(statement).filter(|_| is_interrupted) {
        Some(validation) => constraint::look(engine, &validation),
        None => Ok(Leftover::Nothing),
    }
}

/// The words of a statement, without blanks and comments.
struct Words<'a>(Peekable<Box<dyn Iterator<Item = Token<'a>> + 'a>>);

impl<'a> Words<'a> {
    fn of(statement: &'a str) -> Self {
        let all: Tokens<'a> = tokens(statement, Dialect::Postgres);
        let words: Box<dyn Iterator<Item = Token<'a>> + 'a> = Box::new(all.filter(|token| !token.is_blank()));
        Self(words.peekable())
    }

    /// Takes the next word if it is this one.
    fn take(&mut self, word: &str) -> bool {
        self.0.next_if(|token| token.is_word(word)).is_some()
    }

    /// Takes these words; `None` where others come.
    fn expect(&mut self, words: &[&str]) -> Option<()> {
        words.iter().all(|word| self.take(word)).then_some(())
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        self.0.next_if(|token| token.is_symbol(symbol)).is_some()
    }

    /// A name as it is written, with its schema.
    fn name(&mut self) -> Option<String> {
        let is_part = |token: &Token<'_>| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier);
        let mut name = self.0.next_if(is_part)?.text.to_owned();
        while self.take_symbol(".") {
            name = format!("{name}.{}", self.0.next_if(is_part)?.text);
        }
        Some(name)
    }

    /// The table of `ALTER TABLE [IF EXISTS] [ONLY] ...`.
    fn altered_table(&mut self) -> Option<String> {
        self.expect(&["alter", "table"])?;
        if self.take("if") {
            self.expect(&["exists"])?;
        }
        self.take("only");
        self.name()
    }

    /// A string literal as it is written.
    fn literal(&mut self) -> Option<String> {
        let is_literal = |token: &Token<'_>| matches!(token.kind, TokenKind::String | TokenKind::DollarString);
        self.0.next_if(is_literal).map(|token| token.text.to_owned())
    }

    /// The words of options in parentheses.
    fn options(&mut self) -> Vec<&'a str> {
        if !self.take_symbol("(") {
            return Vec::new();
        }
        self.0.by_ref().take_while(|token| !token.is_symbol(")")).map(|token| token.text).collect()
    }

    /// Whether nothing more comes but the end of the statement.
    fn is_at_end(&mut self) -> bool {
        self.take_symbol(";");
        self.0.peek().is_none()
    }

    /// Where the next word begins.
    fn position(&mut self) -> Option<usize> {
        self.0.peek().map(|token| token.start)
    }
}
