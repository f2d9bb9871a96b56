//! Random faults at random moments under eight migrators: afterwards each migration has run exactly once, the schema is that
//! of a run without faults, and nothing is left to do by hand. It must not test a single fault, the runner's tests do.
//!
//! Each run prints its seed; `CHAOS_SEED=<seed> CHAOS_RUNS=1` plans the same faults again. `CHAOS_RUNS` is how many, per
//! engine.

mod aftermath;
mod fault;
mod migrations;
mod migrator;
mod random;

use std::time::{Duration, Instant};

use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres::Server;

use fault::{Fault, Target};
use migrations::Folder;
use migrator::{Direction, Migrator};
use random::Random;

/// How many run at once.
const MIGRATORS: usize = 8;
/// In `cargo test`.
fn few(engine: Engine) -> u64 {
    match engine {
        Engine::Postgres => 2,
        Engine::Sqlite => 4,
    }
}
/// A migrator that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(120);

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("`{name}` is no number")))
}

/// Runs the engine's share, and says how many of which faults there were.
fn play(engine: Engine, server: Option<&Server>) {
    let folder = Folder::new(engine);
    let expected = {
        let database = migrator::database(engine, server);
        assert!(Migrator::start(&folder, &database, Direction::Up, None).wait(PATIENCE).success());
        aftermath::check(&folder, &database, Direction::Up, None)
    };
    let first = number("CHAOS_SEED", 0);
    let runs = number("CHAOS_RUNS", few(engine));
    let mut met = std::collections::BTreeMap::<&str, usize>::new();
    for seed in first..first + runs {
        let mut random = Random::new(seed);
        println!("{} seed {seed}", engine.name());
        let database = migrator::database(engine, server);
        let target = Target { engine, database: &database, server };
        disturbed(&folder, &target, Direction::Up, &mut random, &mut met);
        aftermath::check(&folder, &database, Direction::Up, Some(&expected));
        // Some of them go down as well, and up again.
        if random.below(3) == 0 {
            disturbed(&folder, &target, Direction::Down, &mut random, &mut met);
            aftermath::check(&folder, &database, Direction::Down, None);
            disturbed(&folder, &target, Direction::Up, &mut random, &mut met);
            aftermath::check(&folder, &database, Direction::Up, Some(&expected));
        }
    }
    println!("{}: {runs} runs, faults: {met:?}", engine.name());
}

/// Migrators, faults among them, and at the end one more of each until it is done: what a deployment does that is started
/// again, and nothing else.
fn disturbed(
    folder: &Folder,
    target: &Target<'_>,
    direction: Direction,
    random: &mut Random,
    met: &mut std::collections::BTreeMap<&'static str, usize>,
) {
    let faults: Vec<Fault> = (0..1 + random.below(3)).map(|_| Fault::random(target.engine, random)).collect();
    let full = faults.contains(&Fault::DiskFull);
    let undo = full.then(|| fault::fill_disk(target));
    let limit = (full && target.engine == Engine::Sqlite).then(|| 4 + random.below(40));
    let mut migrators: Vec<Migrator> =
        (0..MIGRATORS).map(|_| Migrator::start(folder, target.database, direction, limit)).collect();
    for fault in faults {
        *met.entry(fault.name()).or_default() += 1;
        std::thread::sleep(Duration::from_millis(random.below(700)));
        fault.strike(target, &mut migrators, random);
    }
    if let Some(undo) = undo {
        std::thread::sleep(Duration::from_millis(random.below(500)));
        undo();
    }
    for migrator in &mut migrators {
        migrator.wait(PATIENCE);
    }
    let start = Instant::now();
    let mut last = Migrator::start(folder, target.database, direction, None);
    let status = last.wait(PATIENCE);
    assert!(status.success(), "after {:?}: {status}\n{}", start.elapsed(), last.said());
}

#[test]
fn sqlite_survives() {
    play(Engine::Sqlite, None);
}

#[test]
fn postgresql_survives() {
    // One of its own: it is restarted.
    play(Engine::Postgres, Some(&Server::start()));
}

#[test]
#[ignore = "started by the other tests as a process of its own"]
fn child() {
    migrator::child();
}
