//! Which step comes next. It must not know how a step is done.

use crate::world::World;
use crate::{harmless, hot_fix, land, meet, orders, revert, settle, slip, work};

/// A step, how likely it is, and what does it: whether there was something to do.
type Step = (&'static str, usize, fn(&mut World, usize) -> bool);

const STEPS: [Step; 27] = [
    ("start", 16, work::start),
    ("start from an old main", 10, work::start_stale),
    ("change", 26, work::change),
    ("clash", 16, work::clash),
    ("makemigrations", 26, work::make),
    ("migrate", 12, work::migrate),
    ("migrate down", 5, work::down),
    ("reset", 1, work::reset),
    ("commit", 16, work::commit),
    ("generate again", 4, work::again),
    ("by hand", 3, work::by_hand),
    ("squash", 6, work::squash),
    ("abandon", 1, work::abandon),
    ("merge main", 8, meet::merge),
    ("makemigrations --merge", 6, meet::prove),
    ("rebase on main", 12, meet::rebase),
    ("git revert of an own commit", 5, orders::revert),
    ("git cherry-pick", 5, orders::pick),
    ("git stash pop", 5, orders::stash),
    ("git rebase --autostash", 6, orders::autostash),
    ("switch without rolling back", 5, orders::switch),
    ("land", 12, land::land),
    ("revert with a migration", 3, revert::right),
    ("git revert of a migration", 3, revert::wrong),
    ("hot-fix", 4, hot_fix::hot_fix),
    ("slip", 12, slip::slip),
    ("harmless", 5, harmless::harmless),
];

/// What else has to happen.
const MORE: [&str; 10] = [
    "merge commit",
    "squash merge",
    "rebase merge",
    "fast-forward",
    "conflict in the lock file",
    "conflict in the snapshots",
    "moved applied migrations",
    "an old text in a database",
    "not up to date for the queue",
    "fresh database",
];

/// Everything that has to have happened in a long play.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    let steps = STEPS.iter().map(|(name, ..)| *name).filter(|name| !["slip", "harmless"].contains(name));
    steps.chain(MORE).chain(slip::kinds()).chain(harmless::kinds())
}

/// So many tries to find a step that makes sense.
const ATTEMPTS: usize = 200;
/// So many steps between two looks at everything.
const BETWEEN: u64 = 40;

pub(crate) fn play(world: &mut World, steps: u64) {
    for step in 1..=steps {
        let found = (0..ATTEMPTS).any(|_| attempt(world, step));
        assert!(found, "nobody has anything to do");
        if step % BETWEEN == 0 {
            settle::look(world);
        }
    }
}

fn attempt(world: &mut World, step: u64) -> bool {
    let who = world.chance.below(world.developers.len());
    // Now and then what was done least often, so that everything has its turn.
    let (name, _, act) = if world.chance.one_in(4) { world.rarest(&STEPS, |(name, ..)| name) } else { likely(world) };
    world.line(format!("{step:4} {}: {name}", world.developers[who].name));
    let done = act(world, who);
    if done {
        *world.counts.entry(name).or_default() += 1;
    } else {
        world.unline();
    }
    done
}

/// A step by its likelihood.
fn likely(world: &mut World) -> Step {
    let total = STEPS.iter().map(|(_, weight, _)| weight).sum();
    let mut place = world.chance.below(total);
    let found = STEPS.iter().find(|(_, weight, _)| {
        let is_it = place < *weight;
        place = place.wrapping_sub(*weight);
        is_it
    });
    *found.expect("the place is below the sum of all weights")
}
