//! Extensions.
//!
//! One that is there already, or gone already, is fine: a database administrator often is the one who may do it.

use makemigrations_sql::quote_identifier;

use crate::operation::{CreateExtension, DropExtension};

pub(super) fn create(change: &CreateExtension) -> String {
    format!("CREATE EXTENSION IF NOT EXISTS {}", quote_identifier(&change.name))
}

pub(super) fn drop(change: &DropExtension) -> String {
    format!("DROP EXTENSION IF EXISTS {}", quote_identifier(&change.name))
}
