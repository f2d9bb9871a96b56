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
