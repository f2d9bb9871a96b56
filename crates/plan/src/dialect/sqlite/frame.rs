//! The transaction around table rebuilds, and the guard that stops it before anything is lost.
//!
//! Knows nothing of the changes inside. Foreign keys can be switched off only outside a transaction, so a script that needs
//! that cannot run in one that somebody else opened.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_sql::{quote_identifier, quote_literal};

use super::table::Layout;
use crate::dialect::{Block, text};

/// A temporary table whose only use is its checks: SQLite has no other statement that fails on a condition, and the name of
/// a check is the message.
const GUARD: &str = "__makemigrations_guard";

/// What the guard watches over.
#[derive(Default)]
pub(super) struct Frame {
    is_needed: bool,
    /// Tables that are rebuilt, by SQL name.
    rebuilt: BTreeSet<String>,
}

impl Frame {
    /// Foreign keys must be off.
    pub(super) fn need(&mut self) {
        self.is_needed = true;
    }

    /// The table is about to be rebuilt; the statement stops when it has what a rebuild would lose: a trigger, an index or a
    /// column of somebody else's.
    pub(super) fn watch(&mut self, before: &Layout) -> String {
        self.is_needed = true;
        let table = &before.table.name;
        self.rebuilt.insert(table.clone());
        let names = |names: &mut dyn Iterator<Item = &String>| {
            names.map(|name| quote_literal(name)).collect::<Vec<_>>().join(", ")
        };
        let (columns, indexes) = (names(&mut before.columns.keys()), names(&mut before.indexes.keys()));
        let literal = quote_literal(table);
        format!(
            "UPDATE temp.{} SET {} = (\n    \
             SELECT count(*) FROM sqlite_master\n    \
             WHERE tbl_name = {literal} COLLATE NOCASE AND type IN ('trigger', 'index') AND sql IS NOT NULL\n    \
             AND name COLLATE NOCASE NOT IN ({indexes})\n) + (\n    \
             SELECT count(*) FROM pragma_table_xinfo({literal}) WHERE name COLLATE NOCASE NOT IN ({columns})\n)",
            quote_identifier(GUARD),
            quote_identifier(&unknown_on(table)),
        )
    }

    /// The blocks with the frame around them, and whether they can run in somebody else's transaction.
    pub(super) fn close(self, blocks: Vec<Block>) -> (Vec<Block>, bool) {
        if !self.is_needed {
            return (blocks, true);
        }
        let mut framed = vec![self.opening()];
        framed.extend(blocks);
        framed.push(closing());
        (framed, false)
    }

    fn opening(&self) -> Block {
        let guard = quote_identifier(GUARD);
        let mut lines = vec![r#""broken_before" INTEGER"#.to_owned(), r#""broken_after" INTEGER"#.to_owned()];
        let mut checks = BTreeMap::new();
        for table in &self.rebuilt {
            let column = quote_identifier(&unknown_on(table));
            lines.push(format!("{column} INTEGER"));
            let message = format!(
                "table `{table}` has triggers, indexes or columns that no migration made, and a rebuild would lose them"
            );
            checks.insert(message, format!("{column} = 0"));
        }
        let message = "rows would break foreign keys that hold now".to_owned();
        checks.insert(message, r#""broken_after" <= "broken_before""#.to_owned());
        let checks = checks.iter();
        lines.extend(checks.map(|(name, check)| format!("CONSTRAINT {} CHECK ({check})", quote_identifier(name))));
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
}

fn closing() -> Block {
    let guard = quote_identifier(GUARD);
    Block {
        comment: "Switch foreign keys on again, if they hold as before".to_owned(),
        statements: vec![
            format!(r#"UPDATE temp.{guard} SET "broken_after" = (SELECT count(*) FROM pragma_foreign_key_check)"#),
            format!("DROP TABLE temp.{guard}"),
            "COMMIT".to_owned(),
            "PRAGMA foreign_keys = ON".to_owned(),
        ],
    }
}

fn unknown_on(table: &str) -> String {
    format!("unknown_on_{table}")
}
