//! Servers whose concurrent index builds leave rows out: which they are, and which statements they must not run. Must not
//! look at what a statement is about.

use makemigrations_sql::{Dialect, tokens};

/// PostgreSQL 14.0 to 14.3, as `server_version_num` has them. Vacuum removed what a concurrent build still needed; 14.4 does
/// not.
const WRONG: std::ops::RangeInclusive<u32> = 140_000..=140_003;

/// Why a server must not run a statement, if it must not.
pub(super) fn problem(version_number: u32, statement: &str) -> Option<String> {
    (WRONG.contains(&version_number) && builds_concurrently(statement)).then(|| {
        format!(
            "PostgreSQL 14.{} may leave rows out of an index that is built with `CONCURRENTLY`: queries do not find them, and \
             duplicates get in; it is mended in 14.4: update the server, then run it again",
            version_number % 100
        )
    })
}

fn builds_concurrently(statement: &str) -> bool {
    let mut words = tokens(statement, Dialect::Postgres).filter(|token| !token.is_blank());
    let Some(first) = words.next() else { return false };
    (first.is_word("create") || first.is_word("reindex")) && words.any(|token| token.is_word("concurrently"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_build_wrong_indexes_are_known() {
        let build = "-- a\nCREATE UNIQUE INDEX CONCURRENTLY a ON t (b)";
        for version in [140_000, 140_003] {
            assert!(problem(version, build).is_some_and(|text| text.contains("mended in 14.4")), "{version}");
            assert!(problem(version, "REINDEX (CONCURRENTLY) TABLE t").is_some(), "{version}");
            assert_eq!(problem(version, "DROP INDEX CONCURRENTLY a"), None);
            assert_eq!(problem(version, "CREATE INDEX a ON t (b)"), None);
            assert_eq!(problem(version, "ALTER TABLE t DETACH PARTITION p CONCURRENTLY"), None);
        }
        for version in [130_021, 140_004, 150_000, 180_001] {
            assert_eq!(problem(version, build), None, "{version}");
        }
    }
}
