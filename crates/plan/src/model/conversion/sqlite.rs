//! SQLite's conversions: the affinity of the new type's name, after what a rebuild does by itself
//! (`dialect::sqlite::conversion`).
//!
//! Watched by the test `conversions`, which tries values. Values are those that a program of the old type has written:
//! SQLite itself takes any value in any column.

use super::{
    ALL_TRUE, Conversion, DATE_CUT, DataType, ROUNDED, TIME_CUT, TOO_MANY_DIGITS, alters, alters_or_refuses, holds_if,
    integer_digits, is_text, numeric_digits,
};
use Conversion::{Holds, Refuses};

/// What SQLite does with a value that is written into a column of the type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Text,
    Number,
    Float,
    None,
}

const LIKE_NUMBERS: &str = "texts that look like numbers become numbers: `007` becomes `7`";

pub(super) fn conversion(from: &DataType, to: &DataType) -> Conversion {
    if let DataType::Enum(_) = to {
        return Refuses;
    }
    match (from, to) {
        (from, DataType::Boolean) if is_text(from) => {
            alters_or_refuses("texts are read as booleans: `yes` and `1` become `true`")
        }
        (from, DataType::Boolean) if from.is_integer() => alters(ALL_TRUE),
        (DataType::Boolean, to) if is_text(to) => lengths(from, to),
        (DataType::Boolean, to) if to.is_integer() => Holds,
        (DataType::Timestamp(_) | DataType::Timestamptz(_), DataType::Date) => alters(TIME_CUT),
        (DataType::Timestamp(_) | DataType::Timestamptz(_), DataType::Time(_)) => alters(DATE_CUT),
        (DataType::Real | DataType::Double, to) if to.is_integer() => alters_or_refuses(ROUNDED),
        (DataType::Numeric(_), to) if to.is_integer() => match numeric_digits(from).flatten() {
            Some((_, scale)) if scale <= 0 => Refuses,
            Some(_) | None => alters_or_refuses(ROUNDED),
        },
        (from, to) if from.is_integer() && to.is_integer() => {
            holds_if(integer_digits(from).map(|(most, _)| most) <= integer_digits(to).map(|(most, _)| most))
        }
        (from, to) => by_affinity(from, to),
    }
}

fn by_affinity(from: &DataType, to: &DataType) -> Conversion {
    let refuses = refuses(from, to);
    let altered = match (affinity(from), affinity(to)) {
        (Affinity::Text, Affinity::Number | Affinity::Float) => Some(LIKE_NUMBERS),
        // Whole numbers beyond 2^53 are not floats; the text of a float has all of its digits.
        (Affinity::Number, Affinity::Float) if !fits_float(from) => Some(TOO_MANY_DIGITS),
        _ => None,
    };
    match (altered, refuses) {
        (Some(what), true) => alters_or_refuses(what),
        (Some(what), false) => alters(what),
        (None, true) => lengths(from, to),
        (None, false) => Holds,
    }
}

fn affinity(data_type: &DataType) -> Affinity {
    match data_type {
        DataType::Real | DataType::Double => Affinity::Float,
        DataType::Bytes => Affinity::None,
        DataType::Uuid | DataType::Interval(_) | DataType::Enum(_) => Affinity::Text,
        data_type if is_text(data_type) => Affinity::Text,
        // Dates, times and JSON too: their names say nothing to SQLite, which is a number to it.
        _ => Affinity::Number,
    }
}

fn fits_float(from: &DataType) -> bool {
    match (integer_digits(from), numeric_digits(from)) {
        (Some((most, _)), _) => most <= 15,
        (_, Some(digits)) => digits.is_some_and(|(precision, _)| precision <= 15),
        (None, None) => true,
    }
}

/// Whether the rebuild looks for values that the new type cannot have.
fn refuses(from: &DataType, to: &DataType) -> bool {
    let is_number =
        |item: &DataType| item.is_integer() || matches!(item, DataType::Real | DataType::Double | DataType::Numeric(_));
    match to {
        DataType::Varchar(Some(_)) | DataType::Char(_) => true,
        DataType::Json | DataType::Jsonb => !matches!(from, DataType::Json | DataType::Jsonb),
        to if is_number(to) => !is_number(from),
        DataType::Boolean => true,
        _ => false,
    }
}

/// Texts of any length into those of a length.
fn lengths(from: &DataType, to: &DataType) -> Conversion {
    let most = match from {
        DataType::Varchar(size) => *size,
        DataType::Char(size) => Some(*size),
        DataType::Boolean => Some(5),
        DataType::Smallint => Some(6),
        DataType::Integer => Some(11),
        DataType::Bigint => Some(20),
        _ => None,
    };
    match to {
        DataType::Varchar(Some(size)) | DataType::Char(size) => holds_if(most.is_some_and(|most| most <= *size)),
        DataType::Text | DataType::Varchar(None) | DataType::Citext => Holds,
        _ => Refuses,
    }
}
