//! Objects that people write in SQL: their texts, statement by statement.
//!
//! What the texts mean is not known here.

use makemigrations_sql::statements;

use crate::{
    model::{Dialect, Schema},
    operation::{Contradiction, CreateObject, DropObject},
};

pub(super) fn create(change: &CreateObject) -> Vec<String> {
    divided(&change.definition.create)
}

pub(super) fn drop(schema: &Schema, change: &DropObject) -> Result<Vec<String>, Contradiction> {
    let object = schema.objects.get(&change.key);
    let object =
        object.ok_or_else(|| Contradiction(format!("object `{}` does not exist at this point", change.key)))?;
    Ok(divided(&object.drop))
}

fn divided(text: &str) -> Vec<String> {
    statements(text, Dialect::Postgres).into_iter().map(|statement| statement.text.to_owned()).collect()
}
