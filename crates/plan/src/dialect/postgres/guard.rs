//! Guards: rows that a change cannot take are counted before it, and one readable message says how many there are.
//!
//! Only where PostgreSQL's own message names neither the column nor the number. Every name in a query is qualified: a
//! column may have the name of anything here.

use makemigrations_sql::{quote_identifier, quote_literal};

use super::{block, data_type};
use crate::{
    dialect::text::table_name,
    model::{Column, DataType, Schema, Table},
};

/// Before an enum loses `labels`: no row of `columns` may have them.
pub(super) fn of_labels(schema: &Schema, columns: &[(&str, &str)], labels: &[&str]) -> Option<String> {
    if columns.is_empty() || labels.is_empty() {
        return None;
    }
    let labels: Vec<_> = labels.iter().map(|label| quote_literal(label)).collect();
    let labels = labels.join(", ");
    let query = |(table, column): &(&str, &str)| {
        let owner = &schema.tables[*table];
        let (name, quoted) = (table_name(owner), quote_identifier(column));
        let line = |text: &str, label: &str| {
            let text = quote_literal(&text.replace("{table}", &name).replace("{column}", &quoted));
            format!("        SELECT {} || {text} || {label}", block::counted("count(*)"))
        };
        match owner.columns[*column].data_type {
            DataType::Array(_) => format!(
                "{} || {}\n        FROM {name} AS t JOIN unnest(ARRAY[{labels}]) AS gone (label) ON gone.label = ANY \
                 (t.{quoted}::text[])\n        GROUP BY gone.label",
                line(" of {table} with ", "quote_literal(gone.label)"),
                quote_literal(&format!(" in {quoted}")),
            ),
            _ => format!(
                "{}\n        FROM {name} AS t WHERE t.{quoted}::text IN ({labels}) GROUP BY t.{quoted}",
                line(" of {table} with {column} = ", &format!("quote_literal(t.{quoted}::text)")),
            ),
        }
    };
    let queries: Vec<_> = columns.iter().map(query).collect();
    Some(block::guard_all(&queries, "%: give them another value first"))
}

/// Before a column comes that neither fills itself nor is filled, and must be: there may be no rows.
pub(super) fn of_new(table: &Table, column: &str, definition: &Column) -> Option<String> {
    let text = format!("would need a value for {}, which is NOT NULL", quote_identifier(column));
    definition.needs_backfill().then(|| rows(table, "true", "cannot be reversed: ", &text))
}

/// Before a column becomes `NOT NULL` without a value for the rows that have none.
pub(super) fn of_nulls(table: &Table, column: &str) -> String {
    let quoted = quote_identifier(column);
    let text = format!("without {quoted}, which becomes NOT NULL: give it a value first");
    rows(table, &format!("t.{quoted} IS NULL"), "", &text)
}

/// Before values become another type by themselves: they must fit, and there must be a way at all.
pub(super) fn of_type(schema: &Schema, table: &Table, column: &str, before: &Column, after: &Column) -> Option<String> {
    let (from, to) = (before.data_type.storage(), after.data_type.storage());
    let (quoted, sql) = (quote_identifier(column), data_type::sql(schema, &to));
    if from.is_foreign_to(&to) {
        let text = format!("with a value in {quoted}, and no {} can be read as {sql}", data_type::sql(schema, &from));
        return Some(rows(table, &format!("t.{quoted} IS NOT NULL"), "cannot be reversed: ", &text));
    }
    if !from.narrows_to(&to) {
        return None;
    }
    let range = match to {
        DataType::Smallint => Some((i64::from(i16::MIN), i64::from(i16::MAX))),
        DataType::Integer => Some((i64::from(i32::MIN), i64::from(i32::MAX))),
        _ => None,
    };
    match (&from, &to, range) {
        (from, _, Some((least, most))) if from.is_integer() => {
            let text = format!("with a value in {quoted} that does not fit into {sql}: change what does not fit first");
            Some(rows(table, &format!("t.{quoted} NOT BETWEEN {least} AND {most}"), "", &text))
        }
        // Blanks at the end are cut in silence, by the SQL standard's rule.
        (
            DataType::Text | DataType::Varchar(_) | DataType::Char(_),
            DataType::Varchar(Some(size)) | DataType::Char(size),
            _,
        ) => {
            let text = format!("with a value in {quoted} of more than {size} characters: shorten what is longer first");
            Some(rows(table, &format!("length(rtrim(t.{quoted}::text, ' ')) > {size}"), "", &text))
        }
        _ => None,
    }
}

/// A guard that counts rows of one table.
fn rows(table: &Table, condition: &str, before: &str, after: &str) -> String {
    let name = table_name(table);
    let count = format!("SELECT count(*) FROM {name} AS t WHERE {condition}");
    block::guard(&count, before, &format!(" of {name} {after}"))
}
