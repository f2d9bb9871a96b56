//! Columns: their definition, and how one appears, goes, changes and gets another name.
//!
//! Counters behind columns are `sequence`'s, what must be dropped and re-created for a change is `dependents`'.

use makemigrations_sql::{TokenKind, quote_identifier, tokens};

use super::{block, comment, data_type, dependents, find_column, find_table, guard, run, sequence};
use crate::{
    dialect::text::{closed, parenthesised, table_name, value},
    graph::names_in,
    hazard::is_constant,
    model::{Cast, Column, DataType, DefaultValue, Dialect, Schema, Table, name},
    operation::{AddColumn, AlterColumn, Contradiction, DropColumn, RenameColumn, inverse},
};

/// What a moment without a zone means must not depend on who runs the migration, and in UTC no row is rewritten. Once is
/// enough: it holds until the transaction ends.
pub(super) const IN_UTC: &str = "SET LOCAL TimeZone = 'UTC'";

/// Names longer than this do not push the types of the others to the right.
const WIDEST_NAME: usize = 32;

/// The columns as items of a table's body, types below each other.
pub(super) fn definitions(schema: &Schema, table: &Table) -> Vec<String> {
    let widths = table.columns.keys().map(|name| quote_identifier(name).chars().count());
    let width = widths.filter(|width| *width <= WIDEST_NAME).max().unwrap_or(0);
    table.columns.iter().map(|(name, column)| definition(schema, name, column, width)).collect()
}

/// One column's definition, its name padded to `width` characters.
fn definition(schema: &Schema, name: &str, column: &Column, width: usize) -> String {
    let mut sql = format!("{:width$} {}", quote_identifier(name), data_type::sql(schema, &column.data_type));
    if let Some(collation) = &column.collation {
        sql.push_str(&format!(" COLLATE {}", quote_identifier(collation)));
    }
    if !column.nullable {
        sql.push_str(" NOT NULL");
    }
    if let Some(default) = &column.default {
        sql.push_str(&format!(" DEFAULT {}", default_value(default)));
    }
    if let Some(generated) = &column.generated {
        let place = if generated.stored { "STORED" } else { "VIRTUAL" };
        sql.push_str(&format!(" GENERATED ALWAYS AS {} {place}", parenthesised(&generated.expression)));
    }
    if let Some(identity) = column.identity {
        sql.push_str(&format!(" {}", sequence::generated(identity)));
    }
    sql
}

/// After `DEFAULT` PostgreSQL's grammar knows only part of its expressions: what is more than one word goes into
/// parentheses.
fn default_value(default: &DefaultValue) -> String {
    match default {
        DefaultValue::Expression(text) if !is_one_word(text) => parenthesised(text),
        other => value(other),
    }
}

/// Whether no space or comment stands outside of parentheses and brackets.
fn is_one_word(text: &str) -> bool {
    let mut depth = 0_i32;
    tokens(text.trim(), Dialect::Postgres).all(|token| {
        match token.text {
            "(" | "[" => depth += 1,
            ")" | "]" => depth -= 1,
            _ => {}
        }
        depth > 0 || !matches!(token.kind, TokenKind::Whitespace | TokenKind::Comment)
    })
}

pub(super) fn drop_not_null(table: &Table, column: &str) -> String {
    alter_column(table, column, "DROP NOT NULL")
}

/// `ALTER TABLE "table" ALTER COLUMN "column" <action>`
pub(super) fn alter_column(table: &Table, column: &str, action: &str) -> String {
    format!("ALTER TABLE {} ALTER COLUMN {} {action}", table_name(table), quote_identifier(column))
}

pub(super) fn set_default(table: &Table, column: &str, default: &DefaultValue) -> String {
    alter_column(table, column, &format!("SET DEFAULT {}", default_value(default)))
}

