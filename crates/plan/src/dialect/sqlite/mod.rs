//! SQLite: operations to SQL, where `ALTER TABLE` can do little and the rest is a rebuild of the table.
//!
//! This file walks through the operations and keeps the order; what one object looks like is told by the file of its kind.

mod alteration;
mod check;
mod column;
mod constraint;
mod conversion;
mod data_type;
pub(super) mod diesel_type;
mod enumeration;
mod feature;
mod foreign_key;
mod frame;
pub(super) mod from_diesel;
mod guard;
mod index;
mod object;
mod primary_key;
mod rebuild;
mod flush;
mod table;
mod taken;
#[cfg(test)]
mod tests;
mod unique;
mod value;
mod view;
mod walk;

pub(super) use feature::{LIMITS, lack};

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
    let (blocks, in_transaction) = walk::blocks(before, rebuilds_last(operations), &after)?;
    Ok(Script { blocks, in_transaction })
}

/// The operations with changes of enum values where they share a rebuild with the other changes of their tables. A plan has
/// new values first of all, as PostgreSQL needs them, and rolling back ends with them: on the other side of the drops and
/// creations of views and triggers.
fn rebuilds_last(operations: &[Operation]) -> Vec<&Operation> {
    use Operation::{AddEnumValue, CreateObject, CreateView, DropEnumValue, DropObject, DropView};
    let gives_way = |earlier: &Operation, later: &Operation| {
        (matches!(earlier, AddEnumValue(_)) && matches!(later, DropView(_) | DropObject(_)))
            || (matches!(earlier, CreateView(_) | CreateObject(_)) && matches!(later, DropEnumValue(_)))
    };
    let mut ordered: Vec<&Operation> = Vec::with_capacity(operations.len());
    for operation in operations {
        let passed = ordered.iter().rev().take_while(|earlier| gives_way(earlier, operation)).count();
        ordered.insert(ordered.len() - passed, operation);
    }
    ordered
}

/// The schema at one point of a migration, between the first and the last.
#[derive(Clone, Copy)]
struct Point<'a> {
    start: &'a Schema,
    now: &'a Schema,
    end: &'a Schema,
}

impl<'a> Point<'a> {
    /// The table that a foreign key points at: it may come later in the same migration, or be gone already.
    fn target(self, key: &str) -> Result<&'a Table, Contradiction> {
        let found = [self.now, self.end, self.start].into_iter().find_map(|schema| schema.tables.get(key));
        found.ok_or_else(|| Contradiction(format!("table `{key}` does not exist at this point")))
    }
}
