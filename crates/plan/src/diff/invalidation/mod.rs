//! Dependents that must be dropped and re-created because of what they depend on changes: views, objects, computed columns,
//! expressions.
//!
//! Says it in drops only. What is missing afterwards the comparison finds by itself, and adds as the snapshots want it; so
//! the inverse is right by itself.

mod table_part;
mod changes;
mod altered_table;

use std::collections::{BTreeMap, BTreeSet};

use super::{Stop, rename::Labels, step::Steps};
use crate::{
    graph::{NameIndex, Needs, needed_first, with_dependents},
    model::{Dialect, Object, Schema, View},
    operation::{DropObject, DropView, Operation},
};
use altered_table::AlteredTable;

/// Drops every dependent that cannot stay. Gives the schema without them.
pub(super) fn drop_dependents(
    dialect: Dialect,
    present: &Schema,
    renamed: Schema,
    target: &Schema,
    labels: &Labels,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let early = early_objects(&renamed, target);
    let names = NameIndex::new(present);
    let remade = remade(&names, present, &renamed, target, steps);
    let mut schema = renamed;
    table_part::of_tables(dialect, &mut schema, target, labels, &remade, steps)?;
    let mut order = needed_first(remade, |key| Needs::of_dependent(&names, present, key));
    order.reverse();
    for key in order {
        if schema.views.remove(&key).is_some() {
            steps.drop_dependents.push(DropView::new(key).into());
        } else if schema.objects.remove(&key).is_some() {
            let step = match (early.contains(&key), target.objects.contains_key(&key)) {
                (false, _) => &mut steps.drop_dependents,
                (true, true) => &mut steps.drop_objects,
                (true, false) => &mut steps.drop_needed_objects,
            };
            step.push(DropObject::new(key).into());
        }
    }
    Ok(schema)
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
fn remade(names: &NameIndex, present: &Schema, renamed: &Schema, target: &Schema, steps: &Steps) -> BTreeSet<String> {
    let tables = altered_table::tables(target.dialect, present, renamed, target, steps);
    let keys = present.views.keys().chain(present.objects.keys());
    let needs: BTreeMap<&str, BTreeSet<String>> = keys.map(|key| (key.as_str(), names.needs(present, key))).collect();
    let views = present.views.iter().filter(|(key, view)| {
        let same = target.views.get(*key).is_some_and(|wanted| is_same_view(view, wanted));
        !same
            || needs[key.as_str()].iter().filter_map(|needed| tables.get(needed)).any(|table| table.affects_view(view))
    });
    let objects = present.objects.iter().filter(|(key, object)| {
        let same = target.objects.get(*key).is_some_and(|wanted| is_same_object(object, wanted));
        let affects = |table: &AlteredTable| table.affects_object(object);
        !same || needs[key.as_str()].iter().filter_map(|needed| tables.get(needed)).any(affects)
    });
    let mut remade: BTreeSet<String> = views.map(|(key, _)| key.clone()).collect();
    remade.extend(objects.map(|(key, _)| key.clone()));
    with_dependents(&needs, remade)
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
