//! What of two schemas is the same thing, and which columns hold the same values because keys tie them together. It must
//! not know how a change is made.

use std::collections::{BTreeMap, BTreeSet};

use super::column_type::ColumnType;
use super::draft::{Draft, Id};

/// The things of the second schema that are in the first one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lineage {
    /// Tables.
    pub(crate) tables: BTreeMap<Id, Id>,
    /// Columns, each with its table after the change.
    pub(crate) columns: BTreeMap<(Id, Id), Id>,
    pub(crate) enums: BTreeMap<Id, Id>,
}

impl Lineage {
    /// What has the same number is the same; what is new takes the place of what went and had its name.
    pub(crate) fn new(before: &Draft, after: &Draft) -> Self {
        let names = |draft: &Draft| draft.tables.iter().map(|(id, table)| (*id, table.key.clone())).collect();
        let tables = pair(names(before), names(after));
        let names = |draft: &Draft| draft.enums.iter().map(|(id, item)| (*id, item.key.clone())).collect();
        let enums = pair(names(before), names(after));
        let mut columns = BTreeMap::new();
        for (new, old) in &tables {
            let names = |draft: &Draft, table: &Id| {
                draft.tables[table].columns.iter().map(|column| (column.id, column.name.clone())).collect()
            };
            let same = pair(names(before, old), names(after, new));
            columns.extend(same.into_iter().map(|(column, origin)| ((*new, column), origin)));
        }
        Self { tables, columns, enums }
    }

    /// A column of the second schema by its numbers in the first, or by its own when it is new.
    pub(crate) fn origin(&self, table: Id, column: Id) -> (Id, Id) {
        let origin = self.columns.get(&(table, column)).copied().unwrap_or(column);
        (self.tables.get(&table).copied().unwrap_or(table), origin)
    }

    /// Whether a type of the second schema is a type of the first.
    pub(crate) fn is_same_kind(&self, before: ColumnType, after: ColumnType) -> bool {
        let origin = |id| self.enums.get(&id).copied();
        match (before, after) {
            (ColumnType::Named(a), ColumnType::Named(b)) => a == b,
            (ColumnType::Enum(a), ColumnType::Enum(b)) | (ColumnType::EnumArray(a), ColumnType::EnumArray(b)) => {
                origin(b) == Some(a)
            }
            _ => false,
        }
    }
}

/// The labels that change places, by the numbers that they have in the first schema. What comes under the name of one that
/// moved on is the one that went; where nothing moved, a label that comes back is a new one.
pub(crate) fn settle_labels(before: &Draft, after: &mut Draft, lineage: &Lineage) {
    for (id, origin) in &lineage.enums {
        let (Some(old), Some(new)) = (before.enums.get(origin), after.enums.get_mut(id)) else { continue };
        let (was, is): (BTreeMap<Id, String>, BTreeMap<Id, String>) =
            (old.labels.iter().cloned().collect(), new.labels.iter().cloned().collect());
        let settled = pair(was.clone(), is);
        for (label, text) in &mut new.labels {
            if let Some(source) = settled.get(label).filter(|source| was[source] != *text) {
                *label = *source;
            }
        }
    }
}

/// The new ones that are old ones. Where the name's holder moved on to the name of something that went, the new one is that:
/// they change places, for a name that is recorded cannot be dropped and given away in one step.
fn pair(before: BTreeMap<Id, String>, after: BTreeMap<Id, String>) -> BTreeMap<Id, Id> {
    let same = |(id, name): (&Id, &String)| {
        if before.contains_key(id) {
            return Some((*id, *id));
        }
        let mut name = name;
        for _ in 0..=before.len() {
            let (old, _) = before.iter().find(|(_, other)| *other == name)?;
            match after.get(old) {
                Some(next) => name = next,
                None => return Some((*id, *old)),
            }
        }
        None
    };
    after.iter().filter_map(same).collect()
}

/// Columns by what their values have to agree with.
#[derive(Clone, Debug)]
pub(crate) struct Ties {
    groups: Vec<BTreeSet<(Id, Id)>>,
    /// Groups that a counter or a table's first column is in: their values are 1, 2, 3.
    counted: BTreeSet<usize>,
}

impl Ties {
    /// The ties of both schemas together.
    pub(crate) fn new(before: &Draft, after: &Draft, lineage: &Lineage) -> Self {
        let mut ties = Self { groups: Vec::new(), counted: BTreeSet::new() };
        let none = Lineage::default();
        for (draft, lineage) in [(before, &none), (after, lineage)] {
            for (id, table) in &draft.tables {
                for column in &table.columns {
                    ties.tie(lineage.origin(*id, column.id), lineage.origin(*id, column.id));
                }
                for key in table.foreign_keys.values() {
                    for (from, to) in key.columns.iter().zip(&key.references) {
                        ties.tie(lineage.origin(*id, *from), lineage.origin(key.table, *to));
                    }
                }
            }
        }
        for (draft, lineage) in [(before, &none), (after, lineage)] {
            for (id, table) in &draft.tables {
                for column in &table.columns {
                    if column.counter.is_some() || column.id == table.token().id {
                        let group = ties.group(lineage.origin(*id, column.id)).expect("every column has a group");
                        ties.counted.insert(group);
                    }
                }
            }
        }
        ties
    }

    fn group(&self, column: (Id, Id)) -> Option<usize> {
        self.groups.iter().position(|group| group.contains(&column))
    }

    fn tie(&mut self, one: (Id, Id), other: (Id, Id)) {
        let (a, b) = (self.group(one), self.group(other));
        match (a, b) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                // Left empty, so that the others keep their places.
                let moved = std::mem::take(&mut self.groups[b]);
                self.groups[a].extend(moved);
            }
            (Some(group), None) | (None, Some(group)) => self.groups[group].extend([one, other]),
            (None, None) => self.groups.push(BTreeSet::from([one, other])),
        }
    }

    /// Whether the column's values have to agree with another's.
    pub(crate) fn is_tied(&self, column: (Id, Id)) -> bool {
        self.group(column).is_some_and(|group| self.groups[group].len() > 1)
    }

    /// The number of the column's value in a row; rows count from 1.
    pub(crate) fn number(&self, column: (Id, Id), row: usize) -> i64 {
        let group = self.group(column).expect("every column has a group");
        let start = if self.counted.contains(&group) { 0 } else { 100 * (1 + group % 250) };
        i64::try_from(start + row).expect("a small number")
    }
}

impl Draft {
    /// The column with all that foreign keys tie to it. Nothing when that is what tells rows apart.
    pub(crate) fn tied(&self, table: Id, column: Id) -> Vec<(Id, Id)> {
        let mut found = vec![(table, column)];
        let mut next = 0;
        while next < found.len() {
            let place = found[next];
            for (id, owner) in &self.tables {
                for key in owner.foreign_keys.values() {
                    for (from, to) in key.columns.iter().zip(&key.references) {
                        let ends = [(*id, *from), (key.table, *to)];
                        for (here, there) in [(0, 1), (1, 0)] {
                            if ends[here] == place && !found.contains(&ends[there]) {
                                found.push(ends[there]);
                            }
                        }
                    }
                }
            }
            next += 1;
        }
        let is_token = |(table, column): &(Id, Id)| self.tables[table].token().id == *column;
        if found.iter().any(is_token) { Vec::new() } else { found }
    }
}
