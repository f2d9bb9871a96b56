//! Random pairs of schemas on real databases: up from the first gives the second, down the first, up again the second, and
//! the rows stay. It must not know how a pair is made or how a database is asked.
//!
//! `ROUND_TRIPS` pairs (200), `ROUND_TRIPS_UNANSWERED` whose questions are answered as they come (60) and `ROUND_TRIP_CHAINS` chains of ten changes (8) per dialect, from the seed
//! `ROUND_TRIP_SEED` on (0). With `ROUND_TRIP_GOLDEN=1` every failure also becomes a golden case, `tests/golden/seed-<what>`;
//! of a chain, the change that failed, without the hints that were used before it.

mod base;
mod case;
mod following;
mod judge;
mod planned;
mod runs;

use makemigrations_tests::database::Engine;

#[test]
fn round_trips_on_postgres() {
    runs::pairs(Engine::Postgres);
}

#[test]
fn round_trips_on_sqlite() {
    runs::pairs(Engine::Sqlite);
}

/// Nobody answers before being asked: every flag that is offered leads on.
#[test]
fn questions_lead_to_a_plan_on_postgres() {
    runs::unanswered(Engine::Postgres);
}

#[test]
fn questions_lead_to_a_plan_on_sqlite() {
    runs::unanswered(Engine::Sqlite);
}

/// Hints stay in place from change to change.
#[test]
fn chains_of_changes_on_postgres() {
    runs::chains(Engine::Postgres);
}

#[test]
fn chains_of_changes_on_sqlite() {
    runs::chains(Engine::Sqlite);
}
