//! Which operation of a migration must come before which: from what they read and write, the names they take, and the values
//! that they make for existing rows.
//!
//! Puts nothing in order: that is `sort`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    access::{Facts, Mode, Precision, Resource, Strength},
    entity::Entities,
    facts::{facts, follow},
    reference::NameIndex,
    sort::Edge,
    sql_name::{SqlName, all_names, names_of},
    subject::subject,
};
use crate::{
    model::{ObjectId, Schema},
    operation::{Operation, apply_all},
};

/// Which operation must come before which; `None` when they cannot be applied as given.
pub(super) fn edges(before: &Schema, operations: &[Operation]) -> Option<Vec<Edge>> {
    let filled: BTreeSet<ObjectId> = operations.iter().filter_map(filled).collect();
    let index = index(before, operations);
    let mut entities = Entities::new(before.dialect);
    let after = apply_all(before, operations).ok()?;
    let mut schema = before.clone();
    let mut found = Vec::with_capacity(operations.len());
    let mut names = NameEvents::default();
    for (place, operation) in operations.iter().enumerate() {
        found.push(facts(operation, &schema, &index, &mut entities, &filled, [before, &after], Precision::Tables));
        let (from, to) = subject(operation);
        let held = names_of(&schema, &from);
        operation.apply(&mut schema).ok()?;
        names.note(place, &held, &names_of(&schema, &to));
        follow(operation, &mut entities);
    }
    let mut edges = BTreeSet::new();
    edges.extend(of_accesses(&found));
    edges.extend(of_missing(operations, &found));
    edges.extend(of_data(&found));
    edges.extend(of_moved_enums(&found));
    edges.extend(names.edges(before));
    edges.retain(|edge| edge.from != edge.to);
    Some(edges.into_iter().collect())
}

/// The column that an operation makes, or fills for existing rows.
pub(super) fn filled(operation: &Operation) -> Option<ObjectId> {
    match operation {
        Operation::AddColumn(add) => Some(ObjectId::column(&add.table, &add.column)),
        Operation::AlterColumn(alter) if alter.backfill.is_some() => {
            Some(ObjectId::column(&alter.table, &alter.column))
        }
        Operation::BackfillColumn(fill) => Some(ObjectId::column(&fill.table, &fill.column)),
        _ => None,
    }
}

/// All names that texts may mean at any point of the migration.
pub(super) fn index<'a>(before: &Schema, operations: impl IntoIterator<Item = &'a Operation>) -> NameIndex {
    let mut index = NameIndex::new(before);
    for operation in operations {
        match operation {
            Operation::CreateTable(create) => {
                let table = &create.definition;
                index.insert(ObjectId::Table(create.key.clone()), table.schema.as_deref(), &table.name);
            }
            Operation::RenameTable(rename) => {
                index.insert(ObjectId::Table(rename.to.clone()), None, &rename.name);
            }
            Operation::CreateView(create) => {
                let view = &create.definition;
                index.insert(ObjectId::View(create.key.clone()), view.schema.as_deref(), &view.name);
            }
            Operation::CreateEnum(create) => index.insert(ObjectId::Enum(create.key.clone()), None, &create.key),
            Operation::RenameEnum(rename) => index.insert(ObjectId::Enum(rename.to.clone()), None, &rename.to),
            Operation::CreateObject(create) => index.insert_object(&create.key, &create.definition),
            _ => {}
        }
    }
    index
}

/// Operations that touch the same, in a way in which it matters who comes first, keep the order that they have.
fn of_accesses(found: &[Facts]) -> Vec<Edge> {
    let mut by_resource: BTreeMap<&Resource, Vec<(usize, Mode, Strength)>> = BTreeMap::new();
    for (place, facts) in found.iter().enumerate() {
        let mut own: BTreeMap<&Resource, (Mode, Strength)> = BTreeMap::new();
        for access in &facts.accesses {
            let (mode, strength) = own.entry(&access.resource).or_insert((access.mode, access.strength));
            if !mode.commutes_with(access.mode) {
                *mode = Mode::Write;
            }
            *strength = access.strength.max(*strength);
        }
        for (resource, (mode, strength)) in own {
            by_resource.entry(resource).or_default().push((place, mode, strength));
        }
    }
    let mut edges = Vec::new();
    for accesses in by_resource.into_values().filter(|accesses| accesses.iter().any(|one| one.1 != Mode::Read)) {
        // Groups of accesses that commute among themselves; each group waits for the one before it.
        let mut earlier: Vec<(usize, Strength)> = Vec::new();
        let mut current: Vec<(usize, Strength)> = Vec::new();
        let mut mode = Mode::Read;
        for (place, next, strength) in accesses {
            if !mode.commutes_with(next) && !current.is_empty() {
                earlier = std::mem::take(&mut current);
            }
            mode = next;
            current.push((place, strength));
            edges.extend(earlier.iter().map(|(from, other)| Edge::new(*from, place, strength.min(*other))));
        }
    }
    edges
}

