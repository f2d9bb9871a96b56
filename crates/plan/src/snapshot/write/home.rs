//! Which constraints and indexes are written with a column: those of that column alone that need no more than a name.
//!
//! A column has one place for each kind; whatever finds it taken gets a block of its own.

use std::collections::BTreeMap;

use crate::model::name::{self, NameKind};
use crate::model::{Check, Dialect, ForeignKey, Index, IndexColumn, IndexTarget, Table, Unique};

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
    /// Each item at the column that it is of alone, if there is one; of several, an automatic name goes first.
    fn new(
        items: &'a BTreeMap<String, T>,
        column_of: impl Fn(&'a T) -> Option<&'a str>,
        automatic: impl Fn(&str) -> String,
    ) -> Self {
        let mut by_column = BTreeMap::new();
        for is_automatic in [true, false] {
            for (name, item) in items {
                if let Some(column) = column_of(item).filter(|column| (*name == automatic(column)) == is_automatic) {
                    by_column.entry(column).or_insert((name.as_str(), item));
                }
            }
        }
        Self { by_column }
    }

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
        let automatic = |kind| move |column: &str| name::automatic(dialect, kind, &table.name, &[column]);
        let key = table.primary_key.as_ref().zip(table.single_key());
        let key =
            key.filter(|(key, _)| key.name == name::automatic::<&str>(dialect, NameKind::PrimaryKey, &table.name, &[]));
        // A column's check has no other name than the automatic one, and is one line with the column.
        let check = |column: &'a String| {
            let (name, check) = table.checks.get_key_value(&automatic(NameKind::Check)(column))?;
            (!check.expression.contains('\n')).then_some((column.as_str(), (name.as_str(), check)))
        };
        Self {
            key: key.map(|(_, column)| column),
            unique: Home::new(&table.unique, of_unique, automatic(NameKind::Unique)),
            indexes: Home::new(&table.indexes, of_index, automatic(NameKind::Index)),
            foreign_keys: Home::new(&table.foreign_keys, |key| only(&key.columns), automatic(NameKind::ForeignKey)),
            checks: Home { by_column: table.columns.keys().filter_map(check).collect() },
        }
    }
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
        columns: vec![IndexColumn::plain(column.as_str())],
        unique: false,
        nulls_not_distinct: false,
        predicate: None,
        method: None,
        include: Vec::new(),
        with: BTreeMap::new(),
    };
    (*index == plain).then_some(column)
}
