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

/// A table of SQLite has at most 2,000 columns, and the first guard has two of its own. What does not fit has a guard more.
const COUNTS_OF_A_GUARD: usize = 1_998;

/// What the guard watches over.
#[derive(Default)]
pub(super) struct Frame {
    is_needed: bool,
    /// Columns of the guards that must be 0.
    counts: BTreeMap<String, Count>,
    /// Statements that ask when everything else is done.
    last: Vec<String>,
}

/// A column of a guard.
struct Count {
    /// For a person.
    message: String,
    /// The number of its guard, from 0.
    guard: usize,
}

/// The quoted name of a guard by its number.
fn guard_name(number: usize) -> String {
    if number == 0 { quote_identifier(GUARD) } else { quote_identifier(&format!("{GUARD}_{}", number + 1)) }
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
        while self.counts.get(&column).is_some_and(|known| known.message != message) {
            column = format!("{name}_{next}");
            next += 1;
        }
        let next = self.counts.len() / COUNTS_OF_A_GUARD;
        let guard = self.counts.get(&column).map_or(next, |known| known.guard);
        let sql = format!("UPDATE temp.{} SET {} = ({count})", guard_name(guard), quote_identifier(&column));
        self.is_needed = true;
        self.counts.insert(column, Count { message, guard });
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

    /// The numbers of the guards.
    fn guards(&self) -> impl Iterator<Item = usize> {
        0..=self.counts.values().map(|count| count.guard).max().unwrap_or_default()
    }

    /// The statements that make a guard and its only row.
    fn guard(&self, number: usize) -> [String; 3] {
        let guard = guard_name(number);
        let check = |message: &str, check: &str| format!("CONSTRAINT {} CHECK ({check})", quote_identifier(message));
        let counts = || self.counts.iter().filter(|(_, count)| count.guard == number);
        let mut lines = Vec::new();
        if number == 0 {
            lines.extend([r#""broken_before" INTEGER"#.to_owned(), r#""broken_after" INTEGER"#.to_owned()]);
        }
        lines.extend(counts().map(|(column, _)| format!("{} INTEGER", quote_identifier(column))));
        if number == 0 {
            let message = "rows would break foreign keys that hold now";
            lines.push(check(message, r#""broken_after" <= "broken_before""#));
        }
        let is_none = |column: &str| format!("{} = 0", quote_identifier(column));
        lines.extend(counts().map(|(column, count)| check(&count.message, &is_none(column))));
        let row = match number {
            0 => r#"("broken_before") SELECT count(*) FROM pragma_foreign_key_check"#,
            _ => "DEFAULT VALUES",
        };
        [
            format!("DROP TABLE IF EXISTS temp.{guard}"),
            format!("CREATE TEMP TABLE {guard} {}", text::body(&lines)),
            format!("INSERT INTO temp.{guard} {row}"),
        ]
    }

    fn opening(&self) -> Block {
        let mut statements = vec![
            "PRAGMA foreign_keys = OFF".to_owned(),
            "PRAGMA legacy_alter_table = OFF".to_owned(),
            "BEGIN IMMEDIATE".to_owned(),
        ];
        statements.extend(self.guards().flat_map(|number| self.guard(number)));
        Block {
            comment: "Switch foreign keys off: dropping a table would delete the rows that reference it".to_owned(),
            statements,
        }
    }

    fn closing(self) -> Block {
        let drops: Vec<_> = self.guards().map(|number| format!("DROP TABLE temp.{}", guard_name(number))).collect();
        let first = guard_name(0);
        let mut statements = self.last;
        statements.push(format!(
            r#"UPDATE temp.{first} SET "broken_after" = (SELECT count(*) FROM pragma_foreign_key_check)"#
        ));
        statements.extend(drops);
        statements.extend(["COMMIT".to_owned(), "PRAGMA foreign_keys = ON".to_owned()]);
        let comment = "Switch foreign keys on again, if they hold as before".to_owned();
        Block { comment, statements }
    }
}
