//! Which foreign keys become `joinable!`, and which tables they connect.
//!
//! Writes nothing.

use std::collections::BTreeMap;

use super::table::{Selection, TableData};
use crate::{
    dialect,
    model::{Dialect, Schema},
};

/// A `joinable!` of two tables, as places in the selection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Join {
    pub child: usize,
    pub parent: usize,
    /// Rust name of the child's column.
    pub column: String,
}

/// The keys over one column that point at the whole primary key of another table, where it is the only one between the
/// two, in either direction.
pub(super) fn find(dialect: Dialect, schema: &Schema, selection: &Selection) -> Vec<Join> {
    let places: BTreeMap<&str, usize> =
        selection.tables.iter().enumerate().map(|(place, table)| (table.key.as_str(), place)).collect();
    let mut between: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    let mut joins = Vec::new();
    for (child, data) in selection.tables.iter().enumerate() {
        let Some(table) = schema.tables.get(&data.key) else { continue };
        for key in table.foreign_keys.values() {
            let Some(&parent) = places.get(key.table.as_str()) else { continue };
            *between.entry((child.min(parent), child.max(parent))).or_default() += 1;
            let Some(target) = schema.tables.get(&key.table) else { continue };
            let primary_key = dialect::primary_key_in_diesel(dialect, target);
            if let ([column], [reference], [only]) = (&*key.columns, &*key.references, &*primary_key)
                && child != parent
                && reference == only
                && let Some(column) = data.column(column)
            {
                joins.push(Join { child, parent, column: column.to_owned() });
            }
        }
    }
    joins.retain(|join| between.get(&(join.child.min(join.parent), join.child.max(join.parent))) == Some(&1));
    let order = |join: &Join| (name(selection, join.child), name(selection, join.parent), join.column.clone());
    joins.sort_by_key(order);
    joins
}

fn name(selection: &Selection, place: usize) -> String {
    selection.tables.get(place).map(|table| table.sql_name.clone()).unwrap_or_default()
}

/// The groups of tables that foreign keys connect, each in the order of names, and the groups by their first one.
pub(super) fn groups<'a>(selection: &'a Selection, joins: &[Join]) -> Vec<Vec<&'a TableData>> {
    let mut group: Vec<usize> = (0..selection.tables.len()).collect();
    for join in joins {
        let (into, from) = (root(&group, join.child), root(&group, join.parent));
        if let Some(entry) = group.get_mut(into.max(from)) {
            *entry = into.min(from);
        }
    }
    let mut groups: BTreeMap<usize, Vec<&TableData>> = BTreeMap::new();
    for (place, table) in selection.tables.iter().enumerate() {
        groups.entry(root(&group, place)).or_default().push(table);
    }
    groups.into_values().collect()
}

/// The lowest place of the group. Every entry points at a lower place or at itself.
fn root(group: &[usize], mut place: usize) -> usize {
    while let Some(&next) = group.get(place)
        && next != place
    {
        place = next;
    }
    place
}
