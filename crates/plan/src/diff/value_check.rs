//! Whether SQL that a person typed as a column's value can be one, as far as that is known without a database.
//!
//! Plans nothing: what cannot be told is left to the database.

use makemigrations_sql::{TokenKind, tokens};

use super::Question;
use crate::model::Dialect;

impl Question {
    /// Checks an answer in SQL.
    ///
    /// # Errors
    /// Why it cannot be the answer.
    pub fn check_sql(&self, dialect: Dialect, sql: &str) -> Result<(), String> {
        let tokens: Vec<_> = tokens(sql, dialect).filter(|token| !token.is_blank()).collect();
        if tokens.is_empty() {
            return Err("an answer is needed".to_owned());
        }
        if let Some(open) = tokens.iter().find(|token| !token.terminated) {
            return Err(format!("`{}` is not closed", open.text));
        }
        let mut depth = 0_i32;
        for token in &tokens {
            match token.text {
                "(" if token.kind == TokenKind::Symbol => depth += 1,
                ")" if token.kind == TokenKind::Symbol => depth -= 1,
                ";" if token.kind == TokenKind::Symbol => {
                    return Err("one expression is needed, without `;`".to_owned());
                }
                _ => {}
            }
            if depth < 0 {
                break;
            }
        }
        if depth != 0 {
            return Err("the parentheses do not match".to_owned());
        }
        let Self::Backfill { data_type, .. } = self else { return Ok(()) };
        let (sign, value) = match tokens.as_slice() {
            [value] => ("", value),
            [sign, value] if sign.text == "-" && value.kind == TokenKind::Number => ("-", value),
            _ => return Ok(()),
        };
        let is_integer =
            matches!(data_type.as_str(), "smallint" | "integer" | "bigint" | "smallserial" | "serial" | "bigserial");
        let is_number =
            is_integer || ["numeric", "real", "double", "money"].iter().any(|number| data_type.starts_with(number));
        let no = |what: &str| Err(format!("`{sign}{}` is no {what}", value.text));
        match value.kind {
            TokenKind::Word if value.is_word("null") => Err("the column is NOT NULL".to_owned()),
            TokenKind::Word if value.is_word("true") || value.is_word("false") => match data_type.as_str() {
                _ if is_number => no(data_type),
                "date" | "uuid" => no(data_type),
                _ => Ok(()),
            },
            TokenKind::Number => match data_type.as_str() {
                "date" | "uuid" => no(data_type),
                _ if is_integer => {
                    let text = format!("{sign}{}", value.text);
                    let fits = match text.parse::<i128>() {
                        Ok(number) => number.abs() <= largest(data_type) + i128::from(number < 0),
                        // Written otherwise, or with a fraction that is rounded.
                        Err(_) => true,
                    };
                    if fits { Ok(()) } else { no(data_type) }
                }
                _ => Ok(()),
            },
            TokenKind::String => {
                let inner = value.text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
                match inner.map(str::trim) {
                    Some(inner) if is_integer && inner.parse::<i128>().is_err() => no(data_type),
                    Some(inner) if is_number && inner.parse::<f64>().is_err() => no(data_type),
                    Some(inner) if data_type == "uuid" && !is_uuid(inner) => no(data_type),
                    Some(inner) if data_type == "boolean" && !is_boolean(inner) => no(data_type),
                    _ => Ok(()),
                }
            }
            TokenKind::Word
            | TokenKind::QuotedIdentifier
            | TokenKind::DollarString
            | TokenKind::Parameter
            | TokenKind::Comment
            | TokenKind::Whitespace
            | TokenKind::Symbol => Ok(()),
        }
    }
}

/// The largest number of an integer type.
fn largest(data_type: &str) -> i128 {
    match data_type {
        "smallint" | "smallserial" => i128::from(i16::MAX),
        "integer" | "serial" => i128::from(i32::MAX),
        _ => i128::from(i64::MAX),
    }
}

fn is_uuid(text: &str) -> bool {
    let digits = text.trim_matches(['{', '}']).replace('-', "");
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// PostgreSQL's spellings.
fn is_boolean(text: &str) -> bool {
    let spellings = ["true", "false", "yes", "no", "on", "off"];
    let text = text.to_lowercase();
    matches!(text.as_str(), "1" | "0")
        || (text.len() != 1 || text != "o") && spellings.iter().any(|word| word.starts_with(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(data_type: &str, sql: &str) -> bool {
        let (table, column) = ("t".to_owned(), "c".to_owned());
        Question::Backfill { table, column, data_type: data_type.to_owned(), is_new: true }
            .check_sql(Dialect::Postgres, sql)
            .is_ok()
    }

    #[test]
    fn what_can_be_a_value_passes_and_what_cannot_does_not() {
        for (data_type, sql) in [
            ("integer", "7"),
            ("integer", "-2147483648"),
            ("integer", "length(title)"),
            ("integer", "'7'"),
            ("text", "'it''s; fine'"),
            ("numeric(12, 2)", "1.5"),
            ("boolean", "'t'"),
            ("uuid", "gen_random_uuid()"),
        ] {
            assert!(check(data_type, sql), "{data_type} {sql}");
        }
        for (data_type, sql) in [
            ("integer", ""),
            ("integer", "NULL"),
            ("integer", "'abc'"),
            ("integer", "99999999999"),
            ("smallint", "-32769"),
            ("integer", "true"),
            ("text", "'open"),
            ("text", "lower(title"),
            ("text", "'a'; DROP TABLE t"),
            ("uuid", "'abc'"),
            ("date", "7"),
            ("boolean", "'maybe'"),
        ] {
            assert!(!check(data_type, sql), "{data_type} {sql}");
        }
    }
}
