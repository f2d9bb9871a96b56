//! Functions, sequences, triggers and policies, and extensions. It must not touch the tables that they are about.

use super::table::DOMAINS;
use super::{any_column, any_table};
use crate::random::chance::Chance;
use crate::random::draft::{Draft, Object, ObjectForm};

const KEYS: [&str; 8] =
    ["next_number", "touch", "guard", "watch_rows", "Заметка", "see_own", "number_of", "keep order"];
/// Of the extensions that come with PostgreSQL, some that need no preparation.
pub const EXTENSIONS: [&str; 3] = ["citext", "pg_trgm", "hstore"];

pub(super) fn add(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let key = chance.name(&KEYS, |name| draft.has_key(name))?;
    let (table, column) = (any_table(draft, chance)?, any_column(draft, chance));
    let functions = draft.objects.iter().filter(|(_, object)| object.form == ObjectForm::TriggerFunction);
    let function = chance.pick(functions.map(|(id, _)| (*id, *id)));
    let form = match chance.below(6) {
        0 => ObjectForm::Function,
        1 => ObjectForm::Sequence,
        2 => {
            let (table, column) = column?;
            ObjectForm::Policy { table, column }
        }
        _ if function.is_none() && draft.is_postgres() => ObjectForm::TriggerFunction,
        3 => {
            let (table, column) = column?;
            ObjectForm::Trigger { table, function, column: Some(column) }
        }
        _ => ObjectForm::Trigger { table, function, column: None },
    };
    let form = match form {
        ObjectForm::Trigger { table, column, .. } if !draft.is_postgres() => {
            ObjectForm::Trigger { table, function: None, column }
        }
        other => other,
    };
    // One policy a table: its text also switches row-level security.
    if let ObjectForm::Policy { table, .. } = form {
        let same = |object: &Object| matches!(object.form, ObjectForm::Policy { table: other, .. } if other == table);
        if draft.objects.values().any(same) {
            return None;
        }
    }
    let object = Object {
        key,
        domain: chance.below(DOMAINS),
        form,
        says_so: chance.one_in(2),
        version: u64::try_from(chance.below(50)).expect("below 50"),
    };
    draft.objects.insert(chance.number(), object);
    Some(())
}

pub(super) fn change(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = chance.pick(draft.objects.keys().map(|id| (*id, *id)))?;
    let object = draft.objects.get_mut(&id)?;
    match chance.below(4) {
        0 => object.domain = chance.below(DOMAINS),
        _ => object.version += 1,
    }
    Some(())
}

pub(super) fn drop(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = chance.pick(draft.objects.keys().map(|id| (*id, *id)))?;
    draft.objects.remove(&id).map(|_| ())
}

pub(super) fn toggle_extension(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let name = chance.of(&EXTENSIONS);
    if !draft.extensions.remove(name) {
        draft.extensions.insert(name);
    }
    Some(())
}
