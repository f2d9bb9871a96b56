//! Exclusion constraints.
//!
//! Operators and expressions are written as they are.

use makemigrations_sql::quote_identifier;

use super::alter_table;
use crate::{
    dialect::text::parenthesised,
    model::{Exclusion, IndexTarget, Schema, Table},
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

/// Whether an earlier one is equal: in one `CREATE TABLE` PostgreSQL takes them for one, and says nothing.
pub(super) fn has_twin(table: &Table, name: &str) -> bool {
    let mut earlier = table.exclusions.iter().take_while(|(other, _)| other.as_str() != name);
    earlier.any(|(_, other)| *other == table.exclusions[name])
}

pub(super) fn add(schema: &Schema, change: &AddExclusion) -> Result<String, Contradiction> {
    alter_table(schema, &change.table, &format!("ADD {}", constraint(&change.name, &change.definition)))
}
