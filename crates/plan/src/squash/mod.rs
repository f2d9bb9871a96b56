//! Many operations to the few that they amount to: created and altered is created, added and dropped is nothing, a chain
//! of renames is one.
//!
//! Nothing is folded by rule: the schema before and the one after are compared like any other two, with what the
//! operations say as the answers. Writes no migration.

mod merged;

pub use merged::{ByHand, Original, Squashed, Unfit, stand_in};

use std::collections::BTreeMap;

use crate::{
    diff::{Answers, Rename, Stop, diff, net_renames},
    graph::names_column,
    model::{Dialect, Schema},
    operation::{BackfillColumn, Contradiction, Operation, apply_all},
    snapshot::Wanted,
};

/// The operations that lead where `operations` lead. Where only the long way is known (a type that changes twice, each time
/// in words of its own), it is the long way.
///
/// # Errors
/// When an operation does not fit the schema it meets.
pub fn squash(dialect: Dialect, before: &Schema, operations: &[Operation]) -> Result<Vec<Operation>, Contradiction> {
    let schema = apply_all(before, operations)?;
    let Some(answers) = answers(operations) else { return Ok(operations.to_vec()) };
    let wanted = Wanted { schema, ..Wanted::default() };
    // Answers about what is gone in the end name nothing.
    let known = |place: &(String, String)| {
        wanted.schema.tables.get(&place.0).is_some_and(|table| table.columns.contains_key(&place.1))
    };
    let answers = Answers {
        renames: answers
            .renames
            .iter()
            .filter(|rename| is_old(rename, &answers, before) && is_left(rename, &wanted.schema))
            .cloned()
            .collect(),
        backfills: answers.backfills.into_iter().filter(|(place, _)| known(place)).collect(),
        usings: answers.usings.into_iter().filter(|(place, _)| known(place)).collect(),
        ..answers
    };
    match diff(dialect, before, &wanted, &answers, None) {
        Ok(plan) if holds_steps(&wanted.schema, operations, &plan.operations) => Ok(plan.operations),
        Ok(_) => Ok(operations.to_vec()),
        Err(Stop::Questions(_) | Stop::Refused(_) | Stop::UnknownAnswers(_) | Stop::InvalidHints(_)) => {
            Ok(operations.to_vec())
        }
    }
}

/// Whether the short way does what the steps among the long one do to rows: values that are filled in, constraints that are
/// validated.
fn holds_steps(after: &Schema, long: &[Operation], short: &[Operation]) -> bool {
    long.iter().all(|operation| match operation {
        Operation::BackfillColumn(fill) if is_for_the_way(after, long, fill) => true,
        Operation::BackfillColumn(fill) => short.iter().any(|other| match other {
            Operation::AddColumn(add) => {
                let default = add.definition.default.as_ref().map(crate::model::DefaultValue::as_sql);
                add.table == fill.table
                    && add.column == fill.column
                    && (add.backfill.is_some() || default.as_ref() == Some(&fill.value))
            }
            Operation::AlterColumn(alter) => {
                alter.table == fill.table && alter.column == fill.column && alter.backfill.is_some()
            }
            Operation::DropColumn(drop) => drop.table == fill.table && drop.column == fill.column,
            Operation::DropTable(drop) => drop.key == fill.table,
            Operation::CreateTable(create) => create.key == fill.table,
            _ => false,
        }),
        Operation::SetDeferred(_) => false,
        Operation::ValidateConstraint(validate) => {
            let (table, name) = (&validate.table, &validate.name);
            long.iter().any(|other| match other {
                Operation::AddForeignKey(add) => add.table == *table && add.name == *name,
                Operation::AddCheck(add) => add.table == *table && add.name == *name,
                Operation::CreateTable(create) => create.key == *table,
                _ => false,
            })
        }
        _ => true,
    })
}

/// Whether a column was filled that is not there in the end, and that no other one was filled from.
fn is_for_the_way(after: &Schema, long: &[Operation], fill: &BackfillColumn) -> bool {
    let is_left = after.tables.get(&fill.table).is_some_and(|table| table.columns.contains_key(&fill.column));
    let is_read = |sql: &str| names_column(after.dialect, sql, &fill.column);
    !is_left
        && !long.iter().any(|operation| match operation {
            Operation::BackfillColumn(other) => is_read(&other.value),
            Operation::AddColumn(add) => add.backfill.as_deref().is_some_and(is_read),
            Operation::AlterColumn(alter) => {
                alter.backfill.as_deref().is_some_and(is_read) || alter.using.as_deref().is_some_and(is_read)
            }
            _ => false,
        })
}

