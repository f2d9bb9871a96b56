//! What snapshots declare, counted straight from their TOML. It must not share a line with the product's own reader:
//! a mistake would then be on both sides of the comparison.
//!
//! It knows what the test data uses and panics at what it does not know.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::Catalog;
use crate::database::Engine;

/// The catalogue that the texts of all snapshots together ask for.
///
/// # Panics
/// When a text is no snapshot, or uses what this counter does not know.
#[must_use]
pub fn declared<'a>(engine: Engine, snapshots: impl IntoIterator<Item = &'a str>) -> Catalog {
    let (mut tables, mut enums) = (BTreeMap::new(), BTreeMap::new());
    for text in snapshots {
        let mut file: Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        for (key, found) in [("tables", &mut tables), ("enums", &mut enums)] {
            if let Some(Value::Table(declared)) = file.remove(key) {
                found.extend(declared);
            }
        }
        only(&file, &["format", "extensions", "depends_on"]);
    }
    let schema = Schema { engine, tables, enums };
    let mut catalog = Catalog::default();
    for (key, table) in &schema.tables {
        schema.add_table(&mut catalog, key, table_of(table));
    }
    if engine == Engine::Postgres {
        catalog.enums.extend(schema.enums.iter().map(|(key, declared)| {
            let labels: Vec<_> = list(table_of(declared), "values").iter().map(text_of).collect();
            format!("{}({})", schema.name(key, table_of(declared)), labels.join(","))
        }));
    }
    catalog.sort();
    catalog
}

struct Schema {
    engine: Engine,
    tables: BTreeMap<String, Value>,
    enums: BTreeMap<String, Value>,
}

impl Schema {
    fn add_table(&self, catalog: &mut Catalog, key: &str, table: &Table) {
        only(
            table,
            &[
                "name",
                "schema",
                "columns",
                "primary_key",
                "unique",
                "indexes",
                "foreign_keys",
                "checks",
                "comment",
                "options",
                "renamed_from",
            ],
        );
        let name = self.name(key, table);
        catalog.primary_keys.push(format!("{name}({})", primary_key(table).join(",")));
        for (column, value) in table_of(&table["columns"]) {
            self.add_column(catalog, &name, table, column, value);
        }
        for unique in list(table, "unique") {
            let unique = table_of(unique);
            // Only an index can have a condition.
            let objects = if unique.contains_key("where") {
                &mut catalog.unique_indexes
            } else {
                &mut catalog.unique_constraints
            };
            objects.push(index(&name, unique));
        }
        for declared in list(table, "indexes") {
            let declared = table_of(declared);
            let text = index(&name, declared);
            let plain = !text.contains("<expression>") && !declared.contains_key("where");
            let objects = match (flag(declared, "unique"), self.engine) {
                (false, _) => &mut catalog.indexes,
                (true, Engine::Sqlite) if plain => &mut catalog.unique_constraints,
                (true, _) => &mut catalog.unique_indexes,
            };
            objects.push(text);
        }
        for foreign_key in list(table, "foreign_keys") {
            let foreign_key = table_of(foreign_key);
            let columns = texts(list(foreign_key, "columns"));
            let references = table_of(&foreign_key["references"]);
            let target = text_of(&references["table"]);
            catalog.foreign_keys.push(self.foreign_key(&name, &columns, target, texts(list(references, "columns"))));
        }
        catalog.checks.extend(list(table, "checks").iter().map(|_| name.clone()));
        catalog.tables.push(name);
    }

