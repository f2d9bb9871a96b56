//! Columns appear, go, change and get other names. It must not make constraints.

use super::any_column;
use super::table::COMMENTS;
use crate::random::chance::Chance;
use crate::random::column_type::{ColumnType, Family};
use crate::random::draft::{Column, Counter, Default, Draft, Generated, Id, ObjectForm, Table};

const NAMES: [&str; 20] = [
    "title",
    "status",
    "price",
    "note",
    "size",
    "amount",
    "parent",
    "created_at",
    "camelCase",
    "order",
    "select",
    "due at",
    "e-mail",
    "naïve",
    "a.b",
    "it's",
    "user",
    "Title2",
    "say \"x\"",
    "column_with_a_name_that_is_nearly_as_long_as_names_can_be_here",
];
const COLLATIONS_OF_POSTGRES: [Option<&str>; 4] = [None, None, Some("C"), Some("POSIX")];
const COLLATIONS_OF_SQLITE: [Option<&str>; 4] = [None, None, Some("NOCASE"), Some("RTRIM")];

impl Column {
    /// A column of a type and nothing else.
    pub(crate) fn plain(id: Id, name: String, kind: ColumnType) -> Self {
        Self {
            id,
            name,
            kind,
            nullable: false,
            default: None,
            counter: None,
            generated: None,
            collation: None,
            comment: None,
            sensitive: false,
        }
    }
}

/// A name that no column of the table has.
pub(super) fn free_name(table: &Table, chance: &mut Chance) -> Option<String> {
    chance.name(&NAMES, |name| table.has_column(name))
}

/// A new column for a table.
pub(super) fn make(draft: &Draft, table: &Table, chance: &mut Chance) -> Option<Column> {
    let name = chance.name(&NAMES, |name| table.has_column(name))?;
    let kind = any_kind(draft, chance);
    let mut column = Column::plain(chance.number(), name, kind);
    column.nullable = !chance.one_in(3);
    column.default = any_default(draft, chance).filter(|_| chance.one_in(3));
    column.counter = any_counter(chance).filter(|_| chance.one_in(6));
    column.generated = any_generated(table, chance).filter(|_| chance.one_in(5));
    if let Some(generated) = column.generated {
        column.kind = kind_of_generated(table, generated).unwrap_or(column.kind);
    }
    column.collation = any_collation(draft, chance).filter(|_| chance.one_in(3));
    column.comment = chance.of(&COMMENTS);
    column.sensitive = chance.one_in(5);
    Some(column)
}

/// Enums and the types of keys more often than the others.
fn any_kind(draft: &Draft, chance: &mut Chance) -> ColumnType {
    let common = ["integer", "bigint", "text", "varchar(40)", "uuid", "boolean", "timestamptz", "jsonb"];
    let draws = (chance.below(8), chance.of(&common), chance.pick(draft.enums.keys().map(|id| (*id, *id))));
    let array = draft.is_postgres() && chance.one_in(4);
    let all = ColumnType::all(draft);
    let any = chance.of(&all);
    match draws {
        (0 | 1, _, Some(id)) => {
            if array {
                ColumnType::EnumArray(id)
            } else {
                ColumnType::Enum(id)
            }
        }
        (0..=3, common, _) => ColumnType::Named(common),
        _ => any,
    }
}

fn any_default(draft: &Draft, chance: &mut Chance) -> Option<Default> {
    let number = u32::try_from(chance.below(90)).expect("below 90");
    let object =
        draft.objects.iter().filter(|(_, object)| matches!(object.form, ObjectForm::Function | ObjectForm::Sequence));
    let object = chance.pick(object.map(|(id, _)| (*id, *id)));
    match (chance.below(5), object) {
        (0 | 1, Some(object)) => Some(Default::Object(object)),
        (2, _) => Some(Default::Expression),
        _ => Some(Default::Literal(number)),
    }
}

fn any_counter(chance: &mut Chance) -> Option<Counter> {
    Some(chance.of(&[Counter::Serial, Counter::Auto, Counter::Always, Counter::ByDefault]))
}

fn any_generated(table: &Table, chance: &mut Chance) -> Option<Generated> {
    let source = chance.pick(table.columns.iter().map(|column| (column.id, column.id)))?;
    Some(Generated { source, form: chance.number(), stored: chance.one_in(2) })
}

fn kind_of_generated(table: &Table, generated: Generated) -> Option<ColumnType> {
    let source = table.column(generated.source)?;
    let boolean = generated.form.is_multiple_of(3);
    Some(ColumnType::Named(match source.kind.family() {
        Family::Text if !boolean => "text",
        Family::Integer if !boolean => "bigint",
        _ => "boolean",
    }))
}

fn any_collation(draft: &Draft, chance: &mut Chance) -> Option<&'static str> {
    let names = if draft.is_postgres() { COLLATIONS_OF_POSTGRES } else { COLLATIONS_OF_SQLITE };
    chance.of(&names)
}

