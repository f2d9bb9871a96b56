//! Condo's 311 tables with a history on top, squashed: the same database in less time.

use std::time::{Duration, Instant};

use makemigrations_tests::catalog::Catalog;
use makemigrations_tests::chain::condo_chain;
use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::git::Repo;
use makemigrations_tests::structure::structure;

/// The initial migration, and a column that comes, gets an index, a default instead, and goes again.
const COUNT: usize = 5;

fn squashed(engine: Engine) {
    let project = condo_chain(engine, COUNT);
    let repo = Repo::init(&project);
    repo.commit_all("merged");
    repo.branch("mine");
    let timed = |database: &Database| -> Duration {
        let start = Instant::now();
        makemigrations(&project, ["migrate"]).env("DATABASE_URL", database.url()).run().code(0);
        start.elapsed()
    };
    let ones = Database::new(engine, "condo_ones");
    let one_by_one = timed(&ones);
    project.run(["squash", "1", &COUNT.to_string()]).code(0);
    project.run(["check"]).code(0);
    let one = Database::new(engine, "condo_one");
    let in_one = timed(&one);
    println!("{}: one by one {one_by_one:?}, squashed {in_one:?}", engine.name());
    timed(&ones);
    let catalog = Catalog::of(&one);
    assert_eq!(catalog.tables.len(), 311);
    catalog.assert_same(&Catalog::of(&ones));
    assert_eq!(structure(&one), structure(&ones));
    let applied =
        "SELECT version || ' ' || name || ' ' || checksum || ' ' || state FROM __makemigrations_history ORDER BY 1";
    assert_eq!(one.column(applied), ones.column(applied));
    assert_eq!(one.column(applied).len(), COUNT + 1);
}

#[test]
fn condo_on_postgres() {
    squashed(Engine::Postgres);
}

#[test]
fn condo_on_sqlite() {
    squashed(Engine::Sqlite);
}
