//! Check constraints.
//!
//! Expressions are written as they are.

use makemigrations_sql::quote_identifier;

use super::alter_table;
use crate::{
    dialect::text::parenthesised,
    model::{Check, Schema},
    operation::{AddCheck, Contradiction},
};

/// The constraint as part of a table's body or of `ADD`.
pub(super) fn constraint(name: &str, check: &Check) -> String {
    format!("CONSTRAINT {} CHECK {}", quote_identifier(name), parenthesised(&check.expression))
}

pub(super) fn add(schema: &Schema, change: &AddCheck) -> Result<String, Contradiction> {
    alter_table(schema, &change.table, &format!("ADD {}", constraint(&change.name, &change.definition)))
}
