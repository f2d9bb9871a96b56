//! Merged migrations and the ones that stand for them: what such a one would be if it were made now, and whether it is.
//! Must not write.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use makemigrations_gate::{File, Finding, Folder, Id, Lock, Severity, replaced};
use makemigrations_plan::{
    diagnostic::Diagnostic,
    history,
    migration::{self, STAND_IN},
    model::{Dialect, Schema},
    operation::Contradiction,
    record::Record,
    squash::{ByHand, Original, Squashed, Unfit, stand_in},
};

use super::{regenerated::differing, sqlmigrate::runs_in_transaction};
use crate::workspace::migrations::{Migrations, RECORD, in_order};

/// All migrations of a folder in their order, each with those that it stands for.
struct Row<'a> {
    folder: &'a Folder,
    lock: Lock,
    all: Vec<(String, Vec<String>)>,
}

impl<'a> Row<'a> {
    fn read(folder: &'a Folder) -> Self {
        let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
        let of = |name: &str| replaced(folder.files(name).and_then(|files| files.get(RECORD)).map_or(&[], File::bytes));
        let all = in_order(folder.migrations()).into_iter().map(|name| {
            let stands_for = of(&name);
            (name, stands_for)
        });
        Self { folder, lock, all: all.collect() }
    }

    fn stand_ins(&self) -> impl Iterator<Item = usize> {
        (0..self.all.len()).filter(|place| !self.all[*place].1.is_empty())
    }

    fn replaced(&self, place: usize) -> Result<Range<usize>, String> {
        let all: Vec<_> = self.all.iter().map(|(name, replaced)| (name.as_str(), replaced.as_slice())).collect();
        history::replaced(&all, place)
    }

    fn is_overridden(&self, name: &str) -> bool {
        self.lock.overrides().iter().any(|found| found.migration == name)
    }

    /// The text of a file, as it would be in git.
    fn text(&self, name: &str, file: &str) -> Option<String> {
        let bytes = self.folder.files(name)?.get(file)?.bytes();
        Some(String::from_utf8_lossy(bytes).replace("\r\n", "\n"))
    }
}

/// The same with what is recorded of each.
pub(super) struct Line<'a> {
    row: Row<'a>,
    records: Vec<Cow<'a, Record>>,
}

impl<'a> Line<'a> {
    /// # Errors
    /// Records that cannot be read.
    pub(super) fn read(
        folder: &'a Folder,
        dialect: Dialect,
        migrations: &'a Migrations,
    ) -> Result<Self, Vec<Diagnostic>> {
        Self::of(Row::read(folder), dialect, migrations)
    }

    fn of(row: Row<'a>, dialect: Dialect, migrations: &'a Migrations) -> Result<Self, Vec<Diagnostic>> {
        let record = |(name, _): &(String, Vec<String>)| {
            let recorded = migrations.all.iter().find(|recorded| recorded.name == *name);
            // Of an adopted one a later baseline says what it did.
            let adopted = || Record { manual: true, ..Record::new(0, dialect, Vec::new()) };
            match recorded {
                Some(recorded) => recorded.read().map(Cow::Borrowed).map_err(<[Diagnostic]>::to_vec),
                None => Ok(Cow::Owned(adopted())),
            }
        };
        let records = row.all.iter().map(record).collect::<Result<_, _>>()?;
        Ok(Self { row, records })
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.row.all.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The places of those that stand for others.
    pub(super) fn stand_ins(&self) -> impl Iterator<Item = usize> {
        self.row.stand_ins()
    }

    /// Where those are that the one at `place` stands for.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn replaced(&self, place: usize) -> Result<Range<usize>, String> {
        self.row.replaced(place)
    }

    /// The migration `record`, which stands for those in `range`, as it would be made now.
    ///
    /// # Errors
    /// When none can stand for them.
    pub(super) fn stand_in(&self, record: &Record, range: Range<usize>) -> Result<Squashed, Unfit> {
        let before = self.before(range.start)?;
        let scripts = self.scripts(range.clone())?;
        let originals = range.zip(&scripts).map(|(place, script)| {
            let by_hand = script.as_ref().map(|(up, in_transaction)| ByHand { up, in_transaction: *in_transaction });
            Original { name: &self.row.all[place].0, record: &self.records[place], by_hand }
        });
        stand_in(record, &before, &originals.collect::<Vec<_>>())
    }

    /// The schema before the migration at `place`.
    fn before(&self, place: usize) -> Result<Schema, Contradiction> {
        let dialect = self.records.first().map_or_else(Dialect::default, |record| record.dialect);
        let mut schema = Schema::empty(dialect);
        let mut operations = self.records[..place].iter().flat_map(|record| &record.operations);
        operations.try_for_each(|operation| operation.apply(&mut schema))?;
        Ok(schema)
    }

    /// For each in `range` its SQL, and whether it runs in a transaction, where people wrote it.
    fn scripts(&self, range: Range<usize>) -> Result<Vec<Option<(String, bool)>>, Contradiction> {
        let script = |place: usize| {
            let (name, record) = (&self.row.all[place].0, self.records[place].as_ref());
            let up = self.row.text(name, "up.sql").unwrap_or_default();
            let is_by_hand = if self.row.is_overridden(name) && !record.baseline {
                // Sealed, it counts as written by hand, whichever of its files was changed.
                let generated = Record { manual: false, ..record.clone() };
                migration::files(&self.before(place)?, &generated)?.up != up
            } else {
                record.manual || record.baseline
            };
            let in_transaction = self.row.text(name, "metadata.toml").is_none_or(|text| runs_in_transaction(&text));
            Ok(is_by_hand.then_some((up, in_transaction)))
        };
        range.map(script).collect()
    }

