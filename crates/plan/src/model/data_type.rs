//! Column types in their canonical form.
//!
//! Spellings people use are the snapshot's business; SQL spellings are the dialects'; what leads from one to another is
//! told by `cast`.

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

    /// Follows an enum to another key, through arrays.
    pub fn rename_enum(&mut self, from: &str, to: &str) {
        match self {
            Self::Enum(key) if key == from => to.clone_into(key),
            Self::Array(element) => element.rename_enum(from, to),
            _ => {}
        }
    }
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
