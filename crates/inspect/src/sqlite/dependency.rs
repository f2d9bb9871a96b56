//! What a view or trigger needs where the planner would not find it: names in brackets, which only SQLite reads so.
//!
//! Without brackets nothing is said, and the planner looks into the text itself.

use std::collections::BTreeSet;

use super::lexer::{Piece, pieces};

/// Those of the names that the text has, if it has one of them in brackets; else none.
pub(super) fn bracketed<'n>(sql: &str, names: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
    let pieces = pieces(sql);
    let of = |piece: &Piece<'_>| piece.name().map(|name| name.to_ascii_lowercase());
    let all: BTreeSet<_> = pieces.iter().filter_map(of).collect();
    let bracketed: BTreeSet<_> = pieces.iter().filter(|piece| piece.text.starts_with('[')).filter_map(of).collect();
    let found: BTreeSet<_> = names.filter(|name| all.contains(&name.to_ascii_lowercase())).map(str::to_owned).collect();
    if found.iter().any(|name| bracketed.contains(&name.to_ascii_lowercase())) { found } else { BTreeSet::new() }
}

#[cfg(test)]
mod tests {
    use super::bracketed;

    #[test]
    fn names_in_brackets_are_found_with_those_beside_them() {
        let found =
            |sql| bracketed(sql, ["Order Line", "customer", "other"].into_iter()).into_iter().collect::<Vec<_>>();
        assert_eq!(found("select * from [order line] join Customer"), ["Order Line", "customer"]);
        assert!(found("select [a b] from customer").is_empty());
    }
}
