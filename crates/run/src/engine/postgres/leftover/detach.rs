//! What `ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY` leaves behind: a partition that waits to be let go. Must not let it
//! go.

use super::Words;
use crate::engine::leftover::Leftover;
use crate::engine::postgres::Postgres;
use crate::engine::{Engine, Refusal};

/// The names, as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Detach {
    table: String,
    partition: String,
}

impl Detach {
    pub(super) fn parse(statement: &str) -> Option<Self> {
        let mut words = Words::of(statement);
        let table = words.altered_table()?;
        words.expect(&["detach", "partition"])?;
        let partition = words.name()?;
        words.expect(&["concurrently"])?;
        words.is_at_end().then_some(Self { table, partition })
    }
}

pub(super) fn look(engine: &mut Postgres, detach: &Detach, is_interrupted: bool) -> Result<Leftover, Refusal> {
    let Detach { table, partition } = detach;
    // The column is there since PostgreSQL 14, and so is the statement.
    let sql = "SELECT (pg_catalog.to_jsonb(link) ->> 'inhdetachpending') FROM pg_catalog.pg_inherits AS link \
               WHERE link.inhrelid = pg_catalog.to_regclass($1) AND link.inhparent = pg_catalog.to_regclass($2)";
    let rows = engine.user_query(sql, &[Some(partition), Some(table)])?;
    Ok(match rows.first() {
        Some(row) if row.get(0) == Some("true") => Leftover::Begun {
            object: partition.clone(),
            finish: format!("ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE"),
        },
        Some(_) => Leftover::Nothing,
        None if is_interrupted && is_table(engine, partition)? => Leftover::Done { object: partition.clone() },
        None => Leftover::Nothing,
    })
}

fn is_table(engine: &mut Postgres, name: &str) -> Result<bool, Refusal> {
    let rows = engine.user_query("SELECT pg_catalog.to_regclass($1)::pg_catalog.text", &[Some(name)])?;
    Ok(rows.first().is_some_and(|row| row.get(0).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_statement() {
        let found = Detach::parse("ALTER TABLE ONLY app.log DETACH PARTITION app.\"Log 1\" CONCURRENTLY;").unwrap();
        assert_eq!((found.table.as_str(), found.partition.as_str()), ("app.log", "app.\"Log 1\""));
        assert_eq!(Detach::parse("ALTER TABLE log DETACH PARTITION log_1"), None);
        assert_eq!(Detach::parse("ALTER TABLE log DETACH PARTITION log_1 FINALIZE"), None);
    }
}
