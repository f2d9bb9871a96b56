//! PostgreSQL's conversions, those of `ALTER COLUMN TYPE`: `pg_cast` where there is a cast, else input of the output.
//!
//! Watched on version 15 by the test `conversions`, which tries values.

use super::{
    ALL_TRUE, Conversion, DATE_CUT, DataType, READ, ROUNDED, TIME_CUT, TOO_MANY_DIGITS, alters, alters_or_refuses,
    holds_if, integer_digits, is_text, numeric_digits,
};
use Conversion::{Holds, Refuses};

const SECONDS_ROUNDED: &str = "fractions of a second are rounded";
const BLANKS: &str = "blanks at the end are lost";
const JSON: &str = "of a key that is there twice the last one stays, and order and blanks are lost";

pub(super) fn conversion(from: &DataType, to: &DataType) -> Conversion {
    if is_text(to) {
        return to_text(from, to);
    }
    if let DataType::Enum(_) = to {
        // A label is its own text.
        return Refuses;
    }
    if is_text(from) || matches!(from, DataType::Enum(_)) {
        return of_text(to);
    }
    match (from, to) {
        (DataType::Array(one), DataType::Array(other)) => conversion(one, other),
        (from, DataType::Smallint | DataType::Integer | DataType::Bigint) => to_integer(from, to),
        (from, DataType::Numeric(_)) => to_numeric(from, to),
        (from, DataType::Real | DataType::Double) => to_float(from, to),
        (DataType::Integer, DataType::Boolean) => alters(ALL_TRUE),
        (from, DataType::Date) => to_date(from),
        (from, DataType::Time(_) | DataType::Timetz(_)) => to_time(from, to),
        (from, DataType::Timestamp(digits) | DataType::Timestamptz(digits)) => match from {
            DataType::Date => Holds,
            DataType::Timestamp(before) | DataType::Timestamptz(before) => seconds(*before, *digits),
            _ => Refuses,
        },
        (DataType::Interval(before), DataType::Interval(after)) => seconds(*before, *after),
        (DataType::Time(before), DataType::Interval(after)) => seconds(*before, *after),
        (from, DataType::Interval(_)) if is_number(from) => alters_or_refuses("numbers are read as seconds"),
        (DataType::Json, DataType::Jsonb) => alters_or_refuses(JSON),
        (_, DataType::Json | DataType::Jsonb) => {
            holds_if(is_number(from) || matches!(from, DataType::Boolean | DataType::Jsonb))
        }
        (from, DataType::Bit(_) | DataType::Varbit(_)) if is_number(from) => {
            alters_or_refuses("numbers are read as bits, and cut or filled up")
        }
        (DataType::Bit(before), DataType::Varbit(after)) => holds_if(after.is_none_or(|after| *before <= after)),
        (DataType::Varbit(before), DataType::Varbit(after)) => {
            holds_if(after.is_none_or(|after| before.is_some_and(|before| before <= after)))
        }
        (DataType::Postgres("inet"), DataType::Postgres("cidr")) => alters("the bits of the host are cleared"),
        (DataType::Postgres("cidr"), DataType::Postgres("inet")) => Holds,
        (_, DataType::Postgres("tsvector" | "tsquery")) => alters_or_refuses(READ),
        (from, DataType::Postgres("money")) if is_number(from) => {
            holds_or(integer_digits(from).is_some_and(|(most, _)| most <= 10), alters_or_refuses(ROUNDED))
        }
        (DataType::Json | DataType::Jsonb, _) => alters_or_refuses(READ),
        _ => Refuses,
    }
}

fn holds_or(holds: bool, otherwise: Conversion) -> Conversion {
    if holds { Holds } else { otherwise }
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_integer() || matches!(data_type, DataType::Real | DataType::Double | DataType::Numeric(_))
}

/// The text of a value reads back as the value. Lengths are checked, but for blanks at the end: to cut them in silence is
/// the rule of the SQL standard.
fn to_text(from: &DataType, to: &DataType) -> Conversion {
    let most = match from {
        DataType::Varchar(size) => *size,
        DataType::Char(size) => Some(*size),
        DataType::Boolean => Some(5),
        DataType::Smallint => Some(6),
        DataType::Integer => Some(11),
        DataType::Bigint => Some(20),
        DataType::Uuid => Some(36),
        _ => None,
    };
    match to {
        DataType::Varchar(Some(size)) => holds_if(most.is_some_and(|most| most <= *size)),
        // Blanks at the end of a `char` are filling.
        DataType::Char(size) => match from {
            DataType::Char(before) => holds_if(before <= size),
            DataType::Text | DataType::Citext | DataType::Varchar(None) => alters_or_refuses(BLANKS),
            DataType::Varchar(Some(before)) if before <= size => alters(BLANKS),
            DataType::Varchar(Some(_)) => alters_or_refuses(BLANKS),
            // Read back with the blanks: JSON keeps them, a UUID has none.
            DataType::Json => alters_or_refuses("values are filled up with blanks"),
            DataType::Uuid => holds_if(*size == 36),
            _ => holds_if(most.is_some_and(|most| most <= *size)),
        },
        _ => Holds,
    }
}

