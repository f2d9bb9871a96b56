//! Pieces of SQL that are neither names, which are quoted, nor expressions: operators, operator classes, storage
//! parameters, types. They stay in their place.
//!
//! Whether the database has them is for the database to say. All but types are PostgreSQL's alone.

use makemigrations_sql::{Token, TokenKind, tokens};

use crate::model::Dialect;

/// The characters of PostgreSQL's operators.
const OPERATOR: &str = "+-*/<>=~!@#%^&|`?";

/// Words that begin another clause of a column's definition.
const CLAUSES: [&str; 12] = [
    "not",
    "null",
    "default",
    "check",
    "references",
    "primary",
    "unique",
    "generated",
    "constraint",
    "using",
    "foreign",
    "exclude",
];

/// What is wrong with an operator class: a name, perhaps with its SQL schema, perhaps with parameters in parentheses.
pub(super) fn flaw_of_operator_class(text: &str) -> Option<&'static str> {
    let found = significant(text, Dialect::Postgres);
    let end = name_length(&found);
    let rest = found.get(end..).unwrap_or_default();
    let fits = end > 0
        && (rest.is_empty() || {
            let inner = rest.strip_prefix_symbol("(").and_then(|rest| rest.strip_suffix_symbol(")"));
            inner.is_some_and(|inner| inner.split(|token| token.text == ",").all(is_parameter))
        });
    (!fits).then_some("expected the name of an operator class, with parameters in parentheses if it has any")
}

/// What is wrong with the name of a storage parameter.
pub(super) fn flaw_of_parameter_name(text: &str) -> Option<&'static str> {
    let found = significant(text, Dialect::Postgres);
    let fits = !found.is_empty() && name_length(&found) == found.len();
    (!fits).then_some("expected the name of a storage parameter")
}

/// What is wrong with the value of a storage parameter.
pub(super) fn flaw_of_parameter_value(text: &str) -> Option<&'static str> {
    (!is_parameter_value(&significant(text, Dialect::Postgres)))
        .then_some("expected a number, a word or a string in quotes")
}

/// What is wrong with an operator: its characters, or `OPERATOR(schema.&&)`.
pub(super) fn flaw_of_operator(text: &str) -> Option<&'static str> {
    let found = significant(text, Dialect::Postgres);
    let is_bare = is_operator(text);
    let is_qualified = found.first().is_some_and(|token| token.is_word("operator"))
        && found
            .get(1..)
            .unwrap_or_default()
            .strip_prefix_symbol("(")
            .and_then(|rest| rest.strip_suffix_symbol(")"))
            .is_some_and(|inner| {
                let name = inner.iter().take_while(|token| is_name(token) || token.text == ".").count();
                let symbols: String = inner[name..].iter().map(|token| token.text).collect();
                is_operator(&symbols)
            });
    (!is_bare && !is_qualified).then_some("expected an operator: `with = \"&&\"`")
}

fn is_operator(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| OPERATOR.contains(c)) && !text.contains("--") && !text.contains("/*")
}

/// What is wrong with the SQL text of a type: names, lengths in parentheses, `[]`. Nothing else of a column's definition.
pub(super) fn flaw_of_type(text: &str, dialect: Dialect) -> Option<&'static str> {
    let mut depth = 0_usize;
    for token in significant(text, dialect) {
        match token.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            "." | "[" | "]" => {}
            _ if CLAUSES.iter().any(|word| token.is_word(word)) => {
                return Some("expected a type alone: what else a column is has keys of its own");
            }
            _ if is_name(&token) || token.kind == TokenKind::Number => {}
            _ => return Some("expected a type: names, lengths in parentheses and `[]`"),
        }
    }
    None
}

fn significant(text: &str, dialect: Dialect) -> Vec<Token<'_>> {
    tokens(text, dialect).filter(|token| token.kind != TokenKind::Whitespace).collect()
}

