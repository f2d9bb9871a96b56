//! The name of a migration's folder, as Diesel reads it.
//!
//! Never fails: any name is a migration to Diesel, and names of another shape than ours come from projects that had
//! migrations before.

/// The parts of the name of a migration's folder, `2026-11-23-141200-0042_ticket_priority`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryName {
    /// What Diesel stores and compares, as text: everything before the first `_`, without dashes.
    pub version: String,
    /// `2026-11-23-141200`, in UTC, when the name has it.
    pub timestamp: Option<String>,
    /// The sequence number: Diesel's discriminator of four or more digits. `0000`, which Diesel's own command line
    /// writes, is none.
    pub number: Option<u64>,
    /// What follows the first `_`.
    pub name: String,
}

impl DirectoryName {
    /// Takes the name of a folder apart.
    #[must_use]
    pub fn parse(directory: &str) -> Self {
        let (prefix, name) = directory.split_once('_').unwrap_or((directory, ""));
        let (timestamp, number) = match split_timestamp(prefix) {
            Some((timestamp, rest)) => (Some(timestamp.to_owned()), rest.strip_prefix('-').and_then(number)),
            None => (None, None),
        };
        Self { version: prefix.replace('-', ""), timestamp, number, name: name.to_owned() }
    }
}

/// `2026-11-23-141200` and what follows it: nothing, or `-0042`.
fn split_timestamp(prefix: &str) -> Option<(&str, &str)> {
    const SHAPE: &str = "0000-00-00-000000";
    let (timestamp, rest) = prefix.split_at_checked(SHAPE.len())?;
    let fits = timestamp.bytes().zip(SHAPE.bytes()).all(|(byte, shape)| match shape {
        b'0' => byte.is_ascii_digit(),
        _ => byte == shape,
    });
    let is_whole = rest.is_empty() || rest.strip_prefix('-').is_some_and(is_discriminator);
    (fits && is_whole).then_some((timestamp, rest))
}

fn is_discriminator(text: &str) -> bool {
    text.len() >= 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_our_names_apart() {
        let name = DirectoryName::parse("2026-11-23-141200-0042_ticket_priority");
        assert_eq!(name.version, "202611231412000042");
        assert_eq!(name.timestamp.as_deref(), Some("2026-11-23-141200"));
        assert_eq!(name.number, Some(42));
        assert_eq!(name.name, "ticket_priority");
        assert_eq!(DirectoryName::parse("2026-11-23-141200-10042_x").number, Some(10042));
    }

    #[test]
    fn takes_diesel_s_names_apart() {
        let name = DirectoryName::parse("2023-01-01-000000_create_x");
        assert_eq!((name.version.as_str(), name.number, name.name.as_str()), ("20230101000000", None, "create_x"));
        assert!(name.timestamp.is_some());
        assert_eq!(DirectoryName::parse("2024-07-08-134512-0000_x").number, None);
    }

    #[test]
    fn other_names_have_a_version_only() {
        for (directory, version) in [
            ("00000000000000_diesel_initial_setup", "00000000000000"),
            ("no-underscore", "nounderscore"),
            ("_x", ""),
            ("", ""),
            ("2026-11-23-141200-42_x", "2026112314120042"),
            ("2026-11-23-141200é_x", "20261123141200é"),
            ("2026-11-23-141200-99999999999999999999_x", "2026112314120099999999999999999999"),
        ] {
            let name = DirectoryName::parse(directory);
            assert_eq!((name.version.as_str(), name.number), (version, None), "{directory}");
        }
    }
}
