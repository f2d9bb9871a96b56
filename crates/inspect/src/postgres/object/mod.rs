//! Everything else that can be written as SQL: objects that are tracked by their text, one kind per file.
//!
//! A name is written without the SQL schema where that is the search path's first, so that a text means the same in
//! every database.

mod aggregate;
mod domain_type;
mod function;
mod composite;
mod policy;
mod range;
mod rule;
mod schema;
mod trigger;

use makemigrations_sql::{quote_identifier, quote_literal};

use super::{catalogue::Catalogue, found::Found};

/// Reads the objects of all kinds.
pub(super) fn read<E>(catalogue: &mut Catalogue<'_, E>, found: &mut Found) -> Result<(), E> {
    domain_type::read(catalogue, found)?;
    composite::read(catalogue, found)?;
    range::read(catalogue, found)?;
    function::read(catalogue, found)?;
    aggregate::read(catalogue, found)?;
    trigger::read(catalogue, found)?;
    rule::read(catalogue, found)?;
    policy::read(catalogue, found)
}

pub(super) use schema::read as read_schemas;

/// `"schema"."name"`, or the name alone in the search path's first.
pub(super) fn qualified(schema: Option<&str>, name: &str) -> String {
    let name = quote_identifier(name);
    schema.map_or_else(|| name.clone(), |schema| format!("{}.{name}", quote_identifier(schema)))
}

/// What follows the statement that creates an object with a comment.
pub(super) fn comment(kind: &str, name: &str, text: Option<String>) -> String {
    text.map_or_else(String::new, |text| format!(";\nCOMMENT ON {kind} {name} IS {}", quote_literal(&text)))
}

/// The key of what has a name only on its table.
fn key_on(table: &str, name: &str) -> String {
    if name.starts_with(table) { name.to_owned() } else { format!("{table}_{name}") }
}

/// The SQL name of the table or view with the row, and its key.
fn owner(found: &Found, relation: u32) -> Option<(String, String)> {
    if let Some(key) = found.table_key(relation) {
        let table = &found.schema.tables[key];
        return Some((qualified(table.schema.as_deref(), &table.name), key.clone()));
    }
    let key = found.view_key(relation)?;
    let view = &found.schema.views[key];
    Some((qualified(view.schema.as_deref(), &view.name), key.clone()))
}
