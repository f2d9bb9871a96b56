//! Indexes, partial unique ones included.
//!
//! An index lives in its table's SQL schema: it is named without it when it is created and with it afterwards.

use makemigrations_sql::quote_identifier;

use super::find_table;
use crate::{
    dialect::text::{list, parenthesised, qualified, table_name},
    model::{Index, IndexColumn, IndexTarget, Nulls, Schema},
    operation::{AddIndex, Contradiction, DropIndex, RenameIndex},
};

/// `CREATE INDEX` on a table or materialized view, named as in SQL.
pub(super) fn create(on: &str, name: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("CREATE {unique}INDEX {}", described(on, name, index))
}

/// The same, while others write; not inside a transaction.
pub(super) fn create_concurrently(on: &str, name: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("CREATE {unique}INDEX CONCURRENTLY {}", described(on, name, index))
}

/// Its name and all that follows it.
fn described(on: &str, name: &str, index: &Index) -> String {
    let mut sql = format!("{} ON {on}", quote_identifier(name));
    if let Some(method) = &index.method {
        sql.push_str(&format!(" USING {}", quote_identifier(method)));
    }
    let elements: Vec<_> = index.columns.iter().map(element).collect();
    sql.push_str(&format!(" ({})", elements.join(", ")));
    if !index.include.is_empty() {
        sql.push_str(&format!(" INCLUDE ({})", list(&index.include)));
    }
    if index.nulls_not_distinct {
        sql.push_str(" NULLS NOT DISTINCT");
    }
    if !index.with.is_empty() {
        let parameters: Vec<_> = index.with.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        sql.push_str(&format!(" WITH ({})", parameters.join(", ")));
    }
    if let Some(predicate) = &index.predicate {
        sql.push_str(&format!(" WHERE {}", parenthesised(predicate)));
    }
    sql
}

fn element(column: &IndexColumn) -> String {
    let mut sql = match &column.target {
        IndexTarget::Column(name) => quote_identifier(name),
        IndexTarget::Expression(text) => parenthesised(text),
    };
    if let Some(collation) = &column.collation {
        sql.push_str(&format!(" COLLATE {}", quote_identifier(collation)));
    }
    if let Some(opclass) = &column.opclass {
        // Not quoted: an operator class may carry its SQL schema and parameters.
        sql.push_str(&format!(" {opclass}"));
    }
    if column.descending {
        sql.push_str(" DESC");
    }
    match column.nulls {
        Some(Nulls::First) => sql.push_str(" NULLS FIRST"),
        Some(Nulls::Last) => sql.push_str(" NULLS LAST"),
        None => {}
    }
    sql
}

pub(super) fn add(schema: &Schema, change: &AddIndex) -> Result<String, Contradiction> {
    Ok(create(&table_name(find_table(schema, &change.table)?), &change.name, &change.definition))
}

pub(super) fn drop(schema: &Schema, change: &DropIndex) -> Result<String, Contradiction> {
    let table = find_table(schema, &change.table)?;
    Ok(format!("DROP INDEX {}", qualified(table.schema.as_deref(), &change.name)))
}

pub(super) fn rename(schema: &Schema, change: &RenameIndex) -> Result<String, Contradiction> {
    let table = find_table(schema, &change.table)?;
    let from = qualified(table.schema.as_deref(), &change.from);
    Ok(format!("ALTER INDEX {from} RENAME TO {}", quote_identifier(&change.to)))
}
