//! Unique constraints.
//!
//! Partial ones are indexes.

use makemigrations_sql::quote_identifier;

use super::alter_table;
use crate::{
    dialect::text::list,
    model::{Schema, Unique},
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

pub(super) fn add(schema: &Schema, change: &AddUnique) -> Result<String, Contradiction> {
    alter_table(schema, &change.table, &format!("ADD {}", constraint(&change.name, &change.definition)))
}
