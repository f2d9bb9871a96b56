//! Whether two texts are the same SQL to the database's own reader.
//!
//! Knows no grammar: what may be left out or turned round without a change of meaning is a difference here.

use crate::{Dialect, Token, TokenKind, reserved::is_reserved, tokens};

/// Whether two texts differ in nothing but blanks, comments, the quotes around names, and the case of keywords and of names
/// that the dialect compares without regard to it.
#[must_use]
pub fn is_same_sql(one: &str, other: &str, dialect: Dialect) -> bool {
    let meaningful = |sql| tokens(sql, dialect).filter(|token: &Token<'_>| !token.is_blank());
    let (mut one, mut other) = (meaningful(one), meaningful(other));
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if is_same_token(&one, &other, dialect) => {}
            _ => return false,
        }
    }
}

fn is_same_token(one: &Token<'_>, other: &Token<'_>, dialect: Dialect) -> bool {
    let is_keyword = |token: &Token<'_>| token.kind == TokenKind::Word && is_reserved(token.text, dialect);
    match (one.name(dialect), other.name(dialect)) {
        _ if one.text == other.text => true,
        // A keyword in quotes is a name.
        (Some(name), Some(other_name)) => {
            is_keyword(one) == is_keyword(other) && dialect.is_same_name(&name, &other_name)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_comments_quotes_and_case_make_no_difference() {
        let same = |one, other| is_same_sql(one, other, Dialect::Sqlite);
        assert!(same("\"b\" > 0", "B  >\t0 /* why */"));
        assert!(same("[b] IS NOT NULL -- x\n", "b is not null"));
        assert!(same("`a``b` = 'X'", "\"a`b\" = 'X'"));
        for (one, other) in [("a = 'x'", "a = 'X'"), ("\"null\"", "null"), ("a", "a b"), ("a > 1", "a > 1.0")] {
            assert!(!same(one, other), "{one}");
        }
        assert!(is_same_sql("Price > 0", "\"price\" > 0", Dialect::Postgres));
        assert!(!is_same_sql("\"Price\" > 0", "price > 0", Dialect::Postgres));
    }
}
