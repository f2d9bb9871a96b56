//! Automatic names of constraints and indexes: PostgreSQL's own, with a length rule that never collides.
//!
//! Pure text; nothing here knows tables.

use super::Dialect;

/// What a name is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `<table>_pkey`
    PrimaryKey,
    /// `<table>_<columns>_key`
    Unique,
    /// `<table>_<columns>_fkey`
    ForeignKey,
    /// `<table>_<columns>_idx`
    Index,
    /// `<table>_<column>_check`
    Check,
}

/// The automatic name of a constraint or index of the table with the SQL name `table`.
#[must_use]
pub fn automatic<S: AsRef<str>>(dialect: Dialect, kind: Kind, table: &str, columns: &[S]) -> String {
    let suffix = match kind {
        Kind::PrimaryKey => return limit(dialect, &format!("{table}_pkey")),
        Kind::Unique => "key",
        Kind::ForeignKey => "fkey",
        Kind::Index => "idx",
        Kind::Check => "check",
    };
    let mut name = table.to_owned();
    for column in columns {
        name.push('_');
        name.push_str(column.as_ref());
    }
    name.push('_');
    name.push_str(suffix);
    limit(dialect, &name)
}

/// The name itself, or, over the dialect's limit, its start and `_` and 8 hex digits of a hash of all of it, so that two
/// long names that share a start stay different.
#[must_use]
pub fn limit(dialect: Dialect, name: &str) -> String {
    let limit = dialect.max_identifier_bytes();
    if name.len() <= limit {
        return name.to_owned();
    }
    let mut end = limit - 9;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{:08x}", &name[..end], fnv1a(name.as_bytes()))
}

/// FNV-1a, 32 bits: short, the same everywhere, and enough to tell names apart that share 54 bytes. Two that still
/// collide are reported as equal names.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_postgresql_s_own() {
        let name = |kind, columns: &[&str]| automatic(Dialect::Postgres, kind, "ticket", columns);
        assert_eq!(name(Kind::PrimaryKey, &[]), "ticket_pkey");
        assert_eq!(name(Kind::Unique, &["organization", "number"]), "ticket_organization_number_key");
        assert_eq!(name(Kind::Index, &["status"]), "ticket_status_idx");
    }

    #[test]
    fn a_long_name_is_cut_by_bytes_and_keeps_what_tells_it_apart() {
        let (a, b) = (format!("{}a", "ж".repeat(40)), format!("{}b", "ж".repeat(40)));
        let (cut_a, cut_b) = (limit(Dialect::Postgres, &a), limit(Dialect::Postgres, &b));
        assert!(cut_a.len() <= 63 && cut_b.len() <= 63);
        assert_ne!(cut_a, cut_b);
        assert_eq!(limit(Dialect::Postgres, &"x".repeat(63)), "x".repeat(63));
    }
}
