//! Random pairs of schemas: a first one, made by edits from nothing, and a second one, made by more edits from the first,
//! as snapshots, with the answers that the change needs and rows for the first. It must not use the product.
//!
//! An edit is a number. Whatever is taken out of the lists, the rest is still a pair, so that a failure can be made small.

mod answer;
mod chance;
mod column_type;
mod draft;
mod edit;
mod lineage;
mod memory;
mod merge;
mod object;
mod recipe;
mod repair;
mod rows;
mod sketch;
mod style;
mod text;
mod write;

use std::collections::BTreeMap;

use crate::database::Engine;
use draft::Draft;
use lineage::{Lineage, Ties};
use memory::Memory;

pub use answer::Flags;
pub use chance::Chance;
pub use edit::{EXTENSIONS, TOGETHER, edits};
pub use recipe::Recipe;
pub use rows::{COUNTER, SurvivingTable, ValueChange};
pub use sketch::Sketch;

/// Two schemas and everything about the way between them.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The snapshots of the first schema by domain.
    pub before: BTreeMap<&'static str, String>,
    /// The snapshots of the second, with hints.
    pub after: BTreeMap<&'static str, String>,
    /// The answers that are no hints.
    pub flags: Flags,
    /// Where questions are answered as they come: what chooses the answers.
    pub following: Option<u64>,
    /// Rows for the first schema, one statement each.
    pub rows: Vec<String>,
    /// What must be left of them.
    pub kept: Vec<SurvivingTable>,
    /// Queries for the next value of a counter in the first and in the second schema.
    pub counters: Vec<(String, String)>,
    /// Views that both schemas have, by their names in SQL.
    pub views: Vec<(String, String)>,
    /// The names of the edits from the first to the second.
    pub edits: Vec<&'static str>,
}

impl Pair {
    /// The pair of a recipe, without some edits.
    #[must_use]
    pub fn new(engine: Engine, recipe: &Recipe, without: &[String]) -> Self {
        let mut draft = first(engine, recipe, without);
        let before = draft.clone();
        draft.style = recipe.styles[1];
        Self::between(&before, &mut draft, &recipe.then, without, &mut Memory::default())
    }

    /// The pairs of a chain: the second schema of each is the first of the next, with all hints that were ever given.
    #[must_use]
    pub fn chain(engine: Engine, recipe: &Recipe, without: &[String]) -> Vec<Self> {
        let mut draft = first(engine, recipe, without);
        let mut memory = Memory::default();
        let step = |(number, edits): (usize, Vec<u64>)| {
            let before = draft.clone();
            // Every third step somebody else writes.
            draft.style = recipe.styles[usize::from(number % 3 == 1)];
            Self::between(&before, &mut draft, &edits, without, &mut memory)
        };
        recipe.steps().into_iter().enumerate().map(step).collect()
    }

    /// The same change by somebody who gives no answer before being asked, not even a hint, and without rows: what a row
    /// becomes is up to the answers then.
    #[must_use]
    pub fn unanswered(engine: Engine, recipe: &Recipe, without: &[String]) -> Self {
        let mut draft = first(engine, recipe, without);
        // Options cannot change, whatever table becomes another one.
        let without_options = |draft: &mut Draft| draft.tables.values_mut().for_each(|table| table.options = None);
        without_options(&mut draft);
        let before = draft.clone();
        draft.style = recipe.styles[1];
        let pair = Self::between(&before, &mut draft, &recipe.then, without, &mut Memory::default());
        without_options(&mut draft);
        Self {
            after: write::write(&draft, &answer::Hints::default()),
            flags: Flags::default(),
            following: Some(recipe.then.iter().fold(0, |all, edit| all ^ edit)),
            rows: Vec::new(),
            kept: Vec::new(),
            counters: Vec::new(),
            ..pair
        }
    }

    fn between(before: &Draft, draft: &mut Draft, edits: &[u64], without: &[String], memory: &mut Memory) -> Self {
        let edits = edits.iter().filter_map(|seed| edit::edit(draft, *seed, without)).collect();
        give_names_back(before, draft);
        let lineage = Lineage::new(before, draft);
        lineage::settle_labels(before, draft, &lineage);
        for (id, origin) in &lineage.tables {
            // A change of them is refused, also when another table takes the name.
            draft.tables.get_mut(id).expect("the table is there").options = before.tables[origin].options;
        }
        let ties = Ties::new(before, draft, &lineage);
        let (hints, flags) = answer::answers(before, draft, &lineage, &ties, memory);
        let standing = write::write(before, &memory.hints);
        memory.advance(before, draft, &lineage, hints);
        let views = before.views.iter().filter_map(|(id, old)| {
            let new = draft.views.get(id).filter(|new| new.materialized == old.materialized && new.key == old.key)?;
            (new.schema == old.schema).then(|| (text::view_name(before, old), text::view_name(draft, new)))
        });
        Self {
            views: views.collect(),
            rows: rows::rows(before, &ties, &lineage, draft),
            kept: rows::kept(before, draft, &lineage),
            counters: rows::counters(before, draft, &lineage),
            before: standing,
            after: write::write(draft, &memory.hints),
            flags,
            following: None,
            edits,
        }
    }
}

/// The schema that a recipe begins with.
fn first(engine: Engine, recipe: &Recipe, without: &[String]) -> Draft {
    let mut draft = Draft::new(engine);
    for seed in &recipe.first {
        edit::edit(&mut draft, *seed, without);
    }
    draft.style = recipe.styles[0];
    draft
}

/// A new table under the name of one that was renamed over one that goes: nobody could say that, and it is refused.
fn give_names_back(before: &Draft, draft: &mut Draft) {
    let is_refused = |(new, table): (&draft::Id, &draft::Table)| {
        let source = before.tables.iter().find(|(_, old)| old.key == table.key)?.0;
        let renamed = draft.tables.get(source).filter(|renamed| renamed.key != table.key)?;
        let goes = before.tables.iter().any(|(old, was)| was.key == renamed.key && !draft.tables.contains_key(old));
        (goes && !before.tables.contains_key(new)).then_some(*new)
    };
    let refused: Vec<_> = draft.tables.iter().filter_map(is_refused).collect();
    for id in &refused {
        draft.tables.remove(id);
    }
    if !refused.is_empty() {
        repair::repair(draft);
    }
}
