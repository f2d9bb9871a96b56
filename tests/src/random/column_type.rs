//! Column types: how a snapshot spells them, what an engine calls them, and values of them. It must not know columns.

use super::draft::{Draft, Id};
use super::text::{literal, qualified};
use crate::postgres::major;

/// A column's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnType {
    /// As the snapshot spells it.
    Named(&'static str),
    Enum(Id),
    EnumArray(Id),
}

/// What values of a type look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Integer,
    Number,
    Boolean,
    Text,
    Bytes,
    Date,
    Time,
    Moment,
    Interval,
    Uuid,
    Json,
    Bits(usize),
    Address,
    Hardware,
    Range(&'static str),
    Array,
    Search,
    Xml,
    Point,
    Enum,
}

/// Every type: its spelling, PostgreSQL's name, its family, and whether only PostgreSQL has it.
const KINDS: [(&str, &str, Family, bool); 48] = [
    ("smallint", "smallint", Family::Integer, false),
    ("integer", "integer", Family::Integer, false),
    ("bigint", "bigint", Family::Integer, false),
    ("real", "real", Family::Number, false),
    ("double", "double precision", Family::Number, false),
    ("numeric", "numeric", Family::Number, false),
    ("numeric(12, 2)", "numeric(12, 2)", Family::Number, false),
    ("numeric(9)", "numeric(9)", Family::Number, false),
    ("boolean", "boolean", Family::Boolean, false),
    ("text", "text", Family::Text, false),
    ("varchar", "varchar", Family::Text, false),
    ("varchar(40)", "varchar(40)", Family::Text, false),
    ("varchar(80)", "varchar(80)", Family::Text, false),
    ("char(24)", "char(24)", Family::Text, false),
    ("citext", "citext", Family::Text, false),
    ("bytes", "bytea", Family::Bytes, false),
    ("date", "date", Family::Date, false),
    ("time", "time", Family::Time, false),
    ("time(3)", "time(3)", Family::Time, false),
    ("timetz", "timetz", Family::Time, false),
    ("timestamp", "timestamp", Family::Moment, false),
    ("timestamp(3)", "timestamp(3)", Family::Moment, false),
    ("timestamptz", "timestamptz", Family::Moment, false),
    ("timestamptz(0)", "timestamptz(0)", Family::Moment, false),
    ("interval", "interval", Family::Interval, false),
    ("uuid", "uuid", Family::Uuid, false),
    ("json", "json", Family::Json, false),
    ("jsonb", "jsonb", Family::Json, false),
    ("bit(8)", "bit(8)", Family::Bits(8), true),
    ("varbit(16)", "varbit(16)", Family::Bits(16), true),
    ("inet", "inet", Family::Address, true),
    ("cidr", "cidr", Family::Address, true),
    ("macaddr", "macaddr", Family::Hardware, true),
    ("tsvector", "tsvector", Family::Search, true),
    ("tsquery", "tsquery", Family::Search, true),
    ("xml", "xml", Family::Xml, true),
    ("money", "money", Family::Number, true),
    ("oid", "oid", Family::Integer, true),
    ("int4range", "int4range", Family::Range("number"), true),
    ("numrange", "numrange", Family::Range("number"), true),
    ("tsrange", "tsrange", Family::Range("date"), true),
    ("daterange", "daterange", Family::Range("date"), true),
    ("int4multirange", "int4multirange", Family::Range("several"), true),
    ("integer[]", "integer[]", Family::Array, true),
    ("text[]", "text[]", Family::Array, true),
    ("timestamptz[]", "timestamptz[]", Family::Array, true),
    // What the format passes through as it is.
    ("point", "point", Family::Point, true),
    ("varchar(80)[]", "varchar(80)[]", Family::Array, true),
];

impl ColumnType {
    /// Every type that has a name and that the draft's engine and extensions know.
    pub(crate) fn all(draft: &Draft) -> Vec<Self> {
        let known = KINDS.iter().filter(|(spelling, _, _, postgres)| {
            (draft.is_postgres() || !postgres)
                && (*spelling != "int4multirange" || major() >= 14)
                && (*spelling != "citext" || !draft.is_postgres() || draft.extensions.contains("citext"))
        });
        known.map(|(spelling, ..)| Self::Named(spelling)).collect()
    }

    pub(crate) fn family(self) -> Family {
        match self {
            Self::Named(name) => find(name).2,
            Self::Enum(_) => Family::Enum,
            Self::EnumArray(_) => Family::Array,
        }
    }

    /// The key of the enum.
    pub(crate) fn enumeration(self) -> Option<Id> {
        match self {
            Self::Named(_) => None,
            Self::Enum(id) | Self::EnumArray(id) => Some(id),
        }
    }

    /// `smallint`, `integer` or `bigint`, and not `oid`.
    pub(crate) fn counts(self) -> bool {
        matches!(self, Self::Named("smallint" | "integer" | "bigint"))
    }

