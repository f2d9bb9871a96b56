//! Compares extensions, SQL schemas and enums.
//!
//! Values are added in place; when one goes or changes its place, the type is made anew with all of them.

use super::{rename::Labels, step::Steps};
use crate::{
    model::{Enum, Schema},
    operation::{
        AddEnumValue, CreateEnum, CreateExtension, CreateSchema, DropEnum, DropExtension, DropSchema, MoveEnum,
        Operation, SetEnumComment, SetEnumSchema, SetEnumValues,
    },
};

pub(super) fn compare(recorded: &Schema, present: &Schema, target: &Schema, labels: &Labels, steps: &mut Steps) {
    for name in target.extensions.difference(&present.extensions) {
        steps.foundations.push(CreateExtension { name: name.clone() }.into());
    }
    for name in target.schemas.difference(&present.schemas) {
        steps.foundations.push(CreateSchema { name: name.clone() }.into());
    }
    for (key, wanted) in &target.enums {
        match present.enums.get(key) {
            None => steps.foundations.push(CreateEnum { key: key.clone(), definition: wanted.clone() }.into()),
            Some(known) if known != wanted => {
                let before = Before::of(recorded, key, labels, steps);
                changed(key, known, wanted, before.as_ref(), steps);
            }
            Some(_) => {}
        }
    }
    for key in present.enums.keys().filter(|key| !target.enums.contains_key(*key)) {
        steps.leftovers.push(DropEnum::new(key).into());
    }
    for name in present.schemas.difference(&target.schemas) {
        steps.leftovers.push(DropSchema { name: name.clone() }.into());
    }
    for name in present.extensions.difference(&target.extensions) {
        steps.leftovers.push(DropExtension { name: name.clone() }.into());
    }
}

/// Whether the type cannot just grow.
pub(super) fn is_made_anew(known: &Enum, wanted: &Enum) -> bool {
    !wanted.values.iter().filter(|value| known.values.contains(value)).eq(&known.values)
}

/// The values that go.
pub(super) fn gone_values(known: &Enum, wanted: &Enum) -> Vec<String> {
    known.values.iter().filter(|value| !wanted.values.contains(value)).cloned().collect()
}

/// An enum as it is recorded, before anything in the plan runs.
struct Before<'a> {
    key: String,
    definition: &'a Enum,
    /// Labels that are renamed: the new one and the recorded one.
    labels: Vec<(String, String)>,
}

impl<'a> Before<'a> {
    fn of(recorded: &'a Schema, key: &str, labels: &Labels, steps: &Steps) -> Option<Self> {
        let renames = steps.renames.iter().rev();
        let key_before = renames.fold(key.to_owned(), |key, step| match step {
            Operation::RenameEnum(rename) if rename.to == key => rename.from.clone(),
            _ => key,
        });
        let definition = recorded.enums.get(&key_before)?;
        let of_enum = labels.get(key).into_iter().flatten();
        let labels = of_enum.map(|(to, from)| (to.clone(), from.clone())).collect();
        Some(Self { key: key_before, definition, labels })
    }

    fn label(&self, label: &str) -> String {
        let renamed = self.labels.iter().find(|(to, _)| to == label);
        renamed.map_or_else(|| label.to_owned(), |(_, from)| from.clone())
    }
}

fn changed(key: &str, known: &Enum, wanted: &Enum, before: Option<&Before<'_>>, steps: &mut Steps) {
    if known.schema != wanted.schema {
        steps.foundations.push(SetEnumSchema::new(key, wanted.schema.clone()).into());
    }
    if is_made_anew(known, wanted) {
        steps.foundations.push(SetEnumValues { key: key.to_owned(), values: wanted.values.clone() }.into());
    } else {
        add_values(key, known, wanted, before, steps);
    }
    if known.comment != wanted.comment {
        steps.remarks.push(SetEnumComment::new(key, wanted.comment.clone()).into());
    }
    if known.domain != wanted.domain {
        steps.remarks.push(MoveEnum::new(key, wanted.domain.clone()).into());
    }
}

/// Before everything else and under the recorded names: PostgreSQL must commit a value before it is used, so the first
/// operations of a plan may become a migration of their own. From the last to the first, so that the value each one sorts
/// before is there already.
fn add_values(key: &str, known: &Enum, wanted: &Enum, before: Option<&Before<'_>>, steps: &mut Steps) {
    let new = |value: &String| !known.values.contains(value);
    let first = before
        .filter(|before| !wanted.values.iter().any(|value| new(value) && before.definition.values.contains(value)));
    let mut next: Option<&String> = None;
    for value in wanted.values.iter().rev() {
        if new(value) {
            let (step, key, place) = match first {
                Some(before) => {
                    let place = next.map(|next| before.label(next));
                    (&mut steps.add_values, before.key.clone(), place)
                }
                None => (&mut steps.foundations, key.to_owned(), next.cloned()),
            };
            step.push(AddEnumValue { key, value: value.clone(), before: place }.into());
        }
        next = Some(value);
    }
}
