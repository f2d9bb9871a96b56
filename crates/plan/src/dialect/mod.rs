//! Operations to SQL, one dialect per folder, the same file names in each.
//!
//! Invariant: never imports `diff`: what changes was decided before, here it is only written.

mod diesel;
mod feature;
pub(crate) mod postgres;
pub(crate) mod sqlite;
mod text;

pub(crate) use diesel::{
    EnumStorage, diesel_backend, diesel_type, enum_in_diesel, from_diesel, is_hidden_from_diesel, is_row_number,
    keeps_comments, primary_key_in_diesel, row_number, sql_schema_in_diesel,
};
pub(crate) use feature::{Feature, Limits, has, lack, limits};
pub(crate) use text::{one_line, table_name};

use std::collections::BTreeSet;

use crate::{
    graph::has_literal,
    model::{Dialect, Schema},
    operation::{Contradiction, Operation},
};

/// The SQL of one direction of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// In the order in which they must run.
    pub blocks: Vec<Block>,
    /// Whether all of it can run inside one transaction that somebody else opens and commits.
    pub in_transaction: bool,
}

/// What one operation (or several that only work together) takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// One line for people, capitalised.
    pub comment: String,
    /// Statements without their `;`. Empty when the database does not notice the change.
    pub statements: Vec<String>,
}

impl Block {
    /// The block of one operation, named after its description.
    pub(crate) fn new(operation: &Operation, statements: Vec<String>) -> Self {
        Self { comment: text::remark(&operation.change().describe()), statements }
    }
}

/// Writes operations as SQL for a database that looks like `before`.
///
/// `down.sql` is the same call with the schema after them and [`inverse`](crate::operation::inverse).
///
/// # Errors
/// When an operation does not fit the schema it meets.
pub fn script(dialect: Dialect, before: &Schema, operations: &[Operation]) -> Result<Script, Contradiction> {
    match dialect {
        Dialect::Postgres => postgres::script(before, operations),
        Dialect::Sqlite => sqlite::script(before, operations),
    }
}

/// The same for one step of an online change: in the form that keeps nobody waiting.
///
/// # Errors
/// As [`script`], and on a dialect that has no such forms.
pub fn online_script(dialect: Dialect, before: &Schema, operations: &[Operation]) -> Result<Script, Contradiction> {
    match dialect {
        Dialect::Postgres => postgres::online_script(before, operations),
        Dialect::Sqlite => Err(Contradiction("the steps of online changes are for PostgreSQL only".to_owned())),
    }
}

/// Divides operations into those of consecutive migrations, where one transaction cannot do it all.
///
/// PostgreSQL refuses to use an enum value in the transaction that adds it: new values that the rest of the SQL names go
/// into a migration of their own before it.
///
/// # Errors
/// When an operation does not fit the schema it meets.
pub fn split(
    dialect: Dialect,
    before: &Schema,
    operations: &[Operation],
) -> Result<Vec<Vec<Operation>>, Contradiction> {
    let whole = || Ok(vec![operations.to_vec()]);
    match dialect {
        Dialect::Sqlite => return whole(),
        Dialect::Postgres => {}
    }
    // A new enum may take the key of one that is renamed: only what was created before counts.
    let is_value = |(place, operation): (usize, &Operation)| match operation {
        Operation::AddEnumValue(add) => {
            let mut creates = operations[..place].iter();
            !creates.any(|operation| matches!(operation, Operation::CreateEnum(create) if create.key == add.key))
        }
        _ => false,
    };
    // A plan begins with them, unless a new value takes the name of one that is renamed: then that comes along, and nothing
    // else, so that what is dropped and created again has its privileges back in the same migration.
    let places: Vec<usize> =
        operations.iter().enumerate().filter(|found| is_value(*found)).map(|(place, _)| place).collect();
    if places.is_empty() {
        return whole();
    }
    let needed = crate::graph::needed_by(before, operations, &places);
    let first = without_returning(dialect, before, operations, &needed)?.unwrap_or(needed);
    let (values, rest): (Vec<_>, Vec<_>) =
        operations.iter().cloned().enumerate().partition(|(place, _)| first.contains(place));
    let values: Vec<Operation> = values.into_iter().map(|(_, operation)| operation).collect();
    let rest: Vec<Operation> = rest.into_iter().map(|(_, operation)| operation).collect();
    let labels: BTreeSet<&str> = values.iter().filter_map(|operation| new_label(operation)).collect();
    if labels.is_empty() || rest.is_empty() {
        return whole();
    }
    let between = crate::operation::apply_all(before, &values)?;
    let used = script(dialect, &between, &rest)?.blocks.iter().any(|block| {
        block.statements.iter().any(|statement| labels.iter().any(|label| has_literal(dialect, statement, label)))
    });
    if used { Ok(vec![values, rest]) } else { whole() }
}

/// The `first` operations without the views and objects that are dropped and created again, where these have none of the
/// labels that change: then they may stay until the rest, and get their privileges back in the migration that drops them.
/// `None` where they have to go first.
fn without_returning(
    dialect: Dialect,
    before: &Schema,
    operations: &[Operation],
    first: &BTreeSet<usize>,
) -> Result<Option<BTreeSet<usize>>, Contradiction> {
    let (mut values, mut labels, mut definitions) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut schema = before.clone();
    for (place, operation) in operations.iter().enumerate() {
        match operation {
            Operation::AddEnumValue(add) if first.contains(&place) => {
                labels.insert(add.value.as_str());
                values.insert(place);
            }
            Operation::RenameEnumValue(rename) if first.contains(&place) => {
                labels.extend([rename.from.as_str(), rename.to.as_str()]);
                values.insert(place);
            }
            Operation::DropView(_) | Operation::DropObject(_) if first.contains(&place) => {
                let definition = crate::operation::inverse(&schema, std::slice::from_ref(operation))?;
                let dropped = crate::operation::apply_all(&schema, std::slice::from_ref(operation))?;
                definitions.push(script(dialect, &dropped, &definition)?);
            }
            _ if first.contains(&place) => return Ok(None),
            _ => {}
        }
        operation.apply(&mut schema)?;
    }
    let mut statements = definitions.iter().flat_map(|script| &script.blocks).flat_map(|block| &block.statements);
    let has_labels = statements.any(|statement| labels.iter().any(|label| has_literal(dialect, statement, label)));
    Ok((!has_labels && values.len() < first.len()).then_some(values))
}

fn new_label(operation: &Operation) -> Option<&str> {
    match operation {
        Operation::AddEnumValue(add) => Some(&add.value),
        _ => None,
    }
}