    /// Whether foreign keys may use it: the value of a row is the same whatever computes it.
    pub(crate) fn is_keyable(self) -> bool {
        self.counts() || matches!(self.family(), Family::Text | Family::Uuid) && self != Self::Named("char(24)")
    }

    /// Whether values have an order, and so can be unique.
    pub(crate) fn is_comparable(self) -> bool {
        !matches!(self.family(), Family::Xml | Family::Point) && self != Self::Named("json")
    }

    /// Whether every row gets another value.
    pub(crate) fn is_distinct(self) -> bool {
        self.is_comparable() && !matches!(self.family(), Family::Boolean | Family::Enum) && self.enumeration().is_none()
    }

    /// As the snapshot's `type`.
    pub(crate) fn spelling(self, draft: &Draft) -> String {
        match self {
            Self::Named(name) => name.to_owned(),
            Self::Enum(id) => draft.enums[&id].key.clone(),
            Self::EnumArray(id) => format!("{}[]", draft.enums[&id].key),
        }
    }

    /// The value of a number, as a literal that the engine takes where the type is known.
    pub(crate) fn literal(self, draft: &Draft, number: i64) -> String {
        let text = |text: String| literal(&text);
        match self.family() {
            Family::Integer => number.to_string(),
            Family::Number if self == Self::Named("money") => text(number.to_string()),
            Family::Number if self == Self::Named("numeric(9)") => number.to_string(),
            Family::Number => format!("{number}.5"),
            Family::Boolean => if number % 2 == 0 { "TRUE" } else { "FALSE" }.to_owned(),
            Family::Text => text(format!("v{number}")),
            Family::Bytes if draft.is_postgres() => text(format!("\\x{number:08x}")),
            Family::Bytes => format!("X'{number:08x}'"),
            Family::Date => text(date(number)),
            Family::Time if self == Self::Named("timetz") => text(format!("{}+00", time(number))),
            Family::Time => text(time(number)),
            Family::Moment => text(format!("{} {}", date(number), time(number))),
            Family::Interval => text(format!("{number} hours")),
            Family::Uuid => text(format!("00000000-0000-4000-8000-{number:012}")),
            Family::Json => text(format!("{{\"n\": {number}}}")),
            Family::Bits(width) => format!("B'{:0width$b}'", number % 256),
            Family::Address => text(format!("10.0.{}.{}", number / 256 % 256, number % 256)),
            Family::Hardware => text(format!("08:00:2b:00:{:02x}:{:02x}", number / 256 % 256, number % 256)),
            Family::Range("several") => text(format!("{{[{},{})}}", number * 10, number * 10 + 5)),
            Family::Range("date") => text(format!("[{},{})", date(number), date(number + 1))),
            Family::Range(_) => text(format!("[{},{})", number * 10, number * 10 + 5)),
            Family::Search => text(format!("word{number}")),
            Family::Xml => text(format!("<n>{number}</n>")),
            Family::Point => text(format!("({number},{number})")),
            Family::Array => match self {
                Self::EnumArray(id) => text(format!("{{{}}}", array_item(label(draft, id, number)))),
                Self::Named("timestamptz[]") => text(format!("{{{}}}", date(number))),
                _ => text(format!("{{{number},NULL}}")),
            },
            Family::Enum => match self {
                Self::Enum(id) => text(label(draft, id, number).to_owned()),
                Self::Named(_) | Self::EnumArray(_) => unreachable!("only enums have that family"),
            },
        }
    }

    /// The literal with its type, for a place where the type is not known.
    pub(crate) fn typed(self, draft: &Draft, number: i64) -> String {
        let plain = self.literal(draft, number);
        if draft.is_postgres() { format!("{plain}::{}", self.sql(draft)) } else { plain }
    }

    /// PostgreSQL's name for it.
    pub(crate) fn sql(self, draft: &Draft) -> String {
        match self {
            Self::Named(name) => find(name).1.to_owned(),
            Self::Enum(id) => qualified(draft, draft.enums[&id].schema, &draft.enums[&id].key),
            Self::EnumArray(id) => format!("{}[]", Self::Enum(id).sql(draft)),
        }
    }
}

fn find(name: &str) -> &'static (&'static str, &'static str, Family, bool) {
    KINDS.iter().find(|(spelling, ..)| *spelling == name).expect("types come from this table")
}

/// The label that stays longest: shrinking and removals then change as little as possible.
fn label(draft: &Draft, id: Id, number: i64) -> &str {
    let labels = &draft.enums[&id].labels;
    let place = usize::try_from(number).expect("values are positive") % labels.len();
    &labels[place].1
}

fn array_item(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

fn date(number: i64) -> String {
    format!("{}-{:02}-{:02}", 2000 + number / 336, 1 + number / 28 % 12, 1 + number % 28)
}

fn time(number: i64) -> String {
    format!("{:02}:{:02}:00", number / 60 % 24, number % 60)
}
