//! Renamed enums and enum values: said by flags and hints, asked when one that comes resembles one that goes.
//!
//! What else changes about them is compared elsewhere.

use std::collections::BTreeMap;

use super::{
    Mapping, Mappings, apply, ask, candidate, rename_order,
    solve::{Names, solve},
};
use crate::{
    diff::{Answers, Problems, Rename, Stop, step::Steps},
    hint::Hint,
    model::{Dialect, Enum, Schema},
    operation::{RenameEnum, RenameEnumValue},
    snapshot::Wanted,
};

/// Which recorded enum each wanted one was.
pub(in crate::diff) fn solve_enums(
    present: &Schema,
    target: &Schema,
    wanted: &Wanted,
    answers: &Answers,
    problems: &mut Problems,
) -> Mapping {
    let flags = answers.renames.iter().filter_map(|rename| match rename {
        Rename::Enum { from, to } => Some((from.clone(), to.clone())),
        Rename::Table { .. } | Rename::Column { .. } | Rename::EnumValue { .. } => None,
    });
    let hints = wanted.hints.enums.iter().filter(|(key, _)| target.enums.contains_key(*key));
    let hints = hints.filter_map(|(key, hint)| {
        let hint = hint.renamed_from.as_ref()?;
        Some((hint.value.as_str(), key.as_str(), hint))
    });
    let names = Names {
        kind: "enum",
        present: present.enums.keys().collect(),
        wanted: target.enums.keys().collect(),
        flags: flags.collect(),
        hints: hints.collect(),
    };
    let rename = |from: &str, to: &str| Rename::Enum { from: from.to_owned(), to: to.to_owned() };
    solve(
        &names,
        |from, to| answers.used.contains(&Hint::from(rename(from, to))),
        |from, to| rename(from, to).as_flag(),
        problems,
    )
}

/// Which recorded value each wanted one of an enum was.
pub(super) fn solve_values(
    (key, definition): (&String, &Enum),
    (before, known): (&String, Option<&Enum>),
    wanted: &Wanted,
    answers: &Answers,
    problems: &mut Problems,
) -> Mapping {
    let flags = answers.renames.iter().filter_map(|rename| match rename {
        Rename::EnumValue { key: other, from, to } if other == key => Some((from.clone(), to.clone())),
        Rename::EnumValue { .. } | Rename::Table { .. } | Rename::Column { .. } | Rename::Enum { .. } => None,
    });
    let hints = wanted.hints.enums.get(key).into_iter().flat_map(|hint| &hint.renamed_values);
    let hints = hints.map(|(from, hint)| (from.as_str(), hint.value.as_str(), hint));
    let names = Names {
        kind: &format!("value of enum `{key}`"),
        present: known.into_iter().flat_map(|known| &known.values).collect(),
        wanted: definition.values.iter().collect(),
        flags: flags.collect(),
        hints: hints.collect(),
    };
    let rename =
        |key: &str, from: &str, to: &str| Rename::EnumValue { key: key.into(), from: from.into(), to: to.into() };
    solve(
        &names,
        |from, to| answers.used.contains(&Hint::from(rename(before, from, to))),
        |from, to| rename(key, from, to).as_flag(),
        problems,
    )
}

/// Renames enums. Gives the schema after it.
pub(in crate::diff) fn enums(
    dialect: Dialect,
    (recorded, present): (&Schema, &Schema),
    target: &Schema,
    mappings: &Mappings,
    answers: &Answers,
    steps: &mut Steps,
) -> Result<Schema, Stop> {
    let mut renamed = present.clone();
    let pairs = mappings.enums.pairs.clone();
    for (from, to) in rename_order::in_order(dialect, pairs, present.enums.keys().cloned().collect()) {
        apply(RenameEnum { from, to }.into(), &mut renamed, steps)?;
    }
    for from in &mappings.enums.gone {
        let come = mappings.enums.come.iter().filter_map(|to| {
            let score = candidate::of_enums((from, &recorded.enums[from]), (to, &target.enums[to]))?;
            Some((score, Rename::Enum { from: from.clone(), to: to.clone() }))
        });
        ask(come.collect(), answers, steps);
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
    mappings: &Mappings,
    answers: &Answers,
    steps: &mut Steps,
) -> Result<(Schema, Labels), Stop> {
    let mut renamed = present.clone();
    let mut labels = Labels::new();
    for (key, mapping) in &mappings.values {
        let (Some(known), Some(definition)) = (present.enums.get(key), target.enums.get(key)) else { continue };
        let mut of_enum: BTreeMap<_, _> = mapping.pairs.iter().map(|(from, to)| (to.clone(), from.clone())).collect();
        let taken = known.values.iter().cloned().collect();
        for (from, to) in rename_order::in_order(dialect, mapping.pairs.clone(), taken) {
            if mapping.gone.contains(&from) {
                // It goes, and makes room before: what has its name in a text is not about the one that takes it.
                of_enum.insert(to.clone(), from.clone());
            }
            let rename = RenameEnumValue { key: key.clone(), from, to }.into();
            super::make(&rename, &mut renamed)?;
            steps.rename_values.push(rename);
        }
        if !of_enum.is_empty() {
            labels.insert(key.clone(), of_enum);
        }
        for from in &mapping.gone {
            let come = mapping.come.iter().filter_map(|to| {
                let score = candidate::of_values((from, known), (to, definition))?;
                Some((score, Rename::EnumValue { key: key.clone(), from: from.clone(), to: to.clone() }))
            });
            ask(come.collect(), answers, steps);
        }
    }
    Ok((renamed, labels))
}
