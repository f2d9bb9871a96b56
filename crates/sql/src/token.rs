//! The lexer: a text to its tokens, as a dialect reads it.
//!
//! Knows no grammar. Where the dialects differ (comments that nest, `E''`, dollar quotes, `[name]`) the text means what its
//! dialect takes it for.

use crate::Dialect;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword or a bare name.
    Word,
    /// `"name"`; PostgreSQL: `U&"name"`; SQLite: `` `name` `` and `[name]`.
    QuotedIdentifier,
    /// `'text'`, also with a prefix that the dialect knows, as in `E'text'`.
    String,
    /// PostgreSQL: `$tag$text$tag$`.
    DollarString,
    /// A number.
    Number,
    /// `$1`; SQLite: `?1`, `:name`, `@name`, `$name`.
    Parameter,
    /// `-- to the end of the line` or `/* block */`; PostgreSQL's blocks nest.
    Comment,
    /// Blanks and line ends.
    Whitespace,
    /// Any other single character.
    Symbol,
}

/// A piece of a SQL text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What it is.
    pub kind: TokenKind,
    /// The text itself.
    pub text: &'a str,
    /// Byte offset in the whole text.
    pub start: usize,
    /// Whether a string, a quoted name or a block comment was closed. Always true for the others.
    pub terminated: bool,
}

impl Token<'_> {
    /// Whether it is the bare word, in any case.
    #[must_use]
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether it is that symbol.
    #[must_use]
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == TokenKind::Symbol && self.text == symbol
    }

    /// Whether it carries no meaning of its own.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        matches!(self.kind, TokenKind::Whitespace | TokenKind::Comment)
    }

    /// Whether it is a comment that ends only with its line, and would swallow what is written after it.
    #[must_use]
    pub fn is_line_comment(&self) -> bool {
        self.kind == TokenKind::Comment && self.text.starts_with("--")
    }

    /// Byte offset after it.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The tokens of a text, in order.
#[must_use]
pub fn tokens(sql: &str, dialect: Dialect) -> Tokens<'_> {
    Tokens { sql, dialect, position: 0 }
}

/// Iterator over the tokens of a text. Joined, their texts are the text.
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    sql: &'a str,
    dialect: Dialect,
    position: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = &self.sql[self.position..];
        let first = rest.chars().next()?;
        let (kind, length, terminated) = match self.dialect {
            Dialect::Postgres => scan_postgres(rest, first),
            Dialect::Sqlite => scan_sqlite(rest, first),
        };
        let start = self.position;
        self.position += length;
        Some(Token { kind, text: &self.sql[start..self.position], start, terminated })
    }
}

type Scan = (TokenKind, usize, bool);

fn scan_postgres(rest: &str, first: char) -> Scan {
    let mut after = rest[first.len_utf8()..].chars();
    let (second, third) = (after.next(), after.next());
    match first {
        // The comment ends at a lone CR as well: what follows is run.
        '-' if second == Some('-') => line_comment(rest, &['\n', '\r']),
        '/' if second == Some('*') => nested_comment(rest),
        '\'' => quoted(TokenKind::String, rest, 0, '\'', false),
        '"' => quoted(TokenKind::QuotedIdentifier, rest, 0, '"', false),
        'e' | 'E' if second == Some('\'') => quoted(TokenKind::String, rest, 1, '\'', true),
        'b' | 'B' | 'x' | 'X' | 'n' | 'N' if second == Some('\'') => quoted(TokenKind::String, rest, 1, '\'', false),
        'u' | 'U' if second == Some('&') && third == Some('\'') => quoted(TokenKind::String, rest, 2, '\'', false),
        'u' | 'U' if second == Some('&') && third == Some('"') => {
            quoted(TokenKind::QuotedIdentifier, rest, 2, '"', false)
        }
        '$' => dollar(rest, second),
        _ => scan_common(rest, first),
    }
}

