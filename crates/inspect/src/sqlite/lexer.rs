//! The pieces of a SQL text of SQLite: its tokens without blanks, as a reader of definitions needs them.
//!
//! Built on the lexer that all crates share; knows no statement.

use makemigrations_sql::{Dialect, TokenKind, tokens};

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PieceKind {
    /// A keyword or a bare name.
    Word,
    /// A name in double quotes, backticks or brackets.
    Name,
    /// A text in single quotes; SQLite takes it for a name where only a name can stand.
    Text,
    /// A number.
    Number,
    /// Anything else.
    Symbol,
}

/// A token that means something.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) kind: PieceKind,
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Piece<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is the bare word, in any case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == PieceKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == PieceKind::Symbol && self.text == symbol
    }

    /// What it names, in whatever quotes.
    pub(super) fn name(&self) -> Option<String> {
        match self.kind {
            PieceKind::Word => Some(self.text.to_owned()),
            PieceKind::Name | PieceKind::Text => Some(unquoted(self.text)),
            PieceKind::Number | PieceKind::Symbol => None,
        }
    }
}

/// The text between quotes or brackets, doubled quotes as one.
fn unquoted(text: &str) -> String {
    let mark = &text[..1];
    let inner = text.get(1..text.len() - 1).unwrap_or_default();
    if mark == "[" { inner.to_owned() } else { inner.replace(&mark.repeat(2), mark) }
}

/// The pieces of a text, in order.
pub(super) fn pieces(sql: &str) -> Vec<Piece<'_>> {
    let piece = |token: makemigrations_sql::Token<'_>| match token.kind {
        TokenKind::Whitespace | TokenKind::Comment => None,
        TokenKind::Word => Some(PieceKind::Word),
        TokenKind::QuotedIdentifier => Some(PieceKind::Name),
        TokenKind::String if token.text.starts_with('\'') => Some(PieceKind::Text),
        TokenKind::Number => Some(PieceKind::Number),
        TokenKind::String | TokenKind::DollarString | TokenKind::Parameter | TokenKind::Symbol => {
            Some(PieceKind::Symbol)
        }
    };
    let found = tokens(sql, Dialect::Sqlite);
    found.filter_map(|token| Some(Piece { kind: piece(token)?, text: token.text, start: token.start })).collect()
}

/// A text without blanks around it, and without the comment to the end of a line that would swallow what follows it.
pub(super) fn closed(sql: &str) -> &str {
    let end = pieces(sql).last().map_or(0, Piece::end);
    if sql[end..].contains("--") { sql[..end].trim() } else { sql.trim() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_names_in_any_quotes() {
        let names: Vec<_> = pieces("a \"b\"\"c\" `d``e` [it's] 'f''g' 1 (").iter().filter_map(Piece::name).collect();
        assert_eq!(names, ["a", "b\"c", "d`e", "it's", "f'g"]);
        // SQLite keeps no such text; reading one is still no reason to panic.
        for text in ["\"", "[", "[ü", "'ü", "/*", "--", "`"] {
            assert!(pieces(text).iter().filter_map(Piece::name).count() <= 1, "{text}");
        }
    }

    #[test]
    fn comments_end_where_sqlite_ends_them() {
        let words: Vec<_> = pieces("a /* /* */ b -- c\nd").iter().map(|piece| piece.text).collect();
        assert_eq!(words, ["a", "b", "d"]);
        assert_eq!(closed(" a > 0 -- why\n"), "a > 0");
        assert_eq!(closed(" a > 0 /* why */ "), "a > 0 /* why */");
    }
}
