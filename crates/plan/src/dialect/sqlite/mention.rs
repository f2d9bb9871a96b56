//! Which names a SQL text may mean, as SQLite resolves them: without regard to case, quoted or not.
//!
//! Errs on the side of finding: a function or keyword of the same spelling counts too, which costs a rebuild and never a
//! refused statement.

use makemigrations_sql::{TokenKind, tokens};

/// Whether the text may name `name`.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    tokens(text).any(|token| match token.kind {
        TokenKind::Word => token.text.eq_ignore_ascii_case(name),
        TokenKind::QuotedIdentifier => unquoted(token.text).eq_ignore_ascii_case(name),
        TokenKind::String
        | TokenKind::DollarString
        | TokenKind::Number
        | TokenKind::Parameter
        | TokenKind::Comment
        | TokenKind::Whitespace
        | TokenKind::Symbol => false,
    })
}

/// Whether the text may read the table: it has a query, and the name in it.
pub(super) fn reads(text: &str, table: &str) -> bool {
    mentions(text, "select") && mentions(text, table)
}

fn unquoted(token: &str) -> String {
    let mark = &token[..1];
    let inner = token.strip_prefix(mark).map(|rest| rest.strip_suffix(mark).unwrap_or(rest));
    inner.unwrap_or_default().replace(&mark.repeat(2), mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_not_in_strings() {
        assert!(mentions("PRICE > 0", "price"));
        assert!(mentions("\"createdAt\" > 0 AND `createdat` < 1", "CREATEDAT"));
        assert!(mentions("\"a\"\"\" > 0", "a\""));
        assert!(!mentions("note <> 'price'", "price"));
    }

    #[test]
    fn a_table_is_read_only_by_a_query() {
        assert!(reads("(SELECT max(id) FROM \"user\")", "user"));
        assert!(!reads("lower(user)", "user"));
    }
}
