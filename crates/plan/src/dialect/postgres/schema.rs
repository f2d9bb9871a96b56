//! SQL schemas.
//!
//! Objects in them name them themselves.

use makemigrations_sql::quote_identifier;

use crate::operation::{CreateSchema, DropSchema};

pub(super) fn create(change: &CreateSchema) -> String {
    format!("CREATE SCHEMA {}", quote_identifier(&change.name))
}

pub(super) fn drop(change: &DropSchema) -> String {
    format!("DROP SCHEMA {}", quote_identifier(&change.name))
}
