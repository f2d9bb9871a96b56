//! Enum types.
//!
//! PostgreSQL adds values and never removes one: without a value a type is made anew, and its columns move over.

use makemigrations_sql::quote_literal;

use super::{column, comment, data_type, dependents, run};
use crate::{
    dialect::text::{body, qualified},
    model::{Enum, Schema, name::limit},
    operation::{AddEnumValue, Contradiction, CreateEnum, DropEnum, DropEnumValue, Operation, SetEnumComment, inverse},
};

/// Labels that fit on one line of about this many characters stay on it.
const ONE_LINE: usize = 80;

fn find<'a>(schema: &'a Schema, key: &str) -> Result<&'a Enum, Contradiction> {
    schema.enums.get(key).ok_or_else(|| Contradiction(format!("enum `{key}` does not exist at this point")))
}

fn sql_name(key: &str, definition: &Enum) -> String {
    qualified(definition.schema.as_deref(), key)
}

pub(super) fn create(change: &CreateEnum) -> Vec<String> {
    let mut sql = vec![create_type(&change.key, &change.definition)];
    let text = change.definition.comment.as_deref();
    sql.extend(text.map(|text| comment::on_enum(&change.key, &change.definition, Some(text))));
    sql
}

fn create_type(key: &str, definition: &Enum) -> String {
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

/// Whether the next operation makes the same type anew as well: once is enough for both.
pub(super) fn goes_with_next(operation: &Operation, later: &[Operation]) -> bool {
    let key = |operation: &Operation| {
        if let Operation::DropEnumValue(drop) = operation { Some(drop.key.clone()) } else { None }
    };
    key(operation).is_some_and(|this| later.first().and_then(key) == Some(this))
}

pub(super) fn drop_value(schema: &Schema, change: &DropEnumValue) -> Result<Vec<String>, Contradiction> {
    let key = &change.key;
    let mut definition = find(schema, key)?.clone();
    definition.values.retain(|value| value != &change.value);
    let aside = dependents::of_enum(schema, key);
    let back = inverse(schema, &aside)?;
    let mut current = schema.clone();
    let mut sql = run(&mut current, &aside)?;

    let old = free_name(schema, key);
    let old_type = qualified(definition.schema.as_deref(), &old);
    let name = sql_name(key, &definition);
    sql.push(format!("ALTER TYPE {name} RENAME TO {}", qualified(None, &old)));
    sql.push(create_type(key, &definition));
    for (table, name) in current.columns_of_enum(key) {
        let owner = &current.tables[table];
        let used = &owner.columns[name];
        let to = data_type::sql(&current, &used.data_type);
        let text = to.replacen(&qualified(definition.schema.as_deref(), key), "text", 1);
        if used.default.is_some() {
            sql.push(column::alter_column(owner, name, "DROP DEFAULT"));
        }
        let value = qualified(None, name);
        sql.push(column::alter_column(owner, name, &format!("TYPE {to} USING {value}::{text}::{to}")));
        sql.extend(used.default.iter().map(|default| column::set_default(owner, name, default)));
    }
    sql.push(format!("DROP TYPE {old_type}"));
    let text = definition.comment.as_deref();
    sql.extend(text.map(|text| comment::on_enum(key, &definition, Some(text))));

    current.enums.insert(key.clone(), definition);
    sql.extend(run(&mut current, &back)?);
    Ok(sql)
}

/// A name for the type on its way out that no type or table has.
fn free_name(schema: &Schema, key: &str) -> String {
    let mut name = format!("{key}_old");
    let is_taken = |name: &str| {
        let short = limit(crate::model::Dialect::Postgres, name);
        schema.enums.contains_key(&short) || schema.tables.values().any(|table| table.name == short)
    };
    while is_taken(&name) {
        name.push_str("_old");
    }
    limit(crate::model::Dialect::Postgres, &name)
}

pub(super) fn set_comment(schema: &Schema, change: &SetEnumComment) -> Result<String, Contradiction> {
    Ok(comment::on_enum(&change.key, find(schema, &change.key)?, change.comment.as_deref()))
}
