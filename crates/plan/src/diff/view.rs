//! Compares views and objects, after everything that must be made anew has been dropped.
//!
//! What is missing is added last, in an order in which each finds what it needs; objects that tables need are added with
//! the tables.

use std::collections::BTreeSet;

use super::{invalidation::early_objects, step::Steps};
use crate::{
    graph::{NameIndex, Needs, needed_first},
    model::Schema,
    operation::{CreateObject, CreateView, MoveObject, MoveView, Operation, SetDependsOn, SetViewComment},
};

pub(super) fn compare(present: &Schema, target: &Schema, steps: &mut Steps) {
    let early = early_objects(present, target);
    let new_views = target.views.keys().filter(|key| !present.views.contains_key(*key));
    let new_objects = target.objects.keys().filter(|key| !present.objects.contains_key(*key));
    let (first, last): (BTreeSet<_>, BTreeSet<_>) =
        new_views.chain(new_objects).cloned().partition(|key| early.contains(key));
    steps.create_objects = first.into_iter().collect();
    let names = NameIndex::new(target);
    let needs = |key: &str| Needs::of_dependent(&names, target, key);
    steps.create_dependents = needed_first(last, needs).into_iter().filter_map(|key| create(target, key)).collect();
    kept_views(present, target, steps);
    kept_objects(present, target, steps);
    for (key, known) in &present.tables {
        if let Some(wanted) = target.tables.get(key) {
            depends_on(key, &known.depends_on, &wanted.depends_on, steps);
        }
    }
}

/// The operation that creates a view or an object.
pub(super) fn create(target: &Schema, key: String) -> Option<Operation> {
    if let Some(view) = target.views.get(&key).cloned() {
        return Some(CreateView { key, definition: view }.into());
    }
    let object = target.objects.get(&key)?.clone();
    Some(CreateObject { key, definition: object }.into())
}

fn kept_views(present: &Schema, target: &Schema, steps: &mut Steps) {
    for (key, known) in &present.views {
        let Some(wanted) = target.views.get(key) else { continue };
        if known.comment != wanted.comment {
            steps.remarks.push(SetViewComment::new(key, wanted.comment.clone()).into());
        }
        if known.domain != wanted.domain {
            steps.remarks.push(MoveView::new(key, wanted.domain.clone()).into());
        }
        depends_on(key, &known.depends_on, &wanted.depends_on, steps);
    }
}

fn kept_objects(present: &Schema, target: &Schema, steps: &mut Steps) {
    for (key, known) in &present.objects {
        let Some(wanted) = target.objects.get(key) else { continue };
        if known.domain != wanted.domain {
            steps.remarks.push(MoveObject::new(key, wanted.domain.clone()).into());
        }
        depends_on(key, &known.depends_on, &wanted.depends_on, steps);
    }
}

fn depends_on(key: &str, known: &BTreeSet<String>, wanted: &BTreeSet<String>, steps: &mut Steps) {
    if known != wanted {
        steps.remarks.push(SetDependsOn { key: key.to_owned(), depends_on: wanted.clone() }.into());
    }
}
