//! What leads from one column type to another: casts, and what does not survive them.
//!
//! How a dialect writes it is the dialect's business.

use super::DataType;

/// What it takes to change values of one type into another (PostgreSQL's rules, `pg_cast`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// Assignment does it: `ALTER COLUMN TYPE` without `USING`.
    Assignment,
    /// An explicit `column::type` does it.
    Explicit,
    /// Only a person can say how.
    None,
}

impl DataType {
    /// What changes a value of this type into `to`. Source: PostgreSQL 15 `pg_cast`, and the rule that text input and
    /// output make every type explicitly castable from text and assignable to text.
    #[must_use]
    pub fn cast_to(&self, to: &Self) -> Cast {
        let (from, to) = (self.storage(), to.storage());
        if from == to {
            return Cast::Assignment;
        }
        let (a, b) = (from.family(), to.family());
        match (a, b) {
            (Family::Other, Family::Other) => match (&from, &to) {
                (Self::Array(x), Self::Array(y)) => x.cast_to(y),
                (Self::Interval(_), Self::Interval(_)) => Cast::Assignment,
                (Self::Enum(_), Self::Enum(_)) => Cast::None,
                (Self::Sql { .. }, _) | (_, Self::Sql { .. }) => Cast::Explicit,
                _ => Cast::None,
            },
            (Family::Text, Family::Text)
            | (Family::Number, Family::Number)
            | (Family::Json, Family::Json)
            | (Family::Bits, Family::Bits) => Cast::Assignment,
            (_, Family::Text) => Cast::Assignment,
            (Family::Text, _) => Cast::Explicit,
            (Family::Moment, Family::Moment) => match (&from, &to) {
                (Self::Date, Self::Time(_) | Self::Timetz(_)) | (Self::Time(_) | Self::Timetz(_), Self::Date) => {
                    Cast::None
                }
                (Self::Time(_) | Self::Timetz(_), Self::Timestamp(_) | Self::Timestamptz(_)) => Cast::None,
                (Self::Timestamp(_), Self::Timetz(_)) => Cast::None,
                _ => Cast::Assignment,
            },
            (Family::Network, Family::Network) => Cast::Assignment,
            (Family::Boolean, Family::Number) | (Family::Number, Family::Boolean)
                if from == Self::Integer || to == Self::Integer =>
            {
                Cast::Explicit
            }
            (Family::Other, _) if matches!(from, Self::Sql { .. }) => Cast::Explicit,
            (_, Family::Other) if matches!(to, Self::Sql { .. }) => Cast::Explicit,
            _ => Cast::None,
        }
    }

    /// Whether a value of this type can be too large, too long or too precise for `to`, so that the change loses or
    /// refuses values.
    #[must_use]
    pub fn narrows_to(&self, to: &Self) -> bool {
        let width = |t: &Self| match t {
            Self::Smallint => Some(1),
            Self::Integer => Some(2),
            Self::Bigint => Some(3),
            _ => None,
        };
        let (from, to) = (self.storage(), to.storage());
        if let (Some(a), Some(b)) = (width(&from), width(&to)) {
            return b < a;
        }
        match (&from, &to) {
            (Self::Text | Self::Citext | Self::Varchar(None), Self::Varchar(Some(_)) | Self::Char(_)) => true,
            (Self::Varchar(Some(a)) | Self::Char(a), Self::Varchar(Some(b)) | Self::Char(b)) => b < a,
            (_, Self::Text | Self::Citext | Self::Varchar(None)) => false,
            (Self::Real, Self::Double) => false,
            (Self::Numeric(_), Self::Numeric(None)) => false,
            (Self::Numeric(Some((p, s))), Self::Numeric(Some((q, t)))) => {
                let (s, t) = (s.unwrap_or(0), t.unwrap_or(0));
                t < s || i32::from(*q) - i32::from(t) < i32::from(*p) - i32::from(s)
            }
            (Self::Smallint | Self::Integer | Self::Bigint, Self::Numeric(None)) => false,
            (Self::Smallint | Self::Integer, Self::Double) => false,
            (Self::Date, Self::Timestamp(_) | Self::Timestamptz(_)) => false,
            (Self::Timestamp(a), Self::Timestamp(b))
            | (Self::Timestamptz(a), Self::Timestamptz(b))
            | (Self::Timestamp(a), Self::Timestamptz(b))
            | (Self::Timestamptz(a), Self::Timestamp(b))
            | (Self::Time(a), Self::Time(b))
            | (Self::Interval(a), Self::Interval(b)) => b.unwrap_or(6) < a.unwrap_or(6),
            (Self::Json, Self::Jsonb) | (Self::Jsonb, Self::Json) => false,
            (a, b) => a != b,
        }
    }

