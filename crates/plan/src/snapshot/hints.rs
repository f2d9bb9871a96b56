//! Hints: how the next migration gets from the recorded state to the snapshots.
//!
//! Never part of the state; whether a hint still names something is for the comparison to say.

use std::collections::BTreeMap;
use std::ops::Range;

/// A hint and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hinted<T> {
    /// What it says.
    pub value: T,
    /// The file.
    pub path: String,
    /// Byte offsets of the value.
    pub span: Range<usize>,
}

/// Every hint of the snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hints {
    /// By the enum's key as it is now.
    pub enums: BTreeMap<String, EnumHint>,
    /// By the table's key as it is now.
    pub tables: BTreeMap<String, TableHint>,
    /// By the table's key and the column as they are now.
    pub columns: BTreeMap<(String, String), ColumnHint>,
}

/// Hints of an enum.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnumHint {
    /// The key it has in the recorded state.
    pub renamed_from: Option<Hinted<String>>,
    /// Labels of the recorded state, and what they are now.
    pub renamed_values: BTreeMap<String, Hinted<String>>,
}

impl Hints {
    /// Whether two hints point at each other: then only the recorded migrations tell whether it has been done.
    #[must_use]
    pub fn swap_names(&self) -> bool {
        let tables = self.tables.iter().any(|(key, hint)| {
            let back = self.tables.get(&hint.renamed_from.value);
            back.is_some_and(|back| back.renamed_from.value == *key)
        });
        let source = |table: &String, column: &String| {
            let hint = self.columns.get(&(table.clone(), column.clone()))?;
            hint.renamed_from.as_ref().map(|from| from.value.clone())
        };
        let mut columns = self.columns.keys();
        tables
            || columns.any(|(table, column)| {
                source(table, column).is_some_and(|from| source(table, &from).as_ref() == Some(column))
            })
    }
}

/// Hints of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableHint {
    /// The key it has in the recorded state.
    pub renamed_from: Hinted<String>,
}

/// Hints of a column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColumnHint {
    /// The name it has in the recorded state.
    pub renamed_from: Option<Hinted<String>>,
    /// SQL for existing rows.
    pub backfill: Option<Hinted<String>>,
    /// SQL that makes the new type's value from the row.
    pub using: Option<Hinted<String>>,
}
