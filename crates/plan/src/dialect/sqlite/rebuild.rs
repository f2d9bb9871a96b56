//! The table rebuild: a new table, the rows, the old name.
//!
//! The order is the one of SQLite's own documentation: renaming the old table away first would make the foreign keys of
//! other tables follow it. Needs the frame of `frame` around it.

use indexmap::IndexMap;
use makemigrations_sql::{quote_identifier, quote_literal};

use super::{
    alteration::{Alteration, Group},
    column, conversion,
    frame::Frame,
    table::{self, Layout},
};
use crate::{
    dialect::text,
    model::Column,
    operation::{AddColumn, AlterColumn},
};

/// The statements that make the table what it is after the changes, rows and indexes included.
pub(super) fn statements(group: &Group<'_>, frame: &mut Frame) -> Vec<String> {
    let (before, after) = (&group.before, &group.after);
    let temporary = table::temporary(&after.table.name);
    let values = values(group);
    let mut statements =
        vec![refuse_unknown(before, frame), after.create(&temporary), copy(group, &values, &temporary)];
    statements.extend(refuse_misfits(group, &values, &temporary, frame));
    if before.has_counter() && after.has_counter() {
        statements.extend(keep_counter(&before.table.name, &temporary));
    }
    statements.push(table::drop(&before.table));
    // Otherwise SQLite looks for the table, which is gone at this moment, in every view and trigger, and refuses.
    statements.push("PRAGMA legacy_alter_table = ON".to_owned());
    statements.extend(table::rename(&temporary, &after.table.name));
    statements.push("PRAGMA legacy_alter_table = OFF".to_owned());
    statements.extend(after.indexes.values().cloned());
    statements
}

/// Triggers, indexes and columns of somebody else's would be gone afterwards.
fn refuse_unknown(before: &Layout, frame: &mut Frame) -> String {
    let table = &before.table.name;
    let names =
        |names: &mut dyn Iterator<Item = &String>| names.map(|name| quote_literal(name)).collect::<Vec<_>>().join(", ");
    let (columns, indexes) = (names(&mut before.columns.keys()), names(&mut before.indexes.keys()));
    let literal = quote_literal(table);
    let count = format!(
        "\n    SELECT count(*) FROM sqlite_master\n    \
         WHERE tbl_name = {literal} COLLATE NOCASE AND type IN ('trigger', 'index') AND sql IS NOT NULL\n    \
         AND name COLLATE NOCASE NOT IN ({indexes})\n) + (\n    \
         SELECT count(*) FROM pragma_table_xinfo({literal}) WHERE name COLLATE NOCASE NOT IN ({columns})\n"
    );
    let message = format!(
        "table `{table}` has triggers, indexes or columns that no migration made, and a rebuild would lose them"
    );
    frame.refuse(format!("unknown_on_{table}"), message, &count)
}

/// Values that the new type of their column cannot have.
fn refuse_misfits(
    group: &Group<'_>,
    values: &IndexMap<String, Value>,
    temporary: &str,
    frame: &mut Frame,
) -> Vec<String> {
    let table = &group.after.table;
    let altered = values.iter().filter(|(_, value)| value.is_altered);
    let misfits = altered.filter_map(|(name, _)| {
        let (from, to) = (&group.before.table.columns.get(name)?.data_type, &table.columns.get(name)?.data_type);
        let condition = conversion::misfit(from, to, &quote_identifier(name))?;
        let message =
            format!("values of `{}.{name}` do not fit into {to}: say with `using` what becomes of them", table.name);
        let count = format!("SELECT count(*) FROM {} WHERE {condition}", quote_identifier(temporary));
        Some(frame.refuse(format!("misfits_in_{}.{name}", table.name), message, &count))
    });
    misfits.collect()
}

fn copy(group: &Group<'_>, values: &IndexMap<String, Value>, temporary: &str) -> String {
    let stored = group.after.table.columns.iter().filter(|(_, column)| column.generated.is_none());
    let (columns, values): (Vec<_>, Vec<_>) =
        stored.filter_map(|(name, _)| Some((name, values.get(name)?.sql.as_str()))).unzip();
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

/// What a column's value is made from, and what it was in the row.
struct Value {
    sql: String,
    nullable: bool,
    /// Whether the column was there before and changes.
    is_altered: bool,
}

/// The value of every column, over a row of the old table.
fn values(group: &Group<'_>) -> IndexMap<String, Value> {
    let old = |(name, item): (&String, &Column)| (name.clone(), kept(&group.before, name, item));
    let mut values: IndexMap<_, _> = group.before.table.columns.iter().map(old).collect();
    for (_, step) in &group.steps {
        match step {
            Alteration::AddColumn(add) => {
                values.insert(add.column.clone(), added(add));
            }
            Alteration::DropColumn { column, .. } => {
                values.shift_remove(*column);
            }
            Alteration::AlterColumn(alter) => {
                if let Some(value) = values.get_mut(&alter.column) {
                    *value = altered(value, alter);
                }
            }
            Alteration::AddForeignKey(_)
            | Alteration::DropForeignKey(_)
            | Alteration::AddCheck(_)
            | Alteration::DropCheck(_)
            | Alteration::Values(_)
            | Alteration::Other => {}
        }
    }
    values
}

/// With the table's name: a lone quoted name that is no column would be a string to SQLite, in every row.
fn kept(before: &Layout, name: &str, column: &Column) -> Value {
    let sql = format!("{}.{}", before.name(), quote_identifier(name));
    Value { sql, nullable: !column::is_required(&before.table, name, column), is_altered: false }
}

fn added(add: &AddColumn) -> Value {
    let default = || add.definition.default.as_ref().map(column::value);
    let sql = add.backfill.as_deref().map(text::closed).or_else(default);
    Value { sql: sql.unwrap_or_else(|| "NULL".to_owned()), nullable: add.definition.nullable, is_altered: false }
}

/// A `NULL` that is not allowed any more becomes the backfill, or the default as for a row that leaves the column out.
fn altered(value: &Value, alter: &AlterColumn) -> Value {
    let column = &alter.definition;
    let base = alter.using.as_deref().map_or_else(|| value.sql.clone(), text::closed);
    let default = || column.default.as_ref().filter(|_| value.nullable && !column.nullable).map(column::value);
    let fallback = alter.backfill.as_deref().map(text::closed).or_else(default);
    let sql = fallback.map_or_else(|| base.clone(), |fallback| format!("coalesce({base}, {fallback})"));
    Value { sql, nullable: column.nullable, is_altered: true }
}
