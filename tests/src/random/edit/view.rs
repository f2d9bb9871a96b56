//! Views. It must not touch what they read.

use super::any_table;
use super::table::{COMMENTS, DOMAINS, SCHEMAS};
use crate::random::chance::Chance;
use crate::random::draft::{Condition, Draft, Source, View};

const KEYS: [&str; 6] = ["open_tickets", "Totals", "side by side", "report", "overview", "latest"];

pub(super) fn add(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let key = chance.name(&KEYS, |name| draft.has_key(name))?;
    let over = chance.pick(draft.views.keys().map(|id| (*id, *id))).filter(|_| chance.one_in(3));
    let source = match over {
        Some(view) => Source::View(view),
        None => any_source(draft, chance)?,
    };
    let view = View {
        key,
        name: None,
        schema: chance.of(&SCHEMAS),
        domain: chance.below(DOMAINS),
        comment: chance.of(&COMMENTS),
        materialized: chance.one_in(3),
        source,
        indexed: chance.one_in(2),
        says_so: chance.one_in(3),
    };
    draft.views.insert(chance.number(), view);
    Some(())
}

fn any_source(draft: &Draft, chance: &mut Chance) -> Option<Source> {
    let table = any_table(draft, chance)?;
    Some(match chance.below(5) {
        0 => Source::Count { table },
        1 => Source::Join { left: table, right: any_table(draft, chance)? },
        _ => {
            let columns = &draft.tables[&table].columns;
            // A column that can have an index stands first.
            let mut chosen = vec![columns[0].id];
            for _ in 0..=chance.below(3) {
                let next = chance.pick(columns.iter().map(|column| (column.id, column.id)))?;
                if !chosen.contains(&next) {
                    chosen.push(next);
                }
            }
            let column = chance.pick(columns.iter().map(|column| (column.id, column.id)))?;
            let condition = Condition { column, form: chance.number() };
            Source::Table { table, columns: chosen, condition: chance.one_in(2).then_some(condition) }
        }
    })
}

pub(super) fn change(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = chance.pick(draft.views.keys().map(|id| (*id, *id)))?;
    let key = chance.name(&KEYS, |name| draft.has_key(name));
    let source = any_source(draft, chance)?;
    let view = draft.views.get_mut(&id)?;
    match chance.below(8) {
        0 => view.comment = chance.of(&COMMENTS),
        1 => view.schema = chance.of(&SCHEMAS),
        2 => view.domain = chance.below(DOMAINS),
        3 => view.materialized = !view.materialized,
        4 => view.indexed = !view.indexed,
        5 => view.key = key?,
        _ => view.source = source,
    }
    Some(())
}

pub(super) fn drop(draft: &mut Draft, chance: &mut Chance) -> Option<()> {
    let id = chance.pick(draft.views.keys().map(|id| (*id, *id)))?;
    draft.views.remove(&id).map(|_| ())
}
