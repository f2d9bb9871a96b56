//! Declared types to types of snapshots: the inverse of what the planner writes for SQLite, and what others write for
//! the same.
//!
//! A type that would keep values in another way when it is written again stays as it is.

use makemigrations_plan::model::DataType;

/// The type of a column. `is_whole_key` tells whether it alone is the primary key: there only the word `INTEGER` makes it
/// the row's own number.
pub(super) fn read(declared: &str, is_whole_key: bool) -> DataType {
    known(declared, is_whole_key).unwrap_or_else(|| DataType::Sql { sql: declared.trim().to_owned(), diesel: None })
}

fn known(declared: &str, is_whole_key: bool) -> Option<DataType> {
    let lower = declared.to_ascii_lowercase();
    let (name, arguments) = match lower.split_once('(') {
        None => (lower.as_str(), None),
        Some((name, rest)) => {
            let arguments: Option<Vec<i64>> =
                rest.trim_end().strip_suffix(')')?.split(',').map(|number| number.trim().parse().ok()).collect();
            (name, Some(arguments?))
        }
    };
    let name: Vec<_> = name.split_whitespace().collect();
    let arguments = arguments.unwrap_or_default();
    Some(match (name.join(" ").as_str(), arguments.as_slice()) {
        ("smallint" | "int2", []) => DataType::Smallint,
        ("integer", []) => DataType::Integer,
        ("int" | "int4", []) if !is_whole_key => DataType::Integer,
        ("bigint" | "int8", []) => DataType::Bigint,
        ("real" | "float4", []) => DataType::Real,
        ("double" | "double precision" | "float" | "float8", []) => DataType::Double,
        ("numeric" | "decimal" | "dec", []) => DataType::Numeric(None),
        ("numeric" | "decimal" | "dec", [precision]) => DataType::Numeric(Some((within(*precision, 1, 1000)?, None))),
        ("numeric" | "decimal" | "dec", [precision, scale]) => {
            DataType::Numeric(Some((within(*precision, 1, 1000)?, Some(within(*scale, -1000, 1000)?))))
        }
        ("boolean" | "bool", []) => DataType::Boolean,
        ("text", []) => DataType::Text,
        ("varchar" | "character varying", []) => DataType::Varchar(None),
        ("varchar" | "character varying", [length]) => DataType::Varchar(Some(within(*length, 1, 10_485_760)?)),
        ("char" | "character", []) => DataType::Char(1),
        ("char" | "character", [length]) => DataType::Char(within(*length, 1, 10_485_760)?),
        // Without a type values are kept as they come, as in a `BLOB`.
        ("blob" | "", []) => DataType::Bytes,
        ("date", []) => DataType::Date,
        ("time", digits) => DataType::Time(fraction(digits)?),
        ("timestamp", digits) => DataType::Timestamp(fraction(digits)?),
        ("datetime", []) => DataType::Timestamp(None),
        ("timestamptz", digits) => DataType::Timestamptz(fraction(digits)?),
        ("json", []) => DataType::Json,
        ("jsonb", []) => DataType::Jsonb,
        _ => return None,
    })
}

fn within<N: TryFrom<i64>>(number: i64, least: i64, most: i64) -> Option<N> {
    (least..=most).contains(&number).then(|| N::try_from(number).ok()).flatten()
}

fn fraction(digits: &[i64]) -> Option<Option<u8>> {
    match digits {
        [] => Some(None),
        [digits] => within(*digits, 0, 6).map(Some),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(declared: &str) -> String {
        read(declared, false).to_string()
    }

    #[test]
    fn spellings_of_others_are_known_when_they_keep_values_alike() {
        for (declared, form) in [
            ("INT", "integer"),
            ("int8", "bigint"),
            ("Double  Precision", "double"),
            ("DECIMAL ( 12,2 )", "numeric(12, 2)"),
            ("varchar(50)", "varchar(50)"),
            ("DATETIME", "timestamp"),
            ("", "bytes"),
            // These are numbers to SQLite; `uuid` and `interval` are texts.
            ("UUID", "UUID"),
            ("INTERVAL", "INTERVAL"),
            ("UNSIGNED BIG INT", "UNSIGNED BIG INT"),
            ("varchar(0)", "varchar(0)"),
            ("text(", "text("),
        ] {
            assert_eq!(name(declared), form, "{declared}");
        }
    }

    #[test]
    fn only_integer_is_the_row_s_own_number() {
        assert_eq!(read("integer", true), DataType::Integer);
        assert_eq!(read("INT", true), DataType::Sql { sql: "INT".to_owned(), diesel: None });
    }
}
