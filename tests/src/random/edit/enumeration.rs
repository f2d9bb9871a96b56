//! Enums and their values. It must not use them.

use super::table::{COMMENTS, DOMAINS, SCHEMAS};
use crate::random::chance::Chance;
use crate::random::draft::{Draft, Enum, Id};

const KEYS: [&str; 6] = ["ticket_status", "Color", "kind of thing", "level", "mood", "phase"];
const LABELS: [&str; 10] = ["new", "open", "closed", "it's", "In Progress", "черновик", "a,b", "done", "\"q\"", "x{y}"];

pub(super) fn add(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let key = chance.name(&KEYS, |name| draft.has_key(name))?;
    let mut labels: Vec<(Id, String)> = Vec::new();
    for _ in 0..=1 + chance.below(3) {
        let label = chance.name(&LABELS, |name| labels.iter().any(|(_, label)| label == name))?;
        labels.push((chance.number(), label));
    }
    let schema = chance.of(&SCHEMAS);
    let made = Enum { key, schema, domain: chance.below(DOMAINS), labels, comment: chance.of(&COMMENTS) };
    draft.enums.insert(chance.number(), made);
    Some(())
}

fn any<'a>(draft: &'a mut Draft, chance: &mut Chance) -> Option<&'a mut Enum> {
    let id = chance.pick(draft.enums.keys().map(|id| (*id, *id)))?;
    draft.enums.get_mut(&id)
}

pub(super) fn drop(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = chance.pick(draft.enums.keys().map(|id| (*id, *id)))?;
    draft.enums.remove(&id).map(|_| ())
}

pub(super) fn free_key(draft: &Draft, chance: &mut Chance) -> Option<String> {
    chance.name(&KEYS, |name| draft.has_key(name))
}

pub(super) fn free_label(item: &Enum, chance: &mut Chance) -> Option<String> {
    chance.name(&LABELS, |name| item.labels.iter().any(|(_, label)| label == name))
}

pub(super) fn rename(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let key = free_key(draft, chance)?;
    any(draft, chance)?.key = key;
    Some(())
}

pub(super) fn change(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let item = any(draft, chance)?;
    match chance.below(3) {
        0 => item.comment = chance.of(&COMMENTS),
        1 => item.domain = chance.below(DOMAINS),
        _ => item.schema = chance.of(&SCHEMAS),
    }
    Some(())
}

pub(super) fn add_label(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let item = any(draft, chance)?;
    let label = chance.name(&LABELS, |name| item.labels.iter().any(|(_, label)| label == name))?;
    let place = chance.below(item.labels.len() + 1);
    item.labels.insert(place, (chance.number(), label));
    Some(())
}

pub(super) fn drop_label(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let item = any(draft, chance)?;
    let place = chance.below(item.labels.len());
    (item.labels.len() > 1).then(|| item.labels.remove(place)).map(|_| ())
}

pub(super) fn rename_label(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let item = any(draft, chance)?;
    let label = chance.name(&LABELS, |name| item.labels.iter().any(|(_, label)| label == name))?;
    let place = chance.below(item.labels.len());
    item.labels[place].1 = label;
    Some(())
}

pub(super) fn reorder(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let item = any(draft, chance)?;
    let (from, to) = (chance.below(item.labels.len()), chance.below(item.labels.len()));
    item.labels.swap(from, to);
    Some(())
}
