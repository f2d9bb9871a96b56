//! A migration with the record of it, in whatever way the two are joined: the same for every engine. Must not know which
//! database it talks to.

use makemigrations_sql::quote_literal;

use super::{Refusal, Stop};
use crate::plan::Direction;
use crate::script::Statement;
use crate::work::{Plan, Work};

const VERSIONS: &str = "__diesel_schema_migrations";

/// A connection that can run the statements of a migration.
pub(super) trait Executor {
    /// Begins a transaction for the statements of a migration.
    fn begin(&mut self) -> Result<(), Refusal>;

    /// Prepares the session for statements outside of a transaction.
    fn prepare_outside(&mut self, statements: &[Statement<'_>]) -> Result<(), Refusal>;

    fn commit(&mut self) -> Result<(), Refusal>;

    fn rollback(&mut self) -> Result<(), Refusal>;

    /// Runs the statements in order, and says at which it stopped.
    fn run_each(&mut self, statements: &[Statement<'_>]) -> Result<(), (usize, Refusal)>;

    /// Runs SQL of the runner.
    fn record(&mut self, sql: &str) -> Result<(), Refusal>;
}

/// SQL that adds a migration to Diesel's table, or removes it, as Diesel's harness does.
pub(super) fn sql_version(work: &Work<'_>) -> String {
    let version = quote_literal(work.version());
    match work.direction() {
        Direction::Up => format!("INSERT INTO {VERSIONS} (version) VALUES ({version})"),
        Direction::Down => format!("DELETE FROM {VERSIONS} WHERE version = {version}"),
    }
}

/// Runs a migration. `record` is SQL that writes down that it ran, in the transaction of the migration where it has one.
pub(super) fn perform(executor: &mut impl Executor, record: &str, work: &Work<'_>) -> Result<(), Stop> {
    match work.plan() {
        Plan::Inside(statements) => in_transaction(executor, |executor| {
            run(executor, 0, statements)?;
            Ok(executor.record(record)?)
        }),
        Plan::Outside(statements) => {
            executor.prepare_outside(statements)?;
            run(executor, 0, statements)?;
            in_transaction(executor, |executor| Ok(executor.record(record)?))
        }
        // The record becomes part of the transaction that the script itself opened and is about to commit.
        Plan::Own { before, rest } => {
            run(executor, 0, before)?;
            executor.record(record)?;
            run(executor, before.len(), rest)
        }
    }
}

fn run(executor: &mut impl Executor, first: usize, statements: &[Statement<'_>]) -> Result<(), Stop> {
    let stop = |(index, refusal)| Stop { statement: Some(first + index), ..Stop::from(refusal) };
    executor.run_each(statements).map_err(stop)
}

/// What was said first counts: where the connection is gone the rollback fails as well, and knows no reason.
fn in_transaction<E: Executor>(executor: &mut E, work: impl FnOnce(&mut E) -> Result<(), Stop>) -> Result<(), Stop> {
    executor.begin()?;
    let ended = work(executor).and_then(|()| Ok(executor.commit()?));
    if ended.is_err() {
        drop(executor.rollback());
    }
    ended
}
