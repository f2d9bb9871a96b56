//! Defaults: what PostgreSQL prints, as a literal where it certainly is one.
//!
//! A constant is a literal only when it is of the column's own type: then writing it again gives the same default.

use makemigrations_plan::model::{DataType, DefaultValue, Dialect, Enum, Number};
use makemigrations_sql::{Token, TokenKind, tokens};

/// The default of a column. `base` is the column's type as a constant of it is printed (`numeric`, not
/// `numeric(12,2)`), `enumeration` the enum that it is.
pub(super) fn read(text: &str, data_type: &DataType, base: &str, enumeration: Option<&Enum>) -> DefaultValue {
    literal(text, data_type, base, enumeration).unwrap_or_else(|| DefaultValue::Expression(text.trim().to_owned()))
}

fn literal(text: &str, data_type: &DataType, base: &str, enumeration: Option<&Enum>) -> Option<DefaultValue> {
    let found: Vec<_> = tokens(text, Dialect::Postgres).collect();
    match found.as_slice() {
        [one] if one.kind == TokenKind::Number && is_number(data_type) => number(one.text, data_type),
        [one] if *data_type == DataType::Boolean && one.is_word("true") => Some(DefaultValue::Boolean(true)),
        [one] if *data_type == DataType::Boolean && one.is_word("false") => Some(DefaultValue::Boolean(false)),
        [string, first, second, ..] if first.text == ":" && second.text == ":" => {
            let of_type = text.get(second.start + 1..) == Some(base);
            let inner = unquoted(string).filter(|_| of_type)?;
            constant(inner, data_type, enumeration)
        }
        _ => None,
    }
}

/// The text of `'text'`; none with a prefix is printed.
fn unquoted(token: &Token<'_>) -> Option<String> {
    let inner = token.text.strip_prefix('\'')?.strip_suffix('\'')?;
    (token.kind == TokenKind::String && token.terminated).then(|| inner.replace("''", "'"))
}

/// A constant of the column's type, printed as a string.
fn constant(text: String, data_type: &DataType, enumeration: Option<&Enum>) -> Option<DefaultValue> {
    match data_type {
        _ if is_number(data_type) => number(&text, data_type),
        DataType::Enum(_) => {
            let is_value = enumeration.is_some_and(|item| item.values.contains(&text));
            is_value.then_some(DefaultValue::Text(text))
        }
        DataType::Varchar(Some(length)) | DataType::Char(length) => {
            (text.chars().count() <= *length as usize).then_some(DefaultValue::Text(text))
        }
        DataType::Text
        | DataType::Varchar(None)
        | DataType::Citext
        | DataType::Date
        | DataType::Time(_)
        | DataType::Timetz(_)
        | DataType::Timestamp(_)
        | DataType::Timestamptz(_)
        | DataType::Interval(_)
        | DataType::Uuid
        | DataType::Json
        | DataType::Jsonb
        | DataType::Array(_) => Some(DefaultValue::Text(text)),
        // `money` is printed as the locale has it, bytes have no literal, other types are strangers.
        _ => None,
    }
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_integer() || matches!(data_type, DataType::Real | DataType::Double | DataType::Numeric(_))
}

/// A number digit by digit.
fn number(text: &str, data_type: &DataType) -> Option<DefaultValue> {
    let number = Number::parse(text)?;
    let is_whole = number.as_integer().is_some();
    (is_whole || !data_type.is_integer()).then_some(DefaultValue::Number(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> DefaultValue {
        DefaultValue::Text(text.to_owned())
    }

    fn check(printed: &str, data_type: DataType, base: &str, expected: DefaultValue) {
        assert_eq!(read(printed, &data_type, base, None), expected, "{printed}");
    }

    #[test]
    fn constants_of_the_column_s_type_are_literals() {
        let number = |text: &str| DefaultValue::Number(Number::parse(text).unwrap());
        check("5", DataType::Integer, "integer", number("5"));
        check("'-1'::integer", DataType::Integer, "integer", number("-1"));
        for exact in ["0.5", "0.10", "20.0", "123456789012345678.125", "99999999999999999999"] {
            check(exact, DataType::Numeric(None), "numeric", number(exact));
        }
        check("true", DataType::Boolean, "boolean", DefaultValue::Boolean(true));
        check("'it''s'::text", DataType::Text, "text", text("it's"));
        check("'a'::character varying", DataType::Varchar(Some(3)), "character varying", text("a"));
        check("'{}'::text[]", DataType::Array(Box::new(DataType::Text)), "text[]", text("{}"));
    }

    #[test]
    fn everything_else_is_an_expression() {
        let expression = |text: &str| DefaultValue::Expression(text.to_owned());
        for (printed, data_type, base) in [
            ("now()", DataType::Timestamptz(None), "timestamp with time zone"),
            ("5", DataType::Text, "text"),
            ("'a'::text || 'b'::text", DataType::Text, "text"),
            ("'now'::text", DataType::Timestamptz(None), "timestamp with time zone"),
            ("'abcd'::character varying", DataType::Varchar(Some(3)), "character varying"),
            ("'\\x00'::bytea", DataType::Bytes, "bytea"),
            ("'1.5'::integer", DataType::Integer, "integer"),
            ("'NaN'::numeric", DataType::Numeric(None), "numeric"),
        ] {
            check(printed, data_type, base, expression(printed));
        }
    }

    #[test]
    fn a_label_is_a_literal_only_when_the_enum_has_it() {
        let domain = crate::domain();
        let item = Enum { domain, schema: None, values: vec!["new".to_owned()], comment: None };
        let data_type = DataType::Enum("status".to_owned());
        let read = |printed: &str| read(printed, &data_type, "status", Some(&item));
        assert_eq!(read("'new'::status"), text("new"));
        assert_eq!(read("'old'::status"), DefaultValue::Expression("'old'::status".to_owned()));
    }
}