/// Whether what is renamed was there before: what the operations make themselves is made under its last name.
fn is_old(rename: &Rename, answers: &Answers, before: &Schema) -> bool {
    let was = |key: &String| {
        let renamed = answers.renames.iter().find_map(|rename| match rename {
            Rename::Table { from, to } | Rename::Enum { from, to } if to == key => Some(from),
            Rename::Table { .. } | Rename::Enum { .. } | Rename::Column { .. } | Rename::EnumValue { .. } => None,
        });
        renamed.unwrap_or(key).clone()
    };
    match rename {
        Rename::Table { from, .. } => before.tables.contains_key(from),
        Rename::Enum { from, .. } => before.enums.contains_key(from),
        Rename::Column { table, from, .. } => {
            before.tables.get(&was(table)).is_some_and(|table| table.columns.contains_key(from))
        }
        Rename::EnumValue { key, from, .. } => {
            before.enums.get(&was(key)).is_some_and(|definition| definition.values.contains(from))
        }
    }
}

/// Whether what is renamed is still there: a spare name on the way to a drop is not.
fn is_left(rename: &Rename, after: &Schema) -> bool {
    match rename {
        Rename::Table { to, .. } => after.tables.contains_key(to),
        Rename::Enum { to, .. } => after.enums.contains_key(to),
        Rename::Column { table, to, .. } => after.tables.get(table).is_some_and(|table| table.columns.contains_key(to)),
        Rename::EnumValue { key, to, .. } => {
            after.enums.get(key).is_some_and(|definition| definition.values.contains(to))
        }
    }
}

/// What the operations say, as answers to the comparison of first and last. `None` when one column got two answers.
fn answers(operations: &[Operation]) -> Option<Answers> {
    let mut backfills: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut usings: BTreeMap<(String, String), String> = BTreeMap::new();
    for operation in operations {
        match operation {
            Operation::AddColumn(add) => {
                let place = (add.table.clone(), add.column.clone());
                insert_once(&mut backfills, place, add.backfill.as_ref())?;
            }
            Operation::AlterColumn(alter) => {
                let place = (alter.table.clone(), alter.column.clone());
                insert_once(&mut backfills, place.clone(), alter.backfill.as_ref())?;
                insert_once(&mut usings, place, alter.using.as_ref())?;
            }
            Operation::BackfillColumn(fill) => {
                // The rows that came meanwhile are filled once more, with the same.
                let place = (fill.table.clone(), fill.column.clone());
                if backfills.get(&place) != Some(&fill.value) {
                    insert_once(&mut backfills, place, Some(&fill.value))?;
                }
            }
            Operation::RenameTable(rename) => {
                let moved = |((table, column), sql): ((String, String), String)| {
                    ((if table == rename.from { rename.to.clone() } else { table }, column), sql)
                };
                backfills = backfills.into_iter().map(moved).collect();
                usings = usings.into_iter().map(moved).collect();
            }
            Operation::RenameColumn(rename) => {
                let (from, to) =
                    ((rename.table.clone(), rename.from.clone()), (rename.table.clone(), rename.to.clone()));
                for answers in [&mut backfills, &mut usings] {
                    // The text may name columns as they were called then: only the long way is safe.
                    if answers.keys().any(|(table, _)| *table == rename.table) {
                        return None;
                    }
                    if let Some(sql) = answers.remove(&from) {
                        answers.insert(to.clone(), sql);
                    }
                }
            }
            _ => {}
        }
    }
    Some(Answers { renames: net_renames(operations), no_renames: true, backfills, usings, ..Answers::default() })
}

fn insert_once(
    known: &mut BTreeMap<(String, String), String>,
    place: (String, String),
    sql: Option<&String>,
) -> Option<()> {
    match sql {
        None => Some(()),
        Some(sql) => known.insert(place, sql.clone()).is_none().then_some(()),
    }
}

#[cfg(test)]
mod tests;
