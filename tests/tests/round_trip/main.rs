//! Random pairs of schemas on real databases: up from the first gives the second, down the first, up again the second, and
//! the rows stay. It must not know how a pair is made or how a database is asked.
//!
//! `ROUND_TRIPS` pairs per dialect (300), from the seed `ROUND_TRIP_SEED` on (0). With `ROUND_TRIP_GOLDEN=1` every failure
//! also becomes a golden case, `tests/golden/seed-<what>`.

mod base;
mod case;
mod judge;
mod planned;
mod runs;

use makemigrations_tests::database::Engine;

#[test]
fn round_trips_on_postgres() {
    runs::run(Engine::Postgres);
}

#[test]
fn round_trips_on_sqlite() {
    runs::run(Engine::Sqlite);
}
