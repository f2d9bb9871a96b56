//! Columns of tables in use: a value for the rows that are there, `NOT NULL`, another type.
//!
//! The order is always the same: a default for new rows, then the old rows, then the constraint.

use super::{
    expansion::{Expansion, free_name},
    refusal, retype,
};
use crate::{
    graph::names_column,
    hazard::{Retyping, is_constant, is_volatile},
    model::Dialect,
    model::{Check, Column, DefaultValue},
    operation::{AddCheck, AddColumn, AlterColumn, BackfillColumn, DropCheck, Operation, ValidateConstraint},
};

pub(super) fn added(expansion: &mut Expansion<'_>, add: &AddColumn) {
    let (table, name, column) = (&add.table, &add.column, &add.definition);
    if column.generated.as_ref().is_some_and(|computed| computed.stored) {
        return expansion.refused.push(refusal::generated(table, name));
    }
    if column.identity.is_some() || column.data_type.is_serial() {
        return expansion.refused.push(refusal::counter(table, name));
    }
    if crate::hazard::is_domain_with_rules(&expansion.schema, column) {
        return expansion.refused.push(refusal::domain(table, name));
    }
    let volatile = column.default.as_ref().map(DefaultValue::as_sql).filter(|default| is_volatile(default));
    let value = match (&add.backfill, volatile) {
        (Some(backfill), _) if is_constant(backfill) => return expansion.at_once(add.clone()),
        (Some(backfill), _) => backfill.clone(),
        (None, Some(default)) => default,
        (None, None) => return expansion.at_once(add.clone()),
    };
    // A default that comes with the column would be what the old rows get.
    let bare = Column { nullable: true, default: None, ..column.clone() };
    let filled = Column { nullable: true, ..column.clone() };
    expansion.at_once(AddColumn { definition: bare, backfill: None, ..add.clone() });
    if column.default.is_some() {
        expansion.at_once(alter(table, name, filled));
    }
    fill(expansion, table, name, &value);
    if !column.nullable {
        let again = column.default.is_none().then_some(value.as_str());
        not_null(expansion, table, name, column, again);
    }
}

pub(super) fn altered(expansion: &mut Expansion<'_>, change: &AlterColumn, later: &[Operation]) {
    let (table, name, after) = (&change.table, &change.column, &change.definition);
    let before = expansion.schema.tables.get(table).and_then(|owner| owner.columns.get(name)).cloned();
    // What is not there is said when the operation is applied.
    let Some(before) = before else { return };
    if retype::in_steps(expansion, change, &before) || refuse(expansion, change, &before, later) {
        return;
    }
    if before.data_type.storage() != after.data_type.storage() {
        expansion.analyze(table, name);
    }
    if !before.nullable && after.nullable && before.generated.is_none() {
        return nullable(expansion, change, &before);
    }
    let becomes_not_null = before.nullable && !after.nullable;
    if !becomes_not_null {
        return expansion.at_once(change.clone());
    }
    let first = Column { nullable: true, ..after.clone() };
    if first != before {
        expansion.at_once(AlterColumn { definition: first, backfill: None, ..change.clone() });
    }
    if let Some(value) = &change.backfill {
        fill(expansion, table, name, value);
    }
    let again = change.backfill.as_deref().filter(|_| after.default.is_none());
    not_null(expansion, table, name, after, again);
}

