//! Unique constraints.
//!
//! Partial ones are indexes.

use makemigrations_sql::quote_identifier;

use super::alter_table;
use crate::{
    dialect::text::list,
    model::{Schema, Table, Unique},
    operation::{AddUnique, Contradiction},
};

/// The constraint as part of a table's body or of `ADD`.
pub(super) fn constraint(name: &str, unique: &Unique) -> String {
    let distinct = if unique.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let mut sql = format!("CONSTRAINT {} UNIQUE{distinct} ({})", quote_identifier(name), list(&unique.columns));
    if !unique.include.is_empty() {
        sql.push_str(&format!(" INCLUDE ({})", list(&unique.include)));
    }
    if let Some(deferrable) = unique.deferrable {
        sql.push(' ');
        sql.push_str(deferrable.as_sql());
    }
    sql
}

/// Whether the primary key or an earlier unique constraint has the same columns. In one `CREATE TABLE` PostgreSQL takes
/// such constraints for one, and says nothing.
pub(super) fn has_twin(table: &Table, name: &str) -> bool {
    let columns = &table.unique[name].columns;
    let earlier = table.unique.iter().take_while(|(other, _)| other.as_str() != name);
    let mut others = table.primary_key.iter().map(|key| &key.columns).chain(earlier.map(|(_, other)| &other.columns));
    others.any(|other| other == columns)
}

pub(super) fn add(schema: &Schema, change: &AddUnique) -> Result<String, Contradiction> {
    alter_table(schema, &change.table, &format!("ADD {}", constraint(&change.name, &change.definition)))
}
