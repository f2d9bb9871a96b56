//! What a line of changes leaves behind: hints that nobody deletes, names that things had, texts that were said. It must not
//! decide what is said next.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{ColumnHint, EnumHint, Hints};
use super::draft::{Draft, Id};
use super::lineage::Lineage;

/// What is left of the changes so far, by the numbers of the schema that they led to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// All hints, as they stand in the snapshots.
    pub(crate) hints: Hints,
    tables: BTreeMap<Id, BTreeSet<String>>,
    columns: BTreeMap<(Id, Id), BTreeSet<String>>,
    enums: BTreeMap<Id, BTreeSet<String>>,
    labels: BTreeMap<Id, BTreeSet<String>>,
    /// SQL for values and conversions: the same text on the same column is the same hint.
    texts: BTreeSet<String>,
    /// Nothing is known of earlier hints: any may have been used.
    is_lost: bool,
}

impl Memory {
    /// Of somebody who does not know which hints others have used: nothing is said by one.
    pub(crate) fn lost() -> Self {
        Self { is_lost: true, ..Self::default() }
    }

    /// Whether a table that is there was called so: a hint with the name may be one that was used.
    pub(crate) fn had_table(&self, name: &str) -> bool {
        self.is_lost || self.tables.values().any(|names| names.contains(name))
    }

    pub(crate) fn had_enum(&self, name: &str) -> bool {
        self.is_lost || self.enums.values().any(|names| names.contains(name))
    }

    pub(crate) fn had_column(&self, table: Id, name: &str) -> bool {
        self.is_lost || self.columns.iter().any(|((owner, _), names)| *owner == table && names.contains(name))
    }

    pub(crate) fn had_label(&self, item: Id, label: &str) -> bool {
        self.is_lost || self.labels.get(&item).is_some_and(|labels| labels.contains(label))
    }

    pub(crate) fn has_said(&self, sql: &str) -> bool {
        self.is_lost || self.texts.contains(sql)
    }

    /// After one change more, with its hints. What takes the place of something else has lines of its own.
    pub(crate) fn advance(&mut self, before: &Draft, after: &Draft, lineage: &Lineage, hints: Hints) {
        let old = std::mem::take(self);
        self.texts = old.texts;
        self.hints = hints;
        for (id, origin) in &lineage.tables {
            let (was, is) = (&before.tables[origin], &after.tables[id]);
            let names = old.tables.get(origin).cloned().unwrap_or_default();
            self.tables.insert(*id, grown(names, &was.key, &is.key));
            if id == origin
                && let Some(hint) = old.hints.tables.get(id)
            {
                self.hints.tables.entry(*id).or_insert_with(|| hint.clone());
            }
            for column in &is.columns {
                let Some(source) = lineage.columns.get(&(*id, column.id)) else { continue };
                let Some(was) = was.column(*source) else { continue };
                let names = old.columns.get(&(*origin, *source)).cloned().unwrap_or_default();
                self.columns.insert((*id, column.id), grown(names, &was.name, &column.name));
                if *source == column.id
                    && let Some(hint) = old.hints.columns.get(&(*origin, *source))
                {
                    inherit(self.hints.columns.entry((*id, column.id)).or_default(), hint);
                }
            }
        }
        for (id, origin) in &lineage.enums {
            let (was, is) = (&before.enums[origin], &after.enums[id]);
            let names = old.enums.get(origin).cloned().unwrap_or_default();
            self.enums.insert(*id, grown(names, &was.key, &is.key));
            let mut labels = old.labels.get(origin).cloned().unwrap_or_default();
            for (label, text) in &was.labels {
                let renamed = is.labels.iter().any(|(other, now)| other == label && now != text);
                labels.extend(renamed.then(|| text.clone()));
            }
            self.labels.insert(*id, labels);
            if id == origin
                && let Some(hint) = old.hints.enums.get(id)
            {
                let entry = self.hints.enums.entry(*id).or_default();
                inherit_enum(entry, hint, &is.labels);
            }
        }
        let said = self.hints.columns.values().flat_map(|hint| hint.backfill.iter().chain(&hint.using));
        self.texts.extend(said.cloned());
    }
}

fn grown(mut names: BTreeSet<String>, was: &str, is: &str) -> BTreeSet<String> {
    if was != is {
        names.insert(was.to_owned());
    }
    names
}

fn inherit(hint: &mut ColumnHint, old: &ColumnHint) {
    let or = |new: &mut Option<String>, old: &Option<String>| *new = new.take().or_else(|| old.clone());
    or(&mut hint.renamed_from, &old.renamed_from);
    or(&mut hint.backfill, &old.backfill);
    or(&mut hint.using, &old.using);
}

fn inherit_enum(hint: &mut EnumHint, old: &EnumHint, labels: &[(Id, String)]) {
    hint.renamed_from = hint.renamed_from.take().or_else(|| old.renamed_from.clone());
    let has = |label: &String| labels.iter().any(|(_, text)| text == label);
    for (from, to) in old.values.iter().filter(|(from, to)| !has(from) && has(to)) {
        if !hint.values.values().any(|other| other == to) {
            hint.values.entry(from.clone()).or_insert_with(|| to.clone());
        }
    }
}
