//! Durations as people write them in settings, in PostgreSQL's units. Must not know which setting it is.

use std::time::Duration;

/// PostgreSQL's own limit of its timeouts: milliseconds in an `integer`.
const LONGEST_MILLISECONDS: u64 = i32::MAX as u64;

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1000), ("min", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// `500ms`, `5s`, `2min`, `1h`, `1d`; `0` is none. `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let text = text.trim();
    if text == "0" {
        return Some(Duration::ZERO);
    }
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, factor) = UNITS.into_iter().find(|(name, _)| *name == unit.trim_start())?;
    let milliseconds = number.parse::<u64>().ok()?.checked_mul(factor)?;
    (milliseconds <= LONGEST_MILLISECONDS).then(|| Duration::from_millis(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_those_of_postgresql() {
        for (text, milliseconds) in [
            ("0", 0),
            ("0s", 0),
            ("500ms", 500),
            ("5s", 5000),
            (" 2 min ", 120_000),
            ("1h", 3_600_000),
            ("1d", 86_400_000),
        ] {
            assert_eq!(parse(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "5", "s", "-1s", "1.5s", "5 seconds", "5S", "25d", "99999999999999999999s", "5s;", "1m"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
