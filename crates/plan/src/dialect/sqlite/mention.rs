//! Which names a SQL text may mean, as SQLite resolves them: without regard to case, quoted or not.
//!
//! Errs on the side of finding: a function or keyword of the same spelling counts too, which costs a rebuild and never a
//! refused statement.

use crate::{model::Dialect, operation::dependency::names};

/// Whether the text may name `name`.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    names(Dialect::Sqlite, text).contains(name)
}

/// Whether the text may read the table: it has a query, and the name in it.
pub(super) fn reads(text: &str, table: &str) -> bool {
    mentions(text, "select") && mentions(text, table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_not_in_strings() {
        assert!(mentions("PRICE > 0", "price"));
        assert!(mentions("\"createdAt\" > 0 AND `createdat` < 1 AND [a b] > 0", "CREATEDAT"));
        assert!(mentions("[a b] > 0 AND \"a\"\"\" > 0", "A B"));
        assert!(mentions("\"a\"\"\" > 0", "a\""));
        assert!(!mentions("note <> 'price'", "price"));
    }

    #[test]
    fn a_table_is_read_only_by_a_query() {
        assert!(reads("(SELECT max(id) FROM \"user\")", "user"));
        assert!(!reads("lower(user)", "user"));
    }
}
