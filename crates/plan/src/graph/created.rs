//! What the statements of an object create: the kind and the name of each thing.
//!
//! Reads no further than the name: what the statement says after it is `reference`'s.

use std::collections::BTreeSet;

use makemigrations_sql::{Token, statements, tokens};

use crate::model::Dialect;

/// What kind of thing a `CREATE` statement creates, as far as that decides about names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CreatedKind {
    /// A function, procedure or aggregate.
    Routine,
    /// A sequence.
    Sequence,
    /// A type or domain.
    Type,
    /// A collation.
    Collation,
    /// An operator.
    Operator,
    /// A table or view of any kind.
    Relation,
    /// An index.
    Index,
    /// A trigger.
    Trigger,
}

/// Something that a `CREATE` statement creates.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Created {
    /// What it is.
    pub kind: CreatedKind,
    /// The SQL schema, where the statement says it.
    pub schema: Option<String>,
    /// The name, as the database reads it.
    pub name: String,
}

/// The words that say what kind of thing is created.
const KINDS: &[(&str, CreatedKind)] = &[
    ("function", CreatedKind::Routine),
    ("procedure", CreatedKind::Routine),
    ("aggregate", CreatedKind::Routine),
    ("sequence", CreatedKind::Sequence),
    ("type", CreatedKind::Type),
    ("domain", CreatedKind::Type),
    ("collation", CreatedKind::Collation),
    ("operator", CreatedKind::Operator),
    ("table", CreatedKind::Relation),
    ("view", CreatedKind::Relation),
    ("index", CreatedKind::Index),
    ("trigger", CreatedKind::Trigger),
];

/// The words that may stand between the kind and the name.
const BETWEEN: &[&str] = &["concurrently", "if", "not", "exists", "class", "family"];

/// The words that may stand before the kind: `CREATE OR REPLACE TEMPORARY RECURSIVE VIEW`.
const BEFORE: &[&str] = &[
    "or",
    "replace",
    "temp",
    "temporary",
    "local",
    "global",
    "unlogged",
    "foreign",
    "virtual",
    "materialized",
    "recursive",
    "unique",
    "constraint",
];

/// Everything that the statements of a text create and give a name.
#[must_use]
pub fn created(dialect: Dialect, text: &str) -> Vec<Created> {
    statements(text, dialect).iter().filter_map(|statement| of_statement(dialect, statement.text)).collect()
}

/// The names that the text of an object gives to functions, types and sequences.
pub(crate) fn created_names(dialect: Dialect, create: &str) -> BTreeSet<String> {
    let is_called = |kind: CreatedKind| match kind {
        CreatedKind::Routine
        | CreatedKind::Sequence
        | CreatedKind::Type
        | CreatedKind::Collation
        | CreatedKind::Operator => true,
        CreatedKind::Relation | CreatedKind::Index | CreatedKind::Trigger => false,
    };
    created(dialect, create).into_iter().filter(|one| is_called(one.kind)).map(|one| one.name).collect()
}

fn of_statement(dialect: Dialect, statement: &str) -> Option<Created> {
    let words: Vec<Token<'_>> = tokens(statement, dialect).filter(|token| !token.is_blank()).collect();
    let is = |index: usize, known: &str| words.get(index).is_some_and(|token| token.is_word(known));
    if !is(0, "create") {
        return None;
    }
    let place = (1..words.len()).find(|index| !BEFORE.iter().any(|word| is(*index, word)))?;
    let (_, kind) = *KINDS.iter().find(|(word, _)| is(place, word))?;
    let mut at = place + 1;
    while BETWEEN.iter().any(|word| is(at, word)) {
        at += 1;
    }
    let mut schema = None;
    while words.get(at + 1).is_some_and(|token| token.is_symbol(".")) {
        schema = words.get(at).and_then(|token| token.name(dialect));
        at += 2;
    }
    // `CREATE INDEX ON item (price)` gives no name.
    let name = words.get(at).filter(|token| kind != CreatedKind::Index || !token.is_word("on"))?.name(dialect)?;
    Some(Created { kind, schema, name })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dialect: Dialect, text: &str) -> Vec<String> {
        created(dialect, text).into_iter().map(|one| format!("{:?} {}", one.kind, one.name)).collect()
    }

    #[test]
    fn every_statement_gives_the_name_of_what_it_creates() {
        let text = "CREATE OR REPLACE FUNCTION app.next_number() RETURNS int AS $$ SELECT 1 $$; \
                    CREATE SEQUENCE IF NOT EXISTS \"Numbers\"; CREATE DOMAIN zip AS text; \
                    CREATE TABLE part PARTITION OF whole DEFAULT; CREATE UNIQUE INDEX CONCURRENTLY i ON t (a); \
                    CREATE INDEX ON t (a); GRANT SELECT ON t TO app; CREATE MATERIALIZED VIEW v AS SELECT 1";
        assert_eq!(
            names(Dialect::Postgres, text),
            ["Routine next_number", "Sequence Numbers", "Type zip", "Relation part", "Index i", "Relation v"]
        );
        assert_eq!(created(Dialect::Postgres, text)[0].schema.as_deref(), Some("app"));
    }

    #[test]
    fn what_runs_a_function_creates_none() {
        let trigger = "CREATE TRIGGER Touch AFTER UPDATE ON ticket EXECUTE FUNCTION f()";
        assert_eq!(names(Dialect::Postgres, trigger), ["Trigger touch"]);
        assert_eq!(
            names(Dialect::Sqlite, "CREATE TEMP TRIGGER [a b] AFTER INSERT ON t BEGIN SELECT 1; END"),
            ["Trigger a b"]
        );
        assert!(names(Dialect::Postgres, "CREATE POLICY function ON t USING (true)").is_empty());
    }

    #[test]
    fn an_object_gives_its_name_to_what_it_creates() {
        let created = |text: &str| created_names(Dialect::Postgres, text).into_iter().collect::<Vec<_>>();
        assert_eq!(
            created("CREATE OR REPLACE FUNCTION app.next_number() RETURNS int AS $$ SELECT 1 $$"),
            ["next_number"]
        );
        assert_eq!(created("CREATE SEQUENCE IF NOT EXISTS \"Numbers\"; CREATE DOMAIN zip AS text"), ["Numbers", "zip"]);
        assert!(created("CREATE TRIGGER t AFTER UPDATE ON ticket EXECUTE FUNCTION f()").is_empty());
    }
}
