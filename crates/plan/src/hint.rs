//! Hints that migrations have used: which ones a record and its operations account for, under the names of today.
//!
//! Reads no snapshot: which hint stands where, and whether it is still open, is for the comparison to say.

use std::collections::BTreeSet;

use crate::{
    diff::{Rename, net_renames},
    operation::Operation,
};

/// A hint, as a record identifies it: what it is about, by keys after the migration, and its text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hint {
    /// `renamed_from` of a table.
    Table {
        /// The table's key.
        table: String,
        /// What the hint says.
        renamed_from: String,
    },
    /// `renamed_from` of a column.
    Column {
        /// The table's key.
        table: String,
        /// The column.
        column: String,
        /// What the hint says.
        renamed_from: String,
    },
    /// `renamed_from` of an enum.
    Enum {
        /// The enum's key.
        key: String,
        /// What the hint says.
        renamed_from: String,
    },
    /// An entry of an enum's `renamed_values`.
    EnumValue {
        /// The enum's key.
        key: String,
        /// The label that the hint gives.
        value: String,
        /// The label that it replaces.
        renamed_from: String,
    },
    /// `backfill` of a column.
    Backfill {
        /// The table's key.
        table: String,
        /// The column.
        column: String,
        /// What the hint says, as SQL.
        sql: String,
    },
    /// `using` of a column.
    Using {
        /// The table's key.
        table: String,
        /// The column.
        column: String,
        /// What the hint says.
        sql: String,
    },
}

impl Hint {
    /// The key of the table or enum that it is about.
    fn owner(&self) -> &String {
        match self {
            Self::Table { table, .. }
            | Self::Column { table, .. }
            | Self::Backfill { table, .. }
            | Self::Using { table, .. } => table,
            Self::Enum { key, .. } | Self::EnumValue { key, .. } => key,
        }
    }

    fn owner_mut(&mut self) -> &mut String {
        match self {
            Self::Table { table, .. }
            | Self::Column { table, .. }
            | Self::Backfill { table, .. }
            | Self::Using { table, .. } => table,
            Self::Enum { key, .. } | Self::EnumValue { key, .. } => key,
        }
    }

    fn is_of_table(&self) -> bool {
        match self {
            Self::Table { .. } | Self::Column { .. } | Self::Backfill { .. } | Self::Using { .. } => true,
            Self::Enum { .. } | Self::EnumValue { .. } => false,
        }
    }

    /// The column that it is about.
    fn column(&self) -> Option<&String> {
        match self {
            Self::Column { column, .. } | Self::Backfill { column, .. } | Self::Using { column, .. } => Some(column),
            Self::Table { .. } | Self::Enum { .. } | Self::EnumValue { .. } => None,
        }
    }

    fn column_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Column { column, .. } | Self::Backfill { column, .. } | Self::Using { column, .. } => Some(column),
            Self::Table { .. } | Self::Enum { .. } | Self::EnumValue { .. } => None,
        }
    }

    fn is_of_column(&self, table: &str, name: &str) -> bool {
        self.owner() == table && self.column().is_some_and(|column| column == name)
    }
}

/// The hints that the migrations so far have used.
///
/// A hint goes with what it is about: it follows a rename, and is forgotten when that is dropped, because its line in the
/// snapshot went too. What a snapshot kept all the same is in the record of the migration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UsedHints(BTreeSet<Hint>);

