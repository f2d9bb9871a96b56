//! From a token to the name that the database reads in it.
//!
//! Does not say what the name is of: that is `references`.

use crate::{Dialect, Token, TokenKind};

impl Token<'_> {
    /// The name that the token is, as the database reads it: a quoted one without its quotes, a bare one folded as the
    /// dialect folds it. A keyword is a name as well; nothing else is.
    ///
    /// PostgreSQL folds bare names to lower case. SQLite keeps them and compares without regard to case: compare with
    /// [`Dialect::is_same_name`].
    #[must_use]
    pub fn name(&self, dialect: Dialect) -> Option<String> {
        match self.kind {
            TokenKind::QuotedIdentifier => Some(unquoted_identifier(self.text)),
            TokenKind::Word => Some(match dialect {
                Dialect::Postgres => self.text.to_ascii_lowercase(),
                Dialect::Sqlite => self.text.to_owned(),
            }),
            TokenKind::String
            | TokenKind::DollarString
            | TokenKind::Number
            | TokenKind::Parameter
            | TokenKind::Comment
            | TokenKind::Whitespace
            | TokenKind::Symbol => None,
        }
    }
}

/// The text between the quotes of a name, of whichever dialect.
fn unquoted_identifier(token: &str) -> String {
    if let Some(bracketed) = token.strip_prefix('[') {
        return bracketed.strip_suffix(']').unwrap_or(bracketed).to_owned();
    }
    let plain = token.trim_start_matches(['u', 'U']).trim_start_matches('&');
    let Some(mark) = plain.chars().next().filter(|mark| matches!(mark, '"' | '`')) else { return token.to_owned() };
    let inner = plain.strip_prefix(mark).map(|text| text.strip_suffix(mark).unwrap_or(text)).unwrap_or_default();
    let text = inner.replace(&mark.to_string().repeat(2), &mark.to_string());
    if plain.len() < token.len() { without_unicode_escapes(&text) } else { text }
}

/// `\0061` and `\+000061` as the characters they stand for.
fn without_unicode_escapes(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let (from, length) = if rest.starts_with('+') { (1, 6) } else { (0, 4) };
        let code = rest.get(from..from + length).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match code.and_then(char::from_u32) {
            Some(character) => {
                result.push(character);
                rest = &rest[from + length..];
            }
            None => {
                result.push('\\');
                rest = rest.strip_prefix('\\').unwrap_or(rest);
            }
        }
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use crate::{Dialect, tokens};

    fn names(sql: &str, dialect: Dialect) -> Vec<String> {
        tokens(sql, dialect).filter_map(|token| token.name(dialect)).collect()
    }

    #[test]
    fn bare_names_are_folded_as_the_dialect_folds_them() {
        assert_eq!(names("Price \"Price\" ÄB \"a\"\"b\"", Dialect::Postgres), ["price", "Price", "Äb", "a\"b"]);
        assert_eq!(names("Price [it's] `c``d` \"e\"", Dialect::Sqlite), ["Price", "it's", "c`d", "e"]);
        assert!(Dialect::Sqlite.is_same_name("Price", "PRICE") && !Dialect::Postgres.is_same_name("Price", "price"));
        assert!(!Dialect::Sqlite.is_same_name("Ä", "ä"));
    }

    #[test]
    fn unicode_escapes_are_read() {
        assert_eq!(names("U&\"d\\0061t\\+000061\\\\\" 'x'", Dialect::Postgres), ["data\\"]);
    }
}
