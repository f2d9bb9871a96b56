//! Primary and foreign keys. It must not make other constraints, but for what a foreign key points at.

use std::collections::BTreeMap;

use super::any_table;
use crate::random::chance::Chance;
use crate::random::column_type::ColumnType;
use crate::random::draft::{Column, Counter, Default, Draft, ForeignKey, Id, PrimaryKey, Table, Unique};

const ACTIONS: [Option<&str>; 7] =
    [None, None, Some("restrict"), Some("cascade"), Some("set_null"), Some("set_default"), Some("no_action")];
const DEFERRABLE: [Option<&str>; 4] = [None, None, Some("immediate"), Some("deferred")];

/// The usual kinds of primary keys: a number of its own, a counter, an UUID, several columns, none.
pub(super) fn give_primary_key(table: &mut Table, chance: &mut Chance) {
    let id = chance.number();
    let counter = chance.of(&[Counter::Serial, Counter::Auto, Counter::Always, Counter::ByDefault]);
    let kind = chance.of(&["integer", "bigint", "bigint", "smallint"]);
    let (form, name) = (chance.below(8), chance.one_in(4).then(|| format!("key_{:04x}", id & 0xffff)));
    let mut column = Column::plain(id, "id".to_owned(), ColumnType::Named(kind));
    let columns = match form {
        0 => return,
        1 => table.columns.iter().take(2).map(|column| column.id).collect(),
        2 => vec![table.token().id],
        3 => {
            (column.kind, column.default) = (ColumnType::Named("uuid"), Some(Default::Expression));
            vec![id]
        }
        4 => vec![id],
        _ => {
            column.counter = Some(counter);
            vec![id]
        }
    };
    if columns == [id] {
        table.columns.push(column);
    }
    table.primary_key = Some(PrimaryKey { columns, name });
}

/// It goes, comes, gets other columns, another order or another name.
pub(super) fn change_primary_key(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    let name = Some(format!("key_{:04x}", chance.number() & 0xffff)).filter(|_| chance.one_in(2));
    let column = chance.pick(draft.tables[&id].columns.iter().map(|column| (column.id, column.id)))?;
    let form = chance.below(5);
    let table = draft.tables.get_mut(&id)?;
    let token = table.token().id;
    match (&mut table.primary_key, form) {
        (key, 0) => *key = None,
        (Some(key), 1) => key.name = name,
        (Some(key), 2) => key.columns.reverse(),
        (Some(key), 3) if !key.columns.contains(&column) => key.columns.push(column),
        (key, 4) => *key = Some(PrimaryKey { columns: vec![token, column], name }),
        (key, _) => *key = Some(PrimaryKey { columns: vec![token], name }),
    }
    Some(())
}

/// A column that points at a row, of the same table or another.
pub(super) fn add_foreign_key(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (owner, target) = (any_table(draft, chance)?, any_table(draft, chance)?);
    let references = referenced(&draft.tables[&target], chance).filter(|columns| columns.len() == 1)?;
    add_columns(draft, chance, owner, target, references)
}

/// Several columns that point at a row together; what they point at is made unique when it is not.
pub(super) fn add_composite_key(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (owner, target) = (any_table(draft, chance)?, any_table(draft, chance)?);
    let references = match referenced(&draft.tables[&target], chance) {
        Some(columns) if columns.len() > 1 => columns,
        _ => {
            let table = &draft.tables[&target];
            let keyable =
                table.free_columns().filter(|(_, column)| column.kind.is_keyable() && column.generated.is_none());
            let columns = vec![chance.pick(keyable.map(|(id, _)| (id, id)))?, table.token().id];
            let unique = Unique::of(columns.clone());
            draft.tables.get_mut(&target)?.unique.insert(chance.number(), unique);
            columns
        }
    };
    add_columns(draft, chance, owner, target, references)
}

/// What is unique in a table.
fn referenced(table: &Table, chance: &mut Chance) -> Option<Vec<Id>> {
    let unique = table.unique.iter().filter(|(_, unique)| unique.condition.is_none() && unique.deferrable.is_none());
    let unique = unique.map(|(id, unique)| (*id, unique.columns.clone()));
    let key = table.primary_key.iter().map(|key| (0, key.columns.clone()));
    chance.pick(key.chain(unique).collect::<Vec<_>>())
}

fn add_columns(draft: &mut Draft, chance: &mut Chance, owner: Id, target: Id, references: Vec<Id>) -> Option<()> {
    let names = ["owner", "part_of", "belongs to", "Ref", "second", "third", "fourth", "fifth"];
    let nullable = !chance.one_in(3);
    let existing = chance.one_in(5);
    let mut columns = Vec::new();
    for reference in &references {
        let kind = draft.column(target, *reference)?.kind;
        let collation = draft.column(target, *reference)?.collation;
        let table = draft.tables.get_mut(&owner)?;
        let same = table.free_columns().filter(|(_, column)| column.kind == kind && column.generated.is_none());
        let same = chance.pick(same.map(|(id, _)| (id, id)).collect::<Vec<_>>()).filter(|_| existing);
        if let Some(same) = same.filter(|id| !columns.contains(id)) {
            columns.push(same);
            continue;
        }
        let name = chance.name(&names, |name| table.has_column(name))?;
        let column = Column { nullable, collation, ..Column::plain(chance.number(), name, kind) };
        columns.push(column.id);
        table.columns.push(column);
    }
    let key = ForeignKey {
        columns,
        table: target,
        references,
        name: chance.one_in(4).then(|| format!("points_{:04x}", chance.number() & 0xffff)),
        on_delete: chance.of(&ACTIONS),
        on_update: chance.of(&ACTIONS),
        deferrable: chance.of(&DEFERRABLE),
        full: chance.one_in(5),
    };
    draft.tables.get_mut(&owner)?.foreign_keys.insert(chance.number(), key);
    Some(())
}

fn any_foreign_key<'a>(draft: &'a mut Draft, chance: &mut Chance) -> Option<(Id, &'a mut BTreeMap<Id, ForeignKey>)> {
    let keys = draft
        .tables
        .iter()
        .flat_map(|(table, definition)| definition.foreign_keys.keys().map(|key| (*key, (*table, *key))));
    let (table, key) = chance.pick(keys)?;
    Some((key, &mut draft.tables.get_mut(&table)?.foreign_keys))
}

pub(super) fn drop_foreign_key(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (id, keys) = any_foreign_key(draft, chance)?;
    keys.remove(&id).map(|_| ())
}

pub(super) fn change_foreign_key(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (id, keys) = any_foreign_key(draft, chance)?;
    let key = keys.get_mut(&id)?;
    match chance.below(5) {
        0 => key.on_delete = chance.of(&ACTIONS),
        1 => key.on_update = chance.of(&ACTIONS),
        2 => key.deferrable = chance.of(&DEFERRABLE),
        3 => key.full = !key.full,
        _ => key.name = key.name.is_none().then(|| format!("points_{:04x}", chance.number() & 0xffff)),
    }
    Some(())
}
