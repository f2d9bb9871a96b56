//! Four developers with clones and databases of their own, random steps, one main: main always passes `check`, all
//! databases reach the same schema, every edit of a merged migration is caught, and nothing else is. It must not look into
//! the crates: it knows what is true because it did it.
//!
//! `TEAM_SEEDS` seeds (1), from `TEAM_SEED` on (0), with `TEAM_STEPS` steps each (200; on PostgreSQL 40).

mod check;
mod developer;
mod harmless;
mod hot_fix;
mod land;
mod meet;
mod orders;
mod revert;
mod settle;
mod slip;
mod steps;
mod work;
mod world;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use makemigrations_tests::database::Engine;

use world::World;

/// Enough that everything happens.
const STEPS: u64 = 200;
/// On PostgreSQL, when nobody says how many.
const FEW: u64 = 40;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().expect("a whole number"))
}

/// Plays the seeds that the environment asks for.
fn play(engine: Engine, otherwise: u64) {
    let start = number("TEAM_SEED").unwrap_or(0);
    let steps = number("TEAM_STEPS").unwrap_or(otherwise);
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    let seeds = number("TEAM_SEEDS").unwrap_or(1);
    for seed in start..start + seeds {
        let counts = one(engine, seed, steps);
        let listed: Vec<_> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
        eprintln!("{} seed {seed}, {steps} steps: {}", engine.name(), listed.join(", "));
        counts.into_iter().for_each(|(what, count)| *all.entry(what).or_default() += count);
    }
    let count = |what: &str| all.get(what).copied().unwrap_or_default();
    let (left, conflicts) = (count("left to a person"), count("conflict in the lock file"));
    assert!(left <= 2 + conflicts / 4, "{left} of {conflicts} conflicts were left to a person");
    if steps * seeds >= STEPS {
        // A play in which something cannot happen any more would pass in silence.
        let missing: Vec<_> = steps::all().filter(|what| !all.contains_key(what)).collect();
        assert!(missing.is_empty(), "{} seed {start} and after: nobody did {missing:?}", engine.name());
    }
}

/// Plays one seed, and says how often everything was done. A failure names the seed and all steps.
fn one(engine: Engine, seed: u64, steps: u64) -> BTreeMap<&'static str, usize> {
    let log = Rc::new(RefCell::new(Vec::new()));
    let attempt = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(engine, seed, Rc::clone(&log));
        steps::play(&mut world, steps);
        settle::end(&mut world);
        world.counts
    }));
    attempt.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        let Some(text) = text else { resume_unwind(panic) };
        let log = log.borrow().join("\n");
        panic!("{} seed {seed} of {steps} steps\n{log}\n=== {text}", engine.name())
    })
}

#[test]
fn a_team_on_sqlite() {
    play(Engine::Sqlite, STEPS);
}

#[test]
fn a_team_on_postgres() {
    play(Engine::Postgres, FEW);
}
