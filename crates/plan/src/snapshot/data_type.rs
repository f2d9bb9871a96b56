//! The spellings of column types to their canonical form.
//!
//! Which of them a dialect has, and which enums exist, is decided where snapshots are resolved.

use crate::model::DataType;

/// What a type's text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// A built-in type.
    Known(DataType),
    /// Something else: an enum's key, or a mistake.
    Name {
        /// The text without `[]`.
        name: String,
        /// Whether `[]` followed.
        array: bool,
    },
}

/// Canonical names, then the spellings that are accepted for them. None has parameters.
const SIMPLE: [(&str, DataType); 34] = [
    ("smallint", DataType::Smallint),
    ("integer", DataType::Integer),
    ("bigint", DataType::Bigint),
    ("smallserial", DataType::Smallserial),
    ("serial", DataType::Serial),
    ("bigserial", DataType::Bigserial),
    ("real", DataType::Real),
    ("double", DataType::Double),
    ("boolean", DataType::Boolean),
    ("text", DataType::Text),
    ("citext", DataType::Citext),
    ("bytes", DataType::Bytes),
    ("date", DataType::Date),
    ("uuid", DataType::Uuid),
    ("json", DataType::Json),
    ("jsonb", DataType::Jsonb),
    ("int2", DataType::Smallint),
    ("int", DataType::Integer),
    ("int4", DataType::Integer),
    ("int8", DataType::Bigint),
    ("serial2", DataType::Smallserial),
    ("serial4", DataType::Serial),
    ("serial8", DataType::Bigserial),
    ("float4", DataType::Real),
    ("float8", DataType::Double),
    ("float", DataType::Double),
    ("double precision", DataType::Double),
    ("bool", DataType::Boolean),
    ("bytea", DataType::Bytes),
    // Without parameters these mean what SQL says they mean.
    ("char", DataType::Char(1)),
    ("character", DataType::Char(1)),
    ("bit", DataType::Bit(1)),
    ("varchar", DataType::Varchar(None)),
    ("varbit", DataType::Varbit(None)),
];

/// Types with parameters. The words after the closing parenthesis, if any, are part of the name.
const SIZED: [&str; 21] = [
    "numeric",
    "decimal",
    "dec",
    "varchar",
    "character varying",
    "char varying",
    "char",
    "character",
    "bit",
    "varbit",
    "bit varying",
    "time",
    "timetz",
    "time with time zone",
    "time without time zone",
    "timestamp",
    "timestamptz",
    "timestamp with time zone",
    "timestamp without time zone",
    "interval",
    "bpchar",
];

/// What people coming from elsewhere write, and what it is here.
const FOREIGN: [(&str, &str); 22] = [
    ("string", "text"),
    ("str", "text"),
    ("clob", "text"),
    ("tinytext", "text"),
    ("mediumtext", "text"),
    ("longtext", "text"),
    ("nvarchar", "varchar"),
    ("datetime", "timestamp"),
    ("blob", "bytes"),
    ("binary", "bytes"),
    ("varbinary", "bytes"),
    ("longblob", "bytes"),
    ("tinyint", "smallint"),
    ("mediumint", "integer"),
    ("i16", "smallint"),
    ("i32", "integer"),
    ("i64", "bigint"),
    ("f32", "real"),
    ("f64", "double"),
    ("number", "numeric"),
    ("guid", "uuid"),
    ("year", "smallint"),
];

/// The built-in type that a text means, when it means one.
#[must_use]
pub fn known_type(text: &str) -> Option<DataType> {
    match parse(text).ok()? {
        Spelling::Known(known) => Some(known),
        Spelling::Name { .. } => None,
    }
}

/// Reads a type's text.
///
/// # Errors
/// When a built-in type is spelled with parameters that it cannot have.
pub(crate) fn parse(text: &str) -> Result<Spelling, String> {
    if let Some(known) = simple(text) {
        return Ok(Spelling::Known(known));
    }
    let text = text.trim();
    let Some(element) = text.strip_suffix("[]") else {
        return Ok(match single(text)? {
            Some(known) => Spelling::Known(known),
            None => Spelling::Name { name: text.to_owned(), array: false },
        });
    };
    let element = element.trim_end();
    if element.ends_with("[]") {
        return Err(format!("PostgreSQL keeps no number of dimensions: write `{}[]`", element.trim_end_matches("[]")));
    }
    match single(element)? {
        Some(serial) if serial.is_serial() => Err(format!("`{element}` counts and cannot be the element of an array")),
        Some(known) => Ok(Spelling::Known(DataType::Array(Box::new(known)))),
        None => Ok(Spelling::Name { name: element.to_owned(), array: true }),
    }
}