    /// Whether no value of this type can become one of `to`, not even through its text: where nobody says how, the change
    /// works without rows only.
    #[must_use]
    pub fn is_foreign_to(&self, to: &Self) -> bool {
        if self.cast_to(to) != Cast::None {
            return false;
        }
        let is_loose =
            |t: &Self| matches!(t, Self::Enum(_) | Self::Sql { .. } | Self::Bytes) || t.family() == Family::Text;
        match (self.storage(), to.storage()) {
            (from, to) if is_loose(&from) || is_loose(&to) => false,
            // A number is valid JSON, and so is `true`; eight digits are a date, seconds an interval.
            (from, Self::Json | Self::Jsonb) => {
                !matches!(from.family(), Family::Number | Family::Boolean | Family::Json)
            }
            (from, Self::Date | Self::Time(_) | Self::Timestamp(_) | Self::Timestamptz(_)) if from.is_integer() => {
                false
            }
            // `0` and `1` are booleans, in every width.
            (from, Self::Boolean | Self::Interval(_)) if from.family() == Family::Number => false,
            (Self::Interval(_), Self::Time(_)) | (Self::Time(_), Self::Interval(_)) => false,
            (from, Self::Postgres("oid" | "money")) if from.family() == Family::Number => false,
            (_, Self::Postgres("tsvector" | "tsquery" | "xml")) => false,
            (Self::Json | Self::Jsonb, _) => false,
            (Self::Array(a), Self::Array(b)) => a.is_foreign_to(&b),
            (from, Self::Bit(_) | Self::Varbit(_)) if from.family() == Family::Number => false,
            _ => true,
        }
    }

    fn family(&self) -> Family {
        match self {
            Self::Smallint
            | Self::Integer
            | Self::Bigint
            | Self::Smallserial
            | Self::Serial
            | Self::Bigserial
            | Self::Real
            | Self::Double
            | Self::Numeric(_) => Family::Number,
            Self::Text | Self::Varchar(_) | Self::Char(_) | Self::Citext => Family::Text,
            Self::Date | Self::Time(_) | Self::Timetz(_) | Self::Timestamp(_) | Self::Timestamptz(_) => Family::Moment,
            Self::Json | Self::Jsonb => Family::Json,
            Self::Bit(_) | Self::Varbit(_) => Family::Bits,
            Self::Boolean => Family::Boolean,
            Self::Postgres("inet" | "cidr") => Family::Network,
            Self::Bytes
            | Self::Interval(_)
            | Self::Uuid
            | Self::Postgres(_)
            | Self::Enum(_)
            | Self::Array(_)
            | Self::Sql { .. } => Family::Other,
        }
    }
}

/// Types among which assignment casts exist.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    Number,
    Text,
    Moment,
    Json,
    Bits,
    Boolean,
    Network,
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn explicit_casts_never_replace_assignment_for_lengths() {
        // `'abc'::varchar(2)` cuts in silence, assignment refuses: lengths must go through assignment.
        assert_eq!(DataType::Text.cast_to(&DataType::Varchar(Some(2))), Cast::Assignment);
        assert!(DataType::Text.narrows_to(&DataType::Varchar(Some(2))));
    }

    #[test]
    fn text_needs_an_explicit_cast_and_unrelated_types_a_person() {
        assert_eq!(DataType::Text.cast_to(&DataType::Uuid), Cast::Explicit);
        assert_eq!(DataType::Integer.cast_to(&DataType::Uuid), Cast::None);
        assert_eq!(DataType::Enum("a".into()).cast_to(&DataType::Text), Cast::Assignment);
        assert_eq!(DataType::Serial.cast_to(&DataType::Integer), Cast::Assignment);
    }

    #[test]
    fn some_types_never_become_others() {
        assert!(DataType::Bigint.is_foreign_to(&DataType::Uuid));
        assert!(DataType::Date.is_foreign_to(&DataType::Boolean));
        assert!(!DataType::Integer.is_foreign_to(&DataType::Jsonb));
        assert!(!DataType::Text.is_foreign_to(&DataType::Uuid));
        assert!(!DataType::Enum("a".into()).is_foreign_to(&DataType::Integer));
        assert!(!DataType::Bigint.is_foreign_to(&DataType::Boolean));
        assert!(DataType::Boolean.is_foreign_to(&DataType::Bigint));
        assert!(!DataType::Interval(Some(3)).is_foreign_to(&DataType::Interval(None)));
        assert!(!DataType::Interval(None).is_foreign_to(&DataType::Time(None)));
        assert!(DataType::Time(None).is_foreign_to(&DataType::Timestamp(None)));
    }

    #[test]
    fn numeric_narrows_in_scale_and_in_whole_digits() {
        let numeric = |p, s| DataType::Numeric(Some((p, Some(s))));
        assert!(numeric(12, 4).narrows_to(&numeric(12, 2)));
        assert!(numeric(12, 2).narrows_to(&numeric(12, 4)));
        assert!(!numeric(12, 2).narrows_to(&numeric(14, 4)));
    }
}
