//! Exclusion constraints.
//!
//! Operators and expressions are written as they are.

use makemigrations_sql::quote_identifier;

use super::alter_table;
use crate::{
    dialect::text::parenthesised,
    model::{Exclusion, IndexTarget, Schema},
    operation::{AddExclusion, Contradiction},
};

/// The constraint as part of a table's body or of `ADD`.
pub(super) fn constraint(name: &str, exclusion: &Exclusion) -> String {
    let element = |target: &IndexTarget, operator: &str| {
        let target = match target {
            IndexTarget::Column(name) => quote_identifier(name),
            IndexTarget::Expression(text) => parenthesised(text),
        };
        format!("{target} WITH {operator}")
    };
    let elements: Vec<_> = exclusion.elements.iter().map(|item| element(&item.target, &item.operator)).collect();
    let (name, method) = (quote_identifier(name), quote_identifier(&exclusion.method));
    let mut sql = format!("CONSTRAINT {name} EXCLUDE USING {method} ({})", elements.join(", "));
    if let Some(predicate) = &exclusion.predicate {
        sql.push_str(&format!(" WHERE {}", parenthesised(predicate)));
    }
    sql
}

pub(super) fn add(schema: &Schema, change: &AddExclusion) -> Result<String, Contradiction> {
    alter_table(schema, &change.table, &format!("ADD {}", constraint(&change.name, &change.definition)))
}
