//! Names inside SQL texts: of columns, of the table itself, of types and enum labels, found and replaced token by token.
//!
//! Comments and function names are left alone; nothing is parsed beyond tokens.

use makemigrations_sql::{Token, TokenKind, is_plain_name, quote_identifier, quote_literal, tokens};

use crate::model::{DefaultValue, IndexTarget, Table};

/// Calls `change` with every default that is an expression. It reads no column: a word in it is something else.
pub(super) fn each_default(table: &mut Table, change: &mut dyn FnMut(&mut String)) {
    for column in table.columns.values_mut() {
        if let Some(DefaultValue::Expression(text)) = &mut column.default {
            change(text);
        }
    }
}

/// Calls `change` with every SQL text over a row of the table: generated columns, checks, indexes, exclusion constraints.
pub(super) fn each_text(table: &mut Table, change: &mut dyn FnMut(&mut String)) {
    for generated in table.columns.values_mut().filter_map(|column| column.generated.as_mut()) {
        change(&mut generated.expression);
    }
    table.checks.values_mut().for_each(|check| change(&mut check.expression));
    let mut target = |target: &mut IndexTarget| match target {
        IndexTarget::Expression(text) => change(text),
        IndexTarget::Column(_) => {}
    };
    for index in table.indexes.values_mut() {
        index.columns.iter_mut().for_each(|element| target(&mut element.target));
    }
    for exclusion in table.exclusions.values_mut() {
        exclusion.elements.iter_mut().for_each(|element| target(&mut element.target));
    }
    table.indexes.values_mut().filter_map(|index| index.predicate.as_mut()).for_each(&mut *change);
    table.exclusions.values_mut().filter_map(|exclusion| exclusion.predicate.as_mut()).for_each(change);
}

/// Whether a SQL text names the column.
#[must_use]
pub fn mentions(text: &str, column: &str) -> bool {
    let tokens: Vec<_> = tokens(text).collect();
    (0..tokens.len()).any(|index| names(&tokens, index, column))
}

/// Whether a SQL text has the label as a string, alone or inside an array's text.
#[must_use]
pub fn has_literal(text: &str, label: &str) -> bool {
    tokens(text).filter(|token| token.kind == TokenKind::String).any(|token| {
        let inner = unquoted(token.text);
        inner == label || is_in_array(&inner, label)
    })
}

/// Whether the text of an array may have the label among its items, as it is or with its quotes and backslashes escaped.
#[must_use]
pub fn is_in_array(text: &str, label: &str) -> bool {
    text.starts_with('{') && (text.contains(label) || (text.contains('\\') && unescaped(text).contains(label)))
}

/// The text of an array or of an item without the backslashes that keep what follows them as it is.
fn unescaped(text: &str) -> String {
    let mut characters = text.chars();
    let next = |_| characters.next().map(|c| if c == '\\' { characters.next().unwrap_or(c) } else { c });
    (0..).map_while(next).collect()
}

/// The text with every mention of the column `from` replaced by `to`.
pub(super) fn rename_column(text: &str, from: &str, to: &str) -> String {
    replace(text, to, |tokens, index| names(tokens, index, from))
}

/// The text with the table's name replaced where it stands before a dot.
pub(super) fn rename_qualifier(text: &str, from: &str, to: &str) -> String {
    replace(text, to, |tokens, index| {
        let next = tokens.get(index + 1);
        next.is_some_and(|token| token.text == ".") && names(tokens, index, from)
    })
}

/// The text with the type's name replaced where it stands after `::` or `AS`, with its SQL schema or without.
pub(super) fn rename_type(text: &str, from: &str, to: &str) -> String {
    replace(text, to, |tokens, index| {
        let before = |index: usize| {
            let mut earlier = (0..index).rev().filter(|at| tokens[*at].kind != TokenKind::Whitespace);
            earlier.next()
        };
        let mut place = before(index);
        if place.is_some_and(|at| tokens[at].text == ".") {
            place = place.and_then(before).and_then(before);
        }
        let follows_cast = place.is_some_and(|at| tokens[at].text == ":" || tokens[at].text.eq_ignore_ascii_case("as"));
        follows_cast && names(tokens, index, from)
    })
}

/// The text with every string that is exactly `from` replaced.
pub(super) fn rename_literal(text: &str, from: &str, to: &str) -> String {
    each_literal(text, |inner| if inner == from { to.to_owned() } else { inner.to_owned() })
}

/// The text with every string replaced by what becomes of it.
pub(super) fn each_literal(text: &str, change: impl Fn(&str) -> String) -> String {
    let changed = |token: Token<'_>| {
        if token.kind != TokenKind::String {
            return token.text.to_owned();
        }
        let inner = unquoted(token.text);
        let after = change(&inner);
        if after == inner { token.text.to_owned() } else { quote_literal(&after) }
    };
    tokens(text).map(changed).collect()
}

