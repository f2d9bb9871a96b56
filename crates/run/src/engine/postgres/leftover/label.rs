//! Whether a label of an enum was added or renamed. Must not look at where it stands among the others.

use super::Words;
use crate::engine::leftover::Leftover;
use crate::engine::postgres::Postgres;
use crate::engine::{Engine, Refusal};

/// `ALTER TYPE ... ADD VALUE`, or `RENAME VALUE`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// The type, as written.
    name: String,
    /// What is gone afterwards, as written.
    old: Option<String>,
    /// What is there afterwards, as written.
    new: String,
}

impl Change {
    pub(super) fn parse(statement: &str) -> Option<Self> {
        let mut words = Words::of(statement);
        words.expect(&["alter", "type"])?;
        let name = words.name()?;
        if words.take("rename") {
            words.expect(&["value"])?;
            let old = words.literal()?;
            words.expect(&["to"])?;
            return Some(Self { name, old: Some(old), new: words.literal()? });
        }
        words.expect(&["add", "value"])?;
        if words.take("if") {
            words.expect(&["not", "exists"])?;
        }
        Some(Self { name, old: None, new: words.literal()? })
    }
}

pub(super) fn look(engine: &mut Postgres, change: &Change) -> Result<Leftover, Refusal> {
    let Change { name, old, new } = change;
    let mut has = |label: &str| {
        let sql = format!(
            "SELECT 1::pg_catalog.text FROM pg_catalog.pg_enum \
             WHERE enumtypid = pg_catalog.to_regtype($1) AND enumlabel::pg_catalog.text = ({label})::pg_catalog.text"
        );
        engine.user_query(&sql, &[Some(name)]).map(|rows| !rows.is_empty())
    };
    let is_gone = match old {
        Some(old) => !has(old)?,
        None => true,
    };
    Ok(match is_gone && has(new)? {
        true => Leftover::Done { object: format!("{name} {new}") },
        false => Leftover::Nothing,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labels_are_those_of_the_statement() {
        let found = Change::parse("ALTER TYPE app.\"State\" ADD VALUE IF NOT EXISTS 'a''b' BEFORE 'c'").unwrap();
        assert_eq!((found.name.as_str(), found.old, found.new.as_str()), ("app.\"State\"", None, "'a''b'"));
        let found = Change::parse("alter type state rename value 'a' to 'b'").unwrap();
        assert_eq!((found.old.as_deref(), found.new.as_str()), (Some("'a'"), "'b'"));
        assert_eq!(Change::parse("ALTER TYPE state RENAME TO other"), None);
    }
}