pub(super) fn add(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = super::any_table(draft, chance)?;
    let column = make(draft, &draft.tables[&id], chance)?;
    let table = draft.tables.get_mut(&id)?;
    let place = 1 + chance.below(table.columns.len());
    table.columns.insert(place, column);
    Some(())
}

/// Rarely one that could not come back to a table with rows.
pub(super) fn drop(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (table, id) = any_column(draft, chance)?;
    let table = draft.tables.get_mut(&table)?;
    let column = table.column(id)?;
    if !column.nullable && !column.fills_itself() && !chance.one_in(6) {
        return None;
    }
    table.columns.retain(|column| column.id != id);
    Some(())
}

/// Also the column that tells the rows apart.
pub(super) fn rename(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let table = super::any_table(draft, chance)?;
    let table = draft.tables.get_mut(&table)?;
    let id = chance.pick(table.columns.iter().map(|column| (column.id, column.id)))?;
    let name = free_name(table, chance)?;
    table.column_mut(id)?.name = name;
    Some(())
}

pub(super) fn swap(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (table, one) = any_column(draft, chance)?;
    let table = draft.tables.get_mut(&table)?;
    let other = chance.pick(table.free_columns().map(|(id, _)| (id, id)))?;
    let (a, b) = (table.column(one)?.name.clone(), table.column(other)?.name.clone());
    table.column_mut(one)?.name = b;
    table.column_mut(other)?.name = a;
    Some(())
}

/// With everything that is tied to it by foreign keys.
pub(super) fn retype(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (table, column) = any_column(draft, chance)?;
    let before = draft.column(table, column)?.kind;
    let all = ColumnType::all(draft);
    let alike: Vec<_> =
        all.iter().copied().filter(|kind| kind.family() == before.family() && *kind != before).collect();
    let kind = match chance.below(4) {
        0 | 1 if !alike.is_empty() => chance.of(&alike),
        2 => ColumnType::Named("text"),
        _ => any_kind(draft, chance),
    };
    let tied = draft.tied(table, column);
    if tied.len() > 1 && !kind.is_keyable() {
        return None;
    }
    for (table, column) in tied {
        draft.tables.get_mut(&table)?.column_mut(column)?.kind = kind;
    }
    Some(())
}

pub(super) fn toggle_nullable(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (table, column) = any_column(draft, chance)?;
    let column = draft.tables.get_mut(&table)?.column_mut(column)?;
    column.nullable = !column.nullable;
    Some(())
}

pub(super) fn change_default(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (table, column) = any_column(draft, chance)?;
    let default = any_default(draft, chance).filter(|_| !chance.one_in(3));
    let column = draft.tables.get_mut(&table)?.column_mut(column)?;
    column.default = default.filter(|_| column.counter.is_none() && column.generated.is_none());
    Some(())
}

/// A column with whole numbers becomes a counter, another kind of counter, or none.
pub(super) fn change_counter(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let columns = draft.tables.iter().flat_map(|(table, definition)| {
        let counting = definition.free_columns().filter(|(_, column)| column.kind.counts());
        counting.map(|(column, _)| (column, (*table, column)))
    });
    let (table, column) = chance.pick(columns.collect::<Vec<_>>())?;
    let counter = any_counter(chance).filter(|_| !chance.one_in(4));
    draft.tables.get_mut(&table)?.column_mut(column)?.counter = counter;
    Some(())
}

/// A column becomes computed, computed in another way, or plain.
pub(super) fn change_generated(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (table, column) = any_column(draft, chance)?;
    let table = draft.tables.get_mut(&table)?;
    let generated = any_generated(table, chance).filter(|_| !chance.one_in(4));
    let kind = generated.and_then(|generated| kind_of_generated(table, generated));
    let stored = table.column(column)?.generated.map(|before| before.stored);
    let column = table.column_mut(column)?;
    if column.counter.is_some() {
        return None;
    }
    // SQLite computes it when it is read or when it is written, and the one does not become the other often.
    column.generated = generated.map(|after| Generated { stored: stored.unwrap_or(after.stored), ..after });
    column.kind = kind.unwrap_or(column.kind);
    Some(())
}

pub(super) fn change_collation(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (table, column) = any_column(draft, chance)?;
    let collation = any_collation(draft, chance);
    for (table, column) in draft.tied(table, column) {
        draft.tables.get_mut(&table)?.column_mut(column)?.collation = collation;
    }
    Some(())
}

pub(super) fn comment(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (table, column) = any_column(draft, chance)?;
    draft.tables.get_mut(&table)?.column_mut(column)?.comment = chance.of(&COMMENTS);
    Some(())
}

pub(super) fn toggle_sensitive(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let (table, column) = any_column(draft, chance)?;
    let column = draft.tables.get_mut(&table)?.column_mut(column)?;
    column.sensitive = !column.sensitive;
    Some(())
}
