//! A text to its statements, and the statements that control transactions.
//!
//! Does not parse statements: it knows only where a `;` belongs to a body (`BEGIN ... END` of a SQLite trigger, `BEGIN
//! ATOMIC` of a PostgreSQL function, the parentheses of a rule) and ends nothing.

use crate::{Dialect, Token, TokenKind, tokens};

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
    /// What it does.
    pub kind: ControlKind,
}

/// What a statement does to the transaction it runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlKind {
    /// `BEGIN`, `START TRANSACTION`.
    Begin,
    /// `COMMIT`, `END`, `ROLLBACK`, `ABORT`, `PREPARE TRANSACTION`.
    End,
    /// `SAVEPOINT`, `RELEASE`, `ROLLBACK TO`: the transaction goes on.
    Savepoint,
}

/// The statements of a text, in order; blanks, comments and empty statements are left out.
#[must_use]
pub fn statements(sql: &str, dialect: Dialect) -> Vec<Statement<'_>> {
    let mut found = Vec::new();
    let mut current = Current::new(dialect);
    for token in tokens(sql, dialect).filter(|token| !token.is_blank()) {
        if token.text == ";" && !current.is_open() {
            if let Some((start, end)) = current.bounds {
                found.push(Statement { text: &sql[start..end], start, end: token.start + 1 });
            }
            current = Current::new(dialect);
        } else {
            current.take(&token);
        }
    }
    if let Some((start, end)) = current.bounds {
        found.push(Statement { text: &sql[start..end], start, end });
    }
    found
}

/// The statements of a text that control transactions; not those inside strings, comments and bodies.
#[must_use]
pub fn transaction_control(sql: &str, dialect: Dialect) -> Vec<Control<'_>> {
    statements(sql, dialect).into_iter().filter_map(|statement| control(statement, dialect)).collect()
}

fn control(statement: Statement<'_>, dialect: Dialect) -> Option<Control<'_>> {
    let mut words = tokens(statement.text, dialect).filter(|token| !token.is_blank());
    let first = words.next()?;
    let is = |word: &str| first.is_word(word);
    let mut followed_by = |word: &str| words.any(|token| token.is_word(word));
    let kind = if is("begin") || (is("start") && followed_by("transaction")) {
        ControlKind::Begin
    } else if is("savepoint") || is("release") || (is("rollback") && followed_by("to")) {
        ControlKind::Savepoint
    } else if is("commit")
        || is("end")
        || is("rollback")
        || is("abort")
        || is_prepare_transaction(statement.text, dialect)
    {
        ControlKind::End
    } else {
        return None;
    };
    Some(Control { statement, keyword: first.text, kind })
}

/// `PREPARE name AS ...` is another statement, and may hold the word `transaction`.
fn is_prepare_transaction(statement: &str, dialect: Dialect) -> bool {
    let mut words = tokens(statement, dialect).filter(|token| !token.is_blank());
    let mut next_is = |word: &str| words.next().is_some_and(|token| token.is_word(word));
    next_is("prepare") && next_is("transaction")
}

/// What kind of body the statement being read can have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    /// Not known yet: only `CREATE` and the words that may stand before the kind were read.
    Unknown,
    /// Cannot have one.
    None,
    /// A trigger, function or procedure before its `BEGIN`, or after its `END`.
    Routine,
    /// Between `BEGIN` and `END`.
    Open,
    /// A rule: statements between parentheses.
    Rule,
}

/// What is known of the statement being read.
struct Current<'a> {
    dialect: Dialect,
    /// Offset of its first token, and the one after its last.
    bounds: Option<(usize, usize)>,
    body: Body,
    /// Open parentheses of a rule.
    depth: usize,
    previous: Option<Token<'a>>,
}

impl<'a> Current<'a> {
    fn new(dialect: Dialect) -> Self {
        Self { dialect, bounds: None, body: Body::Unknown, depth: 0, previous: None }
    }

    /// Whether a `;` belongs to it.
    fn is_open(&self) -> bool {
        self.body == Body::Open || self.depth > 0
    }

    fn take(&mut self, token: &Token<'a>) {
        let start = self.bounds.map_or(token.start, |(start, _)| start);
        self.bounds = Some((start, token.start + token.text.len()));
        let after = |word: &str| self.previous.is_some_and(|previous| previous.is_word(word));
        let is_any = |words: &[&str]| words.iter().any(|word| token.is_word(word));
        match self.body {
            Body::Unknown => self.body = body(token, self.previous.is_none(), self.dialect),
            // `begin` may also be the name of a column: only what follows it tells.
            Body::Routine if after("begin") => {
                let opens: &[&str] = match self.dialect {
                    Dialect::Postgres => &["atomic"],
                    Dialect::Sqlite => &["insert", "update", "delete", "select", "replace", "with", "values"],
                };
                if is_any(opens) {
                    self.body = Body::Open;
                }
            }
            // As in `sqlite3_complete`: a `CASE ... END` and a column `end` never stand after a `;`.
            Body::Open if token.is_word("end") => {
                if after("atomic") || self.previous.is_some_and(|previous| previous.text == ";") {
                    self.body = Body::Routine;
                }
            }
            Body::Rule if token.text == "(" => self.depth += 1,
            Body::Rule if token.text == ")" => self.depth = self.depth.saturating_sub(1),
            Body::None | Body::Routine | Body::Open | Body::Rule => {}
        }
        self.previous = Some(*token);
    }
}

