//! The time in a migration's name, in UTC and to the second.
//!
//! Asks no clock: the time is an argument.

use std::fmt;

const SECONDS_PER_DAY: i64 = 86_400;

/// A point in time. `Display` gives Diesel's own format, `2026-11-23-141200`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp {
    /// Seconds since 1970-01-01T00:00:00Z.
    seconds: i64,
}

impl Stamp {
    /// The stamp of a Unix time.
    #[must_use]
    pub fn at(unix_seconds: i64) -> Self {
        Self { seconds: unix_seconds }
    }

    /// The stamp of a new migration: now, or one second after the newest migration when the clock is not past it.
    /// A folder name without a time in front counts for nothing.
    #[must_use]
    pub fn after(previous: Option<&str>, now: Self) -> Self {
        match previous.and_then(Self::in_name) {
            Some(newest) if newest >= now => Self { seconds: newest.seconds + 1 },
            Some(_) | None => now,
        }
    }

    /// The time in front of a migration's folder name. Diesel ignores dashes there, so they may be missing.
    fn in_name(name: &str) -> Option<Self> {
        let version = name.split('_').next()?.replace('-', "");
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = version.get(from..to)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
        let (hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
        let is_time = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60;
        let time = hour * 3600 + minute * 60 + second;
        is_time.then(|| Self { seconds: days(year, month, day) * SECONDS_PER_DAY + time })
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.seconds.div_euclid(SECONDS_PER_DAY));
        let time = self.seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        write!(f, "{year:04}-{month:02}-{day:02}-{hour:02}{minute:02}{second:02}")
    }
}

/// Days from 1970-01-01 to a civil date. Years are counted from March, so that the leap day is the last
/// (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The civil date of a day, `(year, month, day)`: the inverse of [`days`].
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = (from_march + 2) % 12 + 1;
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_diesel_does() {
        assert_eq!(Stamp::at(0).to_string(), "1970-01-01-000000");
        assert_eq!(Stamp::at(951_782_400).to_string(), "2000-02-29-000000");
        assert_eq!(Stamp::at(1_795_443_120).to_string(), "2026-11-23-141200");
        assert_eq!(Stamp::at(4_107_542_399).to_string(), "2100-02-28-235959");
        assert_eq!(Stamp::at(4_107_542_400).to_string(), "2100-03-01-000000");
    }

    #[test]
    fn dates_and_days_are_inverse() {
        for day in (-800_000..800_000).step_by(7) {
            let (year, month, of_month) = date(day);
            assert_eq!(days(year, month, of_month), day);
        }
    }

    #[test]
    fn a_clock_that_is_behind_or_stands_still_gives_the_next_second() {
        let now = Stamp::at(1_795_443_120);
        let after = |previous| Stamp::after(previous, now).to_string();
        assert_eq!(after(None), "2026-11-23-141200");
        assert_eq!(after(Some("2026-11-23-141159-0041_a")), "2026-11-23-141200");
        assert_eq!(after(Some("2026-11-23-141200-0041_a")), "2026-11-23-141201");
        assert_eq!(after(Some("20261231235959_a")), "2027-01-01-000000");
        assert_eq!(after(Some("00000000000000_diesel_initial_setup")), "2026-11-23-141200");
        assert_eq!(after(Some("hand-made")), "2026-11-23-141200");
    }
}
