//! Who waits for how long while operations run in one transaction, which holds every lock until its end.
//!
//! Which locks an operation takes is said elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::{HeldFor, LockMode, TableLock, locks};
use crate::{model::Schema, operation::Operation};

/// The locks that keep others out of what is there before the operations. A lock that one of them takes is still held
/// during the work of those after it. At most two for a table: the longest that keeps readers out, and a longer one that
/// only keeps writers out.
#[must_use]
pub fn waits(before: &Schema, operations: &[Operation]) -> Vec<TableLock> {
    let mut schema = before.clone();
    let mut made = BTreeSet::new();
    let mut held: BTreeMap<String, LockMode> = BTreeMap::new();
    let mut longest: BTreeMap<(String, bool), (LockMode, HeldFor)> = BTreeMap::new();
    for operation in operations {
        let is_new = operation.change().table().is_some_and(|table| made.contains(table));
        let mut work = HeldFor::Moment;
        for TableLock { table, mode, held_for } in locks(&schema, operation) {
            if !is_new {
                work = work.max(held_for);
            }
            if !made.contains(&table) && mode.blocks_writes() {
                let mode = held.get(&table).map_or(mode, |known| mode.max(*known));
                held.insert(table, mode);
            }
        }
        for (table, mode) in &held {
            let found = longest.entry((table.clone(), mode.blocks_reads())).or_insert((*mode, work));
            *found = (found.0.max(*mode), found.1.max(work));
        }
        match operation {
            Operation::CreateTable(create) => drop(made.insert(create.key.clone())),
            Operation::CreateView(create) => drop(made.insert(create.key.clone())),
            Operation::RenameTable(rename) => {
                // The lock goes with the table.
                if let Some(mode) = held.remove(&rename.from) {
                    held.insert(rename.to.clone(), mode);
                }
                for blocks_reads in [false, true] {
                    if let Some(found) = longest.remove(&(rename.from.clone(), blocks_reads)) {
                        longest.insert((rename.to.clone(), blocks_reads), found);
                    }
                }
                if made.remove(&rename.from) {
                    made.insert(rename.to.clone());
                }
            }
            _ => {}
        }
        // What does not fit is reported by who applies them all.
        if operation.apply(&mut schema).is_err() {
            break;
        }
    }
    let readers = |table: &String| longest.get(&(table.clone(), true)).map(|(_, held_for)| *held_for);
    let is_said = |((table, blocks_reads), (_, held_for)): &(&(String, bool), &(LockMode, HeldFor))| {
        *blocks_reads || readers(table).is_none_or(|longer| longer < *held_for)
    };
    let said = longest.iter().filter(is_said);
    said.map(|((table, _), (mode, held_for))| TableLock { table: table.clone(), mode: *mode, held_for: *held_for })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diff::{Answers, diff},
        model::{Dialect, Domain},
        snapshot::{self, Source, Wanted},
    };

    fn schema(columns: &str) -> Schema {
        let text = format!(
            "format = 1\n[tables.person.columns]\nid = {{ type = \"bigint\", primary_key = true }}\n\
             [tables.ticket.columns]\nid = {{ type = \"bigint\", primary_key = true }}\nowner = \"bigint\"\n{columns}"
        );
        let source = Source { path: "a.toml".to_owned(), domain: Domain::new("a").unwrap(), text };
        snapshot::read(Dialect::Postgres, &[source]).unwrap().schema
    }

    fn lines(before: &str, after: &str) -> Vec<String> {
        let (before, wanted) = (schema(before), Wanted { schema: schema(after), ..Wanted::default() });
        let answers = Answers { no_renames: true, ..Answers::default() };
        let operations = diff(Dialect::Postgres, &before, &wanted, &answers, None).unwrap().operations;
        waits(&before, &operations).iter().filter_map(TableLock::line).collect()
    }

    #[test]
    fn a_build_alone_lets_readers_in() {
        let before = "note = { type = \"text\", nullable = true }\n";
        let after = "note = { type = \"text\", nullable = true, index = true }\n";
        assert_eq!(lines(before, after), ["ticket: writes wait while the index is built"]);
    }

    #[test]
    fn a_lock_of_an_earlier_statement_lasts_through_the_work_of_a_later_one() {
        let after = "note = { type = \"text\", nullable = true, index = true }\n";
        assert_eq!(lines("", after), ["ticket: reads and writes wait while the index is built"]);
    }

    #[test]
    fn a_foreign_key_has_two_ends() {
        let both = ["person: writes wait while its rows are checked", "ticket: writes wait while its rows are checked"];
        let key = "[[tables.ticket.foreign_keys]]\ncolumns = [\"owner\"]\nreferences = { table = \"person\" }\n";
        assert_eq!(lines("", key), both);
    }

    #[test]
    fn nobody_waits_for_what_is_new() {
        let table = "[tables.note.columns]\nid = { type = \"bigint\", primary_key = true }\n\
                     ticket = { type = \"bigint\", references = \"ticket\", index = true }\n";
        assert_eq!(lines("", table), ["ticket: writes wait for a moment"]);
    }
}
