//! Unique constraints, indexes, checks and exclusions. It must not make keys.

use std::collections::BTreeMap;

use super::{any_column, any_table};
use crate::random::chance::Chance;
use crate::random::column_type::{ColumnType, Family};
use crate::random::draft::{Check, Column, Condition, Draft, Element, Exclusion, Form, Id, Index, Table, Unique};

const FORMS: [Form; 8] = [
    Form::Plain,
    Form::Plain,
    Form::Plain,
    Form::Descending,
    Form::NullsFirst,
    Form::Pattern,
    Form::Collated,
    Form::Expression,
];
const METHODS: [Option<&str>; 7] = [None, None, None, Some("hash"), Some("brin"), Some("gin"), Some("gist")];
const DEFERRABLE: [Option<&str>; 3] = [None, Some("immediate"), Some("deferred")];

impl Unique {
    /// Of columns, with nothing special.
    pub(crate) fn of(columns: Vec<Id>) -> Self {
        Self { columns, name: None, condition: None, nulls_not_distinct: false, deferrable: None, include: Vec::new() }
    }
}

fn name(prefix: &str, chance: &mut Chance) -> String {
    format!("{prefix}_{:04x}", chance.number() & 0xffff)
}

fn any_condition(table: &Table, chance: &mut Chance) -> Option<Condition> {
    let column = chance.pick(table.columns.iter().map(|column| (column.id, column.id)))?;
    Some(Condition { column, form: chance.number() })
}

/// One of a table's things, and the table.
fn any<'a, T>(
    draft: &'a mut Draft,
    chance: &mut Chance,
    of: fn(&mut Table) -> &mut BTreeMap<Id, T>,
) -> Option<(Id, &'a mut Table)> {
    let mut found = Vec::new();
    for (table, definition) in &mut draft.tables {
        found.extend(of(definition).keys().map(|id| (*id, (*table, *id))));
    }
    let (table, id) = chance.pick(found)?;
    Some((id, draft.tables.get_mut(&table)?))
}

/// Of columns whose rows differ.
pub(super) fn add_unique(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    let table = draft.tables.get_mut(&id)?;
    let distinct = table.columns.iter().filter(|column| column.kind.is_distinct());
    let mut columns = vec![chance.pick(distinct.map(|column| (column.id, column.id)))?];
    let second = chance.pick(table.free_columns().map(|(id, _)| (id, id)));
    columns.extend(second.filter(|_| chance.one_in(3)));
    let mut unique = Unique::of(columns);
    unique.name = chance.one_in(4).then(|| name("only", chance));
    change(&mut unique, table, chance);
    table.unique.insert(chance.number(), unique);
    Some(())
}

fn change(unique: &mut Unique, table: &Table, chance: &mut Chance) {
    let carried = chance.pick(table.columns.iter().map(|column| (column.id, column.id)));
    match chance.below(8) {
        0 => unique.condition = any_condition(table, chance),
        1 => unique.nulls_not_distinct = !unique.nulls_not_distinct,
        2 => unique.deferrable = chance.of(&DEFERRABLE),
        3 => unique.include = carried.into_iter().collect(),
        _ => {}
    }
}

pub(super) fn change_unique(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (id, table) = any(draft, chance, |table| &mut table.unique)?;
    let mut unique = table.unique.remove(&id)?;
    match chance.below(3) {
        0 => unique.name = unique.name.is_none().then(|| name("only", chance)),
        1 => unique.columns.reverse(),
        _ => change(&mut unique, table, chance),
    }
    table.unique.insert(id, unique);
    Some(())
}

pub(super) fn drop_unique(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (id, table) = any(draft, chance, |table| &mut table.unique)?;
    table.unique.remove(&id).map(|_| ())
}

