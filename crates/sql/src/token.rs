//! The lexer: a text to its tokens.
//!
//! Accepts what PostgreSQL and SQLite accept; where they differ (`[` opens a name in SQLite and a subscript in
//! PostgreSQL) the token is a plain symbol.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A keyword or a bare name.
    Word,
    /// `"name"` or `` `name` ``.
    QuotedIdentifier,
    /// `'text'`, also with a prefix as in `E'text'`.
    String,
    /// `$tag$text$tag$`.
    DollarString,
    /// A number.
    Number,
    /// `$1`, `?1`.
    Parameter,
    /// `-- to the end of the line` or `/* nested */`.
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

    /// Whether it carries no meaning of its own.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        matches!(self.kind, TokenKind::Whitespace | TokenKind::Comment)
    }
}

/// The tokens of a text, in order.
#[must_use]
pub fn tokens(sql: &str) -> Tokens<'_> {
    Tokens { sql, position: 0 }
}

/// Iterator over the tokens of a text. Joined, their texts are the text.
#[derive(Debug, Clone)]
pub struct Tokens<'a> {
    sql: &'a str,
    position: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let rest = &self.sql[self.position..];
        let first = rest.chars().next()?;
        let (kind, length, terminated) = scan(rest, first);
        let start = self.position;
        self.position += length;
        Some(Token { kind, text: &self.sql[start..self.position], start, terminated })
    }
}

fn scan(rest: &str, first: char) -> (TokenKind, usize, bool) {
    let second = rest[first.len_utf8()..].chars().next();
    match first {
        c if is_space(c) => (TokenKind::Whitespace, run(rest, is_space), true),
        // PostgreSQL ends the comment at a lone CR as well: what follows is run.
        '-' if second == Some('-') => (TokenKind::Comment, rest.find(['\n', '\r']).unwrap_or(rest.len()), true),
        '/' if second == Some('*') => block_comment(rest),
        '\'' => quoted(TokenKind::String, rest, 0, '\'', false),
        '"' => quoted(TokenKind::QuotedIdentifier, rest, 0, '"', false),
        '`' => quoted(TokenKind::QuotedIdentifier, rest, 0, '`', false),
        'e' | 'E' if second == Some('\'') => quoted(TokenKind::String, rest, 1, '\'', true),
        'b' | 'B' | 'x' | 'X' | 'n' | 'N' if second == Some('\'') => quoted(TokenKind::String, rest, 1, '\'', false),
        '$' => dollar(rest, second),
        '?' => (TokenKind::Parameter, 1 + run(&rest[1..], |c| c.is_ascii_digit()), true),
        c if c.is_ascii_digit() => (TokenKind::Number, number(rest), true),
        c if is_word_start(c) => (TokenKind::Word, run(rest, is_word_part), true),
        c => (TokenKind::Symbol, c.len_utf8(), true),
    }
}

/// SQLite skips a byte order mark wherever it stands.
fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

fn is_word_start(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn is_word_part(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphanumeric()
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

/// A text between marks, doubled marks (and, with `escapes`, backslashes) inside.
fn quoted(kind: TokenKind, rest: &str, prefix: usize, mark: char, escapes: bool) -> (TokenKind, usize, bool) {
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

fn block_comment(rest: &str) -> (TokenKind, usize, bool) {
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

fn dollar(rest: &str, second: Option<char>) -> (TokenKind, usize, bool) {
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

    fn kinds(sql: &str) -> Vec<(TokenKind, &str)> {
        tokens(sql).filter(|token| token.kind != TokenKind::Whitespace).map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn marks_inside_other_marks_mean_nothing() {
        assert_eq!(
            kinds("'it''s' \"a\"\"b\" E'\\'' $x$ ' $y$ $x$ /* ' /* */ */ -- '\n1"),
            [
                (TokenKind::String, "'it''s'"),
                (TokenKind::QuotedIdentifier, "\"a\"\"b\""),
                (TokenKind::String, "E'\\''"),
                (TokenKind::DollarString, "$x$ ' $y$ $x$"),
                (TokenKind::Comment, "/* ' /* */ */"),
                (TokenKind::Comment, "-- '"),
                (TokenKind::Number, "1"),
            ]
        );
    }

    #[test]
    fn numbers_keep_their_exponent_and_not_a_sum() {
        assert_eq!(
            kinds("1.5e-3 1-2 $1"),
            [
                (TokenKind::Number, "1.5e-3"),
                (TokenKind::Number, "1"),
                (TokenKind::Symbol, "-"),
                (TokenKind::Number, "2"),
                (TokenKind::Parameter, "$1"),
            ]
        );
    }

    #[test]
    fn a_lone_carriage_return_ends_a_comment_and_a_byte_order_mark_is_blank() {
        assert_eq!(kinds("\u{feff}-- a\rCOMMIT"), [(TokenKind::Comment, "-- a"), (TokenKind::Word, "COMMIT")]);
    }

    #[test]
    fn what_is_not_closed_runs_to_the_end_and_says_so() {
        for sql in ["'abc", "\"abc", "/* abc", "$a$ abc"] {
            let token = tokens(sql).next().unwrap();
            assert_eq!((token.text, token.terminated), (sql, false));
        }
    }

    proptest! {
        #[test]
        fn joined_tokens_are_the_text(sql in "(?s).*") {
            prop_assert_eq!(tokens(&sql).map(|token| token.text).collect::<String>(), sql);
        }

        #[test]
        fn joined_tokens_of_sql_like_text_are_the_text(sql in "([-'\"`$/*a1 ;?E\\\\\n]|\\$a\\$|/\\*|\\*/|--)*") {
            prop_assert_eq!(tokens(&sql).map(|token| token.text).collect::<String>(), sql);
        }
    }
}
