//! Automatic names of constraints and indexes: PostgreSQL's own, with a length rule that never collides.
//!
//! Pure text; nothing here knows tables.

use super::Dialect;

/// What a name is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
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
pub fn automatic<S: AsRef<str>>(dialect: Dialect, kind: NameKind, table: &str, columns: &[S]) -> String {
    let suffix = match kind {
        NameKind::PrimaryKey => return limit(dialect, &format!("{table}_pkey")),
        NameKind::Unique => "key",
        NameKind::ForeignKey => "fkey",
        NameKind::Index => "idx",
        NameKind::Check => "check",
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

/// The name that PostgreSQL gives the sequence of a column, both parts cut as `makeObjectName` cuts them.
#[must_use]
pub fn sequence(table: &str, column: &str) -> String {
    let available = Dialect::Postgres.max_identifier_bytes() - "__seq".len();
    let (mut left, mut right) = (table.len(), column.len());
    while left + right > available {
        if left > right { left -= 1 } else { right -= 1 }
    }
    format!("{}_{}_seq", clipped(table, left), clipped(column, right))
}

fn clipped(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_postgresql_s_own() {
        let name = |kind, columns: &[&str]| automatic(Dialect::Postgres, kind, "ticket", columns);
        assert_eq!(name(NameKind::PrimaryKey, &[]), "ticket_pkey");
        assert_eq!(name(NameKind::Unique, &["organization", "number"]), "ticket_organization_number_key");
        assert_eq!(name(NameKind::Index, &["status"]), "ticket_status_idx");
    }

    #[test]
    fn a_long_name_is_cut_by_bytes_and_keeps_what_tells_it_apart() {
        let (a, b) = (format!("{}a", "ж".repeat(40)), format!("{}b", "ж".repeat(40)));
        let (cut_a, cut_b) = (limit(Dialect::Postgres, &a), limit(Dialect::Postgres, &b));
        assert!(cut_a.len() <= 63 && cut_b.len() <= 63);
        assert_ne!(cut_a, cut_b);
        assert_eq!(limit(Dialect::Postgres, &"x".repeat(63)), "x".repeat(63));
    }

    #[test]
    fn long_names_of_sequences_are_cut_where_they_are_longer() {
        assert_eq!(sequence("ticket", "id"), "ticket_id_seq");
        assert_eq!(sequence(&"t".repeat(70), "id"), format!("{}_id_seq", "t".repeat(56)));
        assert_eq!(sequence(&"t".repeat(40), &"c".repeat(40)), format!("{}_{}_seq", "t".repeat(29), "c".repeat(29)));
        assert_eq!(sequence(&"ж".repeat(30), "id").len(), 63);
        assert_eq!(sequence(&"ж".repeat(30), "идентификатор"), format!("{}_{}_seq", "ж".repeat(16), "идентификатор"));
    }
}