fn scan_sqlite(rest: &str, first: char) -> Scan {
    let second = rest[first.len_utf8()..].chars().next();
    match first {
        '-' if second == Some('-') => line_comment(rest, &['\n']),
        '/' if second == Some('*') => match rest[2..].find("*/") {
            Some(end) => (TokenKind::Comment, end + 4, true),
            None => (TokenKind::Comment, rest.len(), false),
        },
        '\'' => quoted(TokenKind::String, rest, 0, '\'', false),
        '"' | '`' => quoted(TokenKind::QuotedIdentifier, rest, 0, first, false),
        '[' => match rest.find(']') {
            Some(end) => (TokenKind::QuotedIdentifier, end + 1, true),
            None => (TokenKind::QuotedIdentifier, rest.len(), false),
        },
        'x' | 'X' if second == Some('\'') => quoted(TokenKind::String, rest, 1, '\'', false),
        '?' => (TokenKind::Parameter, 1 + run(&rest[1..], |c| c.is_ascii_digit()), true),
        '$' | '@' | ':' if second.is_some_and(is_word_part) => {
            (TokenKind::Parameter, 1 + run(&rest[1..], is_word_part), true)
        }
        _ => scan_common(rest, first),
    }
}

fn scan_common(rest: &str, first: char) -> Scan {
    match first {
        c if is_space(c) => (TokenKind::Whitespace, run(rest, is_space), true),
        c if c.is_ascii_digit() => (TokenKind::Number, number(rest), true),
        c if is_word_start(c) => (TokenKind::Word, run(rest, is_word_part), true),
        c => (TokenKind::Symbol, c.len_utf8(), true),
    }
}

/// SQLite skips a byte order mark wherever it stands. Other blanks than those of ASCII are letters to both databases.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{feff}')
}

fn is_word_start(c: char) -> bool {
    c == '_' || c.is_ascii_alphabetic() || (!c.is_ascii() && !is_space(c))
}

