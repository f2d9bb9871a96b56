//! Whether two operations that were made for one schema leave each other alone, whichever comes first.
//!
//! Asks what they read and write, and compares no schemas: that is `commute`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    access::{Access, Affects, Aspect, Facts, Mode, Precision, Resource},
    edges::{filled, index},
    entity::Entities,
    facts::facts,
    sql_name::{SqlName, names_of},
    subject::subject,
    text::is_in_array,
};
use crate::{
    model::{ObjectId, Schema},
    operation::Operation,
};

/// Why two operations cannot change places.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disturbance {
    /// One of them reads, or has in a text, what the other one changes.
    #[error("one refers to what the other one changes")]
    Refers,
    /// A name that only one thing can have at a time.
    #[error("both take or free the name `{0}` in the database")]
    Name(String),
}

/// The first of `theirs` that `ours` cannot change places with, by its place, and why. All were made for `state`.
pub fn first_disturbance<'a>(
    state: &Schema,
    ours: &Operation,
    theirs: impl IntoIterator<Item = &'a Operation>,
) -> Option<(usize, Disturbance)> {
    let theirs: Vec<&Operation> = theirs.into_iter().collect();
    let all = || std::iter::once(ours).chain(theirs.iter().copied());
    let names = index(state, all());
    let filled: BTreeSet<ObjectId> = all().filter_map(filled).collect();
    let mut entities = Entities::new(state.dialect);
    let mut of = |operation: &Operation| {
        let ends = [state, state];
        Footprint {
            facts: facts(operation, state, &names, &mut entities, &filled, ends, Precision::Columns),
            names: changed_names(state, operation),
        }
    };
    let own = of(ours);
    let mut by_resource: BTreeMap<&Resource, Vec<&Access>> = BTreeMap::new();
    own.facts.accesses.iter().for_each(|access| by_resource.entry(&access.resource).or_default().push(access));
    theirs.into_iter().enumerate().find_map(|(place, operation)| {
        let other = of(operation);
        if let Some(name) = own.names.intersection(&other.names).next() {
            return Some((place, Disturbance::Name(name.as_str().to_owned())));
        }
        let touches = other.facts.accesses.iter().any(|access| {
            let same = by_resource.get(&access.resource).into_iter().flatten();
            same.into_iter().any(|ours| disturbs((ours, &own.facts), (access, &other.facts)))
        });
        let is_filled = makes_source(&own.facts, &other.facts) || makes_source(&other.facts, &own.facts);
        (touches || is_filled).then_some((place, Disturbance::Refers))
    })
}

/// What one operation touches.
struct Footprint {
    facts: Facts,
    /// Names of the database that it takes or frees.
    names: BTreeSet<SqlName>,
}

/// Whether one makes or fills a column that the other one reads values of, or would.
fn makes_source(one: &Facts, other: &Facts) -> bool {
    one.filled.as_ref().is_some_and(|filled| other.sources.contains(filled))
}

/// Whether it matters who touches the same thing first.
fn disturbs(one: (&Access, &Facts), other: (&Access, &Facts)) -> bool {
    if one.0.mode.commutes_with(other.0.mode) {
        return false;
    }
    match (one.0.mode, other.0.mode) {
        (Mode::Read, _) => affects(other.0, one),
        (_, Mode::Read) => affects(one.0, other),
        // Whether two labels or two additions go together, the model says.
        (Mode::Adjust | Mode::Write, Mode::Adjust | Mode::Write) => {
            one.0.affects == Affects::Readers || other.0.affects == Affects::Readers
        }
    }
}

/// Whether a change is one for an operation that reads the same.
fn affects(change: &Access, (read, facts): (&Access, &Facts)) -> bool {
    let is_relevant = match read.resource {
        // What values are made from is compared by itself; any other use of rows was as good without the change.
        Resource::Of(_, Aspect::Data) => false,
        // What is taken away needs to be there.
        Resource::Of(_, aspect) => !read.is_old || aspect == Aspect::Existence,
        Resource::CreatedExtensions | Resource::DroppedExtensions | Resource::SqlSchema(_) | Resource::Key(_) => true,
    };
    is_relevant
        && match &change.affects {
            Affects::Readers => true,
            Affects::Nobody => false,
            Affects::Label(label) => facts.strings.iter().any(|text| text == label || is_in_array(text, label)),
        }
}

/// The names that an operation takes or frees in the database; nothing where several things may have one.
fn changed_names(state: &Schema, operation: &Operation) -> BTreeSet<SqlName> {
    let (from, to) = subject(operation);
    let mut schema = Schema::empty(state.dialect);
    match &from {
        ObjectId::Table(key) => schema.tables.extend(state.tables.get_key_value(key).map(owned)),
        ObjectId::Enum(key) => schema.enums.extend(state.enums.get_key_value(key).map(owned)),
        ObjectId::View(key) => schema.views.extend(state.views.get_key_value(key).map(owned)),
        ObjectId::Object(key) => schema.objects.extend(state.objects.get_key_value(key).map(owned)),
        ObjectId::Extension(_)
        | ObjectId::SqlSchema(_)
        | ObjectId::Column { .. }
        | ObjectId::Constraint { .. }
        | ObjectId::Index { .. } => return BTreeSet::new(),
    }
    let before = names_of(&schema, &from);
    // What needs other things as well to be applied gives nothing a name.
    if operation.apply(&mut schema).is_err() {
        return BTreeSet::new();
    }
    let after = names_of(&schema, &to);
    let all: BTreeSet<&SqlName> = before.keys().chain(after.keys()).collect();
    let changed = all.into_iter().filter(|name| before.get(*name) != after.get(*name) && !name.is_shared());
    changed.cloned().collect()
}

fn owned<V: Clone>((key, value): (&String, &V)) -> (String, V) {
    (key.clone(), value.clone())
}
