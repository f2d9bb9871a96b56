//! Objects that people write in SQL, triggers above all: their texts, statement by statement.
//!
//! Of what the texts mean, only the table of a trigger is known here: a rebuild would lose it.

use makemigrations_sql::{Dialect, statements, tokens};

use crate::graph::has_name;

/// The statements of one of an object's texts.
pub(super) fn run(text: &str) -> Vec<String> {
    statements(text, Dialect::Sqlite).into_iter().map(|statement| statement.text.to_owned()).collect()
}

/// Whether the text creates a trigger on the table.
pub(super) fn has_trigger_on(text: &str, table: &str) -> bool {
    statements(text, Dialect::Sqlite).into_iter().any(|statement| {
        let mut words = tokens(statement.text, Dialect::Sqlite).filter(|token| !token.is_blank());
        let is_create = words.next().is_some_and(|token| token.is_word("create"));
        let is_trigger = is_create && words.by_ref().take(2).any(|token| token.is_word("trigger"));
        let of_table = words.skip_while(|token| !token.is_word("on")).skip(1);
        let ends = ["for", "when", "begin"];
        let mut target = of_table.take_while(|token| !ends.iter().any(|word| token.is_word(word)));
        is_trigger && target.any(|token| has_name(Dialect::Sqlite, token.text, table))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_a_trigger_stands_after_on() {
        let text = "CREATE VIEW house AS SELECT 1; -- and\n\
                    CREATE TEMP TRIGGER flat UPDATE OF \"on\" ON main.\"House\" BEGIN DELETE FROM flat; END;";
        assert!(has_trigger_on(text, "house"));
        assert!(!has_trigger_on(text, "flat"));
        assert!(!has_trigger_on("CREATE INDEX a ON house (street)", "house"));
    }
}
