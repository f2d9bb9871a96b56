//! Indexes.
//!
//! Only what SQLite has: access methods, operator classes, carried columns and storage parameters are PostgreSQL's, and
//! where `NULL`s sort cannot be chosen.

use makemigrations_sql::quote_identifier;

use crate::{
    dialect::text,
    model::{Index, IndexColumn, IndexTarget, Table},
};

/// `CREATE INDEX`.
pub(super) fn create(table: &Table, name: &str, index: &Index) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let columns: Vec<_> = index.columns.iter().map(element).collect();
    let (name, table) = (quote_identifier(name), quote_identifier(&table.name));
    let mut sql = format!("CREATE {unique}INDEX {name} ON {table} ({})", columns.join(", "));
    if let Some(predicate) = &index.predicate {
        sql.push_str(&format!(" WHERE {}", text::closed(predicate)));
    }
    sql
}

/// `DROP INDEX`.
pub(super) fn drop(name: &str) -> String {
    format!("DROP INDEX {}", quote_identifier(name))
}

fn element(element: &IndexColumn) -> String {
    let mut sql = match &element.target {
        IndexTarget::Column(name) => quote_identifier(name),
        IndexTarget::Expression(expression) => text::parenthesised(expression),
    };
    if let Some(collation) = &element.collation {
        sql.push_str(&format!(" COLLATE {}", quote_identifier(collation)));
    }
    if element.descending {
        sql.push_str(" DESC");
    }
    sql
}