fn is_word_part(c: char) -> bool {
    c == '$' || c.is_ascii_digit() || is_word_start(c)
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn number(rest: &str) -> usize {
    let mut end = run(rest, |c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
    // The sign of an exponent belongs to the number, that of a sum does not.
    let mantissa = &rest[..end];
    if mantissa.ends_with(['e', 'E']) && !mantissa.starts_with("0x") && rest[end..].starts_with(['+', '-']) {
        end += 1 + run(&rest[end + 1..], |c| c.is_ascii_digit());
    }
    end
}

fn line_comment(rest: &str, ends: &[char]) -> Scan {
    (TokenKind::Comment, rest.find(ends).unwrap_or(rest.len()), true)
}

/// A text between marks, doubled marks (and, with `escapes`, backslashes) inside.
fn quoted(kind: TokenKind, rest: &str, prefix: usize, mark: char, escapes: bool) -> Scan {
    let mut characters = rest.char_indices().skip(prefix + 1).peekable();
    while let Some((index, c)) = characters.next() {
        if escapes && c == '\\' {
            characters.next();
        } else if c == mark {
            if characters.peek().is_some_and(|(_, next)| *next == mark) {
                characters.next();
            } else {
                return (kind, index + 1, true);
            }
        }
    }
    (kind, rest.len(), false)
}

fn nested_comment(rest: &str) -> Scan {
    let bytes = rest.as_bytes();
    let (mut depth, mut index) = (0_usize, 0);
    while index + 1 < bytes.len() {
        match &bytes[index..index + 2] {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                index += 1;
                continue;
            }
        }
        index += 2;
        if depth == 0 {
            return (TokenKind::Comment, index, true);
        }
    }
    (TokenKind::Comment, rest.len(), false)
}

fn dollar(rest: &str, second: Option<char>) -> Scan {
    if second.is_some_and(|c| c.is_ascii_digit()) {
        return (TokenKind::Parameter, 1 + run(&rest[1..], |c| c.is_ascii_digit()), true);
    }
    let tag = match second {
        Some('$') => 0,
        Some(c) if is_word_start(c) => run(&rest[1..], |c| c != '$' && is_word_part(c)),
        _ => return (TokenKind::Symbol, 1, true),
    };
    if !rest[1 + tag..].starts_with('$') {
        return (TokenKind::Symbol, 1, true);
    }
    let mark = &rest[..tag + 2];
    match rest[mark.len()..].find(mark) {
        Some(end) => (TokenKind::DollarString, end + 2 * mark.len(), true),
        None => (TokenKind::DollarString, rest.len(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds(sql: &str, dialect: Dialect) -> Vec<(TokenKind, &str)> {
        let meaningful = tokens(sql, dialect).filter(|token| token.kind != TokenKind::Whitespace);
        meaningful.map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn marks_inside_other_marks_mean_nothing() {
        assert_eq!(
            kinds("'it''s' \"a\"\"b\" E'\\'' $x$ ' $y$ $x$ /* ' /* */ */ -- '\n1 U&\"a\" n'a'", Dialect::Postgres),
            [
                (TokenKind::String, "'it''s'"),
                (TokenKind::QuotedIdentifier, "\"a\"\"b\""),
                (TokenKind::String, "E'\\''"),
                (TokenKind::DollarString, "$x$ ' $y$ $x$"),
                (TokenKind::Comment, "/* ' /* */ */"),
                (TokenKind::Comment, "-- '"),
                (TokenKind::Number, "1"),
                (TokenKind::QuotedIdentifier, "U&\"a\""),
                (TokenKind::String, "n'a'"),
            ]
        );
    }

    #[test]
    fn sqlite_nests_no_comments_and_knows_other_quotes() {
        assert_eq!(
            kinds("/* x /* y */ INSERT [a ' b] `c``d` E'\\' $$ x'00' :a --\rz\n1", Dialect::Sqlite),
            [
                (TokenKind::Comment, "/* x /* y */"),
                (TokenKind::Word, "INSERT"),
                (TokenKind::QuotedIdentifier, "[a ' b]"),
                (TokenKind::QuotedIdentifier, "`c``d`"),
                (TokenKind::Word, "E"),
                (TokenKind::String, "'\\'"),
                (TokenKind::Parameter, "$$"),
                (TokenKind::String, "x'00'"),
                (TokenKind::Parameter, ":a"),
                (TokenKind::Comment, "--\rz"),
                (TokenKind::Number, "1"),
            ]
        );
        let brackets = [(TokenKind::Word, "a"), (TokenKind::Symbol, "["), (TokenKind::Number, "1")];
        assert_eq!(kinds("a[1", Dialect::Postgres), brackets);
    }

    #[test]
    fn numbers_keep_their_exponent_and_not_a_sum() {
        for dialect in Dialect::ALL {
            assert_eq!(
                kinds("1.5e-3 1-2", dialect),
                [
                    (TokenKind::Number, "1.5e-3"),
                    (TokenKind::Number, "1"),
                    (TokenKind::Symbol, "-"),
                    (TokenKind::Number, "2"),
                ]
            );
        }
        assert_eq!(kinds("$1", Dialect::Postgres), [(TokenKind::Parameter, "$1")]);
    }

    #[test]
    fn a_lone_carriage_return_ends_a_comment_of_postgres_and_a_byte_order_mark_is_blank() {
        let expected = [(TokenKind::Comment, "-- a"), (TokenKind::Word, "COMMIT")];
        assert_eq!(kinds("\u{feff}-- a\rCOMMIT", Dialect::Postgres), expected);
        // Only the blanks of ASCII divide words.
        assert_eq!(kinds("a\u{a0}b", Dialect::Postgres), [(TokenKind::Word, "a\u{a0}b")]);
    }

    #[test]
    fn what_is_not_closed_runs_to_the_end_and_says_so() {
        let postgres = ["'abc", "\"abc", "/* abc", "$a$ abc", "/* a /* b */"].map(|sql| (sql, Dialect::Postgres));
        let sqlite = ["'abc", "`abc", "[abc", "/* abc"].map(|sql| (sql, Dialect::Sqlite));
        for (sql, dialect) in postgres.into_iter().chain(sqlite) {
            let token = tokens(sql, dialect).next().unwrap();
            assert_eq!((token.text, token.terminated), (sql, false));
        }
    }

    proptest! {
        #[test]
        fn joined_tokens_are_the_text(sql in "(?s).*") {
            for dialect in Dialect::ALL {
                prop_assert_eq!(tokens(&sql, dialect).map(|token| token.text).collect::<String>(), sql.as_str());
            }
        }

        #[test]
        fn joined_tokens_of_sql_like_text_are_the_text(sql in "([-'\"`$/*a1 ;?E\\\\\n\\[\\]:@U&]|\\$a\\$|/\\*|\\*/|--)*") {
            for dialect in Dialect::ALL {
                prop_assert_eq!(tokens(&sql, dialect).map(|token| token.text).collect::<String>(), sql.as_str());
            }
        }
    }
}
