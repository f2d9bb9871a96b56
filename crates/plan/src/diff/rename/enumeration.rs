//! Renamed enums and enum values: told by flags and hints, asked when one is gone and one in its place is new.
//!
//! What else changes about them is compared elsewhere.

use std::collections::BTreeMap;

use super::{apply, ask, told, turn};
use crate::{
    diff::{Answers, Rename, Stop, step::Steps},
    model::{Dialect, Enum, Schema},
    operation::{RenameEnum, RenameEnumValue},
    snapshot::Wanted,
};

/// Renames enums. Gives the schema after it.
pub(in crate::diff) fn enums(
    dialect: Dialect,
    present: &Schema,
    target: &Schema,
    wanted: &Wanted,
    answers: &Answers,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let mut renamed = present.clone();
    let told = told::enums(present, target, wanted, answers);
    for (from, to) in turn::in_turn(dialect, told, present.enums.keys().cloned().collect()) {
        apply(RenameEnum { from, to }.into(), &mut renamed, steps)?;
    }
    for (to, added) in target.enums.iter().filter(|(key, _)| !renamed.enums.contains_key(*key)) {
        let gone =
            renamed.enums.iter().filter(|(key, gone)| !target.enums.contains_key(*key) && gone.values == added.values);
        for (from, _) in gone {
            ask(Rename::Enum { from: from.clone(), to: to.clone() }, answers, steps);
        }
    }
    Ok(renamed)
}

/// The labels that get another name, by the enum's key: new label to the one that is recorded.
pub(in crate::diff) type Labels = BTreeMap<String, BTreeMap<String, String>>;

/// Renames values. Gives the schema after it, and which labels they were.
pub(in crate::diff) fn values(
    dialect: Dialect,
    present: &Schema,
    target: &Schema,
    wanted: &Wanted,
    answers: &Answers,
    steps: &mut Steps,
) -> Result<(Schema, Labels), Stop> {
    let mut renamed = present.clone();
    let mut labels = Labels::new();
    for (key, definition) in &target.enums {
        let Some(known) = present.enums.get(key) else { continue };
        let told = told::values(key, known, definition, wanted, answers);
        let of_enum: BTreeMap<_, _> = told.iter().map(|(from, to)| (to.clone(), from.clone())).collect();
        for (from, to) in turn::in_turn(dialect, told, known.values.iter().cloned().collect()) {
            let rename = RenameEnumValue { key: key.clone(), from, to }.into();
            super::make(&rename, &mut renamed)?;
            steps.rename_values.push(rename);
        }
        if !of_enum.is_empty() {
            labels.insert(key.clone(), of_enum);
        }
        for (from, to) in replaced(&renamed.enums[key], definition) {
            ask(Rename::EnumValue { key: key.clone(), from, to }, answers, steps);
        }
    }
    Ok((renamed, labels))
}

/// Values that are gone where a new one stands, in a list of the same length.
fn replaced(known: &Enum, definition: &Enum) -> Vec<(String, String)> {
    if known.values.len() != definition.values.len() {
        return Vec::new();
    }
    let places = known.values.iter().zip(&definition.values);
    let replaced = places.filter(|(from, to)| !definition.values.contains(from) && !known.values.contains(to));
    replaced.map(|(from, to)| (from.clone(), to.clone())).collect()
}
