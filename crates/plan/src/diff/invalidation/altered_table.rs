//! Tables that take another shape, and whom that affects.
//!
//! Decides nothing about the tables themselves.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diff::{enumeration::is_made_anew, step::Steps},
    graph::{names_column, names_in, reads_all_columns},
    model::{Dialect, Object, Schema, Table, View},
    operation::Operation,
};

/// How a table changes, by the names that it has now.
#[derive(Debug, Default)]
pub(super) struct AlteredTable {
    dialect: Dialect,
    /// It goes, or gets another name or SQL schema.
    is_elsewhere: bool,
    /// Columns that go, or get another name, type, collation or expression.
    columns: BTreeSet<String>,
    /// There are new columns.
    grows: bool,
    /// SQLite may make it anew, and would lose its triggers.
    is_rebuilt: bool,
}

impl AlteredTable {
    /// A database does not let go of a column that a view shows; for a plain view, which is cheap to make, no closer look
    /// is taken.
    pub(super) fn affects_view(&self, view: &View) -> bool {
        let shows_all = reads_all_columns(self.dialect, &view.query);
        let shows = |column: &String| names_column(self.dialect, &view.query, column);
        self.is_elsewhere
            || (self.grows && shows_all)
            || (!self.columns.is_empty() && (!view.materialized || shows_all || self.columns.iter().any(shows)))
    }

    pub(super) fn affects_object(&self, object: &Object) -> bool {
        let words = names_in(self.dialect, &object.create);
        self.is_rebuilt || self.columns.iter().any(|column| words.contains(column))
    }
}

/// The tables that change, by their present keys.
pub(super) fn tables(
    dialect: Dialect,
    present: &Schema,
    renamed: &Schema,
    target: &Schema,
    steps: &Steps,
) -> BTreeMap<String, AlteredTable> {
    let key_now = |key: &str| {
        steps.renames.iter().fold(key.to_owned(), |key, step| match step {
            Operation::RenameTable(rename) if rename.from == key => rename.to.clone(),
            _ => key,
        })
    };
    let of = |(key, known): (&String, &Table)| {
        let now = key_now(key);
        let Some(wanted) = target.tables.get(&now) else {
            return Some((
                key.clone(),
                AlteredTable { is_elsewhere: true, is_rebuilt: true, dialect, ..AlteredTable::default() },
            ));
        };
        let renames = steps.renames.iter().filter_map(|step| match step {
            Operation::RenameColumn(rename) if rename.table == now => Some(rename.from.clone()),
            _ => None,
        });
        let remade_enum = |column: &str| {
            let item = wanted.columns.get(column)?.data_type.enum_key()?;
            Some(is_made_anew(renamed.enums.get(item)?, target.enums.get(item)?))
        };
        let differs = known.columns.iter().filter(|(name, before)| {
            let same = wanted.columns.get(*name).is_some_and(|after| {
                let same = |now: &crate::model::Column| {
                    now.data_type.storage() == after.data_type.storage()
                        && now.collation == after.collation
                        && now.generated == after.generated
                };
                // The type's own name may be new: then the column's type follows, and is the same.
                same(before) || renamed.tables.get(&now).and_then(|table| table.columns.get(*name)).is_some_and(same)
            });
            !same || remade_enum(name).unwrap_or(false)
        });
        let mut columns: BTreeSet<_> = differs.map(|(name, _)| name.clone()).chain(renames).collect();
        // What is computed from a column that changes is dropped and added around it.
        let computed = known.columns.iter().filter(|(_, column)| {
            let text = column.generated.as_ref().map(|generated| &generated.expression);
            text.is_some_and(|text| columns.iter().any(|name| names_column(dialect, text, name)))
        });
        let computed: Vec<_> = computed.map(|(name, _)| name.clone()).collect();
        columns.extend(computed);
        let grows = wanted.columns.keys().any(|name| !known.columns.contains_key(name));
        let is_elsewhere = (&known.name, &known.schema) != (&wanted.name, &wanted.schema);
        let is_rebuilt = match dialect {
            Dialect::Sqlite => {
                is_elsewhere || !columns.is_empty() || grows || is_rebuilt(known, wanted, present, target)
            }
            Dialect::Postgres => false,
        };
        let altered = AlteredTable { dialect, is_elsewhere, columns, grows, is_rebuilt };
        let changes = is_elsewhere || is_rebuilt || grows || !altered.columns.is_empty();
        changes.then(|| (key.clone(), altered))
    };
    present.tables.iter().filter_map(of).collect()
}

/// Whether anything differs that SQLite writes into the table itself.
fn is_rebuilt(known: &Table, wanted: &Table, present: &Schema, target: &Schema) -> bool {
    let enums = wanted.columns.values().filter_map(|column| column.data_type.enum_key());
    known.columns != wanted.columns
        || known.primary_key != wanted.primary_key
        || known.foreign_keys != wanted.foreign_keys
        || known.checks != wanted.checks
        || enums.into_iter().any(|key| {
            present.enums.get(key).map(|item| &item.values) != target.enums.get(key).map(|item| &item.values)
        })
}