/// What the words up to `token` tell of the body.
fn body(token: &Token<'_>, is_first: bool, dialect: Dialect) -> Body {
    let is_any = |words: &[&str]| words.iter().any(|word| token.is_word(word));
    if is_first {
        return if token.is_word("create") { Body::Unknown } else { Body::None };
    }
    if token.kind == TokenKind::Word && is_any(&["or", "replace", "temp", "temporary", "constraint"]) {
        Body::Unknown
    } else if match dialect {
        Dialect::Postgres => is_any(&["function", "procedure"]),
        Dialect::Sqlite => token.is_word("trigger"),
    } {
        Body::Routine
    } else if dialect == Dialect::Postgres && token.is_word("rule") {
        Body::Rule
    } else {
        Body::None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn texts(sql: &str, dialect: Dialect) -> Vec<&str> {
        statements(sql, dialect).into_iter().map(|statement| statement.text).collect()
    }

    fn keywords(sql: &str) -> Vec<(&str, ControlKind)> {
        let found = transaction_control(sql, Dialect::Postgres).into_iter();
        found.map(|control| (control.keyword, control.kind)).collect()
    }

    #[test]
    fn statements_end_at_their_own_semicolon() {
        assert_eq!(
            texts("-- a;\nSELECT ';' ; ; SELECT $$;$$ -- b\n", Dialect::Postgres),
            ["SELECT ';'", "SELECT $$;$$"]
        );
        assert_eq!(
            statements(" a;b", Dialect::Sqlite),
            [Statement { text: "a", start: 1, end: 3 }, Statement { text: "b", start: 3, end: 4 }]
        );
        assert!(statements(" ; -- nothing", Dialect::Sqlite).is_empty());
    }

    #[test]
    fn a_trigger_s_body_is_one_statement() {
        let trigger = "CREATE TEMP TRIGGER t AFTER INSERT ON a WHEN CASE WHEN 1 THEN 2 END BEGIN \
                       UPDATE a SET end = CASE WHEN 1 THEN 2 END; SELECT end FROM a; END";
        assert_eq!(texts(&format!("{trigger};\nSELECT 2;"), Dialect::Sqlite), [trigger, "SELECT 2"]);
        assert!(transaction_control(trigger, Dialect::Sqlite).is_empty());
    }

    #[test]
    fn an_atomic_body_is_one_statement() {
        let function = "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END";
        assert_eq!(texts(&format!("{function}; COMMIT"), Dialect::Postgres), [function, "COMMIT"]);
        let empty = "CREATE PROCEDURE p() BEGIN ATOMIC END";
        assert_eq!(texts(&format!("{empty}; COMMIT"), Dialect::Postgres), [empty, "COMMIT"]);
    }

    #[test]
    fn a_rule_s_statements_are_one_statement() {
        let rule = "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)";
        assert_eq!(texts(&format!("{rule}; COMMIT"), Dialect::Postgres), [rule, "COMMIT"]);
    }

    #[test]
    fn names_that_look_like_bodies_open_none() {
        for sql in [
            "CREATE TABLE slot (trigger text, function int, begin int, select_ int)",
            "CREATE TRIGGER t BEFORE UPDATE OF begin ON slot FOR EACH ROW EXECUTE FUNCTION f()",
            "SELECT begin FROM slot",
        ] {
            for dialect in Dialect::ALL {
                assert_eq!(texts(&format!("{sql}; COMMIT;"), dialect), [sql, "COMMIT"]);
            }
        }
    }

    #[test]
    fn transaction_control_is_found_only_at_the_top() {
        let sql = "begin; SELECT 'COMMIT;'; -- ROLLBACK;\nDO $$ BEGIN COMMIT; END $$; START /* */ TRANSACTION; END";
        let expected = [("begin", ControlKind::Begin), ("START", ControlKind::Begin), ("END", ControlKind::End)];
        assert_eq!(keywords(sql), expected);
        assert!(keywords("CREATE TABLE \"end\" (\"commit\" int); PREPARE p AS SELECT transaction").is_empty());
    }

    #[test]
    fn savepoints_do_not_end_the_transaction() {
        let sql = "SAVEPOINT a; ROLLBACK TRANSACTION TO a; RELEASE a";
        assert!(keywords(sql).iter().all(|(_, kind)| *kind == ControlKind::Savepoint));
        assert_eq!(keywords(sql).len(), 3);
        assert_eq!(
            keywords("ROLLBACK; PREPARE TRANSACTION 'x'"),
            [("ROLLBACK", ControlKind::End), ("PREPARE", ControlKind::End)]
        );
    }

    #[test]
    fn a_statement_after_a_comment_that_only_looks_nested_is_one() {
        let sql = "/* x /* y */ INSERT INTO t VALUES (1); -- end */\n";
        assert_eq!(texts(sql, Dialect::Sqlite), ["INSERT INTO t VALUES (1)"]);
        assert!(texts(sql, Dialect::Postgres).is_empty());
        assert_eq!(texts("CREATE TABLE [a;b] (x); SELECT 1", Dialect::Sqlite), ["CREATE TABLE [a;b] (x)", "SELECT 1"]);
    }

    proptest! {
        #[test]
        fn statements_lie_inside_the_text_in_order(sql in "(?s)([a-z';$ ()\n]|create|trigger|rule|begin|end|select)*") {
            for dialect in Dialect::ALL {
                let mut last = 0;
                for statement in statements(&sql, dialect) {
                    prop_assert!(last <= statement.start && statement.start < statement.end);
                    prop_assert!(statement.end <= sql.len());
                    prop_assert!(sql[statement.start..statement.end].starts_with(statement.text));
                    last = statement.end;
                }
            }
        }

        #[test]
        fn no_text_makes_it_panic(sql in "(?s).*") {
            for dialect in Dialect::ALL {
                for control in transaction_control(&sql, dialect) {
                    prop_assert!(control.statement.text.starts_with(control.keyword));
                }
            }
        }
    }
}
