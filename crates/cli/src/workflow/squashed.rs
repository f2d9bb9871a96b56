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

use super::{
    declaration::{self, Declaration},
    regenerated::{differing, line},
};
use crate::workspace::migrations::{Migrations, RECORD, in_order, runs_in_transaction};

/// All migrations of a folder in their order, each with those that it stands for.
struct OrderedFolder<'a> {
    folder: &'a Folder,
    lock: Lock,
    all: Vec<(String, Vec<String>)>,
}

impl<'a> OrderedFolder<'a> {
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

    /// How the one at `place` is made anew.
    fn again(&self, place: usize) -> String {
        again(&self.all[place].1)
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
pub(crate) struct RecordedFolder<'a> {
    row: OrderedFolder<'a>,
    records: Vec<Cow<'a, Record>>,
}

impl<'a> RecordedFolder<'a> {
    /// # Errors
    /// Records that cannot be read.
    pub(crate) fn read(
        folder: &'a Folder,
        dialect: Dialect,
        migrations: &'a Migrations,
    ) -> Result<Self, Vec<Diagnostic>> {
        Self::of(OrderedFolder::read(folder), dialect, migrations)
    }

    fn of(row: OrderedFolder<'a>, dialect: Dialect, migrations: &'a Migrations) -> Result<Self, Vec<Diagnostic>> {
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

    pub(crate) fn names(&self) -> Vec<&str> {
        self.row.all.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The places of those that stand for others.
    pub(crate) fn stand_ins(&self) -> impl Iterator<Item = usize> {
        self.row.stand_ins()
    }

    /// Where those are that the one at `place` stands for.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(crate) fn replaced(&self, place: usize) -> Result<Range<usize>, String> {
        self.row.replaced(place)
    }

    /// The migration `record`, which stands for those in `range`, as it would be made now.
    ///
    /// # Errors
    /// When none can stand for them.
    pub(crate) fn stand_in(&self, record: &Record, range: Range<usize>) -> Result<Squashed, Unfit> {
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

    /// What is wrong with the one at `place`, which is not merged, and why people changed it, where they say so.
    fn unmerged(&self, place: usize, range: Range<usize>) -> Vec<Finding> {
        let (name, record) = (&self.row.all[place].0, self.records[place].as_ref());
        let declaration = declaration::of(self.row.folder, name, record);
        if let Declaration::Valid(reason) = declaration {
            return self.declared(place, range, reason);
        }
        let made = match self.stand_in(record, range) {
            Ok(made) => made,
            Err(why) => return vec![finding(&self.row, place, format!("`{name}`: {why}"), self.row.again(place))],
        };
        let changed = differing(self.row.folder, name, &made.files).into_iter().filter(|file| *file != RECORD);
        let changed = changed.map(|file| {
            let why = match declaration {
                Declaration::OfOtherSql(reason) => format!("the reason was declared for an earlier change: {reason}"),
                Declaration::Missing | Declaration::Valid(_) => "no reason is declared".to_owned(),
            };
            let message = format!(
                "`{name}/{file}` was changed by hand: it is not what the migrations do that it stands for, and {why}"
            );
            let hint = format!(
                "{}; or, if it is meant, say why: `cargo xtask seal {name} --reason TEXT`",
                self.row.again(place)
            );
            self.changed(place, file, &made, message, hint)
        });
        changed.collect()
    }

    /// The same of one that is merged. Others than its author meet it, and it cannot be made again: what differs is shown.
    fn merged(&self, place: usize, range: Range<usize>) -> Vec<Finding> {
        let (name, record) = (&self.row.all[place].0, self.records[place].as_ref());
        if let Declaration::Valid(reason) = declaration::of(self.row.folder, name, record) {
            return self.declared(place, range, reason);
        }
        // Its override says why.
        if self.row.is_overridden(name) {
            return Vec::new();
        }
        let behind = self.behind(place, range.clone());
        if !behind.is_empty() {
            return behind;
        }
        // Where it cannot be made any more, there is nothing to compare it with.
        let Ok(made) = self.stand_in(record, range) else { return Vec::new() };
        let changed = differing(self.row.folder, name, &made.files).into_iter().filter(|file| *file != RECORD);
        let changed = changed.map(|file| {
            let message = format!(
                "`{name}/{file}` is not what `squash` makes of the migrations that it stands for, and it is merged: \
                 changed by hand without a declared reason, or made by another version of the tool"
            );
            let hint = format!(
                "`cargo xtask verify` compares what both lead to; to declare the reason: `cargo xtask seal {name} \
                 --override --reason TEXT`"
            );
            self.changed(place, file, &made, message, hint).with_severity(Severity::Warning)
        });
        changed.collect()
    }

    fn changed(&self, place: usize, file: &str, made: &Squashed, message: String, hint: String) -> Finding {
        let (name, folder) = (&self.row.all[place].0, self.row.folder);
        let line = line(folder, name, file, &made.files);
        Finding::error(Id::UndeclaredSql, message, hint).of(name).at(folder.path(&format!("{name}/{file}")), line)
    }

    /// That people changed it, and why; and what it lacks all the same.
    fn declared(&self, place: usize, range: Range<usize>, reason: &str) -> Vec<Finding> {
        let name = &self.row.all[place].0;
        let message = format!("`{name}/{STAND_IN}` was changed by hand, and that was declared: {reason}");
        let hint = "`cargo xtask verify` compares what it leads to with what the migrations lead to that it stands for";
        let notice = Finding::warning(Id::UndeclaredSql, message, hint)
            .of(name)
            .at(self.row.folder.path(&format!("{name}/{STAND_IN}")), None);
        std::iter::once(notice).chain(self.behind(place, range)).collect()
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
pub(crate) fn findings(
    folder: &Folder,
    frozen: &BTreeSet<String>,
    dialect: Dialect,
    migrations: &Migrations,
) -> Vec<Finding> {
    let row = OrderedFolder::read(folder);
    let (sound, mut found) = ranges(&row, frozen);
    if sound.is_empty() {
        return found;
    }
    let Ok(line) = RecordedFolder::of(row, dialect, migrations) else { return found };
    for (place, range) in sound {
        let is_merged = frozen.contains(&line.row.all[place].0);
        found.extend(if is_merged { line.merged(place, range) } else { line.unmerged(place, range) });
    }
    found
}

/// The files of one that stands for others that are not as they would be if it were made now, except for its record. `None`
/// when it cannot be made.
pub(crate) fn changed_files(
    folder: &Folder,
    dialect: Dialect,
    migrations: &Migrations,
    name: &str,
) -> Option<Vec<&'static str>> {
    let line = RecordedFolder::read(folder, dialect, migrations).ok()?;
    let place = line.names().iter().position(|other| *other == name)?;
    let made = line.stand_in(&line.records[place], line.replaced(place).ok()?).ok()?;
    Some(differing(folder, name, &made.files).into_iter().filter(|file| *file != RECORD).collect())
}

/// Those that stand for others with what they stand for, and what is wrong with the rest of them.
fn ranges(row: &OrderedFolder<'_>, frozen: &BTreeSet<String>) -> (Vec<(usize, Range<usize>)>, Vec<Finding>) {
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
            Err(why) => found.push(finding(row, place, format!("`{name}` {why}"), row.again(place))),
        }
    }
    (sound, found)
}

fn finding(row: &OrderedFolder<'_>, place: usize, message: String, hint: String) -> Finding {
    let name = &row.all[place].0;
    Finding::error(Id::Squashed, message, hint).of(name).at(row.folder.path(&format!("{name}/{RECORD}")), None)
}

/// How one is made anew that stands for those.
pub(crate) fn again(replaced: &[String]) -> String {
    match replaced {
        [first, .., last] => format!("delete its folder, and make it again: `cargo xtask squash {first} {last}`"),
        _ => "delete its folder, and make it again: `cargo xtask squash FROM TO`".to_owned(),
    }
}
