//! Defaults: literals where the type can have them in a snapshot, expressions otherwise.
//!
//! The text is SQLite's own, without the parentheses around an expression.

use makemigrations_plan::model::{DataType, DefaultValue, Number};

use super::lexer::{PieceKind, closed, pieces};

/// Words that are values.
const VALUES: [&str; 4] = ["NULL", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"];

/// A literal of SQL.
enum Literal {
    Number(String),
    Truth(bool),
    Text(String),
}

/// The default of a column.
pub(super) fn read(text: &str, data_type: &DataType) -> DefaultValue {
    let text = closed(text);
    let fitting = literal(text).and_then(|literal| fitting(literal, data_type));
    fitting.unwrap_or_else(|| DefaultValue::Expression(text.to_owned()))
}

fn literal(text: &str) -> Option<Literal> {
    let pieces = pieces(text);
    let (is_negative, rest) = match pieces.as_slice() {
        [sign, rest @ ..] if sign.is_symbol("-") => (true, rest),
        [sign, rest @ ..] if sign.is_symbol("+") => (false, rest),
        rest => (false, rest),
    };
    let is_signed = rest.len() < pieces.len();
    let number = |text: &str| Some(Literal::Number(format!("{}{text}", if is_negative { "-" } else { "" })));
    let piece = match rest {
        [piece] => piece,
        // A number may begin with its point.
        [point, digits] if point.is_symbol(".") => return number(&format!(".{}", digits.text)),
        _ => return None,
    };
    match piece.kind {
        PieceKind::Number => number(piece.text),
        _ if is_signed => None,
        PieceKind::Text => piece.name().map(Literal::Text),
        PieceKind::Word if piece.is_word("true") => Some(Literal::Truth(true)),
        PieceKind::Word if piece.is_word("false") => Some(Literal::Truth(false)),
        PieceKind::Word if VALUES.iter().any(|word| piece.is_word(word)) => None,
        // As a default, any other name is a text: there is nothing else that it could mean.
        PieceKind::Word | PieceKind::Name => piece.name().map(Literal::Text),
        PieceKind::Symbol => None,
    }
}

/// The literal as a snapshot writes it for this type, where it can.
fn fitting(literal: Literal, data_type: &DataType) -> Option<DefaultValue> {
    let within = |number: &str, least: i64, most: i64| {
        let number = number.parse().ok().filter(|number| (least..=most).contains(number));
        number.map(|number: i64| DefaultValue::Number(number.into()))
    };
    match (data_type, literal) {
        (DataType::Smallint, Literal::Number(number)) => within(&number, i16::MIN.into(), i16::MAX.into()),
        (DataType::Integer, Literal::Number(number)) => within(&number, i32::MIN.into(), i32::MAX.into()),
        (DataType::Bigint, Literal::Number(number)) => within(&number, i64::MIN, i64::MAX),
        (DataType::Real | DataType::Double | DataType::Numeric(_) | DataType::Sql { .. }, Literal::Number(number)) => {
            Number::parse(&number).map(DefaultValue::Number)
        }
        // To SQLite these words are numbers.
        (DataType::Boolean, Literal::Number(number)) if matches!(number.as_str(), "0" | "1") => {
            Some(DefaultValue::Boolean(number == "1"))
        }
        (DataType::Boolean | DataType::Sql { .. }, Literal::Truth(flag)) => Some(DefaultValue::Boolean(flag)),
        (DataType::Varchar(Some(length)) | DataType::Char(length), Literal::Text(text)) => {
            (text.chars().count() <= *length as usize).then_some(DefaultValue::Text(text))
        }
        (DataType::Real | DataType::Double | DataType::Numeric(_), Literal::Text(text)) => {
            text.parse::<f64>().is_ok_and(f64::is_finite).then_some(DefaultValue::Text(text))
        }
        (
            DataType::Smallint | DataType::Integer | DataType::Bigint | DataType::Boolean | DataType::Bytes,
            Literal::Text(_),
        ) => None,
        (_, Literal::Text(text)) => Some(DefaultValue::Text(text)),
        (_, Literal::Number(_) | Literal::Truth(_)) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, data_type: DataType) -> String {
        match read(text, &data_type) {
            DefaultValue::Number(number) => format!("number {number}"),
            DefaultValue::Boolean(flag) => format!("boolean {flag}"),
            DefaultValue::Text(text) => format!("text {text}"),
            DefaultValue::Expression(text) => format!("sql {text}"),
        }
    }

    #[test]
    fn literals_are_those_that_a_snapshot_can_have_for_the_type() {
        assert_eq!(shown("-5", DataType::Integer), "number -5");
        assert_eq!(shown("+5", DataType::Bigint), "number 5");
        assert_eq!(shown("70000", DataType::Smallint), "sql 70000");
        assert_eq!(shown("0.5", DataType::Numeric(None)), "number 0.5");
        assert_eq!(shown("-.5", DataType::Double), "number -0.5");
        assert_eq!(shown("0", DataType::Boolean), "boolean false");
        assert_eq!(shown("TRUE", DataType::Boolean), "boolean true");
        assert_eq!(shown("'it''s'", DataType::Text), "text it's");
        assert_eq!(shown("\"it's\"", DataType::Text), "text it's");
        assert_eq!(shown("new", DataType::Text), "text new");
        assert_eq!(shown("null", DataType::Text), "sql null");
        assert_eq!(shown("5", DataType::Text), "sql 5");
        assert_eq!(shown("'abc'", DataType::Char(2)), "sql 'abc'");
        assert_eq!(shown("CURRENT_TIMESTAMP", DataType::Text), "sql CURRENT_TIMESTAMP");
        assert_eq!(shown("x'00'", DataType::Bytes), "sql x'00'");
        assert_eq!(shown("lower('A') -- a\n", DataType::Text), "sql lower('A')");
    }
}
