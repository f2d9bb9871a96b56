//! The order of the operations of a migration: each after what it needs, otherwise as given.
//!
//! Changes no operation, but for names in between where two things exchange theirs.

use std::collections::BTreeSet;

use super::{
    cycle,
    edges::edges,
    sort::{Edge, sorted},
    spare,
};
use crate::{model::Schema, operation::Operation};

pub use cycle::CannotOrder;

/// The operations in an order in which each finds what it needs and no name is taken twice, on a database that looks like
/// `before`.
///
/// What `operations` says stays wherever it may: two operations change places only where one needs the other. Applied in the
/// order given they must lead somewhere.
///
/// # Errors
/// When some of them wait for each other.
pub fn order(before: &Schema, operations: Vec<Operation>) -> Result<Vec<Operation>, CannotOrder> {
    let mut operations = operations;
    let mut splits = operations.len();
    loop {
        let Some(mut edges) = edges(before, &operations) else { return Ok(operations) };
        if edges.iter().all(Edge::is_forward) {
            return Ok(operations);
        }
        let cycle = loop {
            match sorted(operations.len(), &edges) {
                Ok(places) => return Ok(rearranged(operations, &places)),
                Err(cycle) => match cycle::weakest(&operations, &cycle) {
                    Some(edge) => edges.retain(|other| *other != edge),
                    None => break cycle,
                },
            }
        };
        splits = splits.checked_sub(1).ok_or_else(|| CannotOrder::new(&operations, &cycle))?;
        match spare::split(before, &operations, &cycle) {
            Some(more) => operations = more,
            None => return Err(CannotOrder::new(&operations, &cycle)),
        }
    }
}

/// The places of those `operations` that the ones at `places` need, and of these. The operations are in an order in which
/// each finds what it needs.
pub fn needed_by(before: &Schema, operations: &[Operation], places: &[usize]) -> BTreeSet<usize> {
    let mut needed: BTreeSet<usize> = places.iter().copied().collect();
    let last = places.iter().copied().max().unwrap_or_default();
    let Some(edges) = edges(before, operations) else { return (0..=last).collect() };
    let mut waiting = places.to_vec();
    while let Some(place) = waiting.pop() {
        let earlier = edges.iter().filter(|edge| edge.to == place && edge.is_forward());
        waiting.extend(earlier.map(|edge| edge.from).filter(|from| needed.insert(*from)));
    }
    needed
}

fn rearranged(operations: Vec<Operation>, places: &[usize]) -> Vec<Operation> {
    let mut waiting: Vec<Option<Operation>> = operations.into_iter().map(Some).collect();
    places.iter().filter_map(|place| waiting.get_mut(*place)?.take()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{Column, DataType, Dialect, Domain, Table},
        operation::{AddColumn, AlterColumn, CreateTable, DropTable, RenameTable},
    };

    fn table(name: &str) -> Table {
        let mut table = Table::new(Domain::new("d").unwrap(), name);
        table.columns.insert("id".to_owned(), Column::new(DataType::Integer, false));
        table
    }

    fn schema(tables: &[&str]) -> Schema {
        let tables = tables.iter().map(|name| ((*name).to_owned(), table(name)));
        Schema { tables: tables.collect(), ..Schema::empty(Dialect::Postgres) }
    }

    fn described(before: &Schema, operations: &[Operation]) -> Result<Vec<String>, String> {
        let ordered = order(before, operations.to_vec()).map_err(|cycle| cycle.to_string())?;
        Ok(ordered.iter().map(|operation| operation.change().describe()).collect())
    }

    fn add(column: &str, backfill: &str) -> Operation {
        let definition = Column::new(DataType::Integer, false);
        AddColumn { table: "t".into(), column: column.into(), definition, backfill: Some(backfill.into()) }.into()
    }

    #[test]
    fn a_name_is_freed_before_it_is_taken() {
        let create = |key: &str| CreateTable { key: key.into(), definition: table("shared") };
        let mut before = schema(&["old", "other"]);
        before.tables.get_mut("old").unwrap().name = "shared".into();
        let operations = [create("new").into(), DropTable::new("other").into(), DropTable::new("old").into()];
        assert_eq!(
            described(&before, &operations).unwrap(),
            ["drop table old", "create table new", "drop table other"]
        );
    }

    #[test]
    fn tables_that_exchange_their_names_go_through_a_spare_one() {
        let rename = |key: &str, name: &str| RenameTable { from: key.into(), to: key.into(), name: name.into() };
        let before = schema(&["a", "b"]);
        let operations = [rename("a", "b").into(), rename("b", "a").into()];
        assert_eq!(
            described(&before, &operations).unwrap(),
            [
                "rename table a in the database to b__spare",
                "rename table b in the database to a",
                "rename table a in the database to b"
            ]
        );
    }

    #[test]
    fn values_wait_for_the_values_that_they_are_made_from() {
        let mut before = schema(&["t"]);
        let nullable = Column::new(DataType::Integer, true);
        before.tables.get_mut("t").unwrap().columns.insert("v".to_owned(), nullable);
        let fill = AlterColumn {
            table: "t".into(),
            column: "v".into(),
            definition: Column::new(DataType::Integer, false),
            backfill: Some("0".into()),
            using: None,
        };
        let operations = [add("n", "m + 1"), add("m", "v + 1"), fill.into()];
        assert_eq!(
            described(&before, &operations).unwrap(),
            ["alter column v of t", "add column m to t", "add column n to t"]
        );
        let refused = described(&before, &[add("n", "m + 1"), add("m", "n + 1")]).unwrap_err();
        assert!(refused.contains("`add column n to t`, `add column m to t`"), "{refused}");
    }

    #[test]
    fn what_is_right_stays_as_it_is() {
        let before = schema(&["t"]);
        let operations =
            [add("n", "id"), CreateTable { key: "u".into(), definition: table("u") }.into(), add("m", "n")];
        assert_eq!(order(&before, operations.to_vec()).unwrap(), operations);
    }
}
