//! Tables appear, go, move, and get other names. It must not change columns.

use std::collections::BTreeMap;

use super::{any_table, column, key};
use crate::random::chance::Chance;
use crate::random::column_type::ColumnType;
use crate::random::draft::{Column, Draft, Table};

/// Few, so that a name that became free is taken again; and such that need care.
const KEYS: [&str; 14] = [
    "ticket",
    "organization",
    "unit",
    "person",
    "meter_reading",
    "Invoice",
    "order",
    "user",
    "work item",
    "a.b",
    "жильё",
    "it's",
    "a_table_with_a_name_that_leaves_no_room_for_automatic_names",
    "say \"x\"",
];
const NAMES: [&str; 4] = ["Tickets", "persons_of_old", "t_1", "Прибор"];
const TOKENS: [&str; 3] = ["token", "rowNo", "marker of row"];
pub(super) const SCHEMAS: [Option<&str>; 6] = [None, None, None, None, Some("audit"), Some("Old Books")];
pub(super) const COMMENTS: [Option<&str>; 7] =
    [None, None, None, None, Some("A remark"), Some("It's -- \"quoted\""), Some("两行\nof text")];
/// How many domains there are.
pub(super) const DOMAINS: usize = 3;

/// A key that nothing has.
pub(super) fn free_key(draft: &Draft, chance: &mut Chance) -> Option<String> {
    chance.name(&KEYS, |name| draft.has_key(name))
}

pub(super) fn add(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let key = free_key(draft, chance)?;
    let token = Column::plain(chance.number(), chance.of(&TOKENS).to_owned(), ColumnType::Named("integer"));
    let mut table = Table {
        key,
        name: None,
        schema: chance.of(&SCHEMAS),
        domain: chance.below(DOMAINS),
        comment: chance.of(&COMMENTS),
        analytics: chance.one_in(8),
        options: Some("WITH (fillfactor = 70)").filter(|_| draft.is_postgres() && chance.one_in(10)),
        columns: vec![token],
        primary_key: None,
        unique: BTreeMap::new(),
        indexes: BTreeMap::new(),
        foreign_keys: BTreeMap::new(),
        checks: BTreeMap::new(),
        exclusions: BTreeMap::new(),
    };
    // Few, so that a failure is not hidden among columns that have nothing to do with it.
    for _ in 0..chance.below(2) {
        table.columns.extend(column::make(draft, &table, chance));
    }
    key::give_primary_key(&mut table, chance);
    draft.tables.insert(chance.number(), table);
    Some(())
}

pub(super) fn drop(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    (draft.tables.len() > 1).then(|| draft.tables.remove(&id)).map(|_| ())
}

pub(super) fn rename(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    let key = free_key(draft, chance)?;
    draft.tables.get_mut(&id)?.key = key;
    Some(())
}

/// The key stays, the name in the database changes.
pub(super) fn name(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    let name = chance.name(&NAMES, |name| draft.has_key(name));
    let table = draft.tables.get_mut(&id)?;
    table.name = if table.name.is_some() && chance.one_in(2) { None } else { name };
    Some(())
}

pub(super) fn swap(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (one, other) = (any_table(draft, chance)?, any_table(draft, chance)?);
    let (a, b) = (draft.tables[&one].key.clone(), draft.tables[&other].key.clone());
    draft.tables.get_mut(&one)?.key = b;
    draft.tables.get_mut(&other)?.key = a;
    Some(())
}

pub(super) fn change_domain(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    draft.tables.get_mut(&id)?.domain = chance.below(DOMAINS);
    Some(())
}

pub(super) fn change_schema(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    draft.tables.get_mut(&id)?.schema = chance.of(&SCHEMAS);
    Some(())
}

pub(super) fn comment(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    draft.tables.get_mut(&id)?.comment = chance.of(&COMMENTS);
    Some(())
}

pub(super) fn toggle_analytics(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    let table = draft.tables.get_mut(&id)?;
    table.analytics = !table.analytics;
    Some(())
}
