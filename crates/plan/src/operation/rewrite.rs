//! Column names inside SQL texts: found and replaced token by token.
//!
//! Strings, comments and function names are left alone; nothing is parsed beyond tokens.

use makemigrations_sql::{Token, TokenKind, quote_identifier, tokens};

/// Whether a SQL text names the column.
#[must_use]
pub fn mentions(text: &str, column: &str) -> bool {
    let tokens: Vec<_> = tokens(text).collect();
    (0..tokens.len()).any(|index| names(&tokens, index, column))
}

/// The text with every mention of the column `from` replaced by `to`.
pub(super) fn rename_column(text: &str, from: &str, to: &str) -> String {
    let tokens: Vec<_> = tokens(text).collect();
    let mut result = String::with_capacity(text.len());
    for (index, token) in tokens.iter().enumerate() {
        if !names(&tokens, index, from) {
            result.push_str(token.text);
        } else if token.kind == TokenKind::Word && is_plain(to) {
            result.push_str(to);
        } else {
            result.push_str(&quote_identifier(to));
        }
    }
    result
}

/// Whether the token at `index` is the column. A bare word is folded to lower case as PostgreSQL does; a word before `(`
/// is a function.
fn names(tokens: &[Token<'_>], index: usize, column: &str) -> bool {
    let token = &tokens[index];
    match token.kind {
        TokenKind::QuotedIdentifier => token.text == quote_identifier(column),
        TokenKind::Word => {
            let next = tokens[index + 1..].iter().find(|token| token.kind != TokenKind::Whitespace);
            let is_call = next.is_some_and(|token| token.text == "(");
            !is_call && (token.text == column || token.text.to_lowercase() == column)
        }
        _ => false,
    }
}

/// Whether the name means itself without quotes.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_column_is_renamed() {
        let text = r#"price > 0 AND "price" < 9 AND note <> 'price' AND price(1) > 0 -- price"#;
        let renamed = rename_column(text, "price", "cost");
        assert_eq!(renamed, r#"cost > 0 AND "cost" < 9 AND note <> 'price' AND price(1) > 0 -- price"#);
        assert_eq!(rename_column("price > 0", "price", "unitPrice"), r#""unitPrice" > 0"#);
    }

    #[test]
    fn bare_words_are_folded_and_quoted_ones_are_not() {
        assert!(mentions("PRICE > 0", "price"));
        assert!(!mentions("\"PRICE\" > 0", "price"));
        assert!(mentions("\"createdAt\" IS NULL", "createdAt"));
    }
}
