//! The edits that people make to a schema, each with chance for all its details. They must not care what else an edit
//! breaks: `repair` takes that out.

mod column;
mod constraint;
mod enumeration;
mod key;
mod object;
mod table;
mod together;
mod view;

use super::chance::Chance;
use super::draft::{Draft, Id};
use super::repair::repair;

pub use object::EXTENSIONS;

/// An edit's name, how likely it is, and what it does.
type Edit = (&'static str, usize, fn(&mut Draft, &mut Chance) -> Option<()>);

const EDITS: [Edit; 56] = [
    ("add_table", 12, table::add),
    ("drop_table", 3, table::drop),
    ("rename_table", 3, table::rename),
    ("name_table", 1, table::name),
    ("swap_tables", 1, table::swap),
    ("move_table", 1, table::change_domain),
    ("set_table_schema", 1, table::change_schema),
    ("comment_table", 1, table::comment),
    ("toggle_analytics", 1, table::toggle_analytics),
    ("add_column", 22, column::add),
    ("drop_column", 4, column::drop),
    ("rename_column", 4, column::rename),
    ("swap_columns", 1, column::swap),
    ("retype", 8, column::retype),
    ("toggle_nullable", 5, column::toggle_nullable),
    ("change_default", 4, column::change_default),
    ("change_counter", 4, column::change_counter),
    ("change_generated", 3, column::change_generated),
    ("change_collation", 2, column::change_collation),
    ("comment_column", 1, column::comment),
    ("toggle_sensitive", 1, column::toggle_sensitive),
    ("change_primary_key", 4, key::change_primary_key),
    ("add_foreign_key", 7, key::add_foreign_key),
    ("add_composite_key", 3, key::add_composite_key),
    ("drop_foreign_key", 2, key::drop_foreign_key),
    ("change_foreign_key", 3, key::change_foreign_key),
    ("add_unique", 4, constraint::add_unique),
    ("change_unique", 2, constraint::change_unique),
    ("drop_unique", 2, constraint::drop_unique),
    ("add_index", 6, constraint::add_index),
    ("change_index", 3, constraint::change_index),
    ("drop_index", 2, constraint::drop_index),
    ("add_check", 4, constraint::add_check),
    ("drop_check", 2, constraint::drop_check),
    ("add_exclusion", 2, constraint::add_exclusion),
    ("drop_exclusion", 2, constraint::drop_exclusion),
    ("add_enum", 5, enumeration::add),
    ("drop_enum", 1, enumeration::drop),
    ("rename_enum", 1, enumeration::rename),
    ("change_enum", 1, enumeration::change),
    ("add_label", 3, enumeration::add_label),
    ("drop_label", 2, enumeration::drop_label),
    ("rename_label", 2, enumeration::rename_label),
    ("reorder_labels", 1, enumeration::reorder),
    ("add_view", 5, view::add),
    ("change_view", 2, view::change),
    ("drop_view", 1, view::drop),
    ("add_object", 5, object::add),
    ("change_object", 2, object::change),
    ("drop_object", 1, object::drop),
    ("toggle_extension", 1, object::toggle_extension),
    ("rotate_tables", 2, together::rotate_tables),
    ("rotate_columns", 4, together::rotate_columns),
    ("rotate_enums", 1, together::rotate_enums),
    ("rotate_labels", 2, together::rotate_labels),
    ("rework_table", 4, together::rework_table),
];

/// Edits that are several at once.
pub const TOGETHER: [&str; 5] = ["rotate_tables", "rotate_columns", "rotate_enums", "rotate_labels", "rework_table"];

/// The names of all edits.
pub fn edits() -> impl Iterator<Item = &'static str> {
    EDITS.iter().map(|(name, ..)| *name)
}

/// How many edits are tried until one has something to be made to.
const ATTEMPTS: usize = 4;

/// Makes the edit that a seed stands for. Says which it is.
pub(crate) fn edit(draft: &mut Draft, seed: u64, without: &[String]) -> Option<&'static str> {
    let mut chance = Chance::new(seed);
    (0..ATTEMPTS).find_map(|_| attempt(draft, &mut chance, without))
}

fn attempt(draft: &mut Draft, chance: &mut Chance, without: &[String]) -> Option<&'static str> {
    let is_out = |name: &str| without.iter().any(|other| other == name);
    // Without these the others are drawn as if there were no others.
    let wanted = || EDITS.iter().filter(|(name, ..)| !TOGETHER.contains(name) || !is_out(name));
    let total = wanted().map(|(_, weight, _)| weight).sum();
    let mut place = chance.below(total);
    let (name, _, make) = wanted()
        .find(|(_, weight, _)| {
            let found = place < *weight;
            place = place.wrapping_sub(*weight);
            found
        })
        .expect("the place is below the sum of all weights");
    if is_out(name) {
        return None;
    }
    make(draft, chance)?;
    repair(draft);
    Some(name)
}

/// One of the tables.
fn any_table(draft: &Draft, chance: &mut Chance) -> Option<Id> {
    let any = chance.pick(draft.tables.keys().map(|id| (*id, *id)));
    draft.focus.or(any)
}

/// One of the columns that may change.
fn any_column(draft: &Draft, chance: &mut Chance) -> Option<(Id, Id)> {
    let table = any_table(draft, chance)?;
    let column = chance.pick(draft.tables[&table].free_columns().map(|(id, _)| (id, id)))?;
    Some((table, column))
}