/// What is not there where it is needed is made before, or taken away after.
fn of_missing(operations: &[Operation], found: &[Facts]) -> Vec<Edge> {
    let mut made: BTreeMap<ObjectId, Vec<usize>> = BTreeMap::new();
    let mut gone: BTreeMap<ObjectId, Vec<usize>> = BTreeMap::new();
    for (place, operation) in operations.iter().enumerate() {
        match operation {
            Operation::CreateTable(_)
            | Operation::CreateEnum(_)
            | Operation::CreateView(_)
            | Operation::CreateObject(_) => {
                made.entry(subject(operation).1).or_default().push(place);
            }
            Operation::DropTable(_) | Operation::DropEnum(_) | Operation::DropView(_) | Operation::DropObject(_) => {
                gone.entry(subject(operation).0).or_default().push(place);
            }
            _ => {}
        }
    }
    let mut edges = Vec::new();
    for (place, facts) in found.iter().enumerate() {
        for missing in &facts.missing {
            if missing.is_old {
                let mut earlier = gone.get(&missing.id).into_iter().flatten().filter(|other| **other < place);
                edges.extend(earlier.next_back().map(|other| Edge::new(place, *other, missing.strength)));
            } else {
                let later = made.get(&missing.id).into_iter().flatten().find(|other| **other > place);
                edges.extend(later.map(|other| Edge::new(*other, place, missing.strength)));
            }
        }
    }
    edges
}

/// A value for existing rows waits for the values that it is made from.
fn of_data(found: &[Facts]) -> Vec<Edge> {
    let fillers = |id: &ObjectId| {
        let id = id.clone();
        found.iter().enumerate().filter(move |(_, facts)| facts.filled.as_ref() == Some(&id)).map(|(place, _)| place)
    };
    let mut edges = Vec::new();
    for (place, facts) in found.iter().enumerate() {
        for source in &facts.sources {
            edges.extend(fillers(source).map(|filler| Edge::new(filler, place, Strength::Data)));
        }
    }
    edges
}

/// What is taken away calls an enum as it was called before it moved to another SQL schema.
fn of_moved_enums(found: &[Facts]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (place, facts) in found.iter().enumerate() {
        let Some(moved) = facts.moved_enum else { continue };
        let readers = found.iter().enumerate().filter(|(_, other)| other.old_enums.contains(&moved));
        edges.extend(readers.map(|(reader, _)| Edge::new(reader, place, Strength::Text)));
    }
    edges
}

/// Who takes and who frees each name of the database.
#[derive(Debug, Default)]
struct NameEvents(BTreeMap<SqlName, (Vec<usize>, Vec<usize>)>);

impl NameEvents {
    /// An operation is about something that has these names before it and those after it.
    fn note(&mut self, place: usize, before: &BTreeMap<SqlName, usize>, after: &BTreeMap<SqlName, usize>) {
        let count = |names: &BTreeMap<SqlName, usize>, name| names.get(name).copied().unwrap_or_default();
        for name in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
            let (held, holds) = (count(before, name), count(after, name));
            if held == holds {
                continue;
            }
            let (takers, freers) = self.0.entry(name.clone()).or_default();
            if holds > held { takers.push(place) } else { freers.push(place) }
        }
    }

    fn edges(self, before: &Schema) -> Vec<Edge> {
        let mut held = None;
        let mut edges = Vec::new();
        for (name, (takers, freers)) in self.0 {
            if takers.is_empty() || freers.is_empty() {
                continue;
            }
            let is_held = match takers.len().cmp(&freers.len()) {
                std::cmp::Ordering::Greater => false,
                std::cmp::Ordering::Less => true,
                std::cmp::Ordering::Equal => held.get_or_insert_with(|| all_names(before)).contains(&name),
            };
            let strength = if name.is_shared() { Strength::Text } else { Strength::Structure };
            let (mut takers, mut freers) = (takers.into_iter(), freers.into_iter());
            let mut is_taken = is_held;
            let mut last: Option<usize> = None;
            while let Some(next) = if is_taken { freers.next() } else { takers.next() } {
                if let Some(last) = last {
                    edges.push(Edge { takes_name: !is_taken, ..Edge::new(last, next, strength) });
                }
                last = Some(next);
                is_taken = !is_taken;
            }
        }
        edges
    }
}
