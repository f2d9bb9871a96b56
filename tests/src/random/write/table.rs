//! A table: its own keys, its lists of constraints, its columns. It must not write any of these itself.

use std::collections::BTreeMap;

use super::column::{Short, is_short_key, of_column};
use super::constraint::{filter, of_index, of_key, of_unique};
use super::{key, list, option, string};
use crate::random::answer::Hints;
use crate::random::draft::{Default, Draft, Id, Table, Unique};
use crate::random::style::styled;
use crate::random::text;

pub(super) fn table(draft: &Draft, id: Id, table: &Table, hints: &Hints) -> String {
    let mut text = format!("\n[tables.{}]\n", string(&table.key));
    text.push_str(&option("name", table.name.as_deref()));
    text.push_str(&option("schema", table.schema));
    text.push_str(&option("comment", table.comment));
    text.push_str(&option("renamed_from", hints.tables.get(&id).map(String::as_str)));
    text.push_str(&option("options", table.options));
    if table.analytics {
        text.push_str("analytics_view = true\n");
    }
    let objects: Vec<_> = table
        .columns
        .iter()
        .filter_map(|column| match column.default {
            Some(Default::Object(object)) => Some(key(draft, object)),
            _ => None,
        })
        .collect();
    if !objects.is_empty() {
        text.push_str(&format!("depends_on = {}\n", list(objects)));
    }
    let names = |ids: &[Id]| {
        let name = |id: &Id| table.column(*id).expect("columns of constraints are there").name.as_str();
        list(ids.iter().map(name).collect::<Vec<_>>())
    };
    if let Some(key) = &table.primary_key
        && !is_short_key(table)
    {
        text.push_str(&match &key.name {
            Some(name) => format!("primary_key = {{ columns = {}, name = {} }}\n", names(&key.columns), string(name)),
            None => format!("primary_key = {}\n", names(&key.columns)),
        });
    }
    let short = Short::of(table);
    let section = |title: &str, items: Vec<String>| match items.is_empty() {
        true => String::new(),
        false => format!("{title} = [\n    {},\n]\n", items.join(",\n    ")),
    };
    let long = |map: &BTreeMap<Id, Unique>| {
        let long = map.iter().filter(|(id, _)| !short.unique.values().any(|short| short == *id));
        long.map(|(_, unique)| of_unique(draft, table, unique, &names)).collect::<Vec<_>>()
    };
    text.push_str(&section("unique", long(&table.unique)));
    let indexes = table.indexes.iter().filter(|(id, _)| !short.index.values().any(|short| short == *id));
    text.push_str(&section("indexes", indexes.map(|(_, index)| of_index(draft, table, index, &names)).collect()));
    let keys = table.foreign_keys.iter().filter(|(id, _)| !short.references.values().any(|short| short == *id));
    text.push_str(&section("foreign_keys", keys.map(|(_, key)| of_key(draft, key, &names)).collect()));
    let checks = table.checks.values().filter_map(|check| {
        let name = check.name.as_ref()?;
        let mut expression = text::condition(draft, table, check.condition);
        if let Some(second) = check.second {
            expression = format!("({expression})\n    AND ({})", text::condition(draft, table, second));
        }
        Some(format!("{{ name = {}, expression = {} }}", string(name), string(&styled(draft, &expression))))
    });
    text.push_str(&section("checks", checks.collect()));
    let exclusions = table.exclusions.values().map(|exclusion| {
        let column = &table.column(exclusion.column).expect("columns of constraints are there").name;
        let filter = filter(draft, table, exclusion.condition);
        let element = format!("{{ column = {}, with = \"&&\" }}", string(column));
        format!("{{ name = {}, using = \"gist\", elements = [{element}]{filter} }}", string(&exclusion.name))
    });
    text.push_str(&section("exclusions", exclusions.collect()));
    text.push_str(&format!("\n[tables.{}.columns]\n", string(&table.key)));
    for column in &table.columns {
        let hint = hints.columns.get(&(id, column.id));
        text.push_str(&format!("{} = {}\n", string(&column.name), of_column(draft, table, column, &short, hint)));
    }
    text
}
