//! What people said about renames: flags, and hints as long as they have not done their work.
//!
//! A hint stays in a snapshot after it has worked; only what is recorded tells whether it still means something.

use crate::{
    diff::{Answers, Rename},
    model::{Column, Enum, Schema, Table},
    snapshot::Wanted,
};

/// `(from, to)` of the tables, by key.
pub(super) fn tables(present: &Schema, target: &Schema, wanted: &Wanted, answers: &Answers) -> Vec<(String, String)> {
    let flags = answers.renames.iter().filter_map(|rename| match rename {
        Rename::Table { from, to } => Some((from.clone(), to.clone())),
        Rename::Column { .. } | Rename::Enum { .. } | Rename::EnumValue { .. } => None,
    });
    let hints = wanted.hints.tables.iter().map(|(key, hint)| (hint.renamed_from.value.clone(), key.clone()));
    with_hints(flags.collect(), hints.collect(), |from, to| {
        let (Some(before), Some(after)) = (present.tables.get(from), target.tables.get(to)) else { return false };
        let done = || answers.past.contains(&Rename::Table { from: from.to_owned(), to: to.to_owned() });
        let back = wanted.hints.tables.get(from).is_some_and(|hint| hint.renamed_from.value == to);
        present.tables.get(to).is_none_or(|other| is_open(likeness(before, after), likeness(other, after), back, done))
    })
}

/// `(from, to)` of the columns of one table.
pub(super) fn columns(
    key: &str,
    known: &Table,
    table: &Table,
    wanted: &Wanted,
    answers: &Answers,
) -> Vec<(String, String)> {
    let flags = answers.renames.iter().filter_map(|rename| match rename {
        Rename::Column { table, from, to } if table == key => Some((from.clone(), to.clone())),
        Rename::Column { .. } | Rename::Table { .. } | Rename::Enum { .. } | Rename::EnumValue { .. } => None,
    });
    let hints = table.columns.keys().filter_map(|column| {
        let hint = wanted.hints.columns.get(&(key.to_owned(), column.clone()))?;
        Some((hint.renamed_from.as_ref()?.value.clone(), column.clone()))
    });
    with_hints(flags.collect(), hints.collect(), |from, to| {
        let (Some(before), Some(after)) = (known.columns.get(from), table.columns.get(to)) else { return false };
        let rename = || Rename::Column { table: key.to_owned(), from: from.to_owned(), to: to.to_owned() };
        let done = || answers.past.contains(&rename());
        let back = wanted.hints.columns.get(&(key.to_owned(), from.to_owned()));
        let back = back.and_then(|hint| hint.renamed_from.as_ref()).is_some_and(|hint| hint.value == to);
        known.columns.get(to).is_none_or(|other| is_open(alike(before, after), alike(other, after), back, done))
    })
}

/// `(from, to)` of the enums, by key.
pub(super) fn enums(present: &Schema, target: &Schema, wanted: &Wanted, answers: &Answers) -> Vec<(String, String)> {
    let flags = answers.renames.iter().filter_map(|rename| match rename {
        Rename::Enum { from, to } => Some((from.clone(), to.clone())),
        Rename::Table { .. } | Rename::Column { .. } | Rename::EnumValue { .. } => None,
    });
    let hints = wanted.hints.enums.iter();
    let hints = hints.filter_map(|(key, hint)| Some((hint.renamed_from.as_ref()?.value.clone(), key.clone())));
    with_hints(flags.collect(), hints.collect(), |from, to| {
        let (Some(before), Some(after)) = (present.enums.get(from), target.enums.get(to)) else { return false };
        let common = |known: &Enum| known.values.iter().filter(|value| after.values.contains(value)).count();
        present.enums.get(to).is_none_or(|other| common(before) > common(other))
    })
}

/// `(from, to)` of the values of one enum.
pub(super) fn values(
    key: &str,
    known: &Enum,
    definition: &Enum,
    wanted: &Wanted,
    answers: &Answers,
) -> Vec<(String, String)> {
    let flags = answers.renames.iter().filter_map(|rename| match rename {
        Rename::EnumValue { key: other, from, to } if other == key => Some((from.clone(), to.clone())),
        Rename::EnumValue { .. } | Rename::Table { .. } | Rename::Column { .. } | Rename::Enum { .. } => None,
    });
    let hints = wanted.hints.enums.get(key).into_iter().flat_map(|hint| &hint.renamed_values);
    let hints = hints.map(|(from, to)| (from.clone(), to.value.clone()));
    with_hints(flags.collect(), hints.collect(), |from, to| {
        known.values.iter().any(|value| value == from)
            && !known.values.iter().any(|value| value == to)
            && definition.values.iter().any(|value| value == to)
    })
}

/// Whether a hint about two names that are both there is still to be done: what has the old name must look more like what
/// is wanted than what has the new one. Two hints that point at each other are enough, as long as nobody has done it.
fn is_open<T: Ord>(before: T, other: T, points_back: bool, is_done: impl Fn() -> bool) -> bool {
    before > other || (points_back && !is_done())
}

/// The flags, and the hints about other names that are still to be done.
fn with_hints(
    mut told: Vec<(String, String)>,
    hints: Vec<(String, String)>,
    is_open: impl Fn(&str, &str) -> bool,
) -> Vec<(String, String)> {
    for (from, to) in hints {
        let is_told = told.iter().any(|(other_from, other_to)| *other_from == from || *other_to == to);
        if !is_told && from != to && is_open(&from, &to) {
            told.push((from, to));
        }
    }
    told
}

/// How many columns two tables share, with their definitions.
fn likeness(a: &Table, b: &Table) -> usize {
    a.columns.iter().filter(|(name, column)| b.columns.get(*name) == Some(*column)).count()
}

/// How much two columns have in common.
fn alike(a: &Column, b: &Column) -> u8 {
    u8::from(a.data_type == b.data_type) * 2 + u8::from(a.nullable == b.nullable) + u8::from(a == b)
}
