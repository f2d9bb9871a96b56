//! The planner's statistics: a column that changes its type loses them, and no count of changed rows brings
//! autovacuum to collect them again.
//!
//! Only of tables that were there before: a new one is collected when its rows come.

use std::collections::BTreeSet;

use super::{data_type, find_table, remade};
use crate::{
    dialect::{Block, text::table_name},
    hazard::Retyping,
    model::{Column, Schema},
    operation::{AnalyzeTable, Contradiction, Operation},
};

/// `ANALYZE`
pub(super) fn analyze(schema: &Schema, change: &AnalyzeTable) -> Result<String, Contradiction> {
    Ok(format!("ANALYZE {}", table_name(find_table(schema, &change.table)?)))
}

/// The tables, by key, whose statistics are incomplete, and those that need none.
#[derive(Default)]
pub(super) struct Stale {
    tables: BTreeSet<String>,
    new: BTreeSet<String>,
    /// What takes a moment is left to a step of its own: the locks of the change would be held meanwhile.
    leaves_moments: bool,
}

impl Stale {
    pub(super) fn new(leaves_moments: bool) -> Self {
        Self { leaves_moments, ..Self::default() }
    }

    /// Takes note of an operation on a database that looks like `schema`.
    pub(super) fn take(&mut self, schema: &Schema, operation: &Operation) {
        if let Operation::CreateTable(create) = operation {
            self.new.insert(create.key.clone());
        } else if let Operation::RenameTable(rename) = operation {
            for keys in [&mut self.tables, &mut self.new] {
                if keys.remove(&rename.from) {
                    keys.insert(rename.to.clone());
                }
            }
        } else if let Operation::AlterColumn(alter) = operation {
            let before = schema.tables.get(&alter.table).and_then(|table| table.columns.get(&alter.column));
            let after = data_type::storage(schema, &alter.definition.data_type);
            let is_left = |before: &Column| {
                self.leaves_moments
                    && before.collation == alter.definition.collation
                    && Retyping::between(&before.data_type, &alter.definition.data_type) == Retyping::InPlace
            };
            if before.is_some_and(|before| !is_left(before))
                && before.is_some_and(|before| {
                    data_type::storage(schema, &before.data_type) != after
                        || before.collation != alter.definition.collation
                })
            {
                self.tables.insert(alter.table.clone());
            }
        } else if let Some(key) = remade::remakes(operation) {
            self.tables.extend(schema.columns_of_enum(key).map(|(table, _)| table.to_owned()));
        }
    }

    /// What collects them; `schema` is the one after all operations.
    pub(super) fn collect(self, schema: &Schema) -> Option<Block> {
        let tables = self.tables.difference(&self.new).filter_map(|key| schema.tables.get(key));
        let statements: Vec<_> = tables.map(|table| format!("ANALYZE {}", table_name(table))).collect();
        let comment = "Collect the statistics that went with the old types".to_owned();
        (!statements.is_empty()).then_some(Block { comment, statements })
    }
}
