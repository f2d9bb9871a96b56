//! What may have been renamed: which of the things that come resemble one that goes, best first.
//!
//! Asks nobody, and decides nothing about data.

use std::collections::BTreeMap;

use strsim::normalized_damerau_levenshtein;

use crate::model::{Cast, Column, DataType, Enum, Table};

/// Names that have this much of their letters in common resemble each other.
const RESEMBLES: f64 = 0.6;

/// Parts of names of this many letters mean something.
const PART: usize = 3;

/// How well a thing fits, for the order of the candidates: what they consist of first, then their names.
type Score = (usize, u32);

/// The candidates with a score, best first; equal ones in their order.
pub(super) fn best_first<T>(mut scored: Vec<(Score, T)>) -> Vec<T> {
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, candidate)| candidate).collect()
}

/// How well a table that comes fits one that goes: at least half of the columns, or the name. `enums` are enums under
/// their new names.
pub(super) fn of_tables(
    (from, gone): (&str, &Table),
    (to, come): (&str, &Table),
    enums: &BTreeMap<&str, &str>,
) -> Option<Score> {
    let is_shared = |(name, column): &(&String, &Column)| {
        let other = come.columns.get(*name);
        other.is_some_and(|other| stored(&column.data_type, enums) == other.data_type.storage())
    };
    let shared = gone.columns.iter().filter(is_shared).count();
    let total = gone.columns.len().max(1);
    (shared * 2 >= total || resemble(from, to)).then(|| (shared * 1000 / total, likeness(from, to)))
}

/// How well a column that comes fits one that goes: the type, a type that holds its values, or the name.
pub(super) fn of_columns(
    (from, gone): (&str, &Column),
    (to, come): (&str, &Column),
    enums: &BTreeMap<&str, &str>,
) -> Option<Score> {
    // Computed values are made again, and others do not become computed ones.
    if gone.generated != come.generated {
        return None;
    }
    let (before, after) = (stored(&gone.data_type, enums), come.data_type.storage());
    let fit = if before == after {
        2
    } else {
        usize::from(before.cast_to(&after) == Cast::Assignment && !before.narrows_to(&after))
    };
    let named = resemble(from, to);
    (fit > 0 || named).then(|| (fit + usize::from(named) * 2, likeness(from, to)))
}

/// How well an enum that comes fits one that goes: at least half of the values, or the name.
pub(super) fn of_enums((from, gone): (&str, &Enum), (to, come): (&str, &Enum)) -> Option<Score> {
    let shared = gone.values.iter().filter(|value| come.values.contains(*value)).count();
    let total = gone.values.len().max(1);
    (shared * 2 >= total || resemble(from, to)).then(|| (shared * 1000 / total, likeness(from, to)))
}

/// How well a value that comes fits one that goes: its place in a list of the same length, or the name.
pub(super) fn of_values((from, gone): (&str, &Enum), (to, come): (&str, &Enum)) -> Option<Score> {
    let place = |definition: &Enum, value: &str| definition.values.iter().position(|other| other == value);
    let in_place = gone.values.len() == come.values.len() && place(gone, from) == place(come, to);
    (in_place || resemble(from, to)).then(|| (usize::from(in_place), likeness(from, to)))
}

/// The stored type, with enums under their new names.
fn stored(data_type: &DataType, enums: &BTreeMap<&str, &str>) -> DataType {
    match data_type {
        DataType::Enum(key) => {
            DataType::Enum(enums.get(key.as_str()).map_or_else(|| key.clone(), |to| (*to).to_owned()))
        }
        DataType::Array(element) => DataType::Array(Box::new(stored(element, enums))),
        other => other.storage(),
    }
}

/// Whether two names look like one that was changed: most of the letters, a part of one in the other, or a word of both.
fn resemble(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let is_part = |part: &str, of: &str| part.chars().count() >= PART && of.contains(part);
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > PART);
        words.map(str::to_owned).collect()
    };
    let others = words(&b);
    is_part(&a, &b)
        || is_part(&b, &a)
        || words(&a).iter().any(|word| others.contains(word))
        || normalized_damerau_levenshtein(&a, &b) >= RESEMBLES
}

/// How much two names have in common, of 1000.
fn likeness(a: &str, b: &str) -> u32 {
    let (a, b) = (a.to_lowercase(), b.to_lowercase());
    let part = if a.contains(&b) || b.contains(&a) { 300.0 } else { 0.0 };
    // A share of one, so that nothing is cut.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 1000")]
    let likeness = (normalized_damerau_levenshtein(&a, &b) * 700.0 + part).round() as u32;
    likeness
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_resemble_by_letters_parts_and_words() {
        for (a, b) in [("full_name", "name"), ("vip", "is_vip"), ("color", "colour"), ("createdAt", "created_at")] {
            assert!(resemble(a, b) && resemble(b, a), "{a} {b}");
        }
        for (a, b) in [("customer", "client"), ("id", "uuid"), ("c1", "d1"), ("vip", "gold")] {
            assert!(!resemble(a, b), "{a} {b}");
        }
    }

    #[test]
    fn types_count_before_names() {
        let column = |data_type: DataType| Column::new(data_type, false);
        let score = |from: DataType, (name, to): (&str, DataType)| {
            of_columns(("size", &column(from)), (name, &column(to)), &BTreeMap::new())
        };
        let same = score(DataType::Integer, ("weight", DataType::Integer));
        let wider = score(DataType::Integer, ("weight", DataType::Bigint));
        assert!(same > wider && wider.is_some());
        assert_eq!(score(DataType::Bigint, ("weight", DataType::Integer)), None);
        assert!(score(DataType::Jsonb, ("sizes", DataType::Integer)).is_some());
    }
}
