//! Enum types.
//!
//! PostgreSQL adds values and never removes one: how a type is made anew without one is `remade`'s.

use makemigrations_sql::{quote_identifier, quote_literal};

use super::{comment, remade, schema};
use crate::{
    dialect::text::{body, qualified},
    model::{Enum, Schema},
    operation::{
        AddEnumValue, Contradiction, CreateEnum, DropEnum, DropEnumValue, RenameEnum, RenameEnumValue, SetEnumComment,
        SetEnumSchema, SetEnumValues,
    },
};

/// Labels that fit on one line of about this many characters stay on it.
const ONE_LINE: usize = 80;

pub(super) fn find<'a>(schema: &'a Schema, key: &str) -> Result<&'a Enum, Contradiction> {
    schema.enums.get(key).ok_or_else(|| Contradiction(format!("enum `{key}` does not exist at this point")))
}

pub(super) fn sql_name(key: &str, definition: &Enum) -> String {
    qualified(definition.schema.as_deref(), key)
}

pub(super) fn create(change: &CreateEnum) -> Vec<String> {
    let mut sql = vec![create_type(&change.key, &change.definition)];
    let text = change.definition.comment.as_deref();
    sql.extend(text.map(|text| comment::on_enum(&change.key, &change.definition, Some(text))));
    sql
}

pub(super) fn create_type(key: &str, definition: &Enum) -> String {
    let labels: Vec<_> = definition.values.iter().map(|value| quote_literal(value)).collect();
    let line = labels.join(", ");
    let labels = if line.chars().count() <= ONE_LINE { format!("({line})") } else { body(&labels) };
    format!("CREATE TYPE {} AS ENUM {labels}", sql_name(key, definition))
}

pub(super) fn drop(schema: &Schema, change: &DropEnum) -> Result<String, Contradiction> {
    Ok(format!("DROP TYPE {}", sql_name(&change.key, find(schema, &change.key)?)))
}

/// The place is always named: without one a value sorts last, whatever was added in between.
pub(super) fn add_value(schema: &Schema, change: &AddEnumValue) -> Result<String, Contradiction> {
    let definition = find(schema, &change.key)?;
    let place = match (&change.before, definition.values.last()) {
        (Some(next), _) => format!(" BEFORE {}", quote_literal(next)),
        (None, Some(last)) => format!(" AFTER {}", quote_literal(last)),
        (None, None) => String::new(),
    };
    Ok(format!("ALTER TYPE {} ADD VALUE {}{place}", sql_name(&change.key, definition), quote_literal(&change.value)))
}

/// Rows, defaults and expressions follow: the database keeps the value, not its label.
pub(super) fn rename_value(schema: &Schema, change: &RenameEnumValue) -> Result<String, Contradiction> {
    let name = sql_name(&change.key, find(schema, &change.key)?);
    let (from, to) = (quote_literal(&change.from), quote_literal(&change.to));
    Ok(format!("ALTER TYPE {name} RENAME VALUE {from} TO {to}"))
}

pub(super) fn rename(schema: &Schema, change: &RenameEnum) -> Result<String, Contradiction> {
    let name = sql_name(&change.from, find(schema, &change.from)?);
    Ok(format!("ALTER TYPE {name} RENAME TO {}", quote_identifier(&change.to)))
}

pub(super) fn set_schema(schema: &Schema, change: &SetEnumSchema) -> Result<String, Contradiction> {
    let name = sql_name(&change.key, find(schema, &change.key)?);
    Ok(schema::move_into(&format!("TYPE {name}"), change.schema.as_deref()))
}

pub(super) fn drop_value(schema: &Schema, change: &DropEnumValue) -> Result<Vec<String>, Contradiction> {
    let values = find(schema, &change.key)?.values.iter().filter(|value| *value != &change.value);
    remade::with_values(schema, &change.key, &values.cloned().collect::<Vec<_>>())
}

pub(super) fn set_values(schema: &Schema, change: &SetEnumValues) -> Result<Vec<String>, Contradiction> {
    remade::with_values(schema, &change.key, &change.values)
}

pub(super) fn set_comment(schema: &Schema, change: &SetEnumComment) -> Result<String, Contradiction> {
    Ok(comment::on_enum(&change.key, find(schema, &change.key)?, change.comment.as_deref()))
}
