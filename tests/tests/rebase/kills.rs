//! `rebase`, `squash` and `rebase --abort` killed at random instants: it goes on or is given up, and nothing is lost. It must not know
//! what a command does at which instant.
//!
//! `REBASE_KILLS` kills per dialect (3), from the seed `REBASE_SEED` on (0).

use std::time::{Duration, Instant};

use makemigrations_tests::database::Engine;

use super::random::{Dice, number};
use super::support::{Team, column};

/// What has to be as it was before.
#[derive(Debug, PartialEq, Eq)]
struct TeamState {
    migrations: Vec<String>,
    lock: String,
    status: String,
    applied: Vec<String>,
    rows: String,
}

impl TeamState {
    fn of(team: &Team) -> Self {
        let database = team.database.as_ref().expect("a database");
        Self {
            migrations: team.project.migrations(),
            lock: team.project.read("migrations/migrations.lock"),
            status: team.repo.git(["status", "--porcelain"]),
            applied: database.column("SELECT version FROM __diesel_schema_migrations ORDER BY version"),
            rows: database.value("SELECT count(*) FROM ticket"),
        }
    }
}

/// Two applied migrations of one's own, of which one is SQL by hand, and one of others.
fn prepared(engine: Engine) -> Team {
    let team = Team::with_database_and_settings(engine, "schema_rs = \"src/schema.rs\"\n");
    team.mine(&column("a"));
    team.run(["makemigrations", "--empty", "--name", "by_hand"]).code(0);
    team.project.append(&format!("{}/up.sql", team.folder("_by_hand")), "UPDATE ticket SET state = 'new';\n");
    team.run(["seal"]).code(0);
    team.repo.commit_all("mine");
    team.run(["migrate"]).code(0);
    team.database.as_ref().expect("a database").execute("INSERT INTO ticket (id, state) VALUES (1, 'open')");
    team.theirs(&column("email"));
    team
}

/// Runs a command that is killed after a share of the time that it takes.
fn kill(team: &Team, arguments: &[&str], whole: Duration, dice: &mut Dice) -> Option<i32> {
    let share = u32::try_from(dice.below(110)).expect("a small number");
    team.command(arguments).spawn().kill_after(whole * share / 100).code
}

/// Gives all of it up, from wherever it is.
fn give_up(team: &Team, dice: &mut Dice) {
    let abort = || team.run(["rebase", "--abort", "--yes"]).code(0).code;
    let is_first = dice.below(2) == 0;
    if is_first {
        abort();
    }
    team.repo.git(["merge", "--abort"]);
    abort();
    team.run(["migrate"]).code(0);
}

fn play(engine: Engine, kills: u64) {
    let seed = number("REBASE_SEED", 0);
    let mut dice = Dice::new(seed);
    let team = prepared(engine);
    let before = TeamState::of(&team);
    team.merge_main();
    let start = Instant::now();
    team.run(["rebase", "--yes"]).code(0);
    let whole = start.elapsed();
    give_up(&team, &mut dice);
    assert_eq!(TeamState::of(&team), before);
    for kill_number in 0..kills {
        team.merge_main();
        let what = match dice.below(3) {
            0 => {
                let code = kill(&team, &["rebase", "--yes"], whole, &mut dice);
                team.run(["rebase", "--yes"]).code(0);
                team.run(["showmigrations"]).code(0).lacks("unknown").lacks("pending");
                format!("rebase killed ({code:?}), gone on with")
            }
            1 => format!("rebase killed ({:?}), given up", kill(&team, &["rebase", "--yes"], whole, &mut dice)),
            _ => {
                team.run(["rebase", "--yes"]).code(0);
                let code = kill(&team, &["rebase", "--abort", "--yes"], whole, &mut dice);
                format!("rebase --abort killed ({code:?})")
            }
        };
        println!("{} {seed} {kill_number}: {what}", engine.name());
        give_up(&team, &mut dice);
        assert_eq!(TeamState::of(&team), before, "{} seed {seed}, kill {kill_number}: {what}", engine.name());
    }
    team.merge_main();
    team.run(["rebase", "--yes"]).code(0);
    let schema = team.project.read("src/schema.rs");
    assert!(schema.contains("a -> ") && schema.contains("email -> "), "{schema}");
    team.commit_merge();
    team.is_sound();
}

/// The files as they are committed, and the database with them.
fn take_back(team: &Team) {
    team.repo.git(["reset", "--quiet", "--hard"]);
    team.repo.git(["clean", "--quiet", "-fd", "migrations"]);
    team.run(["migrate:down", "--absent", "--yes"]).code(0);
    team.run(["migrate"]).code(0);
}

/// `squash` of three applied migrations.
fn play_squash(engine: Engine, kills: u64) {
    let seed = number("REBASE_SEED", 0);
    let mut dice = Dice::new(seed);
    let team = Team::with_database(engine);
    for name in ["a", "b", "c"] {
        team.mine(&column(name));
    }
    team.repo.commit_all("mine");
    team.run(["migrate"]).code(0);
    team.database.as_ref().expect("a database").execute("INSERT INTO ticket (id, state) VALUES (1, 'open')");
    let before = TeamState::of(&team);
    let start = Instant::now();
    team.run(["squash", "--yes"]).code(0);
    let whole = start.elapsed();
    let squashed = team.project.migrations().len();
    assert_eq!(squashed, 2);
    take_back(&team);
    assert_eq!(TeamState::of(&team), before);
    for kill_number in 0..kills {
        let code = kill(&team, &["squash", "--yes"], whole, &mut dice);
        let is_done = dice.below(2) == 0;
        println!("{} {seed} {kill_number}: squash killed ({code:?}), gone on with: {is_done}", engine.name());
        if is_done || code == Some(0) {
            if code != Some(0) {
                team.run(["squash", "--yes"]).code(0);
            }
            assert_eq!(team.project.migrations().len(), squashed);
            team.run(["check"]).code(0);
            team.run(["showmigrations"]).code(0).lacks("unknown").lacks("pending");
            take_back(&team);
        } else {
            team.run(["rebase", "--abort", "--yes"]).code(0);
            team.run(["migrate"]).code(0);
            team.run(["check"]).code(0);
            // Killed when all was done, it has nothing to give up.
            if team.project.migrations().len() == squashed {
                take_back(&team);
            }
        }
        assert_eq!(TeamState::of(&team), before, "{} seed {seed}, kill {kill_number}", engine.name());
    }
    team.is_sound();
}

#[test]
fn killed_at_random_on_sqlite() {
    play(Engine::Sqlite, number("REBASE_KILLS", 3));
}

#[test]
fn killed_at_random_on_postgres() {
    play(Engine::Postgres, number("REBASE_KILLS", 3));
}

#[test]
fn squash_killed_at_random() {
    Engine::ALL.into_iter().for_each(|engine| play_squash(engine, number("REBASE_KILLS", 3)));
}
