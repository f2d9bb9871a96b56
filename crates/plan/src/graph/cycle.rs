//! Operations that wait for each other: which need is given up, and what is said where none can be.

use std::fmt;

use super::{access::Strength, sort::Edge};
use crate::operation::Operation;

/// Operations that wait for each other, so that none of them can be the first.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CannotOrder {
    /// Each waits for the next, the last for the first; as people know them.
    pub members: Vec<String>,
    /// They make values for existing rows from each other.
    is_data: bool,
}

impl CannotOrder {
    pub(super) fn new(operations: &[Operation], cycle: &[Edge]) -> Self {
        let is_data = cycle.iter().any(|edge| edge.strength == Strength::Data);
        let members = cycle.iter().filter_map(|edge| operations.get(edge.to));
        Self { members: members.map(|operation| operation.change().describe()).collect(), is_data }
    }
}

impl fmt::Display for CannotOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<_> = self.members.iter().map(|member| format!("`{member}`")).collect();
        let members = members.join(", ");
        if self.is_data {
            write!(
                f,
                "these make values for existing rows from each other, and none can be the first: {members}: give one of them \
                 a `backfill` that does not read the others"
            )
        } else {
            write!(
                f,
                "these changes wait for each other, each for the next, and none can be the first: {members}: make them in two \
                 migrations, one of them without the others first"
            )
        }
    }
}

/// The need of a cycle that can be given up best: what bodies only seem to name, then what texts do. Values that are made
/// from each other where there are some already are made in the order that is given.
pub(super) fn weakest(operations: &[Operation], cycle: &[Edge]) -> Option<Edge> {
    let both_alter = |edge: &Edge| {
        [edge.from, edge.to].iter().all(|place| matches!(operations.get(*place), Some(Operation::AlterColumn(_))))
    };
    let rank = |edge: &Edge| match (edge.strength, edge.is_forward()) {
        (Strength::Body, false) => Some(0),
        (Strength::Body, true) => Some(1),
        (Strength::Text, false) => Some(2),
        (Strength::Data, false) if both_alter(edge) => Some(3),
        (Strength::Text, true) => Some(4),
        (Strength::Data | Strength::Structure, _) => None,
    };
    let ranked = cycle.iter().filter_map(|edge| Some((rank(edge)?, *edge)));
    ranked.min_by_key(|(rank, edge)| (*rank, *edge)).map(|(_, edge)| edge)
}