    /// What is wrong with the one at `place`, when it is not what it would be if it were made now.
    fn unlike(&self, place: usize, range: Range<usize>) -> Vec<Finding> {
        let (name, record) = (&self.row.all[place].0, self.records[place].as_ref());
        match self.stand_in(record, range) {
            Err(why) => vec![finding(&self.row, place, format!("`{name}`: {why}"), again(&self.row, place))],
            Ok(made) => {
                let differing = differing(self.row.folder, name, &made.files).into_iter().map(|file| {
                    let message = format!("`{name}/{file}` is not what the migrations do that it stands for");
                    let hint = format!(
                        "{}; or, if it is meant, declare it: `cargo xtask seal {name}`",
                        again(&self.row, place)
                    );
                    let path = self.row.folder.path(&format!("{name}/{file}"));
                    Finding::error(Id::UndeclaredSql, message, hint).of(name).at(path, None)
                });
                differing.collect()
            }
        }
    }

    /// What was changed of those in `range` after they were merged, and is not in the script of the one at `place`.
    fn behind(&self, place: usize, range: Range<usize>) -> Vec<Finding> {
        let name = &self.row.all[place].0;
        if self.row.is_overridden(name) {
            return Vec::new();
        }
        let script = self.row.text(name, STAND_IN).unwrap_or_default();
        let scripts = self.scripts(range.clone()).unwrap_or_default();
        let changed = range.zip(scripts).filter_map(|(place, text)| {
            let (original, up) = (&self.row.all[place].0, text?.0);
            let is_behind = self.row.is_overridden(original) && !script.contains(up.trim_end());
            is_behind.then_some(original)
        });
        let finding = |original: &String| {
            let message = format!(
                "`{original}` was changed after it was merged, and `{name}/{STAND_IN}` runs in its place as it was"
            );
            let hint = format!(
                "make the same change in `{STAND_IN}`, then `cargo xtask seal {name} --override --reason TEXT`"
            );
            finding(&self.row, place, message, hint)
        };
        changed.map(finding).collect()
    }
}

/// What is wrong with those that stand for others. Records that cannot be read give nothing here: that is reported as such.
pub(super) fn findings(
    folder: &Folder,
    frozen: &BTreeSet<String>,
    dialect: Dialect,
    migrations: &Migrations,
) -> Vec<Finding> {
    let row = Row::read(folder);
    let (sound, mut found) = ranges(&row, frozen);
    let is_settled = |place: usize| frozen.contains(&row.all[place].0);
    // What is merged cannot have changed unless somebody said so.
    if row.lock.overrides().is_empty() && sound.iter().all(|(place, _)| is_settled(*place)) {
        return found;
    }
    let Ok(line) = Line::of(row, dialect, migrations) else { return found };
    for (place, range) in sound {
        let is_declared = frozen.contains(&line.row.all[place].0) || line.records[place].manual;
        found.extend(if is_declared { line.behind(place, range) } else { line.unlike(place, range) });
    }
    found
}

/// Whether the files of the migration are those of one that stands for others, as it would be made now.
pub(super) fn is_generated(folder: &Folder, dialect: Dialect, migrations: &Migrations, name: &str) -> bool {
    let Ok(line) = Line::read(folder, dialect, migrations) else { return false };
    let place = line.names().iter().position(|other| *other == name);
    place.is_some_and(|place| line.replaced(place).is_ok_and(|range| line.unlike(place, range).is_empty()))
}

/// Those that stand for others with what they stand for, and what is wrong with the rest of them.
fn ranges(row: &Row<'_>, frozen: &BTreeSet<String>) -> (Vec<(usize, Range<usize>)>, Vec<Finding>) {
    let (mut sound, mut found) = (Vec::new(), Vec::new());
    for place in row.stand_ins() {
        let name = &row.all[place].0;
        match row.replaced(place) {
            Ok(range) => sound.push((place, range)),
            // Two were merged one after the other and never checked together. It can only stay, and does no harm.
            Err(why) if frozen.contains(name) => {
                let hint = "it is merged, and stays: where two stand for the same ones, the older one runs".to_owned();
                let finding = finding(row, place, format!("`{name}` {why}"), hint);
                found.push(finding.with_severity(Severity::Warning));
            }
            Err(why) => found.push(finding(row, place, format!("`{name}` {why}"), again(row, place))),
        }
    }
    (sound, found)
}

fn finding(row: &Row<'_>, place: usize, message: String, hint: String) -> Finding {
    let name = &row.all[place].0;
    Finding::error(Id::Squashed, message, hint).of(name).at(row.folder.path(&format!("{name}/{RECORD}")), None)
}

/// How it is made anew.
fn again(row: &Row<'_>, place: usize) -> String {
    match row.all[place].1.as_slice() {
        [first, .., last] => format!("delete its folder, and make it again: `cargo xtask squash {first} {last}`"),
        _ => "delete its folder, and make it again: `cargo xtask squash FROM TO`".to_owned(),
    }
}
