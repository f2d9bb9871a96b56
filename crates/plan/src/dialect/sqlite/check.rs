//! Checks: with the column when they name only one, with the table otherwise.
//!
//! With the column, `ALTER TABLE` can add and drop both together.

use super::constraint::Unnamed;
use crate::{
    dialect::text,
    graph::has_name,
    model::{Check, Dialect, Table, name::NameKind},
};

/// Whether the check is written with this column.
pub(super) fn is_inline(table: &Table, check: &Check, column: &str) -> bool {
    home(table, check) == Some(column)
}

/// The checks of the column alone.
pub(super) fn inline(table: &Table, unnamed: &Unnamed, column: &str) -> Vec<String> {
    written(table, unnamed, |check| home(table, check) == Some(column))
}

/// The checks over several columns.
pub(super) fn constraints(table: &Table, unnamed: &Unnamed) -> Vec<String> {
    written(table, unnamed, |check| home(table, check).is_none())
}

fn written(table: &Table, unnamed: &Unnamed, wanted: impl Fn(&Check) -> bool) -> Vec<String> {
    let checks = table.checks.iter().filter(|(_, check)| wanted(check));
    checks
        .map(|(name, check)| {
            let named = unnamed.prefix(table, NameKind::Check, name, &[]);
            format!("{named}CHECK {}", text::parenthesised(&check.expression))
        })
        .collect()
}

/// The one column that the check names.
fn home<'a>(table: &'a Table, check: &Check) -> Option<&'a str> {
    let mut named = table.columns.keys().filter(|column| has_name(Dialect::Sqlite, &check.expression, column));
    let column = named.next()?;
    named.next().is_none().then_some(column)
}
