//! What a rollback does not bring back, because the operations themselves have taken it away.
//!
//! What a rollback takes away itself are the effects of the operations that it runs: see `effect`.

use std::collections::BTreeSet;

use super::{AlterColumn, Operation, destruction::destroys, effect::is_copied};
use crate::model::{Column, Dialect, Schema};
use crate::online::dropped_copies;

/// Something that is gone, and stays so when its table or column comes back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unrestored {
    /// What it is: `the rows of table ticket`.
    pub what: String,
    /// The table's key and the column whose values stay what a change of type has made of them.
    pub converted: Option<(String, String)>,
}

impl Unrestored {
    fn new(what: String) -> Self {
        Self { what, converted: None }
    }
}

/// What `operations` take away for good, for a database that looks like `before`.
#[must_use]
pub fn unrestored(dialect: Dialect, before: &Schema, operations: &[Operation]) -> Vec<Unrestored> {
    let mut found = Vec::new();
    if !operations.iter().any(takes_away) {
        return found;
    }
    let mut schema = before.clone();
    let mut new_tables = BTreeSet::new();
    let copies = dropped_copies(before, operations);
    for operation in operations {
        if let Operation::CreateTable(create) = operation {
            new_tables.insert(create.key.clone());
        }
        let is_old = operation.change().table().is_none_or(|table| !new_tables.contains(table));
        if is_old && !is_copied(operation, &copies) {
            found.extend(one(dialect, &schema, operation));
        }
        if operation.apply(&mut schema).is_err() {
            break;
        }
    }
    found
}

/// Whether it is of a kind that can take something away; a schema is large, and most operations add.
fn takes_away(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::DropTable(_)
            | Operation::DropColumn(_)
            | Operation::AlterColumn(_)
            | Operation::CreateObject(_)
            | Operation::DropObject(_)
    )
}

fn one(dialect: Dialect, schema: &Schema, operation: &Operation) -> Option<Unrestored> {
    let column = |table: &str, column: &str| schema.tables.get(table)?.columns.get(column);
    let of_object = |key: &str, sql: &str| {
        destroys(sql, dialect)
            .map(|statement| Unrestored::new(format!("what `{statement}` of object {key} takes away")))
    };
    match operation {
        Operation::DropTable(drop) => Some(Unrestored::new(format!("the rows of table {}", drop.key))),
        Operation::DropColumn(drop) => {
            let is_stored = column(&drop.table, &drop.column)?.generated.is_none();
            is_stored.then(|| Unrestored::new(format!("the values of {}.{}", drop.table, drop.column)))
        }
        Operation::AlterColumn(alter) => altered(dialect, column(&alter.table, &alter.column)?, alter),
        Operation::CreateObject(create) => of_object(&create.key, &create.definition.create),
        Operation::DropObject(drop) => of_object(&drop.key, &schema.objects.get(&drop.key)?.drop),
        _ => None,
    }
}

fn altered(dialect: Dialect, before: &Column, alter: &AlterColumn) -> Option<Unrestored> {
    let place = format!("{}.{}", alter.table, alter.column);
    if alter.definition.generated.is_some() {
        let is_new = before.generated.is_none();
        return is_new.then(|| Unrestored::new(format!("the values of {place} from before it became computed")));
    }
    let converted = Some((alter.table.clone(), alter.column.clone()));
    if let Some(using) = &alter.using {
        let what = format!("the values of {place} from before `{using}`");
        return Some(Unrestored { what, converted });
    }
    let (from, to) = (&before.data_type, &alter.definition.data_type);
    let alteration = from.conversion_to(to, dialect).alteration()?;
    let what = format!("the values of {place} from before it became {to}: {}", alteration.what);
    Some(Unrestored { what, converted })
}