fn is_name(token: &Token<'_>) -> bool {
    token.terminated && matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
}

/// Tokens of the name at the start: words with dots between them.
fn name_length(found: &[Token<'_>]) -> usize {
    if !found.first().is_some_and(is_name) {
        return 0;
    }
    let more = found[1..].chunks(2).take_while(|pair| matches!(pair, [dot, name] if dot.text == "." && is_name(name)));
    1 + 2 * more.count()
}

/// `name = value`.
fn is_parameter(found: &[Token<'_>]) -> bool {
    match found {
        [name, equals, value @ ..] => is_name(name) && equals.text == "=" && is_parameter_value(value),
        _ => false,
    }
}

fn is_parameter_value(found: &[Token<'_>]) -> bool {
    match found {
        [one] => one.terminated && matches!(one.kind, TokenKind::Word | TokenKind::Number | TokenKind::String),
        [sign, number] => matches!(sign.text, "-" | "+") && number.kind == TokenKind::Number,
        _ => false,
    }
}

/// Slices of tokens without a symbol at one end.
trait Bracketed {
    fn strip_prefix_symbol(&self, symbol: &str) -> Option<&Self>;
    fn strip_suffix_symbol(&self, symbol: &str) -> Option<&Self>;
}

impl Bracketed for [Token<'_>] {
    fn strip_prefix_symbol(&self, symbol: &str) -> Option<&Self> {
        self.split_first().filter(|(first, _)| first.text == symbol).map(|(_, rest)| rest)
    }

    fn strip_suffix_symbol(&self, symbol: &str) -> Option<&Self> {
        self.split_last().filter(|(last, _)| last.text == symbol).map(|(_, rest)| rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operator_classes_are_names_with_parameters() {
        for fine in ["text_ops", "public.gist_trgm_ops", "\"My ops\"", "gist_trgm_ops(siglen = 32)", "a.b (c=1, d='x')"]
        {
            assert_eq!(flaw_of_operator_class(fine), None, "{fine}");
        }
        for bad in
            ["", "a b", "a DESC", "a)", "a); drop table b; --", "a -- b", "a(b)", "a(b=c d)", "a.", "a, b", "a(b=1"]
        {
            assert!(flaw_of_operator_class(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn parameters_are_a_name_and_a_value() {
        for fine in ["70", "0.5", "-1", "off", "'a b'"] {
            assert_eq!(flaw_of_parameter_value(fine), None, "{fine}");
        }
        for bad in ["", "70)", "70, b = 1", "70 -- a", "'a", "a b", "a()", "70); drop table b"] {
            assert!(flaw_of_parameter_value(bad).is_some(), "{bad}");
        }
        assert_eq!(flaw_of_parameter_name("toast.autovacuum_enabled"), None);
        assert!(flaw_of_parameter_name("fillfactor = 70, b").is_some() && flaw_of_parameter_name("").is_some());
    }

    #[test]
    fn operators_are_operators() {
        for fine in ["=", "&&", "-|-", "<->", "OPERATOR(pg_catalog.&&)", "operator ( = )"] {
            assert_eq!(flaw_of_operator(fine), None, "{fine}");
        }
        for bad in ["", "a", "= , b WITH =", "=)", "--", "/*", "OPERATOR(a)", "OPERATOR(=) , b"] {
            assert!(flaw_of_operator(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_type_is_nothing_else() {
        for fine in ["vector(3)", "geometry(Point, 4326)", "\"My type\"", "a.b[]", "INT UNSIGNED", "numeric(3, -1)"] {
            assert_eq!(flaw_of_type(fine, Dialect::Sqlite), None, "{fine}");
        }
        for bad in ["integer, b integer", "integer NOT NULL", "text DEFAULT 'a'", "text CHECK (true)", "a = b", "'a'"] {
            assert!(flaw_of_type(bad, Dialect::Sqlite).is_some(), "{bad}");
        }
    }
}
