//! What a change of type does to values where nobody says how: holds them all, refuses some, or alters some without an
//! error. One table per dialect.
//!
//! Does not say how the change is written: that is `cast`'s and the dialects' business.

mod postgres;
mod sqlite;

use super::{DataType, Dialect};

/// What becomes of the values of one type as those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// Every value is held, and converting it back gives it again.
    Holds,
    /// What does not fit is an error; all else is held.
    Refuses,
    /// Some values become others without an error.
    Alters(Alteration),
    /// A type is SQL text: only the database knows.
    Unknown,
}

/// How values become others without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alteration {
    /// What happens to them: `digits after the point are rounded`.
    pub what: &'static str,
    /// Whether other values are errors all the same.
    pub may_fail: bool,
}

impl Conversion {
    /// How values are altered, when some are.
    #[must_use]
    pub fn alteration(self) -> Option<Alteration> {
        match self {
            Self::Alters(alteration) => Some(alteration),
            Self::Holds | Self::Refuses | Self::Unknown => None,
        }
    }
}

impl DataType {
    /// What becomes of values of this type in a column that becomes `to`, with the session's time zone UTC. Where no cast
    /// exists it is the way over the value's text, which is the way of a rollback.
    #[must_use]
    pub fn conversion_to(&self, to: &Self, dialect: Dialect) -> Conversion {
        let (from, to) = (self.storage(), to.storage());
        if from == to {
            return Conversion::Holds;
        }
        if matches!(from, Self::Sql { .. }) || matches!(to, Self::Sql { .. }) {
            return Conversion::Unknown;
        }
        match dialect {
            Dialect::Postgres => postgres::conversion(&from, &to),
            Dialect::Sqlite => sqlite::conversion(&from, &to),
        }
    }
}

const ROUNDED: &str = "digits after the point are rounded";
const TOO_MANY_DIGITS: &str = "digits beyond what the type holds are lost";
const TIME_CUT: &str = "the time of day is cut";
const DATE_CUT: &str = "the date is cut";
const READ: &str = "texts are read as values, and other spellings of a value are lost: `007` becomes `7`";
const ALL_TRUE: &str = "every number but 0 becomes true";

/// Some values become others, the rest stays.
fn alters(what: &'static str) -> Conversion {
    Conversion::Alters(Alteration { what, may_fail: false })
}

/// Some values become others, and some are errors.
fn alters_or_refuses(what: &'static str) -> Conversion {
    Conversion::Alters(Alteration { what, may_fail: true })
}

fn holds_if(holds: bool) -> Conversion {
    if holds { Conversion::Holds } else { Conversion::Refuses }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Text | DataType::Varchar(_) | DataType::Char(_) | DataType::Citext)
}

/// Decimal digits that an integer type can need, and those that it certainly holds.
fn integer_digits(data_type: &DataType) -> Option<(i32, i32)> {
    match data_type {
        DataType::Smallint => Some((5, 4)),
        DataType::Integer => Some((10, 9)),
        DataType::Bigint => Some((19, 18)),
        _ => None,
    }
}

/// Precision and scale.
fn numeric_digits(data_type: &DataType) -> Option<Option<(i32, i32)>> {
    match data_type {
        DataType::Numeric(None) => Some(None),
        DataType::Numeric(Some((precision, scale))) => {
            Some(Some((i32::from(*precision), i32::from(scale.unwrap_or(0)))))
        }
        _ => None,
    }
}