/// What somebody may have meant by an unknown type.
pub(crate) fn nearest<'a>(name: &'a str, enums: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    let base = folded.split('(').next().unwrap_or_default().trim();
    if let Some((_, meant)) = FOREIGN.iter().find(|(foreign, _)| *foreign == base) {
        return Some(meant);
    }
    let simple = SIMPLE.iter().map(|(name, _)| *name);
    let built_in = simple.chain(SIZED).chain(DataType::POSTGRES_ONLY);
    crate::toml::nearest(name, built_in.chain(enums)).or_else(|| {
        let slip = crate::toml::nearest(base, FOREIGN.iter().map(|(foreign, _)| *foreign))?;
        FOREIGN.iter().find(|(foreign, _)| *foreign == slip).map(|(_, meant)| *meant)
    })
}

fn simple(text: &str) -> Option<DataType> {
    // The types of nearly every column, before the list is searched.
    match text {
        "uuid" => Some(DataType::Uuid),
        "text" => Some(DataType::Text),
        "integer" => Some(DataType::Integer),
        "boolean" => Some(DataType::Boolean),
        "jsonb" => Some(DataType::Jsonb),
        "timestamptz" => Some(DataType::Timestamptz(None)),
        "timestamp" => Some(DataType::Timestamp(None)),
        _ => SIMPLE.iter().find(|(name, _)| *name == text).map(|(_, known)| known.clone()),
    }
}

/// A type that is not an array; `None` when the name is not a built-in one.
fn single(text: &str) -> Result<Option<DataType>, String> {
    let (name, arguments) = split(text)?;
    let Some(arguments) = arguments else {
        if let Some(known) = simple(&name) {
            return Ok(Some(known));
        }
        if let Some(known) = DataType::POSTGRES_ONLY.into_iter().find(|known| *known == name) {
            return Ok(Some(DataType::Postgres(known)));
        }
        return sized(&name, &[]);
    };
    let built_in =
        SIZED.contains(&name.as_str()) || simple(&name).is_some() || DataType::POSTGRES_ONLY.contains(&name.as_str());
    if !built_in {
        return Ok(None);
    }
    let arguments: Option<Vec<i64>> = arguments.split(',').map(|argument| argument.trim().parse().ok()).collect();
    match arguments {
        Some(arguments) => sized(&name, &arguments),
        None => Err(format!("type `{text}`: expected whole numbers between the parentheses")),
    }
}

/// `timestamp(3) with time zone` as `timestamp with time zone` and `3`, runs of blanks as one.
fn split(text: &str) -> Result<(String, Option<&str>), String> {
    let (before, rest) = text.split_once('(').map_or((text, None), |(before, rest)| (before, Some(rest)));
    let (arguments, after) = match rest {
        None => (None, ""),
        Some(rest) => match rest.split_once(')') {
            Some((arguments, after)) => (Some(arguments), after),
            None => return Err(format!("type `{text}`: the parenthesis is not closed")),
        },
    };
    let words: Vec<_> = before.split_whitespace().chain(after.split_whitespace()).collect();
    Ok((words.join(" "), arguments))
}

fn sized(name: &str, arguments: &[i64]) -> Result<Option<DataType>, String> {
    let sizes = Sizes { name, arguments };
    let time = |make: fn(Option<u8>) -> DataType| sizes.optional(0, 6).map(|digits| make(digits.map(|d| d as u8)));
    let known = match name {
        "numeric" | "decimal" | "dec" => sizes.numeric()?,
        "varchar" | "character varying" | "char varying" => {
            DataType::Varchar(sizes.optional(1, 10_485_760)?.map(|length| length as u32))
        }
        "char" | "character" | "bpchar" => DataType::Char(sizes.optional(1, 10_485_760)?.unwrap_or(1) as u32),
        "bit" => DataType::Bit(sizes.optional(1, 83_886_080)?.unwrap_or(1) as u32),
        "varbit" | "bit varying" => DataType::Varbit(sizes.optional(1, 83_886_080)?.map(|length| length as u32)),
        "time" | "time without time zone" => time(DataType::Time)?,
        "timetz" | "time with time zone" => time(DataType::Timetz)?,
        "timestamp" | "timestamp without time zone" => time(DataType::Timestamp)?,
        "timestamptz" | "timestamp with time zone" => time(DataType::Timestamptz)?,
        "interval" => time(DataType::Interval)?,
        _ if arguments.is_empty() => return Ok(None),
        _ => return Err(format!("type `{name}` takes no parameters")),
    };
    Ok(Some(known))
}

/// The numbers between the parentheses.
struct Sizes<'a> {
    name: &'a str,
    arguments: &'a [i64],
}

