//! Compares extensions, SQL schemas and enums.
//!
//! Values may be added anywhere; what needs the type to be made anew is refused.

use super::step::Steps;
use crate::{
    model::{Enum, Schema},
    operation::{
        AddEnumValue, CreateEnum, CreateExtension, CreateSchema, DropEnum, DropExtension, DropSchema, MoveEnum,
        SetEnumComment,
    },
};

pub(super) fn compare(present: &Schema, target: &Schema, steps: &mut Steps) {
    for name in target.extensions.difference(&present.extensions) {
        steps.foundations.push(CreateExtension { name: name.clone() }.into());
    }
    for name in target.schemas.difference(&present.schemas) {
        steps.foundations.push(CreateSchema { name: name.clone() }.into());
    }
    for (key, wanted) in &target.enums {
        match present.enums.get(key) {
            None => steps.foundations.push(CreateEnum { key: key.clone(), definition: wanted.clone() }.into()),
            Some(known) if known != wanted => changed(key, known, wanted, steps),
            Some(_) => {}
        }
    }
    for key in present.enums.keys().filter(|key| !target.enums.contains_key(*key)) {
        steps.leftovers.push(DropEnum { key: key.clone() }.into());
    }
    for name in present.schemas.difference(&target.schemas) {
        steps.leftovers.push(DropSchema { name: name.clone() }.into());
    }
    for name in present.extensions.difference(&target.extensions) {
        steps.leftovers.push(DropExtension { name: name.clone() }.into());
    }
}

fn changed(key: &str, known: &Enum, wanted: &Enum, steps: &mut Steps) {
    if known.schema != wanted.schema {
        steps.refused.push(format!("`enums.{key}.schema`: moving an enum to another SQL schema is not supported yet"));
    }
    let kept: Vec<_> = wanted.values.iter().filter(|value| known.values.contains(value)).collect();
    if kept.len() < known.values.len() {
        let gone: Vec<_> = known.values.iter().filter(|value| !wanted.values.contains(value)).collect();
        let gone: Vec<_> = gone.into_iter().map(|value| format!("`{value}`")).collect();
        steps
            .refused
            .push(format!("`enums.{key}.values`: removing a value ({}) is not supported yet", gone.join(", ")));
    } else if !kept.into_iter().eq(&known.values) {
        steps.refused.push(format!("`enums.{key}.values`: another order of existing values is not supported yet"));
    } else {
        // From the last to the first, so that the value each one sorts before is there already.
        let mut next: Option<&String> = None;
        for value in wanted.values.iter().rev() {
            if !known.values.contains(value) {
                let added = AddEnumValue { key: key.to_owned(), value: value.clone(), before: next.cloned() };
                steps.foundations.push(added.into());
            }
            next = Some(value);
        }
    }
    if known.comment != wanted.comment {
        steps.remarks.push(SetEnumComment { key: key.to_owned(), comment: wanted.comment.clone() }.into());
    }
    if known.domain != wanted.domain {
        steps.remarks.push(MoveEnum { key: key.to_owned(), domain: wanted.domain.clone() }.into());
    }
}
