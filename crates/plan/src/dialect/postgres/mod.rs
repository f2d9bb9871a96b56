//! Operations to PostgreSQL's SQL: one statement list per operation, in the order given.
//!
//! Invariant: everything here can run inside one transaction, every name is quoted, and nothing is dropped by `CASCADE`.
//!
//! A foreign key of a new table waits until the table it points at can carry it; only this file knows that, because only
//! the walk sees what comes later.

mod backfill;
mod block;
mod check;
mod column;
mod comment;
mod data_type;
pub(super) mod diesel_type;
mod dependents;
mod enumeration;
mod exclusion;
mod extension;
mod feature;
mod foreign_key;
pub(super) mod from_diesel;
mod guard;
mod enum_dependents;
mod index;
mod object;
mod online;
mod primary_key;
mod privilege;
mod remade;
mod schema;
mod sequence;
mod statistics;
mod swap;
mod table;
mod unique;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use data_type::storage as stored_type;
pub(super) use feature::{LIMITS, lack};
pub(super) use online::script as online_script;

use super::{Block, Script};
use crate::{
    model::{Column, Schema, Table},
    operation::{Contradiction, DropForeignKey, Operation},
};

/// Writes operations as SQL for a database that looks like `before`.
///
/// # Errors
/// When an operation does not fit the schema it meets, or a new foreign key points at a table that never appears.
pub(crate) fn script(before: &Schema, operations: &[Operation]) -> Result<Script, Contradiction> {
    written(before, operations, false)
}

/// The same; with `leaves_moments`, the statistics that go with a change of a moment are not collected.
fn written(before: &Schema, operations: &[Operation], leaves_moments: bool) -> Result<Script, Contradiction> {
    let operations = enum_dependents::around(before, operations)?;
    let mut schema = before.clone();
    let mut blocks: Vec<Block> = Vec::with_capacity(operations.len());
    let mut waiting: Vec<Waiting> = Vec::new();
    let kept = privilege::SavedPrivileges::new(before, &operations);
    let mut is_in_utc = false;
    let mut stale = statistics::Stale::new(leaves_moments);
    for (index, operation) in operations.iter().enumerate() {
        blocks.extend(kept.save(index));
        let later = &operations[index + 1..];
        let mut sql = Vec::new();
        for (table, name) in foreign_key::in_the_way(&schema, operation, later) {
            let drop = DropForeignKey::new(table, name).into();
            sql.extend(run(&mut schema, &[drop])?);
        }
        let mut inline = Vec::new();
        if let Operation::CreateTable(create) = operation {
            let created = table::create(&schema, create, later)?;
            sql.extend(created.0);
            inline = created.1;
        } else if !remade::is_done(index.checked_sub(1).map(|previous| &operations[previous]), operation) {
            let merged = remade::together(&schema, operation, later);
            let other = merged.or_else(|| remade::without_early_default(&schema, operation, later));
            sql.extend(statements(&schema, other.as_ref().unwrap_or(operation))?);
        }
        stale.take(&schema, operation);
        operation.apply(&mut schema)?;
        if let Operation::CreateTable(create) = operation {
            let open = create.definition.foreign_keys.keys().filter(|name| !inline.contains(name));
            waiting.extend(open.map(|name| Waiting { table: create.key.clone(), name: name.clone() }));
        }
        let is_last = later.is_empty();
        let mut still = Vec::new();
        for key in waiting {
            let Some(definition) = key.find(&schema) else { continue };
            if is_last || foreign_key::can_stand(&schema, definition, later) {
                sql.push(foreign_key::add(&schema, &key.table, &key.name, definition)?);
            } else {
                still.push(key);
            }
        }
        waiting = still;
        sql.retain(|statement| !(is_in_utc && statement == column::IN_UTC));
        is_in_utc = is_in_utc || sql.iter().any(|statement| statement == column::IN_UTC);
        blocks.push(Block::new(operation, sql));
        blocks.extend(kept.restore(index));
    }
    blocks.extend(stale.collect(&schema));
    Ok(Script { blocks, in_transaction: true })
}

/// A foreign key of a new table that does not exist in the database yet.
struct Waiting {
    table: String,
    name: String,
}

impl Waiting {
    /// Its definition, unless it is gone again.
    fn find<'a>(&self, schema: &'a Schema) -> Option<&'a crate::model::ForeignKey> {
        schema.tables.get(&self.table)?.foreign_keys.get(&self.name)
    }
}

/// The statements of operations that create no table, one after the other. Applies them.
fn run(schema: &mut Schema, operations: &[Operation]) -> Result<Vec<String>, Contradiction> {
    let mut sql = Vec::new();
    for operation in operations {
        sql.extend(statements(schema, operation)?);
        operation.apply(schema)?;
    }
    Ok(sql)
}

