//! Several changes at once: names that move on in chains and circles, and one table that is worked over. It must not make
//! a change that no other edit can make.

use super::super::repair::repair;
use super::{any_table, column, constraint, enumeration, key, table};
use crate::random::chance::Chance;
use crate::random::draft::{Draft, Id};

/// At most so many names move on.
const MOST: usize = 4;

/// Each gets the name of the next; the last one that of the first, or a new one.
fn moved(mut names: Vec<String>, new: Option<String>) -> Vec<String> {
    if names.is_empty() {
        return names;
    }
    let first = names.remove(0);
    names.push(new.unwrap_or(first));
    names
}

/// Some of the things, in an order of chance.
fn some(chance: &mut Chance, ids: impl Iterator<Item = Id> + Clone) -> Option<Vec<Id>> {
    let mut found: Vec<Id> = Vec::new();
    for _ in 0..2 + chance.below(MOST - 1) {
        let rest = ids.clone().filter(|id| !found.contains(id)).map(|id| (id, id)).collect::<Vec<_>>();
        found.extend(chance.pick(rest));
    }
    (found.len() > 1).then_some(found)
}

pub(super) fn rotate_tables(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let ids = some(chance, draft.tables.keys().copied().collect::<Vec<_>>().into_iter())?;
    let new = table::free_key(draft, chance).filter(|_| chance.one_in(2));
    let names = moved(ids.iter().map(|id| draft.tables[id].key.clone()).collect(), new);
    for (id, name) in ids.iter().zip(names) {
        draft.tables.get_mut(id)?.key = name;
    }
    Some(())
}

pub(super) fn rotate_columns(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    let table = draft.tables.get_mut(&id)?;
    let ids = some(chance, table.columns.iter().map(|column| column.id).collect::<Vec<_>>().into_iter())?;
    let new = column::free_name(table, chance).filter(|_| chance.one_in(2));
    let names = ids.iter().filter_map(|id| table.column(*id)).map(|column| column.name.clone()).collect();
    for (id, name) in ids.iter().zip(moved(names, new)) {
        table.column_mut(*id)?.name = name;
    }
    Some(())
}

pub(super) fn rotate_enums(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let ids = some(chance, draft.enums.keys().copied().collect::<Vec<_>>().into_iter())?;
    let new = enumeration::free_key(draft, chance).filter(|_| chance.one_in(2));
    let names = moved(ids.iter().map(|id| draft.enums[id].key.clone()).collect(), new);
    for (id, name) in ids.iter().zip(names) {
        draft.enums.get_mut(id)?.key = name;
    }
    Some(())
}

pub(super) fn rotate_labels(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = chance.pick(draft.enums.keys().map(|id| (*id, *id)))?;
    let item = draft.enums.get_mut(&id)?;
    let new = enumeration::free_label(item, chance).filter(|_| chance.one_in(2));
    let names = moved(item.labels.iter().map(|(_, label)| label.clone()).collect(), new);
    for ((_, label), name) in item.labels.iter_mut().zip(names) {
        *label = name;
    }
    Some(())
}

/// Many changes of one table.
pub(super) fn rework_table(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let makes: [fn(&mut Draft, &mut Chance) -> Option<()>; 12] = [
        column::add,
        column::drop,
        column::rename,
        column::swap,
        column::retype,
        column::toggle_nullable,
        column::change_default,
        constraint::add_check,
        constraint::add_index,
        constraint::add_unique,
        key::change_primary_key,
        key::add_foreign_key,
    ];
    draft.focus = Some(any_table(draft, chance)?);
    for _ in 0..3 + chance.below(5) {
        let make = chance.of(&makes);
        make(draft, chance);
        repair(draft);
    }
    draft.focus = None;
    Some(())
}