pub(super) fn add(schema: &Schema, change: &AddColumn) -> Result<Vec<String>, Contradiction> {
    let table = find_table(schema, &change.table)?;
    let (name, column) = (&change.column, &change.definition);
    let add = |column: &Column| {
        format!("ALTER TABLE {} ADD COLUMN {}", table_name(table), definition(schema, name, column, 0))
    };
    let mut sql = match &change.backfill {
        Some(_) if column.generated.is_some() || sequence::is_counted(column) => {
            let place = format!("{}.{name}", change.table);
            return Err(Contradiction(format!(
                "column `{place}` fills itself, a value for existing rows has no place"
            )));
        }
        Some(backfill) if is_constant(backfill) => {
            let filled = Column { default: Some(DefaultValue::Expression(backfill.clone())), ..column.clone() };
            let after = match &column.default {
                Some(default) => set_default(table, name, default),
                None => alter_column(table, name, "DROP DEFAULT"),
            };
            vec![add(&filled), after]
        }
        Some(backfill) => {
            let mut sql = vec![add(&Column { default: None, nullable: true, ..column.clone() })];
            sql.extend(fill(schema, &change.table, table, name, backfill, ""));
            if !column.nullable {
                sql.push(alter_column(table, name, "SET NOT NULL"));
            }
            sql.extend(column.default.iter().map(|default| set_default(table, name, default)));
            sql
        }
        None => guard::of_new(table, name, column).into_iter().chain([add(column)]).collect(),
    };
    if column.nullable && column.data_type.is_serial() {
        sql.push(drop_not_null(table, name));
    }
    sql.extend(column.comment.iter().map(|text| comment::on_column(table, name, Some(text))));
    Ok(sql)
}

/// Gives existing rows a value. Checks that wait for the commit are made at once: PostgreSQL refuses to alter a table
/// while any are waiting. What a trigger waits for, or makes wait elsewhere, is not known.
fn fill(schema: &Schema, key: &str, table: &Table, column: &str, backfill: &str, condition: &str) -> Vec<String> {
    let (name, column) = (table_name(table), quote_identifier(column));
    let mut sql = vec![format!("UPDATE {name} SET {column} = {}{condition}", closed(backfill))];
    let has_triggers =
        schema.objects.values().any(|object| names_in(Dialect::Postgres, &object.create).contains("trigger"));
    let own = table.foreign_keys.values().any(|key| key.deferrable.is_some());
    let unique = table.unique.values().any(|unique| unique.deferrable.is_some());
    let others = || {
        let mut keys = schema.tables.values().flat_map(|other| other.foreign_keys.values());
        keys.any(|other| other.table == key && other.deferrable.is_some())
    };
    if has_triggers || own || unique || others() {
        sql.push("SET CONSTRAINTS ALL IMMEDIATE".to_owned());
    }
    sql
}

pub(super) fn drop(schema: &Schema, change: &DropColumn) -> Result<String, Contradiction> {
    let table = find_table(schema, &change.table)?;
    Ok(format!("ALTER TABLE {} DROP COLUMN {}", table_name(table), quote_identifier(&change.column)))
}

/// The sequence behind the column follows: its name is made of the column's.
pub(super) fn rename(schema: &Schema, change: &RenameColumn) -> Result<Vec<String>, Contradiction> {
    let table = find_table(schema, &change.table)?;
    let column = find_column(table, &change.table, &change.from)?;
    let (from, to) = (quote_identifier(&change.from), quote_identifier(&change.to));
    let mut sql = vec![format!("ALTER TABLE {} RENAME COLUMN {from} TO {to}", table_name(table))];
    if sequence::is_counted(column) {
        let (from, to) = (name::sequence(&table.name, &change.from), name::sequence(&table.name, &change.to));
        sql.extend(sequence::rename(table, &from, &to));
    }
    Ok(sql)
}

