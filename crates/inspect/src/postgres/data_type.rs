//! PostgreSQL's types as those of the format.
//!
//! Enums are found by their row; whatever has no name in the format stays as PostgreSQL spells it.

use makemigrations_plan::model::DataType;

/// A column's type, as the catalogue has it.
pub(super) struct Spelling<'a> {
    /// `format_type`, with parameters and brackets.
    pub(super) sql: &'a str,
    /// The name of the type, or of the elements' type.
    pub(super) name: &'a str,
    /// Whether that type is PostgreSQL's own.
    pub(super) built_in: bool,
    /// Whether it is an array of it.
    pub(super) is_array: bool,
    /// The key of the enum that it is.
    pub(super) enum_key: Option<&'a String>,
}

impl Spelling<'_> {
    pub(super) fn read(&self) -> DataType {
        let element = if self.is_array { self.sql.trim_end_matches("[]") } else { self.sql };
        let known = match self.enum_key {
            Some(key) => Some(DataType::Enum(key.clone())),
            // The extension's, wherever it is reached without its schema.
            None if element == "citext" => Some(DataType::Citext),
            None if self.built_in => built_in(self.name, element),
            None => None,
        };
        match known {
            Some(known) if self.is_array => DataType::Array(Box::new(known)),
            Some(known) => known,
            None => DataType::Sql { sql: self.sql.to_owned(), diesel: None },
        }
    }
}

fn built_in(name: &str, sql: &str) -> Option<DataType> {
    let sizes = sizes(sql);
    let digits = || sizes.first().and_then(|size| u8::try_from(*size).ok());
    let length = || sizes.first().and_then(|size| u32::try_from(*size).ok());
    let known = match name {
        "int2" => DataType::Smallint,
        "int4" => DataType::Integer,
        "int8" => DataType::Bigint,
        "float4" => DataType::Real,
        "float8" => DataType::Double,
        "bool" => DataType::Boolean,
        "text" => DataType::Text,
        "bytea" => DataType::Bytes,
        "date" => DataType::Date,
        "uuid" => DataType::Uuid,
        "json" => DataType::Json,
        "jsonb" => DataType::Jsonb,
        "numeric" => DataType::Numeric(numeric(&sizes)),
        "varchar" => DataType::Varchar(length()),
        // Without a length it is a type that cannot be declared: `char` means `char(1)`.
        "bpchar" => DataType::Char(length()?),
        "bit" => DataType::Bit(length()?),
        "varbit" => DataType::Varbit(length()),
        "time" => DataType::Time(digits()),
        "timetz" => DataType::Timetz(digits()),
        "timestamp" => DataType::Timestamp(digits()),
        "timestamptz" => DataType::Timestamptz(digits()),
        // One with fields (`interval day to second`) has no name in the format.
        "interval" if sql == "interval" || sql.starts_with("interval(") => DataType::Interval(digits()),
        _ => DataType::Postgres(DataType::POSTGRES_ONLY.into_iter().find(|known| *known == name)?),
    };
    Some(known)
}

/// `format_type` writes a scale of zero out.
fn numeric(sizes: &[i32]) -> Option<(u16, Option<i16>)> {
    let (precision, scale) = (sizes.first()?, sizes.get(1));
    Some((u16::try_from(*precision).ok()?, scale.and_then(|scale| i16::try_from(*scale).ok())))
}

/// The numbers between the parentheses.
fn sizes(sql: &str) -> Vec<i32> {
    let inner = sql.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inner, _)| inner);
    inner.split(',').filter_map(|size| size.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, sql: &str) -> DataType {
        Spelling { sql, name, built_in: true, is_array: sql.ends_with("[]"), enum_key: None }.read()
    }

    #[test]
    fn parameters_are_read_where_they_stand() {
        assert_eq!(read("numeric", "numeric(12,2)"), DataType::Numeric(Some((12, Some(2)))));
        assert_eq!(read("timestamptz", "timestamp(3) with time zone"), DataType::Timestamptz(Some(3)));
        assert_eq!(read("bpchar", "character(3)"), DataType::Char(3));
        let numbers = DataType::Array(Box::new(DataType::Numeric(Some((5, Some(0))))));
        assert_eq!(read("numeric", "numeric(5,0)[]"), numbers);
    }

    #[test]
    fn what_has_no_name_in_the_format_stays_as_it_is() {
        let sql = |sql: &str| DataType::Sql { sql: sql.to_owned(), diesel: None };
        assert_eq!(read("interval", "interval day to second(3)"), sql("interval day to second(3)"));
        assert_eq!(read("char", "\"char\""), sql("\"char\""));
        assert_eq!(read("bpchar", "bpchar[]"), sql("bpchar[]"));
        assert_eq!(read("point", "point"), sql("point"));
    }
}
