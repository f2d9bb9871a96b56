//! SQLite: operations to SQL, where `ALTER TABLE` can do little and the rest is a rebuild of the table.
//!
//! This file walks through the operations and keeps the order; what one object looks like is told by the file of its kind.

mod alteration;
mod check;
mod column;
mod constraint;
mod conversion;
mod data_type;
mod enumeration;
mod foreign_key;
mod frame;
mod index;
mod mention;
mod primary_key;
mod rebuild;
mod table;
#[cfg(test)]
mod tests;
mod unique;
mod walk;

use super::Script;
use crate::{
    model::{Schema, Table},
    operation::{Contradiction, Operation, apply_all},
};

/// Writes operations as SQL for a database that looks like `before`.
///
/// # Errors
/// When an operation does not fit the schema it meets, or a type is not SQLite's.
pub(crate) fn script(before: &Schema, operations: &[Operation]) -> Result<Script, Contradiction> {
    let after = apply_all(before, operations)?;
    let (blocks, in_transaction) = walk::blocks(before, operations, &after)?;
    Ok(Script { blocks, in_transaction })
}

/// The schema at one point of a migration, between the first and the last.
#[derive(Clone, Copy)]
struct View<'a> {
    start: &'a Schema,
    now: &'a Schema,
    end: &'a Schema,
}

impl<'a> View<'a> {
    /// The table that a foreign key points at: it may come later in the same migration, or be gone already.
    fn target(self, key: &str) -> Result<&'a Table, Contradiction> {
        let found = [self.now, self.end, self.start].into_iter().find_map(|schema| schema.tables.get(key));
        found.ok_or_else(|| Contradiction(format!("table `{key}` does not exist at this point")))
    }
}
