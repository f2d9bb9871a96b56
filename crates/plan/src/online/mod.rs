//! A change of tables that others are using as steps: each keeps them waiting for a moment at most, and each is a migration
//! of its own, since no transaction can hold two of them.
//!
//! Builds on the operations of the direct change and invents no other result: applied one after the other, the steps lead to
//! the same schema. What has no such steps is refused with the reason. Which tables are in use, the caller says.

mod column;
mod expansion;
mod form;
mod new_table;
mod refusal;
mod retype;

pub use form::OnlineForm;
pub(crate) use retype::dropped_copies;

use std::collections::BTreeSet;

use crate::{
    model::Schema,
    operation::{Operation, apply_all},
};

use expansion::Expansion;

/// How a change is made while others work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Online {
    /// The keys of the tables in use, as they are called before the change. All others may be locked.
    pub tables: BTreeSet<String>,
    /// How many rows one transaction of a backfill looks at.
    pub batch_size: u32,
    /// How long a backfill waits after each, in milliseconds.
    pub pause_ms: u32,
}

/// One step of a change: a migration of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it does, for the folder's name: `add_column`, `backfill`.
    pub name: &'static str,
    /// Its operations.
    pub operations: Vec<Operation>,
    /// Whether its SQL has a form of its own; otherwise it is what the operations always give.
    pub is_online: bool,
}

/// The steps of a change, in order. One step that is not online is the direct change.
///
/// # Errors
/// What has no form that keeps nobody waiting, each with its reason.
pub fn steps(before: &Schema, operations: &[Operation], online: &Online) -> Result<Vec<Step>, Vec<String>> {
    let expansion = Expansion::of(before, operations, online)?;
    let direct = apply_all(before, operations).map_err(|error| vec![error.to_string()])?;
    let leads_there = |steps: &[Step]| {
        let operations: Vec<Operation> = steps.iter().flat_map(|step| step.operations.clone()).collect();
        apply_all(before, &operations).is_ok_and(|reached| reached == direct)
    };
    // Drops come last, unless what is new needs their place.
    for steps in [expansion.drops_last(), expansion.in_order()] {
        if leads_there(&steps) {
            return Ok(steps);
        }
    }
    Err(vec!["its parts depend on each other, so that they cannot be made one by one".to_owned()])
}

#[cfg(test)]
mod tests;
