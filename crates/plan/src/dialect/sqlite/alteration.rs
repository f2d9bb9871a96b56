//! The changes of one table that belong together: made in place where SQLite can, in one rebuild where it cannot.
//!
//! Decides; the statements of a rebuild are written by `rebuild`.

use makemigrations_sql::quote_identifier;

use super::{check, column, foreign_key, table::Layout};
use crate::{
    dialect::text,
    graph::has_name,
    model::{Dialect, Table},
    operation::{AddColumn, AlterColumn, RenameEnumValue},
};

/// One change of a table that `ALTER TABLE` makes at best under conditions.
#[derive(Clone, Copy)]
pub(super) enum Alteration<'a> {
    /// A column appears.
    AddColumn(&'a AddColumn),
    /// A column goes. The flag tells whether an index's texts still name it.
    DropColumn { column: &'a str, is_indexed: bool },
    /// A column changes.
    AlterColumn(&'a AlterColumn),
    /// A foreign key appears, by name.
    AddForeignKey(&'a str),
    /// A foreign key goes, by name.
    DropForeignKey(&'a str),
    /// A check appears, by name.
    AddCheck(&'a str),
    /// A check goes, by name.
    DropCheck(&'a str),
    /// An enum, by key, gets or loses values.
    Values(&'a str),
    /// A value of an enum gets another label.
    RenameValue(&'a RenameEnumValue),
    /// Primary keys and names of constraints.
    Other,
}

impl<'a> Alteration<'a> {
    /// The texts of people's that are run over the rows.
    fn texts(self) -> impl Iterator<Item = &'a str> {
        let texts = match self {
            Self::AddColumn(add) => [add.backfill.as_deref(), None],
            Self::AlterColumn(alter) => [alter.backfill.as_deref(), alter.using.as_deref()],
            Self::DropColumn { .. }
            | Self::AddForeignKey(_)
            | Self::DropForeignKey(_)
            | Self::AddCheck(_)
            | Self::DropCheck(_)
            | Self::Values(_)
            | Self::RenameValue(_)
            | Self::Other => [None, None],
        };
        texts.into_iter().flatten()
    }

    /// Whether people's texts say what becomes of the rows.
    pub(super) fn has_texts(self) -> bool {
        self.texts().next().is_some()
    }

    /// Whether it reads another table's rows.
    pub(super) fn reads(self, table: &str) -> bool {
        self.texts().any(|text| has_name(Dialect::Sqlite, text, "select") && has_name(Dialect::Sqlite, text, table))
    }
}

/// A statement on an index of the table, among its changes.
pub(super) struct IndexStep<'a> {
    /// The operation.
    pub at: usize,
    /// The index that goes.
    pub dropped: Option<&'a str>,
    /// The index that appears.
    pub added: Option<&'a str>,
}

/// Changes of one table that nothing forces apart.
pub(super) struct Group<'a> {
    /// The table before them.
    pub before: Layout,
    /// The table after them.
    pub after: Layout,
    /// The operation that creates the table, when it is one of this migration: `CREATE TABLE` then says it all.
    pub created_at: Option<usize>,
    /// The changes with their operations.
    pub steps: Vec<(usize, Alteration<'a>)>,
    /// What happens to indexes since the first change.
    pub index_steps: Vec<IndexStep<'a>>,
}

impl<'a> Group<'a> {
    /// Whether the change must wait for those before it: its texts read a column that one of them adds, fills, or gives new
    /// labels, or it drops what an index of the new table may be on.
    pub(super) fn refuses(&self, next: Alteration<'a>) -> bool {
        let drops = matches!(next, Alteration::DropColumn { .. });
        let reads = |column: &str| next.texts().any(|text| has_name(Dialect::Sqlite, text, column));
        let makes = |step: Alteration<'a>| match step {
            Alteration::AddColumn(add) => reads(&add.column),
            Alteration::AlterColumn(alter) => {
                let is_same = matches!(next, Alteration::AlterColumn(other) if other.column == alter.column);
                alter.backfill.is_some() && !is_same && reads(&alter.column)
            }
            Alteration::RenameValue(rename) => columns_of(&self.after.table, &rename.key).any(&reads),
            Alteration::DropColumn { .. }
            | Alteration::AddForeignKey(_)
            | Alteration::DropForeignKey(_)
            | Alteration::AddCheck(_)
            | Alteration::DropCheck(_)
            | Alteration::Values(_)
            | Alteration::Other => false,
        };
        (self.created_at.is_some() && drops) || self.steps.iter().any(|(_, step)| makes(*step))
    }

    /// Whether one of the changes reads the table.
    pub(super) fn reads(&self, table: &str) -> bool {
        self.steps.iter().any(|(_, step)| step.reads(table))
    }

    /// Whether dropping the table makes the changes pointless.
    pub(super) fn is_lost_with_table(&self) -> bool {
        self.created_at.is_none() && self.steps.iter().all(|(_, step)| added(*step).is_none())
    }

    /// The keys of the tables that dropped foreign keys pointed at.
    pub(super) fn released(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().filter_map(|(_, step)| {
            let Alteration::DropForeignKey(name) = step else { return None };
            Some(self.before.table.foreign_keys.get(*name)?.table.as_str())
        })
    }

    /// The operation of the last change.
    pub(super) fn last(&self) -> Option<usize> {
        self.steps.last().map(|(at, _)| *at)
    }

    /// The statements of each change, when `ALTER TABLE` can make all of them.
    pub(super) fn in_place(&self) -> Option<Vec<(usize, Vec<String>)>> {
        if self.is_taken_over() {
            return None;
        }
        let statements = |(at, step): &(usize, Alteration<'a>)| Some((*at, self.step_in_place(*step)?));
        self.steps.iter().map(statements).collect()
    }

    /// Whether something goes or changes that others wrote into the text of the table: it may stand anywhere there.
    fn is_taken_over(&self) -> bool {
        !self.before.table.inherited.is_empty() && self.after.table.inherited.is_empty()
    }

    fn step_in_place(&self, step: Alteration<'a>) -> Option<Vec<String>> {
        let (before, after) = (&self.before.table, &self.after.table);
        let adds = |written_with: &dyn Fn(&str) -> bool| {
            self.steps.iter().filter_map(|(_, step)| added(*step)).any(|add| written_with(&add.column))
        };
        let drops = |written_with: &dyn Fn(&str) -> bool| {
            self.steps.iter().filter_map(|(_, step)| dropped(*step)).any(written_with)
        };
        let is_in_place = match step {
            Alteration::AddColumn(add) => return self.add_column(add),
            Alteration::DropColumn { column, is_indexed } => {
                let is_free = !is_indexed && before.columns.contains_key(column) && !is_tied(before, after, column);
                let drop = || format!("ALTER TABLE {} DROP COLUMN {}", self.after.name(), quote_identifier(column));
                return is_free.then(|| vec![drop()]);
            }
            // What SQLite does not tell apart, such as `timestamp(3)` and `timestamp(6)`, needs no statement.
            Alteration::AlterColumn(alter) => {
                let same = self.before.columns.get(&alter.column)? == self.after.columns.get(&alter.column)?;
                let types =
                    [before, after].map(|table| table.columns.get(&alter.column).map(|column| &column.data_type));
                // Only a rebuild can refuse rows.
                let is_foreign = matches!(types, [Some(from), Some(to)] if from.is_foreign_to(to));
                same && !is_foreign && alter.using.is_none() && alter.backfill.is_none()
            }
            Alteration::AddForeignKey(name) => {
                let key = after.foreign_keys.get(name)?;
                adds(&|column| foreign_key::is_inline(key, column))
            }
            Alteration::AddCheck(name) => {
                let item = after.checks.get(name)?;
                adds(&|column| check::is_inline(after, item, column))
            }
            Alteration::DropForeignKey(name) => {
                let key = before.foreign_keys.get(name)?;
                drops(&|column| foreign_key::is_inline(key, column))
            }
            Alteration::DropCheck(name) => {
                let item = before.checks.get(name)?;
                drops(&|column| check::is_inline(before, item, column))
            }
            Alteration::Values(key) => columns_of(before, key).next().is_none(),
            // A column that is new in these changes may have been filled with the old label.
            Alteration::RenameValue(RenameEnumValue { key, .. }) => {
                [before, after].into_iter().all(|table| columns_of(table, key).next().is_none())
            }
            Alteration::Other => false,
        };
        is_in_place.then(Vec::new)
    }

    /// `ADD COLUMN` with everything that is written with the column, also what later changes bring.
    fn add_column(&self, add: &AddColumn) -> Option<Vec<String>> {
        let (table, name) = (self.after.name(), &add.column);
        let definition = self.after.table.columns.get(name)?;
        if self.before.columns.contains_key(name) || !column::can_be_added(&self.after.table, add, definition) {
            return None;
        }
        let mut statements = vec![format!("ALTER TABLE {table} ADD COLUMN {}", self.after.columns.get(name)?)];
        if let Some(backfill) = &add.backfill {
            statements.push(format!("UPDATE {table} SET {} = {}", quote_identifier(name), text::closed(backfill)));
        }
        Some(statements)
    }
}

fn added(step: Alteration<'_>) -> Option<&AddColumn> {
    if let Alteration::AddColumn(add) = step { Some(add) } else { None }
}

/// The columns of the table that have the enum's type.
fn columns_of<'t>(table: &'t Table, key: &str) -> impl Iterator<Item = &'t str> {
    let of_enum = table.columns.iter().filter(move |(_, column)| column.data_type.enum_key() == Some(key));
    of_enum.map(|(name, _)| name.as_str())
}

fn dropped(step: Alteration<'_>) -> Option<&str> {
    if let Alteration::DropColumn { column, .. } = step { Some(column) } else { None }
}

/// Whether something that is not written with the column itself names it, in the table as SQLite has it or as it will be.
fn is_tied(before: &Table, after: &Table, name: &str) -> bool {
    let is_key = before.is_key(name);
    let in_foreign_key = before
        .foreign_keys
        .values()
        .any(|key| !foreign_key::is_inline(key, name) && key.columns.iter().any(|column| column == name));
    let in_check = |table: &Table| {
        let mut checks = table.checks.values();
        checks.any(|item| has_name(Dialect::Sqlite, &item.expression, name) && !check::is_inline(table, item, name))
    };
    let in_generated = |table: &Table| {
        let others = table.columns.iter().filter(|(other, _)| *other != name);
        let mut generated = others.filter_map(|(_, column)| column.generated.as_ref());
        generated.any(|generated| has_name(Dialect::Sqlite, &generated.expression, name))
    };
    is_key || in_foreign_key || [before, after].into_iter().any(|table| in_check(table) || in_generated(table))
}
