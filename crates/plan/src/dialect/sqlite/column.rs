//! Columns: their definition, their defaults, and which of them `ALTER TABLE` can add.
//!
//! What hangs on a column alone (key, checks, foreign keys) is written by the file of its kind.

use makemigrations_sql::{Token, TokenKind, quote_identifier, tokens};

use super::{Point, check, constraint::Unnamed, data_type, enumeration, foreign_key, primary_key};
use crate::{
    dialect::text,
    model::{Column, DataType, DefaultValue, Dialect, Table},
    operation::{AddColumn, Contradiction},
};

/// The column's line in `CREATE TABLE`, with everything that is written with it.
///
/// # Errors
/// When its type is not SQLite's, or its enum or a referenced table does not exist.
pub(super) fn definition(
    point: Point<'_>,
    table: &Table,
    unnamed: &Unnamed,
    name: &str,
    column: &Column,
) -> Result<String, Contradiction> {
    // Only the word `INTEGER` makes a primary key the row's own number.
    let sql_type = match primary_key::is_counter(table, name, column) {
        true => "INTEGER".to_owned(),
        false => data_type::sql(&column.data_type)?,
    };
    let mut parts = vec![quote_identifier(name), sql_type];
    parts.extend(primary_key::inline(table, unnamed, name, column));
    if is_required(table, name, column) {
        parts.push("NOT NULL".to_owned());
    }
    parts.extend(collation(column));
    parts.extend(column.default.as_ref().map(|default| format!("DEFAULT {}", value(default))));
    if let Some(generated) = &column.generated {
        let kind = if generated.stored { "STORED" } else { "VIRTUAL" };
        parts.push(format!("GENERATED ALWAYS AS {} {kind}", text::parenthesised(&generated.expression)));
    }
    parts.extend(enumeration::check(point.now, name, column)?);
    parts.extend(check::inline(table, unnamed, name));
    parts.extend(foreign_key::inline(point, table, unnamed, name)?);
    Ok(parts.join(" "))
}

/// Whether the column refuses `NULL`. SQLite lets `NULL` into a primary key unless told otherwise.
pub(super) fn is_required(table: &Table, name: &str, column: &Column) -> bool {
    !column.nullable || table.is_key(name)
}

fn collation(column: &Column) -> Option<String> {
    match (&column.collation, &column.data_type) {
        (Some(name), _) => Some(format!("COLLATE {}", quote_identifier(name))),
        (None, DataType::Citext) => Some("COLLATE NOCASE".to_owned()),
        (None, _) => None,
    }
}

/// A default as SQL: anything but a literal goes in parentheses.
pub(super) fn value(default: &DefaultValue) -> String {
    match default {
        DefaultValue::Expression(expression) if !is_bare(expression) => text::parenthesised(expression),
        DefaultValue::Expression(_) | DefaultValue::Number(_) | DefaultValue::Boolean(_) | DefaultValue::Text(_) => {
            text::value(default)
        }
    }
}

/// Whether `ALTER TABLE ... ADD COLUMN` takes the column as it is in `table`, for a table that has rows.
pub(super) fn can_be_added(table: &Table, add: &AddColumn, column: &Column) -> bool {
    let name = &add.column;
    let references = table.foreign_keys.values().any(|key| foreign_key::is_inline(key, name));
    let checked = table.checks.values().any(|item| check::is_inline(table, item, name));
    // The rows would meet the check before the backfill, and foreign keys at once instead of at the end.
    if table.is_key(name) || (add.backfill.is_some() && (references || checked)) {
        return false;
    }
    match (&column.generated, &column.default) {
        (Some(generated), _) => !generated.stored,
        (None, None) => column.nullable,
        (None, Some(default)) => match constant(default) {
            Some(Constant::Null) => column.nullable,
            Some(Constant::Value) => !references,
            None => false,
        },
    }
}

enum Constant {
    Null,
    Value,
}

fn constant(default: &DefaultValue) -> Option<Constant> {
    match default {
        DefaultValue::Number(_) | DefaultValue::Boolean(_) | DefaultValue::Text(_) => Some(Constant::Value),
        DefaultValue::Expression(expression) => match literal(expression)? {
            token if token.is_word("null") => Some(Constant::Null),
            token if is_clock(&token) => None,
            _ => Some(Constant::Value),
        },
    }
}

/// Whether the expression may stand after `DEFAULT` without parentheses.
fn is_bare(expression: &str) -> bool {
    literal(expression).is_some()
}

/// The only token of an expression that is a literal; a number may have a sign.
fn literal(expression: &str) -> Option<Token<'_>> {
    let mut parts: Vec<_> = tokens(expression, Dialect::Sqlite).filter(|token| !token.is_blank()).collect();
    let last = parts.pop()?;
    let is_word = last.is_word("null") || last.is_word("true") || last.is_word("false") || is_clock(&last);
    let is_literal = match parts.as_slice() {
        [] => matches!(last.kind, TokenKind::String | TokenKind::Number) || is_word,
        [sign] => matches!(sign.text, "-" | "+") && last.kind == TokenKind::Number,
        _ => false,
    };
    is_literal.then_some(last)
}

/// Constant while a statement runs, but not to `ADD COLUMN`.
fn is_clock(token: &Token<'_>) -> bool {
    ["current_timestamp", "current_date", "current_time"].iter().any(|word| token.is_word(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Domain, Generated};

    fn can_be_added_as(column: Column) -> bool {
        let mut table = Table::new(Domain::new("ticket").unwrap(), "ticket");
        table.columns.insert("a".to_owned(), column.clone());
        let add = AddColumn { table: "ticket".into(), column: "a".into(), definition: column.clone(), backfill: None };
        can_be_added(&table, &add, &column)
    }

    fn with_default(nullable: bool, expression: &str) -> Column {
        let default = Some(DefaultValue::Expression(expression.to_owned()));
        Column { default, ..Column::new(DataType::Text, nullable) }
    }

    #[test]
    fn only_constants_are_added_in_place() {
        assert!(can_be_added_as(Column::new(DataType::Text, true)));
        assert!(!can_be_added_as(Column::new(DataType::Text, false)));
        assert!(can_be_added_as(with_default(false, "-1.5")));
        assert!(can_be_added_as(with_default(true, "NULL")));
        assert!(!can_be_added_as(with_default(false, "null")));
        assert!(!can_be_added_as(with_default(true, "CURRENT_TIMESTAMP")));
        assert!(!can_be_added_as(with_default(true, "lower('A')")));
    }

    #[test]
    fn a_stored_column_is_not_added_in_place() {
        let generated = |stored| Some(Generated { expression: "1".to_owned(), stored });
        assert!(can_be_added_as(Column { generated: generated(false), ..Column::new(DataType::Integer, false) }));
        assert!(!can_be_added_as(Column { generated: generated(true), ..Column::new(DataType::Integer, true) }));
    }

    #[test]
    fn defaults_are_parenthesised_unless_literal() {
        let written = |text: &str| value(&DefaultValue::Expression(text.to_owned()));
        assert_eq!(written("CURRENT_TIMESTAMP"), "CURRENT_TIMESTAMP");
        assert_eq!(written("'{}'"), "'{}'");
        assert_eq!(written("1 + 1"), "(1 + 1)");
        assert_eq!(written("datetime('now') -- now"), "(datetime('now') -- now\n)");
    }
}
