//! Which constraints and indexes are written with a column: those of that column alone that need no more than a name.
//!
//! A column has one place for each kind; whatever finds it taken gets a block of its own.

use std::collections::BTreeMap;

use crate::model::name::{self, Kind};
use crate::model::{Check, Dialect, ForeignKey, Index, IndexTarget, Table, Unique};

/// What is written with the columns of a table, by column: the name and the object.
pub(super) struct Homes<'a> {
    /// The whole primary key, when its name is its own.
    pub(super) key: Option<&'a str>,
    pub(super) unique: Home<'a, Unique>,
    pub(super) indexes: Home<'a, Index>,
    pub(super) foreign_keys: Home<'a, ForeignKey>,
    pub(super) checks: Home<'a, Check>,
}

/// The objects of one kind that are written with a column.
pub(super) struct Home<'a, T> {
    by_column: BTreeMap<&'a str, (&'a str, &'a T)>,
}

impl<'a, T> Home<'a, T> {
    /// The name and the object of a column.
    pub(super) fn of(&self, column: &str) -> Option<(&'a str, &'a T)> {
        self.by_column.get(column).copied()
    }

    /// Whether the object of this name is among them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.by_column.values().any(|(home, _)| *home == name)
    }
}

impl<'a> Homes<'a> {
    pub(super) fn of(dialect: Dialect, table: &'a Table) -> Self {
        let is_automatic =
            |kind, name: &str, column: &str| name == name::automatic(dialect, kind, &table.name, &[column]);
        let key = table.primary_key.as_ref().zip(table.single_key());
        let key = key.filter(|(key, _)| is_automatic(Kind::PrimaryKey, &key.name, ""));
        let check = |name: &str, check: &Check| {
            // A column's check has no other name than the automatic one, and is one line with the column.
            let fits = |column: &&String| is_automatic(Kind::Check, name, column) && !check.expression.contains('\n');
            table.columns.keys().find(fits).map(String::as_str)
        };
        Self {
            key: key.map(|(_, column)| column),
            unique: homes(&table.unique, |_, item| of_unique(item), |n, c| is_automatic(Kind::Unique, n, c)),
            indexes: homes(&table.indexes, |_, item| of_index(item), |n, c| is_automatic(Kind::Index, n, c)),
            foreign_keys: homes(
                &table.foreign_keys,
                |_, item| only(&item.columns),
                |n, c| is_automatic(Kind::ForeignKey, n, c),
            ),
            checks: homes(&table.checks, check, |_, _| true),
        }
    }
}

/// The places, taken by automatic names first.
fn homes<'a, T>(
    items: &'a BTreeMap<String, T>,
    home: impl Fn(&str, &'a T) -> Option<&'a str>,
    is_automatic: impl Fn(&str, &str) -> bool,
) -> Home<'a, T> {
    let mut by_column = BTreeMap::new();
    for automatic in [true, false] {
        for (name, item) in items {
            if let Some(column) = home(name, item).filter(|column| is_automatic(name, column) == automatic) {
                by_column.entry(column).or_insert((name.as_str(), item));
            }
        }
    }
    Home { by_column }
}

fn only(columns: &[String]) -> Option<&str> {
    match columns {
        [column] => Some(column),
        _ => None,
    }
}

fn of_unique(unique: &Unique) -> Option<&str> {
    let Unique { columns, nulls_not_distinct, deferrable, include } = unique;
    only(columns).filter(|_| !nulls_not_distinct && deferrable.is_none() && include.is_empty())
}

fn of_index(index: &Index) -> Option<&str> {
    let [element] = index.columns.as_slice() else { return None };
    let IndexTarget::Column(column) = &element.target else { return None };
    let plain = Index {
        columns: vec![crate::model::IndexColumn::plain(column.as_str())],
        unique: false,
        nulls_not_distinct: false,
        predicate: None,
        method: None,
        include: Vec::new(),
        with: BTreeMap::new(),
    };
    (*index == plain).then_some(column)
}
