//! SQL schemas, and what moves from one to another.
//!
//! Objects in them name them themselves.

use makemigrations_sql::{quote_identifier, quote_literal};

use super::block;
use crate::operation::{CreateSchema, DropSchema};

pub(super) fn create(change: &CreateSchema) -> String {
    format!("CREATE SCHEMA {}", quote_identifier(&change.name))
}

pub(super) fn drop(change: &DropSchema) -> String {
    format!("DROP SCHEMA {}", quote_identifier(&change.name))
}

/// `ALTER ... SET SCHEMA`. The search path's first schema has a name that only the database knows.
pub(super) fn move_into(what: &str, schema: Option<&str>) -> String {
    match schema {
        Some(schema) => format!("ALTER {what} SET SCHEMA {}", quote_identifier(schema)),
        None => {
            let command = quote_literal(&format!("ALTER {what} SET SCHEMA "));
            block::anonymous(&format!("BEGIN\n    EXECUTE {command} || quote_ident(current_schema());\nEND\n"))
        }
    }
}