    fn add_column(&self, catalog: &mut Catalog, name: &str, table: &Table, column: &str, value: &Value) {
        let short = Table::from_iter([("type".to_owned(), value.clone())]);
        let declared = value.as_table().unwrap_or(&short);
        let key = primary_key(table).iter().any(|part| part == column);
        let null = if flag(declared, "nullable") && !key { " null" } else { "" };
        catalog.columns.push(format!("{name}.{column}{null}"));
        let columns = format!("{name}({column})");
        if declared.get("unique").is_some_and(is_on) {
            catalog.unique_constraints.push(columns.clone());
        }
        if declared.get("index").is_some_and(is_on) {
            catalog.indexes.push(columns);
        }
        if let Some(references) = declared.get("references") {
            let (target, target_columns) = match references {
                Value::Table(long) => (
                    text_of(&long["table"]),
                    long.get("column").map(|column| text_of(column).to_owned()).into_iter().collect(),
                ),
                short => match text_of(short).split_once('.') {
                    Some((target, column)) => (target, vec![column.to_owned()]),
                    None => (text_of(short), Vec::new()),
                },
            };
            catalog.foreign_keys.push(self.foreign_key(name, &[column.to_owned()], target, target_columns));
        }
        let enumeration = declared["type"].as_str().is_some_and(|name| self.enums.contains_key(name));
        let checks =
            usize::from(declared.contains_key("check")) + usize::from(enumeration && self.engine == Engine::Sqlite);
        catalog.checks.extend(std::iter::repeat_n(name.to_owned(), checks));
    }

    fn foreign_key(&self, name: &str, columns: &[String], target: &str, target_columns: Vec<String>) -> String {
        let table = self.tables.get(target).unwrap_or_else(|| panic!("`{name}` references `{target}`: no such table"));
        let table = table_of(table);
        let target_columns = if target_columns.is_empty() { primary_key(table) } else { target_columns };
        format!("{name}({}) -> {}({})", columns.join(","), self.name(target, table), target_columns.join(","))
    }

    /// The name in the database of a table or enum.
    fn name(&self, key: &str, declared: &Table) -> String {
        let name = declared.get("name").map_or(key, text_of);
        match (declared.get("schema").map(text_of), self.engine) {
            (None | Some("public"), _) => name.to_owned(),
            (Some(schema), Engine::Postgres) => format!("{schema}.{name}"),
            (Some(schema), Engine::Sqlite) => format!("{schema}_{name}"),
        }
    }
}

/// The columns of a table's primary key.
fn primary_key(table: &Table) -> Vec<String> {
    match table.get("primary_key") {
        Some(Value::Table(long)) => texts(list(long, "columns")),
        Some(columns) => texts(columns.as_array().expect("a list of columns")),
        None => table_of(&table["columns"])
            .iter()
            .filter(|(_, column)| column.as_table().is_some_and(|column| flag(column, "primary_key")))
            .map(|(name, _)| name.clone())
            .collect(),
    }
}

/// An index or unique constraint as [`Catalog::indexes`] writes it.
fn index(table: &str, declared: &Table) -> String {
    let part = |part: &Value| match part {
        Value::String(column) => column.clone(),
        long => {
            let long = table_of(long);
            only(long, &["column", "expression", "order", "opclass"]);
            let column = long.get("column").map_or("<expression>", text_of);
            let order = if long.get("order").map(text_of) == Some("desc") { " desc" } else { "" };
            let class = long.get("opclass").map(|class| format!(" {}", text_of(class)));
            format!("{column}{order}{}", class.unwrap_or_default())
        }
    };
    let parts: Vec<_> = list(declared, "columns").iter().map(part).collect();
    let condition = if declared.contains_key("where") { " where" } else { "" };
    format!("{table}({}){condition}", parts.join(","))
}

/// `true` or `{ name = "..." }`.
fn is_on(value: &Value) -> bool {
    value.as_bool().unwrap_or(true)
}

fn flag(table: &Table, key: &str) -> bool {
    table.get(key).is_some_and(|value| value.as_bool().expect("true or false"))
}

fn list<'a>(table: &'a Table, key: &str) -> &'a [Value] {
    table.get(key).map_or(&[], |value| value.as_array().expect("a list"))
}

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().map(|value| text_of(value).to_owned()).collect()
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

fn table_of(value: &Value) -> &Table {
    value.as_table().unwrap_or_else(|| panic!("a table, not {value}"))
}

#[track_caller]
fn only(table: &Table, known: &[&str]) {
    if let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) {
        panic!("this counter does not know `{key}`: {table}");
    }
}
