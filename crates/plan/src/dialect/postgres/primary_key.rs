//! Primary keys.
//!
//! Dropping one leaves its columns `NOT NULL`, as in the model.

use makemigrations_sql::quote_identifier;

use super::{alter_table, drop_constraint, find_table};
use crate::{
    dialect::text::list,
    model::{PrimaryKey, Schema},
    operation::{AddPrimaryKey, Contradiction, DropPrimaryKey},
};

/// The constraint as part of a table's body or of `ADD`.
pub(super) fn constraint(key: &PrimaryKey) -> String {
    format!("CONSTRAINT {} PRIMARY KEY ({})", quote_identifier(&key.name), list(&key.columns))
}

pub(super) fn add(schema: &Schema, change: &AddPrimaryKey) -> Result<String, Contradiction> {
    alter_table(schema, &change.table, &format!("ADD {}", constraint(&change.definition)))
}

pub(super) fn drop(schema: &Schema, change: &DropPrimaryKey) -> Result<String, Contradiction> {
    let key = find_table(schema, &change.table)?.primary_key.as_ref();
    let key = key.ok_or_else(|| Contradiction(format!("table `{}` has no primary key at this point", change.table)))?;
    drop_constraint(schema, &change.table, &key.name)
}
