//! What one SQL text has: names as the dialect compares them, columns that it may mean, bodies of functions, strings.
//!
//! A text is not parsed, and nothing here knows a schema: what the names are of is `reference`'s.

use std::collections::BTreeSet;

use makemigrations_sql::{ReferenceRole, Token, TokenKind, references, tokens};

use crate::model::Dialect;

/// The words of a text as the dialect compares them, outside of strings and comments.
pub(crate) fn words(dialect: Dialect, text: &str) -> BTreeSet<String> {
    let names = tokens(text, dialect).filter_map(|token| token.name(dialect));
    names.map(|name| dialect.name_key(&name).into_owned()).collect()
}

/// The words of the bodies in a text: of functions, in dollar quotes or in a string after `AS`. A database that checks them
/// when it creates a function wants what they name to be there; nothing depends on it afterwards.
pub(crate) fn body_words(dialect: Dialect, text: &str) -> BTreeSet<String> {
    bodies(dialect, text).iter().flat_map(|body| words(dialect, body)).collect()
}

/// The bodies in a text, without what quotes them.
pub(super) fn bodies(dialect: Dialect, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut follows_as = false;
    for token in tokens(text, dialect).filter(|token| !token.is_blank()) {
        match token.kind {
            TokenKind::DollarString => found.push(dollar_body(token)),
            TokenKind::String if follows_as => found.push(string_value(token)),
            _ => {}
        }
        follows_as = token.is_word("as");
    }
    found
}

fn dollar_body(token: Token<'_>) -> String {
    let Some(rest) = token.text.strip_prefix('$') else { return String::new() };
    let Some((tag, rest)) = rest.split_once('$') else { return String::new() };
    rest.strip_suffix(&format!("${tag}$")).unwrap_or(rest).to_owned()
}

/// What a string means, escapes of `E''` aside.
fn string_value(token: Token<'_>) -> String {
    let text = token.text.trim_start_matches(['e', 'E']);
    let inner = text.strip_prefix('\'').map_or(text, |text| text.strip_suffix('\'').unwrap_or(text));
    inner.replace("''", "'")
}

/// What the strings of a text mean.
pub(super) fn strings(dialect: Dialect, text: &str) -> Vec<String> {
    tokens(text, dialect).filter(|token| token.kind == TokenKind::String).map(string_value).collect()
}

/// Every name that may be a column's: all but functions and types.
pub(super) fn possible_columns(dialect: Dialect, text: &str) -> BTreeSet<String> {
    let found = references(text, dialect).into_iter().filter(|found| match found.role {
        ReferenceRole::Function | ReferenceRole::Type => false,
        ReferenceRole::Column
        | ReferenceRole::Qualifier
        | ReferenceRole::Relation
        | ReferenceRole::Alias
        | ReferenceRole::Other => true,
    });
    found.map(|found| dialect.name_key(&found.name).into_owned()).collect()
}

/// The columns that a query names without saying of which table: a new column of that name would be meant as well.
pub(super) fn bare_columns(dialect: Dialect, text: &str) -> BTreeSet<String> {
    let found = references(text, dialect).into_iter();
    let bare = found.filter(|found| found.role == ReferenceRole::Column && found.qualifier.is_none());
    bare.map(|found| dialect.name_key(&found.name).into_owned()).collect()
}

/// Whether a text reads all columns of something, `SELECT *` or `t.*`; `count(*)` and products do not.
pub(super) fn reads_all_columns(dialect: Dialect, text: &str) -> bool {
    let all: Vec<Token<'_>> = tokens(text, dialect).filter(|token| !token.is_blank()).collect();
    all.iter().enumerate().filter(|(_, token)| token.is_symbol("*")).any(|(index, _)| {
        let before = index.checked_sub(1).and_then(|index| all.get(index));
        let ends =
            |token: &Token<'_>| [",", ")", ";"].iter().any(|mark| token.is_symbol(mark)) || token.is_word("from");
        before.is_some_and(|token| {
            ["select", "distinct", "all"].iter().any(|word| token.is_word(word))
                || token.is_symbol(",")
                || token.is_symbol(".")
                // `DISTINCT ON (a) *`
                || (token.is_symbol(")") && all.get(index + 1).is_none_or(ends))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_read_in_dollar_quotes_and_after_as() {
        let of = |text: &str| body_words(Dialect::Postgres, text).into_iter().collect::<Vec<_>>();
        assert_eq!(of("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $body$ SELECT g() $body$"), ["g", "select"]);
        assert_eq!(
            of("CREATE FUNCTION f() RETURNS text LANGUAGE sql AS 'SELECT \"G\"(''x'')' COST 1"),
            ["G", "select"]
        );
        assert!(of("COMMENT ON TABLE ticket IS 'open tickets'").is_empty());
    }

    #[test]
    fn all_columns_are_those_of_a_star_and_no_products() {
        for (text, expected) in [
            ("SELECT * FROM a", true),
            ("SELECT a.* FROM a", true),
            ("SELECT 1, * FROM a", true),
            ("SELECT DISTINCT ON (b) * FROM a", true),
            ("SELECT count(*) FROM a", false),
            ("SELECT (b + 1) * c, 2 * 3, b * 4 FROM a -- *", false),
            ("SELECT '*' FROM a", false),
        ] {
            assert_eq!(reads_all_columns(Dialect::Postgres, text), expected, "{text}");
        }
    }
}
