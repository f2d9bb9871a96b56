//! Names and texts as SQL.
//!
//! Standard quoting only: it reads the same in every dialect.

/// `a"b` as `"a""b"`.
#[must_use]
pub fn quote_identifier(name: &str) -> String {
    quote(name, '"')
}

/// `it's` as `'it''s'`.
#[must_use]
pub fn quote_literal(text: &str) -> String {
    quote(text, '\'')
}

fn quote(text: &str, mark: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(mark);
    for character in text.chars() {
        if character == mark {
            quoted.push(mark);
        }
        quoted.push(character);
    }
    quoted.push(mark);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, TokenKind, tokens};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_quoted_is_one_token(text in "(?s).*") {
            for (quoted, kind) in [
                (quote_identifier(&text), TokenKind::QuotedIdentifier),
                (quote_literal(&text), TokenKind::String),
            ] {
                for dialect in Dialect::ALL {
                    let found: Vec<_> = tokens(&quoted, dialect).collect();
                    prop_assert_eq!(found.len(), 1);
                    prop_assert!(found[0].kind == kind && found[0].terminated);
                }
            }
        }
    }
}
