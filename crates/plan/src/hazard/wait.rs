//! Who waits for how long while operations run in one transaction, which holds every lock until its end.
//!
//! Which locks an operation takes is said elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{HeldFor, LockMode, TableLock, locks};
use crate::{model::Schema, operation::Operation};

/// The locks that keep others out of what is there before the operations. A lock that one of them takes is still held
/// during the work of those after it. At most two for a table: the longest that keeps readers out, and a longer one that
/// only keeps writers out.
#[must_use]
pub fn waits(before: &Schema, operations: &[Operation]) -> Vec<TableLock> {
    let mut schema = before.clone();
    let mut made = BTreeSet::new();
    let mut held: BTreeMap<String, Held> = BTreeMap::new();
    let mut work = Work::default();
    for (at, operation) in operations.iter().enumerate() {
        let is_new = operation.change().table().is_some_and(|table| made.contains(table));
        let mut longest = HeldFor::Moment;
        for TableLock { table, mode, held_for } in locks(&schema, operation) {
            if !is_new {
                longest = longest.max(held_for);
            }
            if !made.contains(&table) && mode.blocks_writes() {
                held.entry(table).or_default().take(mode, at);
            }
        }
        work.of.entry(longest).or_default().push(at);
        match operation {
            Operation::CreateTable(create) => drop(made.insert(create.key.clone())),
            Operation::CreateView(create) => drop(made.insert(create.key.clone())),
            Operation::RenameTable(rename) => {
                // The lock goes with the table.
                if let Some(locks) = held.remove(&rename.from) {
                    held.insert(rename.to.clone(), locks);
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
    let said = held.iter().flat_map(|(table, held)| held.said(&work).map(move |said| (table, said)));
    said.map(|(table, (mode, held_for))| TableLock { table: table.clone(), mode, held_for }).collect()
}

/// How long each operation works, by its place.
#[derive(Default)]
struct Work {
    of: BTreeMap<HeldFor, Vec<usize>>,
}

impl Work {
    /// The longest work of the operations in a range.
    fn longest(&self, places: Range<usize>) -> HeldFor {
        let is_in = |all: &&Vec<usize>| {
            all.get(all.partition_point(|place| *place < places.start)).is_some_and(|place| *place < places.end)
        };
        let found = self.of.iter().rev().find(|(_, all)| is_in(all));
        found.map_or(HeldFor::Moment, |(held_for, _)| *held_for)
    }
}

/// The locks on one table: each the strongest of its kind, and the operation that takes the first of it. A lock that keeps
/// readers out counts from then on in place of one that does not.
#[derive(Default)]
struct Held {
    against_writes: Option<(LockMode, usize)>,
    against_reads: Option<(LockMode, usize)>,
}

impl Held {
    fn take(&mut self, mode: LockMode, at: usize) {
        let kind = match mode.blocks_reads() {
            true => &mut self.against_reads,
            false if self.against_reads.is_some() => return,
            false => &mut self.against_writes,
        };
        let (known, _) = kind.get_or_insert((mode, at));
        *known = mode.max(*known);
    }

    /// The locks that are worth a word, and how long each lasts.
    fn said(&self, work: &Work) -> impl Iterator<Item = (LockMode, HeldFor)> {
        let end = self.against_reads.map_or(usize::MAX, |(_, at)| at);
        let reads = self.against_reads.map(|(mode, at)| (mode, work.longest(at..usize::MAX)));
        let writes = self.against_writes.filter(|(_, at)| *at < end).map(|(mode, at)| (mode, work.longest(at..end)));
        let writes = writes.filter(|(_, held_for)| reads.is_none_or(|(_, longer)| longer < *held_for));
        writes.into_iter().chain(reads)
    }
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