/// Input of text: what is no value is an error, what is one is kept without its spelling.
fn of_text(to: &DataType) -> Conversion {
    match to {
        // Kept as it is written.
        DataType::Json | DataType::Postgres("xml") => Refuses,
        DataType::Bit(_) | DataType::Varbit(_) => alters_or_refuses("texts are read as bits, and cut or filled up"),
        DataType::Boolean => alters_or_refuses("texts are read as booleans: `yes` and `1` become `true`"),
        DataType::Date
        | DataType::Time(_)
        | DataType::Timetz(_)
        | DataType::Timestamp(_)
        | DataType::Timestamptz(_) => {
            alters_or_refuses("texts are read as dates and times, and other spellings are lost")
        }
        DataType::Bytes => alters_or_refuses("texts are read as bytes: a backslash escapes"),
        DataType::Jsonb => alters_or_refuses(JSON),
        DataType::Uuid => alters_or_refuses("texts are read as UUIDs, and capitals and braces are lost"),
        _ => alters_or_refuses(READ),
    }
}

fn to_integer(from: &DataType, to: &DataType) -> Conversion {
    let (_, held) = integer_digits(to).unwrap_or_default();
    match from {
        DataType::Boolean => Holds,
        DataType::Real | DataType::Double => alters_or_refuses(ROUNDED),
        DataType::Json | DataType::Jsonb => alters_or_refuses(READ),
        _ => match (integer_digits(from), numeric_digits(from)) {
            (Some((most, _)), _) => holds_if(most <= held + 1),
            (_, Some(Some((precision, scale)))) if scale <= 0 => holds_if(precision - scale <= held),
            (_, Some(_)) => alters_or_refuses(ROUNDED),
            (None, None) => Refuses,
        },
    }
}

fn to_numeric(from: &DataType, to: &DataType) -> Conversion {
    let to = numeric_digits(to).flatten();
    // As many digits as a float certainly has, not all that it may need.
    if matches!(from, DataType::Real | DataType::Double) {
        return alters_or_refuses(TOO_MANY_DIGITS);
    }
    let from = match integer_digits(from) {
        Some((most, _)) => Some(Some((most, 0))),
        None => numeric_digits(from),
    };
    match (from, to) {
        (Some(_), None) => Holds,
        (Some(None), Some(_)) => alters_or_refuses(ROUNDED),
        (Some(Some((_, scale))), Some((_, after))) if after < scale => alters_or_refuses(ROUNDED),
        (Some(Some((precision, scale))), Some((most, after))) => holds_if(precision - scale <= most - after),
        (None, _) => alters_or_refuses(READ),
    }
}

/// `real` has 6 digits for certain, `double` 15.
fn to_float(from: &DataType, to: &DataType) -> Conversion {
    let digits = if *to == DataType::Real { 6 } else { 15 };
    match from {
        DataType::Real => Holds,
        DataType::Double => alters_or_refuses(TOO_MANY_DIGITS),
        DataType::Json | DataType::Jsonb => alters_or_refuses(READ),
        _ => match (integer_digits(from), numeric_digits(from)) {
            // Every whole number up to 2^24 and 2^53.
            (Some((most, _)), _) => holds_or(most <= digits, alters(TOO_MANY_DIGITS)),
            (_, Some(Some((precision, scale)))) if precision <= digits && scale.abs() <= 30 => Holds,
            (_, Some(_)) => alters_or_refuses(TOO_MANY_DIGITS),
            (None, None) => Refuses,
        },
    }
}

fn to_date(from: &DataType) -> Conversion {
    match from {
        DataType::Timestamp(_) | DataType::Timestamptz(_) => alters(TIME_CUT),
        from if is_number(from) => alters_or_refuses("numbers are read as dates"),
        DataType::Json | DataType::Jsonb => alters_or_refuses(READ),
        _ => Refuses,
    }
}

fn to_time(from: &DataType, to: &DataType) -> Conversion {
    let (DataType::Time(after) | DataType::Timetz(after)) = to else { return Refuses };
    match (from, to) {
        (DataType::Timestamp(_) | DataType::Timestamptz(_), _) => alters(DATE_CUT),
        (DataType::Timetz(_), DataType::Time(_)) => alters("the offset from UTC is cut"),
        (DataType::Time(before) | DataType::Timetz(before), _) => seconds(*before, *after),
        (DataType::Interval(before), _) if seconds(*before, *after) != Holds => alters_or_refuses(SECONDS_ROUNDED),
        (from, _) if is_number(from) => alters_or_refuses("numbers are read as times of day"),
        (DataType::Json | DataType::Jsonb, _) => alters_or_refuses(READ),
        _ => Refuses,
    }
}

/// Digits of seconds before and after; without any there are six.
fn seconds(before: Option<u8>, after: Option<u8>) -> Conversion {
    if after.unwrap_or(6) < before.unwrap_or(6) { alters(SECONDS_ROUNDED) } else { Holds }
}
