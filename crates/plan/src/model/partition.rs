//! What a table is partitioned by; PostgreSQL only.
//!
//! Read from the text of its options; what may not change because of it is not decided here.

use std::collections::BTreeSet;

use makemigrations_sql::{ReferenceRole, Token, references, tokens};

use super::{Dialect, Table};

impl Table {
    /// The columns of its partition key, also those inside expressions.
    #[must_use]
    pub fn partition_columns(&self) -> BTreeSet<String> {
        let Some(options) = self.options.as_deref() else { return BTreeSet::new() };
        let words: Vec<_> = tokens(options, Dialect::Postgres).filter(|token| !token.is_blank()).collect();
        let by = words.windows(2).position(|pair| pair[0].is_word("partition") && pair[1].is_word("by"));
        // After the strategy, up to the parenthesis that closes the key.
        let key = by.and_then(|by| words.get(by + 3..)).unwrap_or_default();
        let (Some(first), Some(last)) = (key.first(), closing(key)) else { return BTreeSet::new() };
        let found = references(&options[first.start..last.end()], Dialect::Postgres);
        found.into_iter().filter(|found| found.role == ReferenceRole::Column).map(|found| found.name).collect()
    }
}

/// The parenthesis that closes the first one.
fn closing<'t, 'a>(key: &'t [Token<'a>]) -> Option<&'t Token<'a>> {
    let mut depth = 0_usize;
    key.iter().find(|token| {
        if token.is_symbol("(") {
            depth += 1;
        } else if token.is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        depth == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Domain;

    #[test]
    fn a_partition_key_is_read_also_in_expressions() {
        let of = |options: &str| {
            let mut table = Table::new(Domain::new("d").unwrap(), "t");
            table.options = Some(options.to_owned());
            table.partition_columns().into_iter().collect::<Vec<_>>()
        };
        assert_eq!(of("PARTITION BY LIST (e)"), ["e"]);
        assert_eq!(of("partition /* by */ by range (\"A\" text_ops, At COLLATE \"C\")"), ["A", "at"]);
        assert_eq!(of("PARTITION BY HASH (lower(a), (b + 1)) WITH (fillfactor = 70)"), ["a", "b"]);
        assert!(of("WITH (fillfactor = 70)").is_empty() && of("PARTITION BY").is_empty());
    }
}
