//! What a rule gets: one file with all that is known about it, and where it puts what it finds. Must not judge.

use std::ops::Range;

use squawk_syntax::{SyntaxNode, ast};

use crate::{
    facts::{Facts, Progress},
    lock,
    name::RelationName,
    script::{Script, Statement, range_of},
};

/// A file that runs, with what is known where it runs.
pub(crate) struct Unit<'a> {
    pub(crate) script: &'a Script<'a>,
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) progress: &'a Progress,
    /// Whether the file runs in a transaction.
    pub(crate) in_transaction: bool,
    /// What later migrations change in rows: the migration, the table and the columns.
    pub(crate) later: &'a [RowChange],
    /// Files of earlier migrations, for what only their SQL says.
    pub(crate) earlier: &'a [&'a str],
}

/// An `UPDATE` somewhere: the table and the columns that it sets.
#[derive(Debug, Clone)]
pub(crate) struct RowChange {
    pub(crate) migration: String,
    pub(crate) table: RelationName,
    pub(crate) columns: Vec<String>,
}

/// What a rule found.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) rule: &'static str,
    /// The number of the statement; `None` for what is in none.
    pub(crate) at: Option<usize>,
    pub(crate) offset: usize,
    /// In place of the rule's own words.
    pub(crate) message: Option<String>,
    pub(crate) safe: Option<String>,
    /// In place of the tables that the statement is about.
    pub(crate) tables: Option<Vec<RelationName>>,
}

impl Hit {
    pub(crate) fn says(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    pub(crate) fn safely(mut self, safe: impl Into<String>) -> Self {
        self.safe = Some(safe.into());
        self
    }

    pub(crate) fn about(mut self, tables: Vec<RelationName>) -> Self {
        self.tables = Some(tables);
        self
    }
}

/// An action of an `ALTER TABLE`.
pub(crate) struct Alteration<'u> {
    pub(crate) at: usize,
    pub(crate) table: &'u RelationName,
    pub(crate) action: ast::AlterTableAction,
}

impl<'a> Unit<'a> {
    pub(crate) fn statements(&self) -> impl Iterator<Item = (usize, &'a Statement)> + use<'a> {
        self.script.statements.iter().enumerate()
    }

    /// Calls `visit` with every action of every `ALTER TABLE`.
    pub(crate) fn alterations(&self, mut visit: impl FnMut(Alteration<'_>)) {
        for (at, statement) in self.statements() {
            if let ast::Stmt::AlterTable(alter) = &statement.node
                && let Some(table) = RelationName::of_relation(alter.table_relation_name())
            {
                alter.actions().for_each(|action| visit(Alteration { at, table: &table, action }));
            }
        }
    }

    /// Whether a table is used by programs when the statement `at` runs.
    pub(crate) fn is_used(&self, table: &RelationName, at: usize) -> bool {
        !self.facts.is_new(table, at)
    }

    pub(crate) fn targets(&self, at: usize) -> Vec<RelationName> {
        lock::targets(&self.script.statements[at].node, self.facts)
    }

    pub(crate) fn text(&self, at: usize) -> &'a str {
        self.script.text_of(&self.script.statements[at])
    }

    pub(crate) fn text_of(&self, node: &SyntaxNode) -> &'a str {
        range_of(node).map_or("", |range| &self.script.text[range])
    }

    /// A finding about a whole statement.
    pub(crate) fn hit(&self, rule: &'static str, at: usize) -> Hit {
        self.hit_at(rule, at, self.script.statements[at].range.start)
    }

    /// A finding about a part of a statement.
    pub(crate) fn hit_in(&self, rule: &'static str, at: usize, node: &SyntaxNode) -> Hit {
        let start = range_of(node).map_or(self.script.statements[at].range.start, |range| range.start);
        self.hit_at(rule, at, start)
    }

    pub(crate) fn hit_at(&self, rule: &'static str, at: usize, offset: usize) -> Hit {
        Hit { rule, at: Some(at), offset, message: None, safe: None, tables: None }
    }

    /// The number of the statement that a place is in.
    pub(crate) fn statement_at(&self, range: &Range<usize>) -> Option<usize> {
        self.script.statements.iter().position(|statement| {
            statement.range.start <= range.start && range.start < statement.range.end.max(statement.range.start + 1)
        })
    }
}