impl Sizes<'_> {
    fn within(&self, value: i64, least: i64, most: i64) -> Result<i64, String> {
        if (least..=most).contains(&value) {
            return Ok(value);
        }
        Err(format!("type `{}`: {value} is not between {least} and {most}", self.name))
    }

    fn optional(&self, least: i64, most: i64) -> Result<Option<i64>, String> {
        match self.arguments {
            [] => Ok(None),
            [size] => self.within(*size, least, most).map(Some),
            _ => Err(format!("type `{}` takes one parameter", self.name)),
        }
    }

    fn numeric(&self) -> Result<DataType, String> {
        Ok(DataType::Numeric(match self.arguments {
            [] => None,
            [precision] => Some((self.within(*precision, 1, 1000)? as u16, None)),
            [precision, scale] => {
                let precision = self.within(*precision, 1, 1000)? as u16;
                Some((precision, Some(self.within(*scale, -1000, 1000)? as i16)))
            }
            _ => return Err("type `numeric` takes a precision and a scale".to_owned()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        match parse(text) {
            Ok(Spelling::Known(known)) => known.to_string(),
            Ok(Spelling::Name { name, array }) => format!("? {name}{}", if array { " array" } else { "" }),
            Err(message) => message,
        }
    }

    #[test]
    fn known_spellings_have_one_form() {
        for (spelling, form) in [
            ("int", "integer"),
            ("int8", "bigint"),
            ("serial4", "serial"),
            ("double  precision", "double"),
            ("float4", "real"),
            ("decimal( 12,2 )", "numeric(12, 2)"),
            ("numeric(10, -2)", "numeric(10, -2)"),
            ("dec", "numeric"),
            ("bytea", "bytes"),
            ("timestamp with time zone", "timestamptz"),
            ("timestamp(3) with time zone", "timestamptz(3)"),
            ("timestamp (3) without time zone", "timestamp(3)"),
            ("time with time zone", "timetz"),
            ("timestamptz(6)", "timestamptz(6)"),
            ("character varying(50)", "varchar(50)"),
            ("varchar", "varchar"),
            ("char", "char(1)"),
            ("bit varying(4)", "varbit(4)"),
            ("text[]", "text[]"),
            ("varchar(5)[]", "varchar(5)[]"),
            ("inet", "inet"),
            ("int4range", "int4range"),
        ] {
            assert_eq!(canonical(spelling), form, "{spelling}");
        }
    }

    #[test]
    fn every_form_reads_back() {
        for known in SIMPLE.iter().map(|(_, known)| known.clone()).chain([
            DataType::Numeric(Some((12, Some(-3)))),
            DataType::Timetz(Some(0)),
            DataType::Interval(Some(6)),
            DataType::Varbit(Some(7)),
        ]) {
            assert_eq!(parse(&known.to_string()), Ok(Spelling::Known(known)));
        }
        for name in DataType::POSTGRES_ONLY {
            assert_eq!(parse(name), Ok(Spelling::Known(DataType::Postgres(name))));
        }
    }

    #[test]
    fn other_names_may_be_enums() {
        assert_eq!(canonical("ticket_status"), "? ticket_status");
        assert_eq!(canonical("Ticket Status[]"), "? Ticket Status array");
        assert_eq!(canonical("TEXT"), "? TEXT");
        assert_eq!(canonical("vector(3)"), "? vector(3)");
        assert_eq!(canonical(""), "? ");
    }

    #[test]
    fn parameters_are_checked() {
        assert_eq!(canonical("varchar(0)"), "type `varchar`: 0 is not between 1 and 10485760");
        assert_eq!(canonical("timestamp(7)"), "type `timestamp`: 7 is not between 0 and 6");
        assert_eq!(canonical("uuid(16)"), "type `uuid` takes no parameters");
        assert_eq!(canonical("integer()"), "type `integer()`: expected whole numbers between the parentheses");
        assert_eq!(canonical("numeric(1, 2, 3)"), "type `numeric` takes a precision and a scale");
        assert_eq!(canonical("varchar(10"), "type `varchar(10`: the parenthesis is not closed");
        assert_eq!(canonical("text[][]"), "PostgreSQL keeps no number of dimensions: write `text[]`");
        assert_eq!(canonical("serial[]"), "`serial` counts and cannot be the element of an array");
    }

    #[test]
    fn suggestions_know_other_databases() {
        assert_eq!(nearest("datetime", [].into_iter()), Some("timestamp"));
        assert_eq!(nearest("TEXT", [].into_iter()), Some("text"));
        assert_eq!(nearest("strng", [].into_iter()), Some("text"));
        assert_eq!(nearest("ticket_statsu", ["ticket_status"].into_iter()), Some("ticket_status"));
    }
}
