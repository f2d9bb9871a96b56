//! The transaction around table rebuilds, and the guard that stops it before anything is lost.
//!
//! Knows nothing of the changes inside. Foreign keys can be switched off only outside a transaction, so a script that needs
//! that cannot run in one that somebody else opened.

use std::collections::BTreeMap;

use makemigrations_sql::quote_identifier;

use crate::dialect::{Block, text};

/// A temporary table whose only use is its checks: SQLite has no other statement that fails on a condition, and the name of
/// a check is the message.
const GUARD: &str = "__makemigrations_guard";

/// What the guard watches over.
#[derive(Default)]
pub(super) struct Frame {
    is_needed: bool,
    /// Columns of the guard that must be 0, with the message for a person.
    counts: BTreeMap<String, String>,
    /// Statements that ask when everything else is done.
    last: Vec<String>,
}

impl Frame {
    /// Foreign keys must be off.
    pub(super) fn need(&mut self) {
        self.is_needed = true;
    }

    /// The statement that stops with the message when the count, a query, is not 0. Each message has a column of the guard
    /// to itself; to SQLite, names that differ only in case are one.
    pub(super) fn refuse(&mut self, column: &str, message: String, count: &str) -> String {
        let name = column.to_ascii_lowercase();
        let (mut column, mut next) = (name.clone(), 2);
        while self.counts.get(&column).is_some_and(|known| *known != message) {
            column = format!("{name}_{next}");
            next += 1;
        }
        let sql = format!("UPDATE temp.{} SET {} = ({count})", quote_identifier(GUARD), quote_identifier(&column));
        self.is_needed = true;
        self.counts.insert(column, message);
        sql
    }

    /// The same, asked when everything else is done.
    pub(super) fn refuse_at_last(&mut self, column: &str, message: String, count: &str) {
        let sql = self.refuse(column, message, count);
        if !self.last.contains(&sql) {
            self.last.push(sql);
        }
    }

    /// The blocks with the frame around them, and whether they can run in somebody else's transaction.
    pub(super) fn close(self, blocks: Vec<Block>) -> (Vec<Block>, bool) {
        if !self.is_needed {
            return (blocks, true);
        }
        let mut framed = vec![self.opening()];
        framed.extend(blocks);
        framed.push(self.closing());
        (framed, false)
    }

    fn opening(&self) -> Block {
        let guard = quote_identifier(GUARD);
        let mut lines = vec![r#""broken_before" INTEGER"#.to_owned(), r#""broken_after" INTEGER"#.to_owned()];
        lines.extend(self.counts.keys().map(|column| format!("{} INTEGER", quote_identifier(column))));
        let check = |message: &str, check: &str| format!("CONSTRAINT {} CHECK ({check})", quote_identifier(message));
        lines.push(check("rows would break foreign keys that hold now", r#""broken_after" <= "broken_before""#));
        let counts = self.counts.iter();
        lines.extend(counts.map(|(column, message)| check(message, &format!("{} = 0", quote_identifier(column)))));
        Block {
            comment: "Switch foreign keys off: dropping a table would delete the rows that reference it".to_owned(),
            statements: vec![
                "PRAGMA foreign_keys = OFF".to_owned(),
                "PRAGMA legacy_alter_table = OFF".to_owned(),
                "BEGIN IMMEDIATE".to_owned(),
                format!("DROP TABLE IF EXISTS temp.{guard}"),
                format!("CREATE TEMP TABLE {guard} {}", text::body(&lines)),
                format!(r#"INSERT INTO temp.{guard} ("broken_before") SELECT count(*) FROM pragma_foreign_key_check"#),
            ],
        }
    }

    fn closing(self) -> Block {
        let guard = quote_identifier(GUARD);
        let mut statements = self.last;
        statements.extend([
            format!(r#"UPDATE temp.{guard} SET "broken_after" = (SELECT count(*) FROM pragma_foreign_key_check)"#),
            format!("DROP TABLE temp.{guard}"),
            "COMMIT".to_owned(),
            "PRAGMA foreign_keys = ON".to_owned(),
        ]);
        let comment = "Switch foreign keys on again, if they hold as before".to_owned();
        Block { comment, statements }
    }
}
