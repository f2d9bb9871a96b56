//! Random pairs of schemas: a first one, made by edits from nothing, and a second one, made by more edits from the first,
//! as snapshots, with the answers that the change needs and rows for the first. It must not use the product.
//!
//! An edit is a number. Whatever is taken out of the lists, the rest is still a pair, so that a failure can be made small.

mod answer;
mod chance;
mod draft;
mod edit;
mod kin;
mod kind;
mod merge;
mod object;
mod recipe;
mod repair;
mod rows;
mod sketch;
mod text;
mod write;

use std::collections::BTreeMap;

use crate::database::Engine;
use draft::Draft;
use kin::{Kin, Ties};

pub use answer::Flags;
pub use chance::Chance;
pub use edit::{EXTENSIONS, edits};
pub use recipe::Recipe;
pub use rows::{COUNTER, Fate, Kept};
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
    /// Rows for the first schema, one statement each.
    pub rows: Vec<String>,
    /// What must be left of them.
    pub kept: Vec<Kept>,
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
        let mut draft = Draft::new(engine);
        for seed in &recipe.first {
            edit::edit(&mut draft, *seed, without);
        }
        let before = draft.clone();
        let edits = recipe.then.iter().filter_map(|seed| edit::edit(&mut draft, *seed, without)).collect();
        let kin = Kin::new(&before, &draft);
        for (id, origin) in &kin.tables {
            // A change of them is refused, also when another table takes the name.
            draft.tables.get_mut(id).expect("kin is there").options = before.tables[origin].options;
        }
        let ties = Ties::new(&before, &draft, &kin);
        let (hints, flags) = answer::answers(&before, &draft, &kin, &ties);
        let views = before.views.iter().filter_map(|(id, old)| {
            let new = draft.views.get(id).filter(|new| new.materialized == old.materialized && new.key == old.key)?;
            (new.schema == old.schema).then(|| (text::view_name(&before, old), text::view_name(&draft, new)))
        });
        Self {
            views: views.collect(),
            rows: rows::rows(&before, &ties, &kin, &draft),
            kept: rows::kept(&before, &draft, &kin),
            counters: rows::counters(&before, &draft, &kin),
            before: write::write(&before, &answer::Hints::default()),
            after: write::write(&draft, &hints),
            flags,
            edits,
        }
    }
}
