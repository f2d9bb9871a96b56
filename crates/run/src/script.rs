//! The text of a migration as statements, so that the one that fails can be named. Must not change what runs: a text
//! that cannot be divided with certainty stays whole.

use makemigrations_sql::{statements, tokens, transaction_control};

use crate::url::Dialect;

/// A part of a script that is sent to the database on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Statement<'a> {
    pub(crate) text: &'a str,
    /// Byte offset in the script.
    pub(crate) start: usize,
    /// Whether it is the script as it stands, of which nobody knows how many statements it has.
    pub(crate) is_undivided: bool,
}

/// The statements of a script, in order.
pub(crate) fn divide(script: &str, dialect: Dialect) -> Vec<Statement<'_>> {
    if !is_closed(script, dialect) {
        return whole(script);
    }
    statements(script, dialect)
        .into_iter()
        .map(|part| Statement { text: part.text, start: part.start, is_undivided: false })
        .collect()
}

/// The script as one.
pub(crate) fn whole(script: &str) -> Vec<Statement<'_>> {
    vec![Statement { text: script, start: 0, is_undivided: true }]
}

/// Index of the statement that ends the last transaction that the script itself begins.
pub(crate) fn last_commit(script: &str, dialect: Dialect, statements: &[Statement<'_>]) -> Option<usize> {
    let controls = transaction_control(script, dialect);
    let begins = |word: &str| ["begin", "start"].iter().any(|begin| word.eq_ignore_ascii_case(begin));
    let ends = |word: &str| ["commit", "end"].iter().any(|end| word.eq_ignore_ascii_case(end));
    let begin = controls.iter().position(|control| begins(control.keyword))?;
    let end = controls[begin..].iter().rfind(|control| ends(control.keyword))?;
    statements.iter().position(|statement| statement.start == end.statement.start)
}

/// The line, from 1, of a statement, or of a place in it in characters from 1.
pub(crate) fn line(script: &str, statement: &Statement<'_>, position: Option<usize>) -> usize {
    let inside = position.map_or(0, |position| {
        statement.text.char_indices().nth(position.saturating_sub(1)).map_or(0, |(offset, _)| offset)
    });
    let before = &script.as_bytes()[..statement.start + inside];
    1 + before.iter().filter(|byte| **byte == b'\n').count()
}

/// Whether every quote and comment of the text ends.
fn is_closed(script: &str, dialect: Dialect) -> bool {
    tokens(script, dialect).all(|token| token.terminated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(script: &str, dialect: Dialect) -> Vec<&str> {
        divide(script, dialect).into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn what_is_not_certain_stays_whole() {
        let open = "SELECT 'open; SELECT 1";
        assert_eq!(texts(open, Dialect::Sqlite), [open]);
        let nested = "/* x /* y */ SELECT 1; SELECT 2";
        assert_eq!(texts(nested, Dialect::Sqlite), ["SELECT 1", "SELECT 2"]);
        assert_eq!(texts(nested, Dialect::Postgres), [nested]);
        assert_eq!(texts("CREATE TABLE [a;b] (x); SELECT 1", Dialect::Sqlite), ["CREATE TABLE [a;b] (x)", "SELECT 1"]);
        let rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)";
        assert_eq!(texts(&format!("{rule}; SELECT 3"), Dialect::Postgres), [rule, "SELECT 3"]);
        assert_eq!(texts("SELECT ARRAY[1]; SELECT 2", Dialect::Postgres), ["SELECT ARRAY[1]", "SELECT 2"]);
    }

    #[test]
    fn the_last_commit_is_that_of_its_own_transaction() {
        let find = |script| last_commit(script, Dialect::Sqlite, &divide(script, Dialect::Sqlite));
        assert_eq!(find("PRAGMA a; BEGIN IMMEDIATE; SELECT 1; COMMIT; PRAGMA b"), Some(3));
        assert_eq!(find("BEGIN; SELECT 1; COMMIT; BEGIN; SELECT 2; END TRANSACTION"), Some(5));
        assert_eq!(find("SELECT 1; COMMIT"), None);
        assert_eq!(find("BEGIN; SELECT 'COMMIT'; ROLLBACK"), None);
    }

    #[test]
    fn a_line_is_that_of_the_place_in_the_statement() {
        let script = "-- ä\nSELECT 1;\n\nSELECT\n  'ä',\n  b;\n";
        let statements = divide(script, Dialect::Postgres);
        assert_eq!(line(script, &statements[1], None), 4);
        let position = statements[1].text.chars().position(|c| c == 'b').map(|index| index + 1);
        assert_eq!(line(script, &statements[1], position), 6);
    }
}
