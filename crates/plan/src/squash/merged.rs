//! Merged migrations as one script, for databases that have none of them. Writes no file, and knows of no lock file: the
//! caller says which of them people wrote.
//!
//! The stretches between those that people wrote are folded; what people wrote stands between them, word for word.

use makemigrations_sql::{statements, tokens};

use super::squash;
use crate::{
    dialect::{self, Block, Script},
    graph::has_literal,
    migration::{self, Files},
    model::{Dialect, Schema},
    operation::{Contradiction, Operation},
    record::Record,
};

/// A merged migration, as far as another one can stand for it.
#[derive(Debug, Clone, Copy)]
pub struct Original<'a> {
    /// The folder's name.
    pub name: &'a str,
    /// What is recorded of it.
    pub record: &'a Record,
    /// Its SQL, where that says more than its operations do: people wrote it, or changed it.
    pub by_hand: Option<ByHand<'a>>,
}

/// SQL that people wrote.
#[derive(Debug, Clone, Copy)]
pub struct ByHand<'a> {
    /// The text of `up.sql`.
    pub up: &'a str,
    /// Whether it runs in a transaction that somebody else opens.
    pub in_transaction: bool,
}

/// The migration that stands for others.
#[derive(Debug, Clone)]
pub struct Squashed {
    /// Its files.
    pub files: Files,
    /// How many operations the others have.
    pub before: usize,
    /// How many are left of them.
    pub after: usize,
}

/// Why no migration can stand for those.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// One transaction cannot do what this one does.
    #[error("`{migration}` cannot be part of it: {why}")]
    Transaction {
        /// The folder's name.
        migration: String,
        /// What it does.
        why: String,
    },
    /// The records do not fit each other.
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
}