/// Only what differs, in an order in which each step finds what it needs: a type changes without a default in the way, a
/// counter needs `NOT NULL`.
pub(super) fn alter(schema: &Schema, change: &AlterColumn) -> Result<Vec<String>, Contradiction> {
    let table = find_table(schema, &change.table)?;
    let (name, after) = (&change.column, &change.definition);
    let before = find_column(table, &change.table, name)?;
    let types = (data_type::storage(schema, &before.data_type), data_type::storage(schema, &after.data_type));
    let retyped = types.0 != types.1 || before.collation != after.collation;
    let recomputed = before.generated != after.generated || retyped;
    if after.generated.is_some() && recomputed {
        return dependents::make_anew(schema, &change.table, name, after);
    }
    let alter = |action: &str| alter_column(table, name, action);
    let mut sql = Vec::new();
    if retyped && change.using.is_none() {
        sql.extend(guard::of_type(schema, table, name, before, after));
    }
    if before.nullable && !after.nullable && change.backfill.is_none() {
        sql.push(guard::of_nulls(table, name));
    }
    if before.generated.is_some() && after.generated.is_none() {
        sql.push(alter("DROP EXPRESSION"));
    }
    let undefaulted = before.default.is_some() && (retyped || after.default.is_none());
    if undefaulted {
        sql.push(alter("DROP DEFAULT"));
    }
    let counter = sequence::Change::new(table, name, before, after);
    sql.extend(counter.leave());
    if retyped {
        sql.extend(retype(schema, change, before)?);
    }
    if let Some(backfill) = &change.backfill {
        let condition = format!(" WHERE {} IS NULL", quote_identifier(name));
        sql.extend(fill(schema, &change.table, table, name, backfill, &condition));
    }
    match (before.nullable, after.nullable) {
        (true, false) => sql.push(alter("SET NOT NULL")),
        (false, true) => sql.push(drop_not_null(table, name)),
        (true, true) | (false, false) => {}
    }
    if let Some(default) = &after.default
        && (undefaulted || before.default.as_ref() != Some(default))
    {
        sql.push(set_default(table, name, default));
    }
    sql.extend(counter.enter());
    if before.comment != after.comment {
        sql.push(comment::on_column(table, name, after.comment.as_deref()));
    }
    Ok(sql)
}

/// The type and the collation become others. What PostgreSQL forgets about while they do is dropped and re-created.
fn retype(schema: &Schema, change: &AlterColumn, before: &Column) -> Result<Vec<String>, Contradiction> {
    let table = find_table(schema, &change.table)?;
    let (name, after) = (&change.column, &change.definition);
    let types = (data_type::storage(schema, &before.data_type), data_type::storage(schema, &after.data_type));
    let collation = after.collation.iter().map(|name| format!(" COLLATE {}", quote_identifier(name)));
    let collation: String = collation.collect();
    let retype = |cast| {
        let using = using(name, cast, &types.1, change.using.as_deref());
        alter_column(table, name, &format!("TYPE {}{collation}{using}", types.1))
    };
    let mut sql = Vec::new();
    if types.0 != types.1 && (has_zone(&before.data_type) || has_zone(&after.data_type)) {
        sql.push(IN_UTC.to_owned());
    }
    let cast = before.data_type.cast_to(&after.data_type);
    let is_unknown = |column: &Column| matches!(column.data_type, DataType::Sql { .. });
    let may_lack_cast = match before.data_type {
        DataType::Text | DataType::Varchar(_) | DataType::Char(_) | DataType::Citext => false,
        _ => cast == Cast::Explicit && (is_unknown(before) || is_unknown(after)),
    };
    let dependents = dependents::of_carried(schema, &change.table, name);
    let retyped = if may_lack_cast && change.using.is_none() {
        block::either(&retype(cast), "cannot_coerce", &retype(Cast::None))
    } else {
        retype(cast)
    };
    if dependents.is_empty() {
        // Nearly always, and a copy of the schema for each column is what many columns cannot afford.
        sql.push(retyped);
        return Ok(sql);
    }
    let back = inverse(schema, &dependents)?;
    let mut without = schema.clone();
    sql.extend(run(&mut without, &dependents)?);
    sql.push(retyped);
    sql.extend(run(&mut without, &back)?);
    Ok(sql)
}

fn has_zone(data_type: &DataType) -> bool {
    match data_type {
        DataType::Timestamptz(_) | DataType::Timetz(_) => true,
        DataType::Array(element) => has_zone(element),
        _ => false,
    }
}

/// How values of the old type become values of the new one. Where assignment does it, it must: an explicit cast to a
/// length cuts values in silence. Where nobody said how (rolling back), the values' text is read as the new type.
fn using(name: &str, cast: Cast, to: &str, given: Option<&str>) -> String {
    let column = quote_identifier(name);
    match (given, cast) {
        (Some(expression), _) => format!(" USING {}", closed(expression)),
        (None, Cast::Assignment) => String::new(),
        (None, Cast::Explicit) => format!(" USING {column}::{to}"),
        (None, Cast::None) => format!(" USING {column}::text::{to}"),
    }
}
