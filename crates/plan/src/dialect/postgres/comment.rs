//! `COMMENT ON`.
//!
//! What is commented on is named by the caller.

use makemigrations_sql::{quote_identifier, quote_literal};

use super::view;
use crate::{
    dialect::text::{qualified, table_name},
    model::{Enum, Table, View},
};

pub(super) fn on_table(table: &Table, comment: Option<&str>) -> String {
    on(&format!("TABLE {}", table_name(table)), comment)
}

pub(super) fn on_column(table: &Table, column: &str, comment: Option<&str>) -> String {
    on(&format!("COLUMN {}.{}", table_name(table), quote_identifier(column)), comment)
}

pub(super) fn on_enum(key: &str, definition: &Enum, comment: Option<&str>) -> String {
    on(&format!("TYPE {}", qualified(definition.schema.as_deref(), key)), comment)
}

pub(super) fn on_view(definition: &View, comment: Option<&str>) -> String {
    on(&format!("{} {}", view::kind(definition), view::name(definition)), comment)
}

fn on(what: &str, comment: Option<&str>) -> String {
    let text = comment.map_or_else(|| "NULL".to_owned(), quote_literal);
    format!("COMMENT ON {what} IS {text}")
}
