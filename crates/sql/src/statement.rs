//! A text to its statements, and the statements that control transactions.
//!
//! A `;` inside a body (`BEGIN ... END` of a SQLite trigger, `BEGIN ATOMIC` of a PostgreSQL function) does not end a
//! statement.

use crate::token::{Token, TokenKind, tokens};

/// One statement of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    /// From its first word to its last token, without the `;`.
    pub text: &'a str,
    /// Byte offset of the first word.
    pub start: usize,
    /// Byte offset after the `;`, or after the last token.
    pub end: usize,
}

/// A statement that begins, ends or divides a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Control<'a> {
    /// The whole statement.
    pub statement: Statement<'a>,
    /// Its first word, as written.
    pub keyword: &'a str,
}

/// The statements of a text, in order; blanks, comments and empty statements are left out.
#[must_use]
pub fn statements(sql: &str) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut current = Current::default();
    for token in tokens(sql) {
        if token.text == ";" && current.depth == 0 {
            if let Some((start, end)) = current.bounds {
                found.push(Statement { text: &sql[start..end], start, end: token.start + 1 });
            }
            current = Current::default();
        } else {
            current.take(&token);
        }
    }
    if let Some((start, end)) = current.bounds {
        found.push(Statement { text: &sql[start..end], start, end });
    }
    found
}

/// The statements `BEGIN`, `START TRANSACTION`, `COMMIT`, `END`, `ROLLBACK`, `ABORT`, `SAVEPOINT`, `RELEASE` and
/// `PREPARE TRANSACTION` of a text.
#[must_use]
pub fn transaction_control(sql: &str) -> Vec<Control<'_>> {
    let controls = statements(sql).into_iter().filter_map(|statement| {
        let mut words = tokens(statement.text).filter(|token| !token.is_blank());
        let first = words.next()?;
        let second = words.next();
        let is = |word: &str| first.is_word(word);
        let followed_by = |word: &str| second.is_some_and(|token| token.is_word(word));
        let alone = ["begin", "commit", "end", "rollback", "abort", "savepoint", "release"].into_iter().any(is);
        let paired = (is("start") || is("prepare")) && followed_by("transaction");
        (alone || paired).then_some(Control { statement, keyword: first.text })
    });
    controls.collect()
}

/// What is known of the statement being read.
#[derive(Default)]
struct Current<'a> {
    /// Offsets of the first and after the last token that is not blank.
    bounds: Option<(usize, usize)>,
    /// Open `BEGIN` and `CASE` of a body.
    depth: usize,
    /// Whether it starts with `CREATE`, and its kind can have a body.
    creates: bool,
    has_body: bool,
    previous: Option<Token<'a>>,
}

impl<'a> Current<'a> {
    fn take(&mut self, token: &Token<'a>) {
        if token.is_blank() {
            return;
        }
        let end = token.start + token.text.len();
        match &mut self.bounds {
            Some(bounds) => bounds.1 = end,
            None => {
                self.bounds = Some((token.start, end));
                self.creates = token.is_word("create");
            }
        }
        if token.kind == TokenKind::Word {
            self.word(token);
        }
        self.previous = Some(*token);
    }

    fn word(&mut self, token: &Token<'a>) {
        let is_any = |words: &[&str]| words.iter().any(|word| token.is_word(word));
        // `table.begin` and `as "x".end` are names.
        let is_name = self.previous.is_some_and(|previous| previous.text == ".");
        if is_name || !self.creates {
            return;
        }
        if is_any(&["trigger", "function", "procedure"]) {
            self.has_body = true;
        } else if self.has_body && (token.is_word("begin") || (self.depth > 0 && token.is_word("case"))) {
            self.depth += 1;
        } else if token.is_word("end") {
            self.depth = self.depth.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(sql: &str) -> Vec<&str> {
        statements(sql).into_iter().map(|statement| statement.text).collect()
    }

    #[test]
    fn statements_end_at_their_own_semicolon() {
        assert_eq!(texts("-- a;\nSELECT ';' ; ; SELECT $$;$$\n"), ["SELECT ';'", "SELECT $$;$$"]);
    }

    #[test]
    fn a_trigger_s_body_is_one_statement() {
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET x = CASE WHEN 1 THEN 2 END; SELECT 1; END";
        assert_eq!(texts(&format!("{trigger};\nSELECT 2;")), [trigger, "SELECT 2"]);
        assert!(transaction_control(trigger).is_empty());
    }

    #[test]
    fn an_atomic_body_is_one_statement() {
        let function = "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END";
        assert_eq!(texts(&format!("{function}; COMMIT")), [function, "COMMIT"]);
    }

    #[test]
    fn transaction_control_is_found_only_at_the_top() {
        let sql =
            "begin; SELECT 'COMMIT;'; -- ROLLBACK;\nDO $$ BEGIN COMMIT; END $$; START /* */ TRANSACTION; release x;";
        let found: Vec<_> = transaction_control(sql).into_iter().map(|control| control.keyword).collect();
        assert_eq!(found, ["begin", "START", "release"]);
        assert!(transaction_control("CREATE TABLE \"end\" (\"commit\" int); PREPARE p AS SELECT 1").is_empty());
    }

    proptest! {
        #[test]
        fn statements_lie_inside_the_text_in_order(sql in "(?s)([a-z';$ \n]|create|trigger|begin|end|case)*") {
            let mut last = 0;
            for statement in statements(&sql) {
                prop_assert!(last <= statement.start && statement.start < statement.end && statement.end <= sql.len());
                prop_assert!(sql[statement.start..statement.end].starts_with(statement.text));
                last = statement.end;
            }
        }
    }
}