pub(super) fn add_index(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = any_table(draft, chance)?;
    let table = draft.tables.get_mut(&id)?;
    let mut index = Index {
        elements: Vec::new(),
        name: chance.one_in(3).then(|| name("search", chance)),
        unique: chance.one_in(6),
        method: chance.of(&METHODS),
        condition: any_condition(table, chance).filter(|_| chance.one_in(4)),
        include: Vec::new(),
        fillfactor: chance.one_in(8).then_some(70),
    };
    for _ in 0..=chance.below(2) {
        // Whatever is comparable, when nothing has the drawn form.
        let form = chance.of(&FORMS);
        let column = chance.pick(table.columns.iter().map(|column| (column.id, column)))?;
        let form = if column.kind.is_comparable() && chance.one_in(2) { Form::Plain } else { form };
        index.elements.push(Element { column: column.id, form });
    }
    if index.unique
        && !index.elements.iter().any(|element| table.column(element.column).is_some_and(|c| c.kind.is_distinct()))
    {
        index.unique = false;
    }
    table.indexes.insert(chance.number(), index);
    Some(())
}

pub(super) fn change_index(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (id, table) = any(draft, chance, |table| &mut table.indexes)?;
    let mut index = table.indexes.remove(&id)?;
    let column = chance.pick(table.columns.iter().map(|column| (column.id, column.id)))?;
    match chance.below(7) {
        0 => index.name = index.name.is_none().then(|| name("search", chance)),
        1 => index.elements.reverse(),
        2 => index.condition = any_condition(table, chance),
        3 => index.include = vec![column],
        4 => index.fillfactor = Some(80),
        5 => index.method = chance.of(&METHODS),
        _ => index.elements.push(Element { column, form: chance.of(&FORMS) }),
    }
    table.indexes.insert(id, index);
    Some(())
}

pub(super) fn drop_index(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (id, table) = any(draft, chance, |table| &mut table.indexes)?;
    table.indexes.remove(&id).map(|_| ())
}

pub(super) fn add_check(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (table, _) = any_column(draft, chance)?;
    let table = draft.tables.get_mut(&table)?;
    let condition = any_condition(table, chance)?;
    let name = chance.one_in(2).then(|| name("holds", chance));
    let second = any_condition(table, chance).filter(|_| name.is_some() && chance.one_in(3));
    table.checks.insert(chance.number(), Check { name, condition, second });
    Some(())
}

pub(super) fn drop_check(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (id, table) = any(draft, chance, |table| &mut table.checks)?;
    table.checks.remove(&id).map(|_| ())
}

/// Of a column with ranges; a table gets one when there is none.
pub(super) fn add_exclusion(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    if !draft.is_postgres() {
        return None;
    }
    let columns = draft.tables.iter().flat_map(|(table, definition)| {
        let ranges = definition.free_columns().filter(|(_, column)| matches!(column.kind.family(), Family::Range(_)));
        ranges.map(|(column, _)| (column, (*table, column)))
    });
    let found = chance.pick(columns.collect::<Vec<_>>());
    let (owner, id) = (any_table(draft, chance)?, chance.number());
    let kind = ColumnType::Named(chance.of(&["tsrange", "daterange", "int4range"]));
    let (table, column) = found.unwrap_or((owner, id));
    let table = draft.tables.get_mut(&table)?;
    if column == id {
        let name = chance.name(&["period", "reach"], |name| table.has_column(name))?;
        table.columns.push(Column { nullable: true, ..Column::plain(id, name, kind) });
    }
    let condition = any_condition(table, chance).filter(|_| chance.one_in(3));
    table.exclusions.insert(chance.number(), Exclusion { name: name("apart", chance), column, condition });
    Some(())
}

/// Or gets another name.
pub(super) fn drop_exclusion(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (id, table) = any(draft, chance, |table| &mut table.exclusions)?;
    if chance.one_in(2) {
        table.exclusions.get_mut(&id)?.name = name("apart", chance);
        return Some(());
    }
    table.exclusions.remove(&id).map(|_| ())
}