impl UsedHints {
    /// Whether a migration has used it.
    #[must_use]
    pub fn contains(&self, hint: &Hint) -> bool {
        self.0.contains(hint)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Hint> {
        self.0.iter()
    }

    /// Takes one migration into account: what its operations did to names, what they say of values, and the hints that its
    /// record names.
    ///
    /// Renames, values for rows and conversions are in the operations, whoever asked for them: a hint that says the same
    /// has nothing left to say. That is how the hints of records are known that name none.
    pub fn advance(&mut self, operations: &[Operation], named: &BTreeSet<Hint>) {
        for operation in operations {
            self.follow(operation);
        }
        self.0.extend(net_renames(operations).into_iter().map(Hint::from));
        self.0.extend(named.iter().cloned());
    }

    /// The hints among `wanted` that operations alone do not account for: a record has to name them.
    #[must_use]
    pub fn to_name(&self, operations: &[Operation], wanted: &BTreeSet<Hint>) -> BTreeSet<Hint> {
        if wanted.is_empty() {
            return BTreeSet::new();
        }
        let mut after = self.clone();
        after.advance(operations, &BTreeSet::new());
        wanted.difference(&after.0).cloned().collect()
    }

    fn follow(&mut self, operation: &Operation) {
        match operation {
            Operation::RenameTable(rename) => {
                self.change(
                    |hint| hint.is_of_table() && *hint.owner() == rename.from,
                    |hint| hint.owner_mut().clone_from(&rename.to),
                );
                if rename.from != rename.to {
                    self.0.insert(Rename::Table { from: rename.from.clone(), to: rename.to.clone() }.into());
                }
            }
            Operation::RenameEnum(rename) => {
                self.change(
                    |hint| !hint.is_of_table() && *hint.owner() == rename.from,
                    |hint| hint.owner_mut().clone_from(&rename.to),
                );
                self.0.insert(Rename::Enum { from: rename.from.clone(), to: rename.to.clone() }.into());
            }
            Operation::RenameColumn(rename) => {
                self.change(
                    |hint| hint.is_of_column(&rename.table, &rename.from),
                    |hint| {
                        if let Some(column) = hint.column_mut() {
                            column.clone_from(&rename.to);
                        }
                    },
                );
                let (table, from, to) = (rename.table.clone(), rename.from.clone(), rename.to.clone());
                self.0.insert(Rename::Column { table, from, to }.into());
            }
            Operation::RenameEnumValue(rename) => {
                // The one that led here is undone.
                let (key, value, renamed_from) = (rename.key.clone(), rename.from.clone(), rename.to.clone());
                self.0.remove(&Hint::EnumValue { key, value, renamed_from });
                let (key, from, to) = (rename.key.clone(), rename.from.clone(), rename.to.clone());
                self.0.insert(Rename::EnumValue { key, from, to }.into());
            }
            Operation::DropTable(drop) => self.0.retain(|hint| !hint.is_of_table() || *hint.owner() != drop.key),
            Operation::DropEnum(drop) => self.0.retain(|hint| hint.is_of_table() || *hint.owner() != drop.key),
            Operation::DropColumn(drop) => self.0.retain(|hint| !hint.is_of_column(&drop.table, &drop.column)),
            Operation::AddColumn(add) => {
                let (table, column) = (add.table.clone(), add.column.clone());
                self.0.extend(add.backfill.clone().map(|sql| Hint::Backfill { table, column, sql }));
            }
            Operation::BackfillColumn(fill) => {
                let (table, column, sql) = (fill.table.clone(), fill.column.clone(), fill.value.clone());
                self.0.insert(Hint::Backfill { table, column, sql });
            }
            Operation::AlterColumn(alter) => {
                let (table, column) = (alter.table.clone(), alter.column.clone());
                self.0.extend(alter.using.clone().map(|sql| Hint::Using { table, column, sql }));
                let (table, column) = (alter.table.clone(), alter.column.clone());
                self.0.extend(alter.backfill.clone().map(|sql| Hint::Backfill { table, column, sql }));
            }
            _ => {}
        }
    }

    fn change(&mut self, concerns: impl Fn(&Hint) -> bool, change: impl Fn(&mut Hint)) {
        let mut concerned: Vec<Hint> = self.0.iter().filter(|hint| concerns(hint)).cloned().collect();
        for hint in &mut concerned {
            self.0.remove(hint);
            change(hint);
        }
        self.0.extend(concerned);
    }
}

impl From<Rename> for Hint {
    fn from(rename: Rename) -> Self {
        match rename {
            Rename::Table { from, to } => Self::Table { table: to, renamed_from: from },
            Rename::Column { table, from, to } => Self::Column { table, column: to, renamed_from: from },
            Rename::Enum { from, to } => Self::Enum { key: to, renamed_from: from },
            Rename::EnumValue { key, from, to } => Self::EnumValue { key, value: to, renamed_from: from },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{DropColumn, RenameColumn, RenameEnumValue, RenameTable};

    fn column(table: &str, from: &str, to: &str) -> Operation {
        RenameColumn { table: table.into(), from: from.into(), to: to.into() }.into()
    }

    fn hint(table: &str, from: &str, to: &str) -> Hint {
        Rename::Column { table: table.into(), from: from.into(), to: to.into() }.into()
    }

    fn after(migrations: &[&[Operation]]) -> UsedHints {
        let mut used = UsedHints::default();
        migrations.iter().for_each(|operations| used.advance(operations, &BTreeSet::new()));
        used
    }

    #[test]
    fn a_hint_follows_what_it_stands_on() {
        let table = RenameTable { from: "t".into(), to: "u".into(), name: "u".into() };
        let used = after(&[&[column("t", "a", "b")], &[table.into()], &[column("u", "b", "c")]]);
        assert!(used.contains(&hint("u", "a", "c")) && used.contains(&hint("u", "b", "c")));
        assert!(!used.contains(&hint("u", "a", "b")) && !used.contains(&hint("t", "a", "b")));
    }

    #[test]
    fn done_and_undone_it_can_be_wanted_again() {
        let used = after(&[&[column("t", "a", "b")], &[column("t", "b", "a")]]);
        assert!(used.contains(&hint("t", "b", "a")) && !used.contains(&hint("t", "a", "b")));
        let value = |from: &str, to: &str| RenameEnumValue { key: "e".into(), from: from.into(), to: to.into() };
        let used = after(&[&[value("a", "b").into()], &[value("b", "a").into()]]);
        let hint =
            |from: &str, to: &str| Hint::from(Rename::EnumValue { key: "e".into(), from: from.into(), to: to.into() });
        assert!(used.contains(&hint("b", "a")) && !used.contains(&hint("a", "b")));
    }

    #[test]
    fn a_swap_through_a_spare_name_uses_both_hints() {
        let swap = [column("t", "b", "b__spare"), column("t", "a", "b"), column("t", "b__spare", "a")];
        let used = after(&[&swap]);
        assert!(used.contains(&hint("t", "a", "b")) && used.contains(&hint("t", "b", "a")));
    }

    #[test]
    fn it_is_forgotten_with_what_it_stood_on_unless_the_record_names_it() {
        let drop = || Operation::from(DropColumn { table: "t".into(), column: "b".into() });
        assert!(!after(&[&[column("t", "a", "b")], &[drop()]]).contains(&hint("t", "a", "b")));
        let mut used = after(&[&[column("t", "a", "b")]]);
        let wanted = BTreeSet::from([hint("t", "a", "b")]);
        let named = used.to_name(&[drop()], &wanted);
        assert_eq!(named, wanted);
        used.advance(&[drop()], &named);
        assert!(used.contains(&hint("t", "a", "b")));
        assert!(used.to_name(&[], &wanted).is_empty());
    }
}
