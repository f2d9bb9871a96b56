//! The table rebuild: a new table, the rows, the old name.
//!
//! The order is the one of SQLite's own documentation: renaming the old table away first would make the foreign keys of
//! other tables follow it. Needs the frame of `frame` around it.

use indexmap::IndexMap;
use makemigrations_sql::{quote_identifier, quote_literal};

use super::{
    alteration::Group,
    frame::Frame,
    guard, table,
    value::{self, Value},
};
use crate::dialect::text;

/// The statements that make the table what it is after the changes, rows and indexes included. `temporary` is a free name.
pub(super) fn statements(group: &Group<'_>, temporary: &str, frame: &mut Frame) -> Vec<String> {
    let (before, after) = (&group.before, &group.after);
    let values = value::values(group);
    let mut statements = vec![guard::unknown(before, frame)];
    statements.extend(guard::rows(group, &values, frame));
    statements.push(after.create(temporary));
    statements.push(copy(group, &values, temporary));
    statements.extend(guard::misfits(group, &values, temporary, frame));
    if before.has_counter() && after.has_counter() {
        statements.extend(keep_counter(&before.table.name, temporary));
    }
    statements.push(table::drop(&before.table));
    // Otherwise SQLite looks for the table, which is gone at this moment, in every view and trigger, and refuses.
    statements.push("PRAGMA legacy_alter_table = ON".to_owned());
    statements.extend(table::rename(temporary, &after.table.name, temporary));
    statements.push("PRAGMA legacy_alter_table = OFF".to_owned());
    statements.extend(after.indexes.values().cloned());
    statements
}

fn copy(group: &Group<'_>, values: &IndexMap<String, Value>, temporary: &str) -> String {
    let stored = group.after.table.columns.iter().filter(|(_, column)| column.generated.is_none());
    let (columns, values): (Vec<_>, Vec<_>) =
        stored.filter_map(|(name, _)| Some((name, values.get(name)?.sql()))).unzip();
    format!(
        "INSERT INTO {} ({})\nSELECT {}\nFROM {}",
        quote_identifier(temporary),
        text::list(&columns),
        values.join(", "),
        group.before.name()
    )
}

/// Numbers of deleted rows are not given out again.
fn keep_counter(table: &str, temporary: &str) -> [String; 2] {
    let (table, temporary) = (quote_literal(table), quote_literal(temporary));
    [
        format!("DELETE FROM sqlite_sequence WHERE name = {temporary}"),
        format!(
            "INSERT INTO sqlite_sequence (name, seq)\nSELECT {temporary}, seq FROM sqlite_sequence WHERE name = {table}"
        ),
    ]
}
