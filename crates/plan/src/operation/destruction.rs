//! Statements of people's SQL that take rows or values away: what an object's `create` or `drop` does besides its object.
//!
//! Looks at the words that a statement begins with; what functions do that it calls is not known.

use makemigrations_sql::{Statement, Token, TokenKind, statements, tokens};

use crate::model::Dialect;

/// Longer statements are cut where they are shown.
const SHOWN: usize = 60;

/// The first statement of a text that takes rows or values away, on one line.
#[must_use]
pub(super) fn destroys(sql: &str, dialect: Dialect) -> Option<String> {
    statements(sql, dialect)
        .iter()
        .find(|statement| is_destructive(statement, dialect))
        .map(|statement| shown(statement.text))
}

fn is_destructive(statement: &Statement<'_>, dialect: Dialect) -> bool {
    let words: Vec<_> = tokens(statement.text, dialect).filter(|token| !token.is_blank()).collect();
    let Some(first) = words.first() else { return false };
    let is = |word: &str| first.is_word(word);
    let has = |word: &str| words.iter().any(|token| token.is_word(word));
    if is("drop") {
        // What `CASCADE` takes along is not said: a column of a dropped type, a table of a dropped schema.
        return ["table", "schema", "database", "owned"]
            .iter()
            .any(|word| words[1..].first().is_some_and(|token| token.is_word(word)))
            || words[1..].first().is_some_and(|token| token.is_word("foreign")) && has("table")
            || words.last().is_some_and(|token| token.is_word("cascade"));
    }
    if is("alter") {
        // `DROP COLUMN a`, and the same without the word.
        return words.get(1).is_some_and(|token| token.is_word("table") || token.is_word("foreign"))
            && drops_column(&words)
            || words[1..].first().is_some_and(|token| token.is_word("type")) && has("drop") && has("attribute");
    }
    if is("do") {
        // The text of a block runs at once.
        return words.iter().any(|token| {
            matches!(token.kind, TokenKind::String | TokenKind::DollarString) && block_destroys(token.text)
        });
    }
    is("truncate")
        || is("delete")
        || is("update")
        || is("merge")
        || is("replace")
        || is("with") && (has("delete") || has("update") || has("merge"))
        || is("insert") && (has("replace") || has("conflict") && has("update"))
}

/// Whether one of the actions of an `ALTER TABLE` drops a column.
fn drops_column(words: &[Token<'_>]) -> bool {
    let others = ["constraint", "not", "default", "identity", "expression"];
    let dropped = words.windows(2).filter(|pair| pair[0].is_word("drop"));
    dropped.into_iter().any(|pair| !others.iter().any(|word| pair[1].is_word(word)))
}

/// Whether the text of a `DO` block has words that take something away; also in strings, which it may execute.
fn block_destroys(text: &str) -> bool {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let pairs = words.windows(2).any(|pair| {
        matches!(
            (pair[0].as_str(), pair[1].as_str()),
            ("drop", "table" | "schema" | "column" | "owned" | "database") | ("delete", "from")
        )
    });
    pairs || words.iter().any(|word| matches!(word.as_str(), "truncate" | "update" | "merge"))
}

fn shown(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", line[..end].trim_end()),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_rows_away_is_found() {
        for sql in [
            "drop table a1",
            "SELECT 1; Drop /* a */ Table a",
            "DROP SCHEMA a CASCADE",
            "drop type mood cascade",
            "DROP FOREIGN TABLE a",
            "truncate a",
            "DELETE FROM a",
            "WITH gone AS (DELETE FROM a RETURNING id) SELECT 1",
            "UPDATE a SET b = NULL",
            "INSERT OR REPLACE INTO a VALUES (1)",
            "INSERT INTO a VALUES (1) ON CONFLICT (id) DO UPDATE SET b = 1",
            "ALTER TABLE a DROP COLUMN b",
            "ALTER TABLE a ADD c int, DROP b",
            "DO $$ BEGIN EXECUTE 'drop table a'; END $$",
            "DO 'BEGIN DELETE FROM a; END'",
        ] {
            assert!(destroys(sql, Dialect::Postgres).is_some(), "{sql}");
        }
        assert_eq!(destroys("select 1;\n drop\n  table a", Dialect::Sqlite).as_deref(), Some("drop table a"));
    }

    #[test]
    fn what_only_speaks_of_it_is_not() {
        for sql in [
            "DROP FUNCTION a()",
            "DROP TRIGGER a ON b",
            "DROP VIEW a",
            "CREATE TRIGGER a AFTER DELETE ON b BEGIN DELETE FROM c; END",
            "CREATE FUNCTION a() RETURNS void LANGUAGE sql AS $$ DELETE FROM b $$",
            "CREATE RULE a AS ON DELETE TO b DO INSTEAD UPDATE c SET d = 1",
            "ALTER TABLE a DROP CONSTRAINT b",
            "ALTER TABLE a ALTER b DROP NOT NULL, ALTER b DROP DEFAULT",
            "GRANT DELETE ON a TO b",
            "COMMENT ON TABLE a IS 'drop table b'",
            "INSERT INTO a VALUES (1)",
            "DO $$ BEGIN CREATE ROLE a; END $$",
        ] {
            assert_eq!(destroys(sql, Dialect::Postgres), None, "{sql}");
        }
    }
}
