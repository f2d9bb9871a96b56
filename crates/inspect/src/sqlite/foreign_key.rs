//! Foreign keys, once all tables are there.
//!
//! Those to something that no row can be found by are named and left out: a snapshot could not be read with them.

use std::collections::BTreeMap;

use makemigrations_plan::model::name::NameKind;
use makemigrations_plan::model::{Action, ForeignKey, Match, Schema, Table};

use super::catalogue::ForeignKeyRow;
use super::create_table::{CreateTable, ForeignKeyText};
use super::found::Found;

pub(super) fn read_all(found: &mut Found, table: &str, rows: &[ForeignKeyRow], text: &CreateTable) {
    let is_whole = text.foreign_keys.len() == rows.len();
    if !is_whole {
        found.unknown(format!("names of foreign keys of table `{table}`, and when they are checked"));
    }
    let mut keys = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let Some((target, references)) = target(&found.schema, row) else {
            let columns = row.columns.join("`, `");
            found.unknown(format!("foreign key (`{columns}`) of table `{table}`: `{}` has no such key", row.table));
            continue;
        };
        let text = text.foreign_keys.get(index).filter(|_| is_whole);
        let name = match text.and_then(|text: &ForeignKeyText| text.name.as_ref()) {
            Some(given) => found.given(table, given),
            None => found.names.automatic(NameKind::ForeignKey, table, &row.columns),
        };
        let key = ForeignKey {
            columns: row.columns.clone(),
            table: target,
            references,
            on_delete: action(&row.on_delete),
            on_update: action(&row.on_update),
            deferrable: text.and_then(|text| text.deferrable),
            match_type: Match::Simple,
        };
        keys.insert(name, key);
    }
    if let Some(table) = found.schema.tables.get_mut(table) {
        table.foreign_keys = keys;
    }
}

fn action(word: &str) -> Action {
    let known = Action::ALL.into_iter().find(|(.., sql)| word.eq_ignore_ascii_case(sql));
    known.map(|(action, ..)| action).unwrap_or_default()
}

/// The table and the columns as they are called there; they are a key of it.
fn target(schema: &Schema, row: &ForeignKeyRow) -> Option<(String, Vec<String>)> {
    let (key, table) = schema.tables.iter().find(|(key, _)| key.eq_ignore_ascii_case(&row.table))?;
    let named: Option<Vec<&String>> = row.references.iter().map(Option::as_ref).collect();
    let references = match named {
        None => table.primary_key.as_ref()?.columns.clone(),
        Some(named) => {
            let column = |name: &String| table.columns.keys().find(|column| column.eq_ignore_ascii_case(name)).cloned();
            named.into_iter().map(column).collect::<Option<Vec<_>>>()?
        }
    };
    (references.len() == row.columns.len() && is_key(table, &references)).then(|| (key.clone(), references))
}

/// Whether the columns are, in any order, the primary key or unique in every row.
fn is_key(table: &Table, columns: &[String]) -> bool {
    let same = |key: &[String]| key.len() == columns.len() && key.iter().all(|column| columns.contains(column));
    let full = |index: &&makemigrations_plan::model::Index| {
        index.unique && index.predicate.is_none() && index.column_names().count() == index.columns.len()
    };
    table.primary_key.as_ref().is_some_and(|key| same(&key.columns))
        || table.unique.values().any(|unique| same(&unique.columns))
        || table
            .indexes
            .values()
            .filter(full)
            .any(|index| same(&index.column_names().map(str::to_owned).collect::<Vec<_>>()))
}
