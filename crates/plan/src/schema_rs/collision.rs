//! Names that are free by themselves and taken by what stands beside them: a column that is called as a type of its table, a
//! table as the module of types.
//!
//! Changes Rust names only: what something is called in the database stays.

use std::collections::BTreeSet;

use super::{
    sql_type::Types,
    table::{Selection, TableData},
};

/// The module of types that Diesel lacks.
const SQL_TYPES: &str = "sql_types";

/// Gives what would not compile another name, with one more `_`.
pub(super) fn avoid(selection: &mut Selection, types: &Types) {
    if !types.definitions().is_empty() {
        let mut taken: BTreeSet<String> = selection.tables.iter().map(|table| table.rust_name.clone()).collect();
        taken.insert(SQL_TYPES.to_owned());
        for table in selection.tables.iter_mut().filter(|table| table.rust_name == SQL_TYPES) {
            table.rust_name = free(&table.rust_name, &taken);
        }
    }
    selection.tables.iter_mut().for_each(|table| avoid_types(table, types));
}

/// A column is a type of its own in the module that imports the types of the table's columns.
fn avoid_types(table: &mut TableData, types: &Types) {
    let mut used: BTreeSet<String> = BTreeSet::new();
    for column in &table.columns {
        used.insert(types.name(&column.sql_type.element).to_owned());
        if column.sql_type.is_array {
            used.extend(["Array", "Nullable"].map(str::to_owned));
        }
        if column.nullable {
            used.insert("Nullable".to_owned());
        }
    }
    let mut taken: BTreeSet<String> = table.columns.iter().map(|column| column.rust_name.clone()).collect();
    taken.extend(used.iter().cloned());
    taken.insert(table.rust_name.clone());
    for place in 0..table.columns.len() {
        let Some(column) = table.columns.get_mut(place) else { continue };
        if used.contains(&column.rust_name) {
            let name = free(&column.rust_name, &taken);
            taken.insert(name.clone());
            let old = std::mem::replace(&mut column.rust_name, name.clone());
            table.primary_key.iter_mut().filter(|key| **key == old).for_each(|key| key.clone_from(&name));
        }
    }
}

fn free(name: &str, taken: &BTreeSet<String>) -> String {
    let mut name = name.to_owned();
    while taken.contains(&name) {
        name.push('_');
    }
    name
}