/// The statements of one operation on a database that looks like `schema`.
fn statements(schema: &Schema, operation: &Operation) -> Result<Vec<String>, Contradiction> {
    let one = |statement: Result<String, Contradiction>| statement.map(|sql| vec![sql]);
    match operation {
        Operation::CreateExtension(change) => Ok(vec![extension::create(change)]),
        Operation::DropExtension(change) => Ok(vec![extension::drop(change)]),
        Operation::CreateSchema(change) => Ok(vec![schema::create(change)]),
        Operation::DropSchema(change) => Ok(vec![schema::drop(change)]),
        Operation::CreateEnum(change) => Ok(enumeration::create(change)),
        Operation::DropEnum(change) => one(enumeration::drop(schema, change)),
        Operation::AddEnumValue(change) => one(enumeration::add_value(schema, change)),
        Operation::DropEnumValue(change) => enumeration::drop_value(schema, change),
        Operation::SetEnumComment(change) => one(enumeration::set_comment(schema, change)),
        Operation::RenameEnumValue(change) => one(enumeration::rename_value(schema, change)),
        Operation::SetEnumValues(change) => enumeration::set_values(schema, change),
        Operation::RenameEnum(change) => one(enumeration::rename(schema, change)),
        Operation::SetEnumSchema(change) => one(enumeration::set_schema(schema, change)),
        Operation::CreateTable(change) => table::create(schema, change, &[]).map(|(sql, _)| sql),
        Operation::DropTable(change) => table::drop(schema, change),
        Operation::RenameTable(change) => table::rename(schema, change),
        Operation::SetTableSchema(change) => one(table::set_schema(schema, change)),
        Operation::SetTableComment(change) => one(table::set_comment(schema, change)),
        Operation::AddColumn(change) => column::add(schema, change),
        Operation::DropColumn(change) => one(column::drop(schema, change)),
        Operation::RenameColumn(change) => column::rename(schema, change),
        Operation::AlterColumn(change) => column::alter(schema, change),
        Operation::AddPrimaryKey(change) => one(primary_key::add(schema, change)),
        Operation::DropPrimaryKey(change) => one(primary_key::drop(schema, change)),
        Operation::RenamePrimaryKey(change) => one(rename_constraint(schema, &change.table, &change.from, &change.to)),
        Operation::AddUnique(change) => one(unique::add(schema, change)),
        Operation::DropUnique(change) => one(drop_constraint(schema, &change.table, &change.name)),
        Operation::RenameUnique(change) => one(rename_constraint(schema, &change.table, &change.from, &change.to)),
        Operation::AddIndex(change) => one(index::add(schema, change)),
        Operation::DropIndex(change) => one(index::drop(schema, change)),
        Operation::RenameIndex(change) => one(index::rename(schema, change)),
        Operation::AddForeignKey(change) => {
            one(foreign_key::add(schema, &change.table, &change.name, &change.definition))
        }
        Operation::DropForeignKey(change) => one(drop_constraint(schema, &change.table, &change.name)),
        Operation::RenameForeignKey(change) => one(rename_constraint(schema, &change.table, &change.from, &change.to)),
        Operation::AddCheck(change) => one(check::add(schema, change)),
        Operation::DropCheck(change) => one(drop_constraint(schema, &change.table, &change.name)),
        Operation::RenameCheck(change) => one(rename_constraint(schema, &change.table, &change.from, &change.to)),
        Operation::AddExclusion(change) => one(exclusion::add(schema, change)),
        Operation::DropExclusion(change) => one(drop_constraint(schema, &change.table, &change.name)),
        Operation::RenameExclusion(change) => one(rename_constraint(schema, &change.table, &change.from, &change.to)),
        Operation::CreateView(change) => Ok(view::create(change)),
        Operation::DropView(change) => one(view::drop(schema, change)),
        Operation::SetViewComment(change) => one(view::set_comment(schema, change)),
        Operation::CreateObject(change) => Ok(object::create(change)),
        Operation::DropObject(change) => object::drop(schema, change),
        Operation::AnalyzeTable(change) => one(statistics::analyze(schema, change)),
        Operation::BackfillColumn(change) => one(backfill::at_once(schema, change)),
        Operation::ValidateConstraint(change) => one(validate(schema, &change.table, &change.name)),
        Operation::InvalidateConstraint(_)
        | Operation::BackfillOnRollback(_)
        | Operation::SetDeferred(_)
        | Operation::MoveEnum(_)
        | Operation::MoveTable(_)
        | Operation::MoveView(_)
        | Operation::MoveObject(_)
        | Operation::SetDependsOn(_) => Ok(Vec::new()),
    }
}

/// `ALTER TABLE "table" <action>`
fn alter_table(schema: &Schema, key: &str, action: &str) -> Result<String, Contradiction> {
    Ok(format!("ALTER TABLE {} {action}", super::text::table_name(find_table(schema, key)?)))
}

fn drop_constraint(schema: &Schema, table: &str, name: &str) -> Result<String, Contradiction> {
    alter_table(schema, table, &format!("DROP CONSTRAINT {}", makemigrations_sql::quote_identifier(name)))
}

fn validate(schema: &Schema, table: &str, name: &str) -> Result<String, Contradiction> {
    alter_table(schema, table, &format!("VALIDATE CONSTRAINT {}", makemigrations_sql::quote_identifier(name)))
}

fn rename_constraint(schema: &Schema, table: &str, from: &str, to: &str) -> Result<String, Contradiction> {
    let (from, to) = (makemigrations_sql::quote_identifier(from), makemigrations_sql::quote_identifier(to));
    alter_table(schema, table, &format!("RENAME CONSTRAINT {from} TO {to}"))
}

fn find_table<'a>(schema: &'a Schema, key: &str) -> Result<&'a Table, Contradiction> {
    schema.tables.get(key).ok_or_else(|| Contradiction(format!("table `{key}` does not exist at this point")))
}

fn find_column<'a>(table: &'a Table, key: &str, name: &str) -> Result<&'a Column, Contradiction> {
    let column = table.columns.get(name);
    column.ok_or_else(|| Contradiction(format!("column `{key}.{name}` does not exist at this point")))
}
