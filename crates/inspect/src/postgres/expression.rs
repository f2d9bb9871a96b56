//! Expressions as PostgreSQL prints them, as the format holds them.
//!
//! Nothing is taken apart: only the blanks and the parentheses around all of it go.

use makemigrations_sql::{Dialect, tokens};

/// The text without the blanks (a `CASE` starts on a new line) and the parentheses around all of it.
pub(super) fn bare(text: &str) -> &str {
    let text = text.trim();
    let mut depth = 0_usize;
    for token in tokens(text, Dialect::Postgres) {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        // Closed before its end: what stands first is not around all of it.
        if depth == 0 && token.start + token.text.len() < text.len() {
            return text;
        }
    }
    text.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn only_parentheses_around_all_of_it_go() {
        assert_eq!(bare("(a > 0)"), "a > 0");
        assert_eq!(bare("(a > 0) AND (b > 0)"), "(a > 0) AND (b > 0)");
        assert_eq!(bare("((a > 0) AND (b > 0))"), "(a > 0) AND (b > 0)");
        assert_eq!(bare("(a = ')'::text)"), "a = ')'::text");
        assert_eq!(bare("lower(a)"), "lower(a)");
        assert_eq!(bare("a"), "a");
        assert_eq!(bare("\nCASE\nEND"), "CASE\nEND");
    }
}