/// The files of the migration `record`, which stands for `originals`, where `before` is the schema before the first of
/// them.
///
/// # Errors
/// When it would need more than one transaction, or a record does not fit.
pub fn stand_in(record: &Record, before: &Schema, originals: &[Original<'_>]) -> Result<Squashed, Unfit> {
    let parts = parts(record.dialect, before, originals)?;
    refuse_new_values(record.dialect, originals, &parts)?;
    let operations = |parts: &[Part<'_>]| parts.iter().map(|part| part.operations.len()).sum();
    let mut script = String::new();
    for (index, part) in parts.iter().enumerate() {
        match &part.sql {
            Sql::Folded(folded) => script.push_str(&migration::statements_of(folded)),
            Sql::ByHand(original, by_hand) => {
                script.push_str(&format!(
                    "\n-- {}, written by hand\n{}",
                    original.name,
                    terminated(record.dialect, by_hand.up)
                ));
                if index + 1 < parts.len() {
                    script.push_str(&restored(record.dialect, original, by_hand.up)?);
                }
            }
        }
    }
    let names: Vec<&str> = originals.iter().map(|original| original.name).collect();
    let files = migration::stand_in(record, &names, &script);
    Ok(Squashed {
        files,
        before: originals.iter().map(|original| original.record.operations.len()).sum(),
        after: operations(&parts),
    })
}

/// One after the other they are the script.
struct Part<'a> {
    operations: Vec<Operation>,
    sql: Sql<'a>,
}

enum Sql<'a> {
    Folded(Script),
    ByHand(&'a Original<'a>, ByHand<'a>),
}

fn parts<'a>(dialect: Dialect, before: &Schema, originals: &'a [Original<'a>]) -> Result<Vec<Part<'a>>, Unfit> {
    let mut schema = before.clone();
    let mut parts = Vec::new();
    let mut rest = originals;
    while let Some(first) = rest.first() {
        if let Some(by_hand) = first.by_hand {
            if !by_hand.in_transaction {
                let why = "its SQL is written by hand, and does not run in a transaction".to_owned();
                return Err(Unfit::Transaction { migration: first.name.to_owned(), why });
            }
            let operations = first.record.operations.clone();
            operations.iter().try_for_each(|operation| operation.apply(&mut schema))?;
            parts.push(Part { operations, sql: Sql::ByHand(first, by_hand) });
            rest = &rest[1..];
            continue;
        }
        let count = rest.iter().position(|original| original.by_hand.is_some()).unwrap_or(rest.len());
        let (stretch, later) = rest.split_at(count);
        let long: Vec<Operation> = stretch.iter().flat_map(|one| one.record.operations.clone()).collect();
        let operations = squash(dialect, &schema, &long)?;
        let script = dialect::script(dialect, &schema, &operations)?;
        if !script.in_transaction || dialect::split(dialect, &schema, &operations)?.len() > 1 {
            return Err(beyond(dialect, &schema, stretch, &operations, script.in_transaction));
        }
        operations.iter().try_for_each(|operation| operation.apply(&mut schema))?;
        if !operations.is_empty() {
            parts.push(Part { operations, sql: Sql::Folded(script) });
        }
        rest = later;
    }
    Ok(parts)
}

/// Names what one transaction cannot do.
fn beyond(
    dialect: Dialect,
    before: &Schema,
    stretch: &[Original<'_>],
    operations: &[Operation],
    in_transaction: bool,
) -> Unfit {
    let mut schema = before.clone();
    let culprit = operations.iter().find(|operation| {
        let one = std::slice::from_ref(*operation);
        let is_it = if in_transaction {
            matches!(operation, Operation::AddEnumValue(_))
        } else {
            dialect::script(dialect, &schema, one).is_ok_and(|script| !script.in_transaction)
        };
        // What does not fit alone fits with the others.
        drop(operation.apply(&mut schema));
        is_it
    });
    let what = culprit.or(operations.first()).map(|operation| operation.change().describe()).unwrap_or_default();
    let why = if in_transaction {
        format!("`{what}` is used further on, and PostgreSQL refuses a new value in the transaction that adds it")
    } else {
        format!("`{what}` rebuilds a table that is there already, which one transaction with the rest cannot do")
    };
    Unfit::Transaction { migration: owner(stretch, &what), why }
}

/// The migration with that operation. Folded ones can have it under another name: then the last of the stretch.
fn owner(stretch: &[Original<'_>], what: &str) -> String {
    let has = |original: &&Original<'_>| original.record.operations.iter().any(|one| one.change().describe() == what);
    stretch.iter().find(has).or(stretch.last()).map(|original| original.name.to_owned()).unwrap_or_default()
}

/// PostgreSQL refuses a new value of an enum in the transaction that adds it, also further on.
fn refuse_new_values(dialect: Dialect, originals: &[Original<'_>], parts: &[Part<'_>]) -> Result<(), Unfit> {
    match dialect {
        Dialect::Sqlite => return Ok(()),
        Dialect::Postgres => {}
    }
    for (index, part) in parts.iter().enumerate() {
        for operation in &part.operations {
            let Operation::AddEnumValue(add) = operation else { continue };
            let uses = |part: &Part<'_>| match &part.sql {
                Sql::Folded(script) => {
                    let mut statements = script.blocks.iter().flat_map(|block: &Block| &block.statements);
                    statements.any(|statement| has_literal(dialect, statement, &add.value))
                }
                Sql::ByHand(_, by_hand) => has_literal(dialect, by_hand.up, &add.value),
            };
            if parts[index + 1..].iter().any(uses) {
                return Err(beyond(dialect, &Schema::empty(dialect), originals, std::slice::from_ref(operation), true));
            }
        }
    }
    Ok(())
}

/// The text with its last statement ended, so that others can follow it.
fn terminated(dialect: Dialect, text: &str) -> String {
    let open = statements(text, dialect).last().is_some_and(|last| !text[..last.end].ends_with(';'));
    let line = if text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{line}{}", if open { ";\n" } else { "" })
}

/// SQL that takes back what it set for the rest of the session or transaction: what comes next must not notice.
fn restored(dialect: Dialect, original: &Original<'_>, text: &str) -> Result<String, Unfit> {
    let refuse = |statement: &str| {
        let why = format!("its `{}` would hold for all that comes after it", dialect::one_line(statement));
        Unfit::Transaction { migration: original.name.to_owned(), why }
    };
    let mut sql = String::new();
    for statement in statements(text, dialect) {
        let mut words = tokens(statement.text, dialect).filter(|token| !token.is_blank());
        let Some(first) = words.next() else { continue };
        let is_setting = ["set", "reset", "discard", "pragma"].iter().any(|word| first.is_word(word));
        let mut name = words.next();
        if !is_setting || name.is_some_and(|name| name.is_word("constraints")) {
            continue;
        }
        if name.is_some_and(|name| name.is_word("local") || name.is_word("session")) {
            name = words.next();
        }
        let fixed = ["timezone", "time", "role", "authorization", "characteristics", "transaction", "names"];
        let is_reset = |name: &str| fixed.iter().all(|fixed| !name.eq_ignore_ascii_case(fixed));
        match (dialect, name.filter(|name| first.is_word("set") && is_reset(name.text))) {
            (Dialect::Postgres, Some(name)) => sql.push_str(&format!("RESET {};\n", name.text)),
            (Dialect::Postgres, None) | (Dialect::Sqlite, _) => return Err(refuse(statement.text)),
        }
    }
    if sql.is_empty() { Ok(sql) } else { Ok(format!("\n-- What it set is as before\n{sql}")) }
}
