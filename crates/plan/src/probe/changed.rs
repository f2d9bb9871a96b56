//! What of the database is not as it is now any more, when the operations before one have run. Asks nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Question;
use crate::{
    graph::names_column,
    model::{Dialect, Schema},
    operation::Operation,
};

/// What earlier operations change, by keys of tables.
#[derive(Default)]
pub(super) struct Changed {
    dialect: Dialect,
    /// Tables that go, come or get another key.
    tables: BTreeSet<String>,
    /// Those of them that come: empty.
    created: BTreeSet<String>,
    /// Columns that go, come, get another name, another type or another expression.
    columns: BTreeMap<String, BTreeSet<String>>,
    /// Columns of an enum whose values change: what a text says of them means something else.
    relabelled: BTreeMap<String, BTreeSet<String>>,
    /// Enums by the key that they have after the operations so far, with the one of now; `None` where there is none now.
    /// Those that keep their key are left out.
    enums: BTreeMap<String, Option<String>>,
}

impl Changed {
    /// Nothing yet, in a database of that dialect.
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, ..Self::default() }
    }

    /// Takes note of an operation.
    pub(super) fn after(&mut self, current: &Schema, operation: &Operation) {
        match operation {
            Operation::CreateTable(create) => {
                self.tables.insert(create.key.clone());
                self.created.insert(create.key.clone());
            }
            Operation::DropTable(drop) => {
                self.tables.insert(drop.key.clone());
            }
            Operation::RenameTable(rename) => self.tables.extend([rename.from.clone(), rename.to.clone()]),
            Operation::AddColumn(add) => self.column(&add.table, &add.column),
            Operation::DropColumn(drop) => self.column(&drop.table, &drop.column),
            Operation::RenameColumn(rename) => {
                self.column(&rename.table, &rename.from);
                self.column(&rename.table, &rename.to);
            }
            Operation::AlterColumn(alter) => {
                let known = current.tables.get(&alter.table).and_then(|table| table.columns.get(&alter.column));
                let same = known.is_some_and(|known| {
                    known.data_type == alter.definition.data_type && known.generated == alter.definition.generated
                });
                if !same {
                    self.column(&alter.table, &alter.column);
                }
            }
            Operation::CreateEnum(create) => {
                self.enums.insert(create.key.clone(), None);
            }
            Operation::RenameEnum(rename) => {
                let now = self.current_enum(current, &rename.from).map(str::to_owned);
                self.enums.insert(rename.from.clone(), None);
                self.enums.insert(rename.to.clone(), now);
            }
            Operation::DropEnumValue(drop) => self.relabel(current, &drop.key),
            Operation::SetEnumValues(set) => self.relabel(current, &set.key),
            Operation::RenameEnumValue(rename) => self.relabel(current, &rename.key),
            Operation::AddEnumValue(add) => self.relabel(current, &add.key),
            // They leave tables, columns and the labels of enums as they are.
            Operation::CreateExtension(_)
            | Operation::DropExtension(_)
            | Operation::CreateSchema(_)
            | Operation::DropSchema(_)
            | Operation::DropEnum(_)
            | Operation::SetEnumSchema(_)
            | Operation::SetEnumComment(_)
            | Operation::MoveEnum(_)
            | Operation::SetTableSchema(_)
            | Operation::MoveTable(_)
            | Operation::SetTableComment(_)
            | Operation::AddPrimaryKey(_)
            | Operation::DropPrimaryKey(_)
            | Operation::RenamePrimaryKey(_)
            | Operation::AddUnique(_)
            | Operation::DropUnique(_)
            | Operation::RenameUnique(_)
            | Operation::AddIndex(_)
            | Operation::DropIndex(_)
            | Operation::RenameIndex(_)
            | Operation::AddForeignKey(_)
            | Operation::DropForeignKey(_)
            | Operation::RenameForeignKey(_)
            | Operation::AddCheck(_)
            | Operation::DropCheck(_)
            | Operation::RenameCheck(_)
            | Operation::AddExclusion(_)
            | Operation::DropExclusion(_)
            | Operation::RenameExclusion(_)
            | Operation::CreateView(_)
            | Operation::DropView(_)
            | Operation::SetViewComment(_)
            | Operation::MoveView(_)
            | Operation::CreateObject(_)
            | Operation::DropObject(_)
            | Operation::MoveObject(_)
            | Operation::AnalyzeTable(_)
            | Operation::BackfillColumn(_)
            | Operation::BackfillOnRollback(_)
            | Operation::ValidateConstraint(_)
            | Operation::InvalidateConstraint(_)
            | Operation::SetDeferred(_)
            | Operation::SetDependsOn(_) => {}
        }
    }

    fn column(&mut self, table: &str, column: &str) {
        self.columns.entry(table.to_owned()).or_default().insert(column.to_owned());
    }

    /// The key that the database has now for an enum that is called `key` after the operations so far.
    pub(super) fn current_enum<'a>(&self, current: &'a Schema, key: &str) -> Option<&'a str> {
        let now = self.enums.get(key).map_or(Some(key), Option::as_deref)?;
        current.enums.get_key_value(now).map(|(key, _)| key.as_str())
    }

    fn relabel(&mut self, current: &Schema, key: &str) {
        let Some(key) = self.current_enum(current, key) else { return };
        for (table, column) in current.columns_of_enum(key) {
            self.relabelled.entry(table.to_owned()).or_default().insert(column.to_owned());
        }
    }

    /// Whether the answer to a question would not hold any more.
    pub(super) fn disturbs(&self, question: &Question<'_>) -> bool {
        let is_other = |table: &str| self.tables.contains(table);
        let column = |(table, column): &(&str, &str)| {
            is_other(table) || self.columns.get(*table).is_some_and(|columns| columns.contains(*column))
        };
        let text = |(table, text): &(&str, &str)| {
            let columns = [self.columns.get(*table), self.relabelled.get(*table)].into_iter().flatten().flatten();
            is_other(table) || columns.into_iter().any(|column| names_column(self.dialect, text, column))
        };
        question.columns.iter().any(column)
            || question.texts.iter().any(text)
            || question.tables.iter().any(|table| is_other(table) && !self.created.contains(*table))
    }
}
