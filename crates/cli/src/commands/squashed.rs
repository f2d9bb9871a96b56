//! Merged migrations and the ones that stand for them: what such a one would be if it were made now, and whether it is.
//! Must not write.

use std::{collections::BTreeSet, ops::Range};

use makemigrations_gate::{Finding, Folder, Id, Lock, replaced};
use makemigrations_plan::{
    diagnostic::Diagnostic,
    history, migration,
    migration::STAND_IN,
    model::{Dialect, Schema},
    operation::apply_all,
    record::Record,
    squash::{ByHand, Original, Squashed, Unfit, stand_in},
};

use super::{regenerated::differing, sqlmigrate::runs_in_transaction};
use crate::workspace::migrations::{Migrations, RECORD, in_order};

/// All migrations of a folder in their order with their records, also those that have none of their own.
pub(super) struct Row<'a> {
    folder: &'a Folder,
    lock: Lock,
    all: Vec<(String, Record)>,
}

impl<'a> Row<'a> {
    /// # Errors
    /// Records that cannot be read.
    pub(super) fn read(folder: &'a Folder, dialect: Dialect, migrations: &Migrations) -> Result<Self, Vec<Diagnostic>> {
        let mut all = Vec::new();
        for name in in_order(folder.migrations()) {
            let recorded = migrations.all.iter().find(|recorded| recorded.name == name);
            // Of an adopted one a later baseline says what it did.
            let adopted = || Record { manual: true, ..Record::new(0, dialect, Vec::new()) };
            let record = recorded.map_or_else(|| Ok(adopted()), |recorded| recorded.read())?;
            all.push((name, record));
        }
        let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
        Ok(Self { folder, lock, all })
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.all.iter().map(|(name, _)| name.as_str()).collect()
    }

    pub(super) fn record(&self, place: usize) -> &Record {
        &self.all[place].1
    }

    /// The places of those that stand for others.
    pub(super) fn stand_ins(&self) -> impl Iterator<Item = usize> {
        (0..self.all.len()).filter(|place| self.record(*place).is_stand_in())
    }

