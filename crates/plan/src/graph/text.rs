//! What one SQL text has: names as the dialect compares them, columns that it may mean, bodies of functions, strings.
//!
//! A text is not parsed, and nothing here knows a schema: what the names are of is `reference`'s.

use std::collections::BTreeSet;

use makemigrations_sql::{ReferenceRole, Token, TokenKind, references, tokens};

use crate::model::Dialect;

/// The words of a text as the dialect compares them, outside of strings and comments.
pub(super) fn words(dialect: Dialect, text: &str) -> BTreeSet<String> {
    let names = tokens(text, dialect).filter_map(|token| token.name(dialect));
    names.map(|name| dialect.name_key(&name).into_owned()).collect()
}

/// The names in a SQL text, whatever they are of.
#[derive(Debug)]
pub(crate) struct Names {
    dialect: Dialect,
    keys: BTreeSet<String>,
}

impl Names {
    /// Whether the database would take one of them for `name`.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.keys.contains(self.dialect.name_key(name).as_ref())
    }
}

/// Every identifier of a text as a database reads it, those in strings, comments and bodies aside.
pub(crate) fn names_in(dialect: Dialect, text: &str) -> Names {
    Names { dialect, keys: words(dialect, text) }
}

/// Whether a text has the name, whatever it is of.
pub(crate) fn has_name(dialect: Dialect, text: &str, name: &str) -> bool {
    names_in(dialect, text).contains(name)
}

/// The words of the bodies in a text: of functions, in dollar quotes or in a string after `AS`. A database that checks them
/// when it creates a function wants what they name to be there; nothing depends on it afterwards.
pub(super) fn body_words(dialect: Dialect, text: &str) -> BTreeSet<String> {
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
pub(crate) fn string_value(token: Token<'_>) -> String {
    let text = token.text.trim_start_matches(['e', 'E']);
    let inner = text.strip_prefix('\'').map_or(text, |text| text.strip_suffix('\'').unwrap_or(text));
    inner.replace("''", "'")
}

/// What the strings of a text mean.
pub(super) fn strings(dialect: Dialect, text: &str) -> Vec<String> {
    tokens(text, dialect).filter(|token| token.kind == TokenKind::String).map(string_value).collect()
}

/// Whether a SQL text may name the column: everything counts that is spelled like it, but for functions and types.
#[must_use]
pub fn names_column(dialect: Dialect, text: &str, column: &str) -> bool {
    possible(dialect, text).any(|name| dialect.is_same_name(&name, column))
}

/// Whether a SQL text has the label as a string, alone or inside an array's text.
#[must_use]
pub fn has_literal(dialect: Dialect, text: &str, label: &str) -> bool {
    tokens(text, dialect).filter(|token| token.kind == TokenKind::String).any(|token| {
        let inner = string_value(token);
        inner == label || is_in_array(&inner, label)
    })
}

/// Whether the text of an array may have the label among its items, as it is or with its quotes and backslashes escaped.
#[must_use]
pub fn is_in_array(text: &str, label: &str) -> bool {
    text.starts_with('{') && (text.contains(label) || (text.contains('\\') && unescaped(text).contains(label)))
}

/// The text of an array or of an item without the backslashes that keep what follows them as it is.
pub(crate) fn unescaped(text: &str) -> String {
    let mut characters = text.chars();
    let next = |_| characters.next().map(|c| if c == '\\' { characters.next().unwrap_or(c) } else { c });
    (0..).map_while(next).collect()
}

/// The keys of all names that may be a column's.
pub(super) fn possible_columns(dialect: Dialect, text: &str) -> BTreeSet<String> {
    possible(dialect, text).map(|name| dialect.name_key(&name).into_owned()).collect()
}

/// Every name that may be a column's: all but functions and types.
fn possible(dialect: Dialect, text: &str) -> impl Iterator<Item = String> {
    let found = references(text, dialect).into_iter().filter(|found| match found.role {
        ReferenceRole::Function | ReferenceRole::Type => false,
        ReferenceRole::Column
        | ReferenceRole::Qualifier
        | ReferenceRole::Relation
        | ReferenceRole::Alias
        | ReferenceRole::Other => true,
    });
    found.map(|found| found.name)
}

/// The columns that a query names without saying of which table: a new column of that name would be meant as well.
pub(super) fn bare_columns(dialect: Dialect, text: &str) -> BTreeSet<String> {
    let found = references(text, dialect).into_iter();
    let bare = found.filter(|found| found.role == ReferenceRole::Column && found.qualifier.is_none());
    bare.map(|found| dialect.name_key(&found.name).into_owned()).collect()
}

/// Whether a text reads all columns of something, `SELECT *` or `t.*`; `count(*)` and products do not.
pub(crate) fn reads_all_columns(dialect: Dialect, text: &str) -> bool {
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

    #[test]
    fn a_label_is_found_in_an_array_with_its_quotes_escaped() {
        assert!(has_literal(Dialect::Postgres, r#"'{"\"q\""}'::level[]"#, r#""q""#));
        assert!(has_literal(Dialect::Postgres, "'{a,b}'", "b"));
        assert!(!has_literal(Dialect::Postgres, "'a,b'", "b"));
    }

    #[test]
    fn bare_words_are_folded_and_quoted_ones_are_not() {
        assert!(names_column(Dialect::Postgres, "PRICE > 0", "price"));
        assert!(!names_column(Dialect::Postgres, "\"PRICE\" > 0", "price"));
        assert!(names_column(Dialect::Postgres, "\"createdAt\" IS NULL", "createdAt"));
    }

    #[test]
    fn names_are_those_outside_of_strings_and_bodies() {
        let found = names_in(Dialect::Postgres, r#"SELECT "Ticket".id, 'organization' FROM TICKET AS t -- property"#);
        assert!(["Ticket", "ticket", "id", "t"].iter().all(|name| found.contains(name)), "{found:?}");
        assert!(!found.contains("organization") && !found.contains("property"), "{found:?}");
        assert!(!names_in(Dialect::Postgres, "CREATE FUNCTION f() AS $$ SELECT 1 FROM ticket $$").contains("ticket"));
    }

    #[test]
    fn sqlite_compares_names_in_any_case_and_quotes() {
        let has = |text: &str, name: &str| names_in(Dialect::Sqlite, text).contains(name);
        assert!(has("PRICE > 0", "price"));
        assert!(has("\"createdAt\" > 0 AND `createdat` < 1 AND [a b] > 0", "CREATEDAT"));
        assert!(has("[a b] > 0 AND \"a\"\"\" > 0", "A B"));
        assert!(has("\"a\"\"\" > 0", "a\""));
        assert!(!has("note <> 'price'", "price"));
    }
}
