//! The locks of one step of an online change, whose SQL differs from what its operations give otherwise.
//!
//! Which operations have such a form is said elsewhere.

use super::{HeldFor, LockMode, TableLock, locks, waits};
use crate::{model::Schema, online::OnlineForm, operation::Operation};

/// The locks that a step takes on what is there before it, or that its rollback takes, those included that keep nobody
/// waiting.
#[must_use]
pub fn step_locks(before: &Schema, operations: &[Operation]) -> Vec<TableLock> {
    let lock = |table: &str, mode, held_for| TableLock { table: table.to_owned(), mode, held_for };
    let one = |table: &str, mode, held_for| vec![lock(table, mode, held_for)];
    let exclusive = |table: &str| one(table, LockMode::AccessExclusive, HeldFor::Moment);
    match OnlineForm::of(before, operations) {
        OnlineForm::Nothing => Vec::new(),
        OnlineForm::BuildIndex(add) => one(&add.table, LockMode::ShareUpdateExclusive, HeldFor::Build),
        OnlineForm::DropIndex(drop) => one(&drop.table, LockMode::ShareUpdateExclusive, HeldFor::Moment),
        OnlineForm::ForeignKey(add) => {
            let mut tables = vec![add.table.as_str(), add.definition.table.as_str()];
            tables.sort_unstable();
            tables.dedup();
            tables.into_iter().map(|table| lock(table, LockMode::ShareRowExclusive, HeldFor::Moment)).collect()
        }
        OnlineForm::Check(add) => exclusive(&add.table),
        OnlineForm::UniqueUsingIndex(_, add) => exclusive(&add.table),
        OnlineForm::KeyUsingIndex(_, add) => exclusive(&add.table),
        OnlineForm::UniqueToIndex(drop) => exclusive(&drop.table),
        OnlineForm::KeyToIndex(drop) => exclusive(&drop.table),
        OnlineForm::SetNotNull(alter, _) | OnlineForm::DropNotNull(_, alter) => exclusive(&alter.table),
        OnlineForm::SwapColumns(_, [alter, _], _) => exclusive(&alter.table),
        OnlineForm::Backfill(_) => locks(before, &operations[0]),
        OnlineForm::Direct => match operations {
            [operation] => locks(before, operation),
            _ => waits(before, operations),
        },
    }
}
