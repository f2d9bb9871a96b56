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
    /// Labels of the recorded state, and what they are now; also where the enum has no such label.
    pub renamed_values: BTreeMap<String, Hinted<String>>,
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
