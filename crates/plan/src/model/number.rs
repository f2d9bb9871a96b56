//! Numbers as decimal text: what a person wrote keeps every digit.
//!
//! Never goes through a float; which numbers a column can hold is the business of whoever knows its type.

use std::fmt;

/// No database takes a number with a larger exponent, and none is worth the memory of writing it out.
const MOST_DIGITS: i64 = 131_072;

/// A finite number: an optional `-`, digits, perhaps a fraction, perhaps an exponent. This is a number in SQL and in TOML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    text: String,
    /// Whether a record has it as a float that is written in another way: `20.0` became `20` in SQL.
    is_recorded_float: bool,
}

impl Number {
    /// Reads decimal text; `None` for anything else, and for exponents beyond all databases. A `+`, `_` between digits and a
    /// capital `E` are TOML's or SQL's spellings of the same and go; so do zeros in front.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let rest = rest.replace('_', "").replace('E', "e");
        let (mantissa, exponent) = match rest.split_once('e') {
            Some((mantissa, exponent)) => (mantissa, Some(exponent)),
            None => (rest.as_str(), None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let fraction = fraction.filter(|fraction| !fraction.is_empty());
        let has_digits = !whole.is_empty() || fraction.is_some();
        if !has_digits || !all_digits(whole) || !fraction.is_none_or(all_digits) {
            return None;
        }
        let exponent = match exponent {
            None => None,
            Some(text) => {
                let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
                let is_small = |value: &i64| (-MOST_DIGITS..=MOST_DIGITS).contains(value);
                let value = text.parse::<i64>().ok().filter(is_small)?;
                (!unsigned.is_empty()).then_some(Some(value))?
            }
        };
        let whole = whole.trim_start_matches('0');
        let mut number = format!("{sign}{}", if whole.is_empty() { "0" } else { whole });
        if let Some(fraction) = fraction {
            number.push('.');
            number.push_str(fraction);
        }
        if let Some(exponent) = exponent {
            number.push_str(&format!("e{exponent}"));
        }
        // A whole number has no negative zero.
        let text = if number == "-0" { "0".to_owned() } else { number };
        Some(Self { text, is_recorded_float: false })
    }

    /// A number that an earlier record has as a float: SQL was written with as few digits as tell it from its neighbours.
    #[must_use]
    pub fn recorded_float(value: f64) -> Option<Self> {
        let text = value.to_string();
        // The record has the debug form; where that is the text itself, nothing was lost.
        let is_recorded_float = format!("{value:?}") != text;
        value.is_finite().then_some(Self { text, is_recorded_float })
    }

    /// The text, the same in SQL and in TOML.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a record has it as a float that is not its text.
    #[must_use]
    pub fn is_recorded_float(&self) -> bool {
        self.is_recorded_float
    }

    /// The whole number, when it is written as one that fits.
    #[must_use]
    pub fn as_integer(&self) -> Option<i64> {
        self.text.parse().ok()
    }

    /// The nearest float; infinite when it is too large for one.
    #[must_use]
    pub fn to_float(&self) -> f64 {
        // Decimal text is always a float; what is too large is infinite.
        self.text.parse().unwrap_or(f64::NAN)
    }

    /// Whether both are the same number, however they are written: `20`, `20.0` and `2e1`.
    #[must_use]
    pub fn has_value_of(&self, other: &Self) -> bool {
        self.significant() == other.significant()
    }

    /// Digits after the point that are needed to write it without an exponent.
    #[must_use]
    pub fn scale(&self) -> i64 {
        let (_, digits, exponent) = self.significant();
        if digits.is_empty() { 0 } else { (-exponent).max(0) }
    }

    /// The sign, the digits without zeros around them, and the power of ten of the last one.
    fn significant(&self) -> (bool, String, i64) {
        let (mantissa, exponent) = self.text.split_once('e').unwrap_or((&self.text, "0"));
        let mut exponent: i64 = exponent.parse().unwrap_or(0);
        let is_negative = mantissa.starts_with('-');
        let mantissa = mantissa.trim_start_matches('-');
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        exponent -= fraction.len() as i64;
        let all = format!("{whole}{fraction}");
        let digits = all.trim_start_matches('0').trim_end_matches('0');
        exponent += (all.trim_start_matches('0').len() - digits.len()) as i64;
        if digits.is_empty() { (false, String::new(), 0) } else { (is_negative, digits.to_owned(), exponent) }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self { text: value.to_string(), is_recorded_float: false }
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Option<String> {
        Number::parse(text).map(|number| number.text)
    }

    #[test]
    fn every_digit_stays() {
        for same in ["0", "20.0", "0.10", "-0.0", "123456789012345678.125", "99999999999999999999", "1e400", "1.50e-7"]
        {
            assert_eq!(text(same).as_deref(), Some(same));
        }
        for (spelled, kept) in
            [("+5", "5"), ("1_000", "1000"), ("1E5", "1e5"), ("1e+05", "1e5"), ("-0", "0"), ("007", "7"), (".5", "0.5")]
        {
            assert_eq!(text(spelled).as_deref(), Some(kept));
        }
        for wrong in ["", "-", ".", "1.5.2", "inf", "nan", "0x10", "1e", "1e+", "e5", "1 ", "--1", "1e999999999"] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn values_are_compared_without_floats() {
        let number = |text: &str| Number::parse(text).unwrap();
        for (one, other) in [("20", "20.0"), ("20", "2e1"), ("0", "-0.0"), ("0.10", "1e-1"), ("1e400", "10e399")] {
            assert!(number(one).has_value_of(&number(other)), "{one} {other}");
        }
        assert!(!number("123456789012345678.125").has_value_of(&number("123456789012345680")));
        assert!(!number("1").has_value_of(&number("-1")));
        assert_eq!((number("1.500").scale(), number("15e-3").scale(), number("200").scale()), (1, 3, 0));
    }

    #[test]
    fn an_old_record_gives_the_sql_that_it_gave() {
        assert_eq!(Number::recorded_float(20.0).unwrap().as_str(), "20");
        assert_eq!(Number::recorded_float(0.1).unwrap().as_str(), "0.1");
        assert!(Number::recorded_float(f64::NAN).is_none());
    }
}