/// The text of an array, `{new,"in work"}`, with every item that is exactly `from` replaced. Any other text stays.
pub(super) fn rename_in_array(text: &str, from: &str, to: &str) -> String {
    if !text.starts_with('{') {
        return text.to_owned();
    }
    let renamed = |item: &str| {
        let label = item.trim();
        let quoted = label.strip_prefix('"').and_then(|label| label.strip_suffix('"'));
        let meant = quoted.map_or_else(|| label.to_owned(), unescaped);
        if meant != from {
            return item.to_owned();
        }
        let is_plain = !to.is_empty() && to.chars().all(|c| c.is_alphanumeric() || c == '_') && quoted.is_none();
        let is_null = to.eq_ignore_ascii_case("null");
        let escaped = || to.replace('\\', "\\\\").replace('"', "\\\"");
        item.replace(label, &if is_plain && !is_null { to.to_owned() } else { format!("\"{}\"", escaped()) })
    };
    let (mut result, mut item) = (String::with_capacity(text.len()), String::new());
    let (mut is_quoted, mut is_escaped) = (false, false);
    for character in text.chars() {
        if !is_quoted && matches!(character, '{' | '}' | ',') {
            result.push_str(&renamed(&item));
            result.push(character);
            item.clear();
            continue;
        }
        is_quoted ^= character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        item.push(character);
    }
    result.push_str(&item);
    result
}

/// What a string token means, escapes of `E''` aside.
fn unquoted(token: &str) -> String {
    let text = token.trim_start_matches(['e', 'E']);
    let inner = text.strip_prefix('\'').map(|text| text.strip_suffix('\'').unwrap_or(text));
    inner.unwrap_or(text).replace("''", "'")
}

/// The text with the tokens that `is_meant` finds replaced by the name `to`, quoted as they were, or where it must be.
fn replace(text: &str, to: &str, is_meant: impl Fn(&[Token<'_>], usize) -> bool) -> String {
    let tokens: Vec<_> = tokens(text).collect();
    let mut result = String::with_capacity(text.len());
    for (index, token) in tokens.iter().enumerate() {
        if !is_meant(&tokens, index) {
            result.push_str(token.text);
        } else if token.kind == TokenKind::Word && is_plain_name(to) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_found_in_an_array_with_its_quotes_escaped() {
        assert!(has_literal(r#"'{"\"q\""}'::level[]"#, r#""q""#));
        assert!(has_literal("'{a,b}'", "b"));
        assert!(!has_literal("'a,b'", "b"));
    }

    #[test]
    fn a_label_is_renamed_among_the_items_of_an_array() {
        let renamed = |text: &str, to: &str| rename_in_array(text, "new", to);
        assert_eq!(renamed(r#"{new, "new" ,newer,"a,new","\"new"}"#, "old"), r#"{old, "old" ,newer,"a,new","\"new"}"#);
        assert_eq!(renamed("{{new},{x}}", "it's \"1\""), r#"{{"it's \"1\""},{x}}"#);
        assert_eq!(renamed("new", "old"), "new");
        assert_eq!(rename_in_array(r#"{"\"q\""}"#, "\"q\"", "q"), r#"{"q"}"#);
        assert_eq!(
            each_literal("'{new}'::level[]", |inner| rename_in_array(inner, "new", "it's")),
            "'{\"it''s\"}'::level[]"
        );
    }

    #[test]
    fn only_the_column_is_renamed() {
        let text = r#"price > 0 AND "price" < 9 AND note <> 'price' AND price(1) > 0 -- price"#;
        let renamed = rename_column(text, "price", "cost");
        assert_eq!(renamed, r#"cost > 0 AND "cost" < 9 AND note <> 'price' AND price(1) > 0 -- price"#);
        assert_eq!(rename_column("price > 0", "price", "unitPrice"), r#""unitPrice" > 0"#);
        assert_eq!(rename_column("price > 0", "price", "user"), r#""user" > 0"#);
    }

    #[test]
    fn types_labels_and_qualifiers_are_told_from_columns() {
        assert_eq!(rename_type("'a'::status AND status = b", "status", "state"), "'a'::state AND status = b");
        assert_eq!(rename_type(r#"CAST(a AS "app"."status")"#, "status", "state"), r#"CAST(a AS "app"."state")"#);
        assert_eq!(
            rename_literal("status = 'new' OR title = 'newer'", "new", "old"),
            "status = 'old' OR title = 'newer'"
        );
        assert_eq!(rename_qualifier("ticket.ticket > 0", "ticket", "Request"), r#""Request".ticket > 0"#);
    }

    #[test]
    fn bare_words_are_folded_and_quoted_ones_are_not() {
        assert!(mentions("PRICE > 0", "price"));
        assert!(!mentions("\"PRICE\" > 0", "price"));
        assert!(mentions("\"createdAt\" IS NULL", "createdAt"));
    }
}
