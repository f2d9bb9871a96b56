//! Names inside SQL texts: of columns, of the table itself, of types and enum labels, replaced token by token.
//!
//! What a name is of is told by its place, see [`references`]; strings, comments and function names are left alone.

use makemigrations_sql::{
    Reference, ReferenceRole, Token, TokenKind, is_plain_name, quote_identifier, quote_literal, references, tokens,
};

use crate::{
    graph::{string_value, unescaped},
    model::{DefaultValue, Dialect, IndexTarget, Table},
};

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

/// The text with every mention of the column `from` replaced by `to`.
pub(super) fn rename_column(dialect: Dialect, text: &str, from: &str, to: &str) -> String {
    replace(dialect, text, ReferenceRole::Column, from, to)
}

/// The text with the table's name replaced where it stands before a dot.
pub(super) fn rename_qualifier(dialect: Dialect, text: &str, from: &str, to: &str) -> String {
    replace(dialect, text, ReferenceRole::Qualifier, from, to)
}

/// The text with the type's name replaced, with its SQL schema or without.
pub(super) fn rename_type(dialect: Dialect, text: &str, from: &str, to: &str) -> String {
    replace(dialect, text, ReferenceRole::Type, from, to)
}

/// The text with every string that is exactly `from` replaced.
pub(super) fn rename_literal(dialect: Dialect, text: &str, from: &str, to: &str) -> String {
    each_literal(dialect, text, |inner| if inner == from { to.to_owned() } else { inner.to_owned() })
}

/// The text with every string replaced by what becomes of it.
pub(super) fn each_literal(dialect: Dialect, text: &str, change: impl Fn(&str) -> String) -> String {
    let changed = |token: Token<'_>| {
        if token.kind != TokenKind::String {
            return token.text.to_owned();
        }
        let inner = string_value(token);
        let after = change(&inner);
        if after == inner { token.text.to_owned() } else { quote_literal(&after) }
    };
    tokens(text, dialect).map(changed).collect()
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

/// The text with the names of that role replaced by `to`, quoted as they were, or where it must be.
fn replace(dialect: Dialect, text: &str, role: ReferenceRole, from: &str, to: &str) -> String {
    let is_meant = |found: &&Reference<'_>| found.role == role && dialect.is_same_name(&found.name, from);
    let found = references(text, dialect);
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for Reference { token, .. } in found.iter().filter(is_meant) {
        result.push_str(&text[done..token.start]);
        if token.kind == TokenKind::Word && is_plain_name(to) {
            result.push_str(to);
        } else {
            result.push_str(&quote_identifier(to));
        }
        done = token.end();
    }
    result + &text[done..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_renamed_among_the_items_of_an_array() {
        let renamed = |text: &str, to: &str| rename_in_array(text, "new", to);
        assert_eq!(renamed(r#"{new, "new" ,newer,"a,new","\"new"}"#, "old"), r#"{old, "old" ,newer,"a,new","\"new"}"#);
        assert_eq!(renamed("{{new},{x}}", "it's \"1\""), r#"{{"it's \"1\""},{x}}"#);
        assert_eq!(renamed("new", "old"), "new");
        assert_eq!(rename_in_array(r#"{"\"q\""}"#, "\"q\"", "q"), r#"{"q"}"#);
        assert_eq!(
            each_literal(Dialect::Postgres, "'{new}'::level[]", |inner| rename_in_array(inner, "new", "it's")),
            "'{\"it''s\"}'::level[]"
        );
    }

    #[test]
    fn only_the_column_is_renamed() {
        let text = r#"price > 0 AND "price" < 9 AND note <> 'price' AND price(1) > 0 -- price"#;
        let renamed = rename_column(Dialect::Postgres, text, "price", "cost");
        assert_eq!(renamed, r#"cost > 0 AND "cost" < 9 AND note <> 'price' AND price(1) > 0 -- price"#);
        assert_eq!(rename_column(Dialect::Postgres, "price > 0", "price", "unitPrice"), r#""unitPrice" > 0"#);
        assert_eq!(rename_column(Dialect::Postgres, "price > 0", "price", "user"), r#""user" > 0"#);
    }

    #[test]
    fn types_labels_and_qualifiers_are_told_from_columns() {
        assert_eq!(
            rename_type(Dialect::Postgres, "'a'::status AND status = b", "status", "state"),
            "'a'::state AND status = b"
        );
        assert_eq!(
            rename_type(Dialect::Postgres, r#"CAST(a AS "app"."status")"#, "status", "state"),
            r#"CAST(a AS "app"."state")"#
        );
        assert_eq!(
            rename_literal(Dialect::Postgres, "status = 'new' OR title = 'newer'", "new", "old"),
            "status = 'old' OR title = 'newer'"
        );
        assert_eq!(
            rename_qualifier(Dialect::Postgres, "ticket.ticket > 0", "ticket", "Request"),
            r#""Request".ticket > 0"#
        );
    }
}
