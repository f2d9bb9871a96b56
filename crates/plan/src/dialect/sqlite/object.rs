//! Objects that people write in SQL, triggers above all: their texts, statement by statement.
//!
//! What the texts mean is not known here; a rebuild finds the triggers of its table by itself, see `rebuild`.

use makemigrations_sql::statements;

/// The statements of one of the object's texts.
pub(super) fn run(text: &str) -> Vec<String> {
    statements(text).into_iter().map(|statement| statement.text.to_owned()).collect()
}
