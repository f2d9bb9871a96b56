//! Whether a constraint was validated. Must not validate it.

use super::Words;
use crate::engine::leftover::Leftover;
use crate::engine::postgres::Postgres;
use crate::engine::{Engine, Refusal};

/// `ALTER TABLE ... VALIDATE CONSTRAINT ...`: the names, as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Validation {
    table: String,
    constraint: String,
}

impl Validation {
    pub(super) fn parse(statement: &str) -> Option<Self> {
        let mut words = Words::of(statement);
        let table = words.altered_table()?;
        words.expect(&["validate", "constraint"])?;
        let constraint = words.name()?;
        words.is_at_end().then_some(Self { table, constraint })
    }
}

pub(super) fn look(engine: &mut Postgres, validation: &Validation) -> Result<Leftover, Refusal> {
    let Validation { table, constraint } = validation;
    let sql = "SELECT convalidated::pg_catalog.text FROM pg_catalog.pg_constraint \
               WHERE conrelid = pg_catalog.to_regclass($1) AND conname = (pg_catalog.parse_ident($2))[1]";
    let rows = engine.user_query(sql, &[Some(table), Some(constraint)])?;
    let is_valid = rows.first().is_some_and(|row| row.get(0) == Some("true"));
    Ok(if is_valid { Leftover::Done { object: constraint.clone() } } else { Leftover::Nothing })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_statement() {
        let found = Validation::parse("ALTER TABLE app.t VALIDATE CONSTRAINT \"T check\";").unwrap();
        assert_eq!((found.table.as_str(), found.constraint.as_str()), ("app.t", "\"T check\""));
        assert_eq!(Validation::parse("ALTER TABLE t VALIDATE CONSTRAINT a, VALIDATE CONSTRAINT b"), None);
    }
}
