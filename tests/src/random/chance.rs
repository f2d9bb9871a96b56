//! Chance that is the same everywhere: a seed decides everything that follows from it. It must not know what is chosen.
//!
//! A choice depends on the seed and on the things chosen from, not on how many there are: when shrinking takes a table
//! away, later choices stay what they were as long as theirs is still there.

/// A stream of numbers from a seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(mix(seed))
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number() % limit as u64).expect("below an usize")
    }

    /// Whether one of `of` equally likely things happens.
    pub fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// One of a fixed list.
    pub fn of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// One of the things, told apart by their numbers.
    pub fn pick<T>(&mut self, items: impl IntoIterator<Item = (u64, T)>) -> Option<T> {
        let draw = self.number();
        items.into_iter().min_by_key(|(id, _)| mix(draw ^ id)).map(|(_, item)| item)
    }

    /// One of the names that is not taken.
    pub fn name(&mut self, names: &[&str], is_taken: impl Fn(&str) -> bool) -> Option<String> {
        let free = names.iter().filter(|name| !is_taken(name));
        self.pick(free.map(|name| (hash(name), (*name).to_owned())))
    }
}

/// A number for a text.
pub(crate) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn mix(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