/// Says what has no steps, and whether there is any.
fn refuse(expansion: &mut Expansion<'_>, change: &AlterColumn, before: &Column, later: &[Operation]) -> bool {
    let (table, name, after) = (&change.table, &change.column, &change.definition);
    let is_retyped = before.data_type.storage() != after.data_type.storage();
    let is_recomputed = after.generated.is_some() && (before.generated != after.generated || is_retyped);
    let reason = if is_recomputed {
        Some(refusal::generated(table, name))
    } else if is_retyped
        && (change.using.is_some() || Retyping::between(&before.data_type, &after.data_type) == Retyping::Rewrite)
    {
        Some(refusal::retyped(table, name, &before.data_type.to_string(), &after.data_type.to_string()))
    } else if before.collation != after.collation {
        Some(refusal::collation(table, name))
    } else if before.nullable && (after.identity.is_some() || after.data_type.is_serial()) && before != after {
        Some(refusal::counter_of_nullable(table, name))
    } else if is_retyped {
        later.iter().find_map(|operation| match operation {
            Operation::AddIndex(add)
                if add.table == *table
                    && add.definition.texts().any(|text| names_column(Dialect::Postgres, text, name)) =>
            {
                Some(refusal::index_over_retyped(table, &add.name, name))
            }
            _ => None,
        })
    } else {
        None
    };
    let is_refused = reason.is_some();
    expansion.refused.extend(reason);
    is_refused
}

fn alter(table: &str, column: &str, definition: Column) -> AlterColumn {
    AlterColumn { table: table.to_owned(), column: column.to_owned(), definition, backfill: None, using: None }
}

fn fill(expansion: &mut Expansion<'_>, table: &str, column: &str, value: &str) {
    backfill(expansion, "backfill", table, column, value);
}

fn backfill(expansion: &mut Expansion<'_>, step: &'static str, table: &str, column: &str, value: &str) {
    let has_key = expansion.schema.tables.get(table).is_some_and(|table| table.primary_key.is_some());
    if !has_key {
        return expansion.refused.push(refusal::no_key(table, column));
    }
    let (batch_size, pause_ms) = (expansion.online.batch_size, expansion.online.pause_ms);
    let (table, column, value) = (table.to_owned(), column.to_owned(), value.to_owned());
    expansion.later(step, vec![BackfillColumn { table, column, value, batch_size, pause_ms }.into()]);
}

/// `DROP NOT NULL` takes a moment, and its rollback does as well: a check that goes with the next step comes back first then,
/// and is validated before `SET NOT NULL`.
fn nullable(expansion: &mut Expansion<'_>, change: &AlterColumn, before: &Column) {
    let (table, column, after) = (&change.table, &change.column, &change.definition);
    let first = Column { nullable: false, ..after.clone() };
    if first != *before {
        expansion.at_once(AlterColumn { definition: first, backfill: None, ..change.clone() });
    }
    let check = not_null_check(expansion, table, column);
    let drop = DropCheck::new(table, &check.name);
    expansion.later("drop_not_null", vec![check.into(), alter(table, column, after.clone()).into()]);
    expansion.later("drop_check", vec![drop.into()]);
}

fn not_null_check(expansion: &Expansion<'_>, table: &str, column: &str) -> AddCheck {
    let owner = expansion.schema.tables.get(table);
    let sql_name = owner.map_or(table, |table| table.name.as_str());
    let name = free_name(&expansion.schema.tables, table, &format!("{sql_name}_{column}_not_null"));
    let expression = format!("{} IS NOT NULL", makemigrations_sql::quote_identifier(column));
    AddCheck { table: table.to_owned(), name, definition: Check { expression } }
}

/// `SET NOT NULL` reads no row where a check that was validated says the same. Where nothing gives new rows a value, those
/// that came without one before the check are filled between it and the validation: `again`.
fn not_null(expansion: &mut Expansion<'_>, table: &str, column: &str, definition: &Column, again: Option<&str>) {
    let check = not_null_check(expansion, table, column);
    let name = check.name.clone();
    expansion.later("check", vec![check.into()]);
    if let Some(value) = again {
        backfill(expansion, "backfill_rest", table, column, value);
    }
    let validate = ValidateConstraint { table: table.to_owned(), name: name.clone() };
    expansion.later("validate", vec![validate.into()]);
    let drop = DropCheck::new(table, name);
    expansion.later("set_not_null", vec![alter(table, column, definition.clone()).into(), drop.into()]);
}
