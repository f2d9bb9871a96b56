//! The edits of a pair as numbers, from a seed, and how fewer of them do. It must not know what an edit is.

use super::chance::Chance;

/// The longest way from nothing to the first schema.
const MOST_FIRST: usize = 80;
/// The longest way from the first schema to the second.
const MOST_THEN: usize = 24;

/// The edits that make a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// From nothing to the first schema.
    pub first: Vec<u64>,
    /// From the first to the second.
    pub then: Vec<u64>,
}

impl Recipe {
    /// The recipe of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut edits = |most| (0..=chance.below(most)).map(|_| chance.number()).collect();
        Self { first: edits(MOST_FIRST), then: edits(MOST_THEN) }
    }

    fn early(&mut self) -> &mut Vec<u64> {
        &mut self.first
    }

    fn last(&mut self) -> &mut Vec<u64> {
        &mut self.then
    }

    /// Takes edits out as long as `still` holds for the rest: many at once, then fewer, then each.
    pub fn shrink(&mut self, mut still: impl FnMut(&Self) -> bool) {
        let mut size = self.first.len().max(self.then.len());
        while size > 0 {
            let mut is_smaller = false;
            for list in [Self::last, Self::early] {
                let mut place = 0;
                while place < list(self).len() {
                    let mut smaller = self.clone();
                    let end = (place + size).min(list(self).len());
                    list(&mut smaller).drain(place..end);
                    if still(&smaller) {
                        *self = smaller;
                        is_smaller = true;
                    } else {
                        place += size;
                    }
                }
            }
            // One by one until nothing more goes: an edit can be needed only because of another.
            size = if size == 1 && is_smaller { 1 } else { size / 2 };
        }
    }
}
