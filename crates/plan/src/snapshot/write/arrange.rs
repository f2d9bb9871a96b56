//! What a database has in the order and spelling that snapshots have for the same thing.
//!
//! Changes nothing that a database would notice: the order of columns, and digits that an earlier record has lost.

use crate::model::{DefaultValue, Schema, Table};

/// Arranges the tables of `schema` like those of `wanted`.
pub fn arrange(schema: &mut Schema, wanted: &Schema) {
    for (key, table) in &mut schema.tables {
        let Some(wanted) = wanted.tables.get(key) else { continue };
        spell_numbers(table, wanted);
        sort_columns(table, wanted);
    }
}

/// A number whose digits an earlier record has lost is the number that the snapshot has.
fn spell_numbers(table: &mut Table, wanted: &Table) {
    for (name, column) in &mut table.columns {
        let wanted = wanted.columns.get(name).and_then(|column| column.default.as_ref());
        if let (Some(DefaultValue::Number(found)), Some(DefaultValue::Number(wanted))) = (&mut column.default, wanted)
            && found.is_recorded_float()
            && found.has_value_of(wanted)
        {
            found.clone_from(wanted);
        }
    }
}

/// Columns in the order of the snapshot; those that it does not have after the one that they follow in the database, which
/// appends.
fn sort_columns(table: &mut Table, wanted: &Table) {
    let mut order: Vec<String> =
        wanted.columns.keys().filter(|name| table.columns.contains_key(*name)).cloned().collect();
    let mut before: Option<&String> = None;
    for name in table.columns.keys() {
        if !order.contains(name) {
            let place = before.and_then(|before| order.iter().position(|other| other == before)).map_or(0, |at| at + 1);
            order.insert(place, name.clone());
        }
        before = Some(name);
    }
    let rank = |name: &String| order.iter().position(|other| other == name);
    table.columns.sort_by(|one, _, other, _| rank(one).cmp(&rank(other)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Column, DataType, Domain, Number};

    fn table(columns: &[&str]) -> Table {
        let mut table = Table::new(Domain::new("d").unwrap(), "t");
        table.columns.extend(columns.iter().map(|name| ((*name).to_owned(), Column::new(DataType::Text, true))));
        table
    }

    #[test]
    fn columns_come_in_the_order_of_the_snapshot() {
        for (found, wanted, arranged) in [
            (vec!["a", "c", "b"], vec!["a", "b", "c"], vec!["a", "b", "c"]),
            (vec!["a", "c", "b", "new"], vec!["a", "b", "c"], vec!["a", "b", "new", "c"]),
            (vec!["new", "a"], vec!["a", "gone"], vec!["new", "a"]),
        ] {
            let mut found = table(&found);
            sort_columns(&mut found, &table(&wanted));
            assert_eq!(found.columns.keys().collect::<Vec<_>>(), arranged);
        }
    }

    #[test]
    fn lost_digits_are_those_of_the_snapshot() {
        let with = |number: Number| {
            let mut table = table(&["a"]);
            table.columns["a"].default = Some(DefaultValue::Number(number));
            table
        };
        let number = |text: &str| Number::parse(text).unwrap();
        let mut found = with(Number::recorded_float(20.0).unwrap());
        spell_numbers(&mut found, &with(number("20.0")));
        assert_eq!(found, with(number("20.0")));
        let mut found = with(number("20"));
        spell_numbers(&mut found, &with(number("20.0")));
        assert_eq!(found, with(number("20")), "somebody changed it in the database");
    }
}
