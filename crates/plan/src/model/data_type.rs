//! Column types in their canonical form, and which casts exist between them.
//!
//! Spellings people use are the snapshot's business; SQL spellings are the dialects'.

use std::fmt;

/// A column type. `Display` gives the canonical snapshot spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DataType {
    /// 16-bit integer.
    Smallint,
    /// 32-bit integer.
    Integer,
    /// 64-bit integer.
    Bigint,
    /// `smallint` with its own sequence.
    Smallserial,
    /// `integer` with its own sequence.
    Serial,
    /// `bigint` with its own sequence.
    Bigserial,
    /// 32-bit float.
    Real,
    /// 64-bit float.
    Double,
    /// Exact number: precision, and scale when given.
    Numeric(Option<(u16, Option<i16>)>),
    /// True or false.
    Boolean,
    /// Text of any length.
    Text,
    /// Text of at most so many characters.
    Varchar(Option<u32>),
    /// Blank-padded text.
    Char(u32),
    /// Case-insensitive text.
    Citext,
    /// Bytes.
    Bytes,
    /// Calendar date.
    Date,
    /// Time of day, fractional digits.
    Time(Option<u8>),
    /// Time of day with offset, fractional digits.
    Timetz(Option<u8>),
    /// Date and time without zone, fractional digits.
    Timestamp(Option<u8>),
    /// Instant, fractional digits.
    Timestamptz(Option<u8>),
    /// Length of time, fractional digits.
    Interval(Option<u8>),
    /// UUID.
    Uuid,
    /// JSON kept as text.
    Json,
    /// JSON kept parsed.
    Jsonb,
    /// Fixed-length bits.
    Bit(u32),
    /// Bits of at most so many.
    Varbit(Option<u32>),
    /// A PostgreSQL type without parameters (`inet`, `tsvector`, `int4range`, ...), by its own name.
    Postgres(&'static str),
    /// A declared enum, by key.
    Enum(String),
    /// An array.
    Array(Box<DataType>),
    /// Any other type: SQL text as is, and the Diesel type for `schema.rs`.
    Sql {
        /// The SQL text.
        sql: String,
        /// The path of the Diesel type.
        diesel: Option<String>,
    },
}

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
    /// The PostgreSQL types of [`DataType::Postgres`]; the format's table in its order.
    pub const POSTGRES_ONLY: [&'static str; 20] = [
        "inet",
        "cidr",
        "macaddr",
        "macaddr8",
        "tsvector",
        "tsquery",
        "xml",
        "money",
        "oid",
        "int4range",
        "int8range",
        "numrange",
        "tsrange",
        "tstzrange",
        "daterange",
        "int4multirange",
        "int8multirange",
        "nummultirange",
        "tsmultirange",
        "tstzmultirange",
    ];

    /// Whether the type brings its own sequence.
    #[must_use]
    pub fn is_serial(&self) -> bool {
        matches!(self, Self::Smallserial | Self::Serial | Self::Bigserial)
    }

    /// Whether the type holds whole numbers (serials included).
    #[must_use]
    pub fn is_integer(&self) -> bool {
        matches!(self.storage(), Self::Smallint | Self::Integer | Self::Bigint)
    }

    /// The type of the stored values: a serial is an integer with a default.
    #[must_use]
    pub fn storage(&self) -> Self {
        match self {
            Self::Smallserial => Self::Smallint,
            Self::Serial => Self::Integer,
            Self::Bigserial => Self::Bigint,
            other => other.clone(),
        }
    }

    /// The key of the enum that values come from, through arrays.
    #[must_use]
    pub fn enum_key(&self) -> Option<&str> {
        match self {
            Self::Enum(key) => Some(key),
            Self::Array(element) => element.enum_key(),
            _ => None,
        }
    }

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
            | (Self::Time(a), Self::Time(b)) => b.unwrap_or(6) < a.unwrap_or(6),
            (Self::Json, Self::Jsonb) | (Self::Jsonb, Self::Json) => false,
            (a, b) => a != b,
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

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sized = |f: &mut fmt::Formatter<'_>, name: &str, size: Option<u32>| match size {
            Some(size) => write!(f, "{name}({size})"),
            None => f.write_str(name),
        };
        match self {
            Self::Smallint => f.write_str("smallint"),
            Self::Integer => f.write_str("integer"),
            Self::Bigint => f.write_str("bigint"),
            Self::Smallserial => f.write_str("smallserial"),
            Self::Serial => f.write_str("serial"),
            Self::Bigserial => f.write_str("bigserial"),
            Self::Real => f.write_str("real"),
            Self::Double => f.write_str("double"),
            Self::Numeric(None) => f.write_str("numeric"),
            Self::Numeric(Some((precision, None))) => write!(f, "numeric({precision})"),
            Self::Numeric(Some((precision, Some(scale)))) => write!(f, "numeric({precision}, {scale})"),
            Self::Boolean => f.write_str("boolean"),
            Self::Text => f.write_str("text"),
            Self::Varchar(size) => sized(f, "varchar", *size),
            Self::Char(size) => sized(f, "char", Some(*size)),
            Self::Citext => f.write_str("citext"),
            Self::Bytes => f.write_str("bytes"),
            Self::Date => f.write_str("date"),
            Self::Time(p) => sized(f, "time", p.map(u32::from)),
            Self::Timetz(p) => sized(f, "timetz", p.map(u32::from)),
            Self::Timestamp(p) => sized(f, "timestamp", p.map(u32::from)),
            Self::Timestamptz(p) => sized(f, "timestamptz", p.map(u32::from)),
            Self::Interval(p) => sized(f, "interval", p.map(u32::from)),
            Self::Uuid => f.write_str("uuid"),
            Self::Json => f.write_str("json"),
            Self::Jsonb => f.write_str("jsonb"),
            Self::Bit(size) => sized(f, "bit", Some(*size)),
            Self::Varbit(size) => sized(f, "varbit", *size),
            Self::Postgres(name) => f.write_str(name),
            Self::Enum(key) => f.write_str(key),
            Self::Array(element) => write!(f, "{element}[]"),
            Self::Sql { sql, .. } => f.write_str(sql),
        }
    }
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
    fn numeric_narrows_in_scale_and_in_whole_digits() {
        let numeric = |p, s| DataType::Numeric(Some((p, Some(s))));
        assert!(numeric(12, 4).narrows_to(&numeric(12, 2)));
        assert!(numeric(12, 2).narrows_to(&numeric(12, 4)));
        assert!(!numeric(12, 2).narrows_to(&numeric(14, 4)));
    }
}
