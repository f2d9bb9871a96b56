//! Whether operations of two lines of migrations can be made one after the other as if the other line were not there.
//!
//! Decides it on the model alone, and so never about hand-written SQL: an operation says all that is known here.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::{
    graph::{Disturbance, first_disturbance},
    model::{Schema, Table},
    operation::{Contradiction, Operation, apply_all, inverse},
};

/// Two operations of which one does not leave alone what the other needs or changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Clash {
    /// The one that would come second.
    pub ours: Operation,
    /// The one that would come first.
    pub theirs: Operation,
    /// What is wrong, as a fragment of a sentence.
    pub why: String,
}

/// How an operation that was made for one schema stands to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It makes the same change there.
    Fits,
    /// The same change has been made there already.
    Made,
    /// It would do something else there, or cannot be made.
    Clashes(String),
}

/// Proves that `ours` and `theirs`, both made for `before`, give the same schema in either order, and that neither
/// changes what the other one changes or refers to.
///
/// # Errors
/// The first two operations for which it does not hold.
pub fn commute(before: &Schema, ours: &[Operation], theirs: &[Operation]) -> Result<(), Box<Clash>> {
    // As long as each pair may change places, the schema after some of both is the same on every way to it.
    let mut states = vec![before.clone()];
    for our in ours {
        let mut next = states[states.len() - 1].clone();
        // What does not apply in its own line is found at the first of theirs, if there is one.
        if our.apply(&mut next).is_err() {
            break;
        }
        states.push(next);
    }
    for their in theirs {
        for (our, state) in ours.iter().zip(&states) {
            if let Some(why) = clash(state, our, their) {
                return Err(Box::new(Clash { ours: our.clone(), theirs: their.clone(), why }));
            }
        }
        states.iter_mut().for_each(|state| {
            // The pairs above have shown that it applies.
            drop(their.apply(state));
        });
    }
    Ok(())
}

/// How an operation stands to the schema `now`, having been made for the schema `before`.
#[must_use]
pub fn fit(operation: &Operation, before: &Schema, now: &Schema) -> Fit {
    if is_made(operation, before, now) {
        return Fit::Made;
    }
    let mut after = now.clone();
    match operation.apply(&mut after) {
        Err(contradiction) => Fit::Clashes(contradiction.to_string()),
        Ok(()) if operation.change().inverse(before) != operation.change().inverse(now) => {
            Fit::Clashes("what it changes is not what it was made for any more".to_owned())
        }
        Ok(()) => Fit::Fits,
    }
}

/// Why two operations cannot change places, both made for `state`.
fn clash(state: &Schema, ours: &Operation, theirs: &Operation) -> Option<String> {
    let (ours, theirs) = (std::slice::from_ref(ours), std::slice::from_ref(theirs));
    match both(state, ours, theirs) {
        Err(contradiction) => Some(contradiction),
        Ok((ours_last, theirs_last)) if ours_last != theirs_last => Some("the later one wins".to_owned()),
        Ok(_) if !keeps_its_way_back(state, ours, theirs) || !keeps_its_way_back(state, theirs, ours) => {
            Some("both change the same".to_owned())
        }
        Ok(_) => first_disturbance(state, &ours[0], theirs).map(|(_, why)| why.to_string()),
    }
}

/// The schemas after both, in both orders; or why one of the orders is none.
fn both(state: &Schema, ours: &[Operation], theirs: &[Operation]) -> Result<(Schema, Schema), String> {
    let in_order = |first, second| apply_all(&apply_all(state, first)?, second);
    let ours_last = in_order(theirs, ours).map_err(|contradiction: Contradiction| contradiction.to_string())?;
    // What stands in the way there is not at the point where ours would come.
    let theirs_last = in_order(ours, theirs).map_err(|_| Disturbance::Refers.to_string())?;
    Ok((ours_last, theirs_last))
}

/// Whether what takes `one` back is the same after `other`: it holds all that `one` overwrites.
fn keeps_its_way_back(state: &Schema, one: &[Operation], other: &[Operation]) -> bool {
    apply_all(state, other).is_ok_and(|after| inverse(state, one) == inverse(&after, one))
}

/// Whether all that the operation changes `before` is in `now` as it would be afterwards.
fn is_made(operation: &Operation, before: &Schema, now: &Schema) -> bool {
    let mut after = before.clone();
    if operation.apply(&mut after).is_err() || after == *before {
        return false;
    }
    let tables = before.tables.keys().chain(after.tables.keys()).all(|key| {
        match (before.tables.get(key), after.tables.get(key), now.tables.get(key)) {
            (Some(before), Some(after), Some(now)) => is_table_made(before, after, now),
            (before, after, now) => before == after || now == after,
        }
    });
    tables
        && made(&before.enums, &after.enums, &now.enums)
        && made(&before.views, &after.views, &now.views)
        && made(&before.objects, &after.objects, &now.objects)
        && (before.extensions == after.extensions || now.extensions == after.extensions)
        && (before.schemas == after.schemas || now.schemas == after.schemas)
        && (before.deferred == after.deferred || now.deferred == after.deferred)
}

fn is_table_made(before: &Table, after: &Table, now: &Table) -> bool {
    // What is left when everything with a name of its own is taken away.
    let rest = |table: &Table| Table {
        columns: IndexMap::new(),
        unique: BTreeMap::new(),
        indexes: BTreeMap::new(),
        foreign_keys: BTreeMap::new(),
        checks: BTreeMap::new(),
        exclusions: BTreeMap::new(),
        ..table.clone()
    };
    let columns = before.columns.keys().chain(after.columns.keys());
    (rest(before) == rest(after) || rest(now) == rest(after))
        && columns.into_iter().all(|name| {
            let after = after.columns.get(name);
            before.columns.get(name) == after || now.columns.get(name) == after
        })
        && made(&before.unique, &after.unique, &now.unique)
        && made(&before.indexes, &after.indexes, &now.indexes)
        && made(&before.foreign_keys, &after.foreign_keys, &now.foreign_keys)
        && made(&before.checks, &after.checks, &now.checks)
        && made(&before.exclusions, &after.exclusions, &now.exclusions)
}

/// Whether everything that differs between two maps is in the third as it is in the second.
fn made<V: PartialEq>(before: &BTreeMap<String, V>, after: &BTreeMap<String, V>, now: &BTreeMap<String, V>) -> bool {
    before.keys().chain(after.keys()).all(|key| {
        let after = after.get(key);
        before.get(key) == after || now.get(key) == after
    })
}

#[cfg(test)]
mod tests;
