//! The edits of a pair as numbers, from a seed, and how fewer of them do. It must not know what an edit is.

use super::chance::Chance;

/// The longest way from nothing to the first schema.
const MOST_FIRST: usize = 80;
/// The longest way from the first schema to the second.
const MOST_THEN: usize = 24;
/// The same before a chain.
const MOST_FIRST_OF_CHAIN: usize = 40;
/// How many changes a chain has.
const STEPS: usize = 10;
/// At most so many edits a step, on average.
const MOST_OF_STEP: usize = 5;

/// The edits that make a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// From nothing to the first schema.
    pub first: Vec<u64>,
    /// From the first to the second, or to all that follow.
    pub then: Vec<u64>,
    /// How the SQL texts of the schemas are written, the first one's and the later ones'; `0` is plain.
    pub styles: [u64; 2],
}

impl Recipe {
    /// The recipe of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mut edits = |most| (0..=chance.below(most)).map(|_| chance.number()).collect();
        let (first, then) = (edits(MOST_FIRST), edits(MOST_THEN));
        Self { first, then, styles: styles(&mut chance) }
    }

    /// The recipe of a chain of changes.
    #[must_use]
    pub fn of_chain(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let first = (0..=chance.below(MOST_FIRST_OF_CHAIN)).map(|_| chance.number()).collect();
        let then = (0..STEPS * (1 + chance.below(MOST_OF_STEP))).map(|_| chance.number()).collect();
        Self { first, then, styles: styles(&mut chance) }
    }

    /// The edits of each step of a chain. Which step an edit is of does not depend on the others.
    pub(crate) fn steps(&self) -> Vec<Vec<u64>> {
        let step = |step: usize| self.then.iter().copied().filter(|edit| *edit % STEPS as u64 == step as u64).collect();
        (0..STEPS).map(step).collect()
    }

    fn early(&mut self) -> &mut Vec<u64> {
        &mut self.first
    }

    fn last(&mut self) -> &mut Vec<u64> {
        &mut self.then
    }

    /// Takes edits out as long as `still` holds for the rest: many at once, then fewer, then each.
    pub fn shrink(&mut self, mut still: impl FnMut(&Self) -> bool) {
        for place in 0..self.styles.len() {
            let mut plain = self.clone();
            plain.styles[place] = 0;
            if still(&plain) {
                *self = plain;
            }
        }
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

/// Half of all are plain; often both are the same.
fn styles(chance: &mut Chance) -> [u64; 2] {
    let style = |chance: &mut Chance| if chance.one_in(2) { 0 } else { chance.number() };
    let first = style(chance);
    [first, if chance.one_in(3) { first } else { style(chance) }]
}
