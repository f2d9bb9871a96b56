//! What must step aside while something beneath it changes: views, objects, computed columns, expressions.
//!
//! Says it in drops only. What is missing afterwards the comparison finds by itself, and adds as the snapshots want it;
//! the way back then takes the same road.

mod element;
mod ground;
mod reshaped;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Stop,
    needs::{Needs, needed_first},
    rename::Labels,
    step::Steps,
};
use crate::{
    model::{Dialect, Object, Schema, View},
    operation::{DropObject, DropView, Operation, dependency},
};
use reshaped::Reshaped;

/// Lets everything step aside that must. Gives the schema without it.
pub(super) fn step_aside(
    dialect: Dialect,
    present: &Schema,
    renamed: Schema,
    target: &Schema,
    labels: &Labels,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let early = early_objects(&renamed, target);
    let remade = remade(dialect, present, &renamed, target, steps);
    let mut schema = renamed;
    element::of_tables(dialect, &mut schema, target, labels, &remade, &early, steps)?;
    let needs = |key: &str| Needs { must: needed(present, key), should: dependency::of_bodies(present, key) };
    let mut order = needed_first(remade, needs);
    order.reverse();
    for key in order {
        if schema.views.remove(&key).is_some() {
            steps.unhook.push(DropView::new(key).into());
        } else if schema.objects.remove(&key).is_some() {
            let step = match (early.contains(&key), target.objects.contains_key(&key)) {
                (false, _) => &mut steps.unhook,
                (true, true) => &mut steps.drop_objects,
                (true, false) => &mut steps.drop_needed_objects,
            };
            step.push(DropObject::new(key).into());
        }
    }
    Ok(schema)
}

/// What a view or object needs.
pub(super) fn needed(schema: &Schema, key: &str) -> BTreeSet<String> {
    if schema.views.contains_key(key) { dependency::of_view(schema, key) } else { dependency::of_object(schema, key) }
}

/// The objects that tables need, before or after the change: they are made before the tables and go after them. All
/// others are made after the tables and go before them.
pub(super) fn early_objects(present: &Schema, target: &Schema) -> BTreeSet<String> {
    let mut early = BTreeSet::new();
    for schema in [present, target] {
        let tables = schema.tables.values().flat_map(|table| &table.depends_on);
        let mut waiting: Vec<String> = tables.cloned().collect();
        while let Some(key) = waiting.pop() {
            if let Some(object) = schema.objects.get(&key)
                && early.insert(key)
            {
                waiting.extend(object.depends_on.iter().cloned());
            }
        }
    }
    early
}

/// The views and objects that go or are made anew: those with another text, those over a table that takes another shape,
/// and all that need one of these.
fn remade(dialect: Dialect, present: &Schema, renamed: &Schema, target: &Schema, steps: &Steps) -> BTreeSet<String> {
    let tables = reshaped::tables(dialect, present, renamed, target, steps);
    let views = present.views.iter().filter(|(key, view)| {
        let same = target.views.get(*key).is_some_and(|wanted| is_same_view(view, wanted));
        !same
            || needed(present, key)
                .iter()
                .filter_map(|needed| tables.get(needed))
                .any(|table| table.disturbs_view(view))
    });
    let objects = present.objects.iter().filter(|(key, object)| {
        let same = target.objects.get(*key).is_some_and(|wanted| is_same_object(object, wanted));
        let disturbs = |table: &Reshaped| table.disturbs_object(object);
        !same || needed(present, key).iter().filter_map(|needed| tables.get(needed)).any(disturbs)
    });
    let mut remade: BTreeSet<String> = views.map(|(key, _)| key.clone()).collect();
    remade.extend(objects.map(|(key, _)| key.clone()));
    let needs: BTreeMap<&String, BTreeSet<String>> =
        present.views.keys().chain(present.objects.keys()).map(|key| (key, needed(present, key))).collect();
    loop {
        let known = remade.len();
        let reached = needs.iter().filter(|(_, needs)| !needs.is_disjoint(&remade)).map(|(key, _)| (*key).clone());
        let reached: Vec<_> = reached.collect();
        remade.extend(reached);
        if remade.len() == known {
            return remade;
        }
    }
}

fn is_same_view(a: &View, b: &View) -> bool {
    (&a.name, &a.schema, &a.query, a.materialized, &a.indexes)
        == (&b.name, &b.schema, &b.query, b.materialized, &b.indexes)
}

fn is_same_object(a: &Object, b: &Object) -> bool {
    (&a.create, &a.drop) == (&b.create, &b.drop)
}

/// Makes the drop, and puts it where it belongs.
fn drop_now(operation: Operation, schema: &mut Schema, step: &mut Vec<Operation>) -> Result<(), Stop> {
    operation.apply(schema).map_err(|contradiction| Stop::Refused(vec![contradiction.to_string()]))?;
    step.push(operation);
    Ok(())
}
