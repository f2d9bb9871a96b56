//! A schema that several people change at the same time: random changes, changes that clash on purpose, and what both
//! wanted. It must not know of branches.

use std::collections::BTreeMap;

use super::answer::{self, Flags, Hints};
use super::chance::{Chance, hash};
use super::column_type::ColumnType;
use super::draft::{Column, Draft, Id};
use super::edit;
use super::lineage::{Lineage, Ties};
use super::memory::Memory;
use super::merge;
use super::repair::repair;
use super::write;
use crate::database::Engine;

/// A change of a schema that somebody else changed from the second one to the third; says which.
type Clash = fn(&mut Draft, &Draft, &Draft, &mut Chance) -> Option<&'static str>;

const CLASHES: [Clash; 5] = [same_new_column, same_column, same_new_table, drop_changed_column, drop_changed_table];

/// A schema as people write it down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch(Draft);

impl Sketch {
    /// Nothing.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self(Draft::new(engine))
    }

    /// Makes a change, and says which.
    pub fn edit(&mut self, chance: &mut Chance, without: &[String]) -> Option<&'static str> {
        // Two people who do several things at once have more in common than a person can settle.
        let without: Vec<_> = without.iter().cloned().chain(edit::TOGETHER.map(str::to_owned)).collect();
        edit::edit(&mut self.0, chance.number(), &without)
    }

    /// Changes what another one changed of `base` as well, and says how.
    pub fn clash(&mut self, base: &Self, other: &Self, chance: &mut Chance) -> Option<&'static str> {
        let first = chance.below(CLASHES.len());
        let mut ways = CLASHES.iter().cycle().skip(first).take(CLASHES.len());
        let how = ways.find_map(|way| way(&mut self.0, &base.0, &other.0, chance))?;
        repair(&mut self.0);
        Some(how)
    }

    /// What both wanted of `base`.
    #[must_use]
    pub fn merged(base: &Self, mine: &Self, theirs: &Self) -> Self {
        Self(merge::merge(&base.0, &mine.0, &theirs.0))
    }

    /// The snapshots by domain, and what has to be said on the way from `before`.
    pub fn snapshots(&mut self, before: &Self) -> (BTreeMap<&'static str, String>, Flags) {
        let (before, draft) = (&before.0, &mut self.0);
        let lineage = Lineage::new(before, draft);
        for (id, origin) in &lineage.tables {
            // A change of them is refused, also when another table takes the name.
            draft.tables.get_mut(id).expect("lineage is there").options = before.tables[origin].options;
        }
        let ties = Ties::new(before, draft, &lineage);
        let (hints, flags) = answer::answers(before, draft, &lineage, &ties, &Memory::lost());
        (write::write(draft, &hints), flags)
    }

    /// The snapshots without a word on how they came about.
    #[must_use]
    pub fn plain(&self) -> BTreeMap<&'static str, String> {
        write::write(&self.0, &Hints::default())
    }
}

/// Tables of both that somebody changed, with what they were.
fn changed<'a>(draft: &'a Draft, base: &'a Draft, other: &'a Draft) -> impl Iterator<Item = Id> {
    let differs = |id: &&Id| base.tables.get(*id) != other.tables.get(*id) && draft.tables.contains_key(*id);
    other.tables.keys().filter(differs).copied()
}

/// Columns that somebody changed, but for the first of a table, with what they have become.
fn columns<'a>(base: &'a Draft, other: &'a Draft, table: Id) -> impl Iterator<Item = &'a Column> {
    let was = base.tables.get(&table);
    other.tables[&table]
        .columns
        .iter()
        .skip(1)
        .filter(move |column| was.and_then(|table| table.column(column.id)) != Some(*column))
}

fn one_column(draft: &Draft, base: &Draft, other: &Draft, chance: &mut Chance, is_new: bool) -> Option<(Id, Column)> {
    let tables = changed(draft, base, other);
    let found = tables.flat_map(|table| columns(base, other, table).map(move |column| (table, column.clone())));
    let fits = found.filter(|(table, column)| {
        let mine = &draft.tables[table];
        if is_new {
            mine.column(column.id).is_none() && !mine.has_column(&column.name)
        } else {
            mine.column(column.id).is_some()
        }
    });
    chance.pick(fits.map(|(table, column)| (hash(&column.name) ^ table, (table, column))))
}

/// The same name in the same table, with another type or not.
fn same_new_column(draft: &mut Draft, base: &Draft, other: &Draft, chance: &mut Chance) -> Option<&'static str> {
    let (table, mut column) = one_column(draft, base, other, chance, true)?;
    if chance.one_in(2) {
        column = Column { nullable: true, ..Column::plain(column.id, column.name, ColumnType::Named("text")) };
    }
    draft.tables.get_mut(&table)?.columns.push(column);
    Some("the same new column")
}

/// Another change of the same column.
fn same_column(draft: &mut Draft, base: &Draft, other: &Draft, chance: &mut Chance) -> Option<&'static str> {
    let (table, column) = one_column(draft, base, other, chance, false)?;
    let mine = draft.tables.get_mut(&table)?.column_mut(column.id)?;
    if chance.one_in(2) {
        mine.nullable = !mine.nullable;
    } else {
        (mine.kind, mine.default) = (chance.of(&[ColumnType::Named("text"), ColumnType::Named("bigint")]), None);
    }
    Some("the same column")
}

/// A table of the same name, with other columns.
fn same_new_table(draft: &mut Draft, base: &Draft, other: &Draft, chance: &mut Chance) -> Option<&'static str> {
    let new = other.tables.iter().filter(|(id, table)| {
        !base.tables.contains_key(*id)
            && !draft.tables.contains_key(*id)
            && !draft.has_key(table.sql_name())
            && !draft.has_key(&table.key)
    });
    let (id, mut table) = chance.pick(new.map(|(id, table)| (*id, (*id, table.clone()))))?;
    table.columns.truncate(1 + chance.below(table.columns.len()));
    if !table.has_column("remark") {
        let id = chance.number();
        table
            .columns
            .push(Column { nullable: true, ..Column::plain(id, "remark".to_owned(), ColumnType::Named("text")) });
    }
    draft.tables.insert(id, table);
    Some("the same new table")
}

fn drop_changed_column(draft: &mut Draft, base: &Draft, other: &Draft, chance: &mut Chance) -> Option<&'static str> {
    let (table, column) = one_column(draft, base, other, chance, false)?;
    draft.tables.get_mut(&table)?.columns.retain(|mine| mine.id != column.id);
    Some("dropped the column that they changed")
}

fn drop_changed_table(draft: &mut Draft, base: &Draft, other: &Draft, chance: &mut Chance) -> Option<&'static str> {
    let id = chance.pick(changed(draft, base, other).map(|id| (id, id)))?;
    (draft.tables.len() > 1).then(|| draft.tables.remove(&id)).map(|_| "dropped the table that they changed")
}
