//! A place in a statement, and the steps that every reader of statements takes.
//!
//! Which words follow which is the readers' business.

use super::lexer::{Piece, PieceKind, closed, pieces};

#[derive(Debug)]
pub(super) struct Cursor<'a> {
    sql: &'a str,
    pieces: Vec<Piece<'a>>,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(sql: &'a str) -> Self {
        Self { sql, pieces: pieces(sql), at: 0 }
    }

    pub(super) fn peek(&self) -> Option<Piece<'a>> {
        self.pieces.get(self.at).copied()
    }

    pub(super) fn next(&mut self) -> Option<Piece<'a>> {
        let piece = self.peek();
        self.at += usize::from(piece.is_some());
        piece
    }

    /// Whether the words come next.
    pub(super) fn is_at(&self, words: &[&str]) -> bool {
        let next = self.pieces[self.at..].iter();
        words.len() <= next.len() && words.iter().zip(next).all(|(word, piece)| piece.is_word(word))
    }

    /// Steps over the words when they come next.
    pub(super) fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.is_at(words);
        if found {
            self.at += words.len();
        }
        found
    }

    pub(super) fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.peek().is_some_and(|piece| piece.is_symbol(symbol));
        self.at += usize::from(found);
        found
    }

    pub(super) fn name(&mut self) -> Option<String> {
        self.next()?.name()
    }

    /// A name after an optional `schema.`
    pub(super) fn qualified_name(&mut self) -> Option<String> {
        let name = self.name()?;
        if self.eat_symbol(".") { self.name() } else { Some(name) }
    }

    /// `( ... )`: what is between, as it is written.
    pub(super) fn parenthesised(&mut self) -> Option<&'a str> {
        let open = self.next().filter(|piece| piece.is_symbol("("))?;
        let mut depth = 1_usize;
        while let Some(piece) = self.next() {
            if piece.is_symbol("(") {
                depth += 1;
            } else if piece.is_symbol(")") {
                depth -= 1;
            }
            if depth == 0 {
                return Some(closed(&self.sql[open.end()..piece.start]));
            }
        }
        None
    }

    /// `(a, b)`: the parts between commas that stand in no further parentheses.
    pub(super) fn list(&mut self) -> Option<Vec<&'a str>> {
        Some(split(self.parenthesised()?))
    }

    /// Everything from here on.
    pub(super) fn rest(&self) -> &'a str {
        self.peek().map_or("", |piece| closed(&self.sql[piece.start..]))
    }
}

fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for piece in pieces(text) {
        match (piece.kind, piece.text) {
            (PieceKind::Symbol, "(") => depth += 1,
            (PieceKind::Symbol, ")") => depth = depth.saturating_sub(1),
            (PieceKind::Symbol, ",") if depth == 0 => {
                parts.push(closed(&text[start..piece.start]));
                start = piece.end();
            }
            _ => {}
        }
    }
    parts.push(closed(&text[start..]));
    parts
}