    /// Where those are that the one at `place` stands for.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn replaced(&self, place: usize) -> Result<Range<usize>, String> {
        let all: Vec<(&str, &Record)> = self.all.iter().map(|(name, record)| (name.as_str(), record)).collect();
        history::replaced(&all, place)
    }

    /// The migration `record`, which stands for those in `range`, as it would be made now.
    ///
    /// # Errors
    /// When none can stand for them.
    pub(super) fn stand_in(&self, record: &Record, range: Range<usize>) -> Result<Squashed, Unfit> {
        let mut before = Schema::default();
        for (_, record) in &self.all[..range.start] {
            before = apply_all(&before, &record.operations)?;
        }
        let scripts: Vec<Option<(String, bool)>> = self.by_hand(&before, range.clone())?;
        let originals = self.all[range].iter().zip(&scripts).map(|((name, record), script)| {
            let by_hand = script.as_ref().map(|(up, in_transaction)| ByHand { up, in_transaction: *in_transaction });
            Original { name, record, by_hand }
        });
        stand_in(record, &before, &originals.collect::<Vec<_>>())
    }

    /// For each in `range` its SQL, and whether it runs in a transaction, where people wrote it.
    fn by_hand(&self, before: &Schema, range: Range<usize>) -> Result<Vec<Option<(String, bool)>>, Unfit> {
        let mut schema = before.clone();
        let mut scripts = Vec::new();
        for (name, record) in &self.all[range] {
            let up = self.text(name, "up.sql").unwrap_or_default();
            let is_by_hand = record.manual
                || record.baseline
                || (self.is_overridden(name) && migration::files(&schema, record)?.up != up);
            let in_transaction = self.text(name, "metadata.toml").is_none_or(|text| runs_in_transaction(&text));
            scripts.push(is_by_hand.then_some((up, in_transaction)));
            schema = apply_all(&schema, &record.operations)?;
        }
        Ok(scripts)
    }

    /// Those in `range` that were changed after they were merged, and whose SQL is not in the script of the one at `place`.
    fn changed(&self, place: usize, range: Range<usize>) -> Result<Vec<&str>, Unfit> {
        let (name, _) = &self.all[place];
        if self.is_overridden(name) || !self.all[range.clone()].iter().any(|(name, _)| self.is_overridden(name)) {
            return Ok(Vec::new());
        }
        let mut schema = Schema::default();
        for (_, record) in &self.all[..range.start] {
            schema = apply_all(&schema, &record.operations)?;
        }
        let script = self.text(name, STAND_IN).unwrap_or_default();
        let scripts = self.by_hand(&schema, range.clone())?;
        let changed = self.all[range].iter().zip(scripts).filter(|((name, _), text)| {
            let is_missing = text.as_ref().is_some_and(|(up, _)| !script.contains(up.trim_end()));
            is_missing && self.is_overridden(name)
        });
        Ok(changed.map(|((name, _), _)| name.as_str()).collect())
    }

    fn is_overridden(&self, name: &str) -> bool {
        self.lock.overrides().iter().any(|found| found.migration == name)
    }

    fn text(&self, name: &str, file: &str) -> Option<String> {
        let bytes = self.folder.files(name)?.get(file)?.bytes();
        Some(String::from_utf8_lossy(bytes).replace("\r\n", "\n"))
    }

    /// Whether one that stands for others is what it would be if it were made now.
    fn findings_of(&self, place: usize, is_frozen: bool) -> Vec<Finding> {
        let (name, record) = &self.all[place];
        let path = self.folder.path(&format!("{name}/{RECORD}"));
        let finding =
            |message: String, hint: String| Finding::error(Id::Squashed, message, hint).of(name).at(path.clone(), None);
        let (first, last) = match record.replaces.as_slice() {
            [first, .., last] => (first.as_str(), last.as_str()),
            _ => ("FROM", "TO"),
        };
        let again = format!("delete its folder, and make it again: `cargo xtask squash {first} {last}`");
        let range = match self.replaced(place) {
            Ok(range) => range,
            Err(why) => return vec![finding(format!("`{name}` {why}"), again)],
        };
        if is_frozen || record.manual {
            let changed = self.changed(place, range).unwrap_or_default();
            return changed.into_iter().map(|original| finding(
                format!("`{original}` was changed after it was merged, and `{name}/{STAND_IN}` runs in its place as it was"),
                format!("make the same change in `{STAND_IN}`, then `cargo xtask seal {name} --override --reason TEXT`"),
            )).collect();
        }
        match self.stand_in(record, range) {
            Err(why) => vec![finding(format!("`{name}`: {why}"), again)],
            Ok(made) => {
                let differing = differing(self.folder, name, &made.files).into_iter().map(|file| {
                    let message = format!("`{name}/{file}` is not what the migrations do that it stands for");
                    let hint = format!("{again}; or, if it is meant, declare it: `cargo xtask seal {name}`");
                    let path = self.folder.path(&format!("{name}/{file}"));
                    Finding::error(Id::UndeclaredSql, message, hint).of(name).at(path, None)
                });
                differing.collect()
            }
        }
    }
}

/// What is wrong with those that stand for others. Records that cannot be read give nothing here: that is reported as such.
pub(super) fn findings(
    folder: &Folder,
    frozen: &BTreeSet<String>,
    dialect: Dialect,
    migrations: &Migrations,
) -> Vec<Finding> {
    if migrations.all.iter().all(|recorded| replaced(recorded.text.as_bytes()).is_empty()) {
        return Vec::new();
    }
    let Ok(row) = Row::read(folder, dialect, migrations) else { return Vec::new() };
    row.stand_ins().flat_map(|place| row.findings_of(place, frozen.contains(&row.all[place].0))).collect()
}
