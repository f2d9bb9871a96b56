//! Foreign keys: with the column when there is one, with the table when there are several.
//!
//! With the column, `ALTER TABLE` can add and drop both together. SQLite knows no `MATCH`: every key matches as `SIMPLE`.

use makemigrations_sql::quote_identifier;

use super::{Point, constraint::Unnamed};
use crate::{
    dialect::text,
    model::{Action, ForeignKey, Table, name::NameKind},
    operation::Contradiction,
};

/// Whether the key is written with this column.
pub(super) fn is_inline(key: &ForeignKey, column: &str) -> bool {
    matches!(key.columns.as_slice(), [only] if only == column)
}

/// Whether the key of a table to itself stands against dropping the table: SQLite deletes the rows first, one by one.
pub(super) fn resists(key: &ForeignKey) -> bool {
    match key.on_delete {
        Action::Restrict | Action::SetDefault => true,
        Action::NoAction | Action::Cascade | Action::SetNull => false,
    }
}

/// `REFERENCES ...` for every key of the column alone.
///
/// # Errors
/// When a referenced table does not exist.
pub(super) fn inline(
    point: Point<'_>,
    table: &Table,
    unnamed: &Unnamed,
    column: &str,
) -> Result<Vec<String>, Contradiction> {
    let keys = table.foreign_keys.iter().filter(|(_, key)| is_inline(key, column));
    keys.map(|(name, key)| {
        let named = unnamed.prefix(table, NameKind::ForeignKey, name, &key.columns);
        Ok(format!("{named}{}", references(point, key)?))
    })
    .collect()
}

/// `FOREIGN KEY (...) REFERENCES ...` for every key of several columns.
///
/// # Errors
/// When a referenced table does not exist.
pub(super) fn constraints(point: Point<'_>, table: &Table, unnamed: &Unnamed) -> Result<Vec<String>, Contradiction> {
    let keys = table.foreign_keys.iter().filter(|(_, key)| key.columns.len() > 1);
    keys.map(|(name, key)| {
        let named = unnamed.prefix(table, NameKind::ForeignKey, name, &key.columns);
        Ok(format!("{named}FOREIGN KEY ({}) {}", text::list(&key.columns), references(point, key)?))
    })
    .collect()
}

fn references(point: Point<'_>, key: &ForeignKey) -> Result<String, Contradiction> {
    let target = point.target(&key.table)?;
    let mut sql = format!("REFERENCES {} ({})", quote_identifier(&target.name), text::list(&key.references));
    for (event, action) in [("DELETE", key.on_delete), ("UPDATE", key.on_update)] {
        if action != Action::NoAction {
            sql.push_str(&format!(" ON {event} {}", action.as_sql()));
        }
    }
    if let Some(deferrable) = key.deferrable {
        sql.push(' ');
        sql.push_str(deferrable.as_sql());
    }
    Ok(sql)
}
