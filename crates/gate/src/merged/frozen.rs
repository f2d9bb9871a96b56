//! Each merged migration against what it is now: edited, removed, renamed, added to, recorded anew.
//!
//! One finding per file, about what was done rather than about all that follows from it.

use super::History;
use crate::finding::{Finding, Id};
use crate::folder::{File, Files};
use crate::lock::LOCK_FILE;
use crate::sum::{Sum, difference};
use crate::verify::Gate;
use std::collections::{BTreeMap, BTreeSet};

impl History<'_> {
    pub(super) fn check_frozen(&self, gate: &mut Gate<'_>) {
        let folder = gate.folder;
        for (migration, merged) in &self.merged {
            if gate.is_claimed(migration, None) {
                continue;
            }
            match folder.files(migration) {
                Some(files) => self.check_files(gate, migration, merged, files),
                None => self.check_missing(gate, migration, merged),
            }
        }
    }

    fn check_missing(&self, gate: &mut Gate<'_>, migration: &str, merged: &BTreeMap<String, Sum>) {
        let folder = gate.folder;
        let has_all = |other: &&str| {
            let files = folder.files(other);
            !merged.is_empty()
                && merged.iter().all(|(name, sum)| files.and_then(|f| f.get(name)).is_some_and(|f| f.sum() == *sum))
        };
        let lacks_lines = gate.lock.files(migration).is_none() && self.lock.files(migration).is_some();
        let renamed = folder.migrations().filter(|other| !self.merged.contains_key(*other)).find(has_all);
        let finding = if let Some(other) = renamed {
            let message = format!("`{migration}` was renamed to `{other}`; {}", self.is_merged());
            gate.claim(other, None);
            let with_lock = lacks_lines || gate.lock.files(other).is_some();
            let remove = format!("rm -r {}", gate.folder.typed(other));
            let hint = format!("`{remove}`, and {}", self.restore_folder(gate, migration, with_lock));
            gate.about(Id::Renamed, migration, message, hint)
        } else {
            let message = format!("`{migration}` was removed; {}", self.is_merged());
            let hint = format!(
                "{}; to take back what it does, write a new migration: `cargo xtask makemigrations`",
                self.restore_folder(gate, migration, lacks_lines)
            );
            gate.about(Id::Removed, migration, message, hint)
        };
        gate.push(finding);
        gate.claim(migration, None);
    }

    fn check_files(&self, gate: &mut Gate<'_>, migration: &str, merged: &BTreeMap<String, Sum>, files: &Files) {
        let lines = gate.lock.files(migration).cloned().unwrap_or_default();
        let has_no_lines = lines.is_empty();
        let mut is_wrong = false;
        let new: BTreeSet<&String> =
            files.keys().chain(lines.keys()).filter(|name| !merged.contains_key(*name)).collect();
        // What is missing first: what it was renamed to is then not new.
        for name in merged.keys().chain(new) {
            if gate.is_claimed(migration, Some(name)) {
                continue;
            }
            let subject =
                Subject { history: self, gate, migration, name, line: lines.get(name).copied(), has_no_lines };
            let verdict = match (merged.get(name), files.get(name)) {
                (Some(sum), Some(file)) if file.sum() == *sum => subject.unchanged(sum),
                (Some(sum), Some(file)) => subject.changed(sum, file),
                (Some(sum), None) => subject.missing(sum, merged, files),
                (None, Some(file)) => subject.added(file),
                (None, None) => subject.only_recorded(),
            };
            match verdict {
                Verdict::Open => {}
                Verdict::Wrong(finding, renamed_to) => {
                    is_wrong = true;
                    gate.push(*finding);
                    gate.claim(migration, Some(name));
                    if let Some(other) = renamed_to {
                        gate.claim(migration, Some(&other));
                    }
                }
            }
        }
        if !has_no_lines || self.lock.files(migration).is_none() || gate.lacks_lock() {
            return;
        }
        if !is_wrong {
            let message = format!("the lines of `{migration}` are gone from the lock file; {}", self.is_merged());
            let hint = self.restore_file(gate, LOCK_FILE, false);
            let finding = gate.about_lock(Id::LockRewritten, migration, None, message, hint);
            gate.push(finding);
        }
        gate.claim(migration, None);
    }

    fn is_merged(&self) -> String {
        format!("it is merged into `{}`, and what is merged never changes", self.base.name)
    }
}

/// What is to be said about a file of a merged migration.
enum Verdict {
    /// Nothing yet: what holds for every migration holds for it.
    Open,
    /// This, and nothing more; nor about the file that it was renamed to.
    Wrong(Box<Finding>, Option<String>),
}

/// A file of a merged migration.
struct Subject<'a> {
    history: &'a History<'a>,
    gate: &'a Gate<'a>,
    migration: &'a str,
    name: &'a str,
    /// What the lock file says now.
    line: Option<Sum>,
    /// Whether the lock file says nothing of the whole migration: that is one finding, not one per file.
    has_no_lines: bool,
}

impl Subject<'_> {
    fn unchanged(&self, sum: &Sum) -> Verdict {
        // A file that the lock file of the merge base does not name may be recorded, and should be.
        let was_recorded = self.history.lock.sum(self.migration, self.name).is_some();
        if self.line == Some(*sum) || (self.line.is_none() && (!was_recorded || self.has_no_lines)) {
            return Verdict::Open;
        }
        let what = if self.line.is_some() { "was changed" } else { "is gone" };
        self.line_changed(format!("the line of `{}` in the lock file {what}", self.path()))
    }

    fn changed(&self, sum: &Sum, file: &File) -> Verdict {
        let is_recorded = self.line == Some(file.sum());
        if is_recorded && self.is_overridden() {
            return Verdict::Open;
        }
        let how = difference(file.bytes(), sum).map(|how| format!(" ({how})")).unwrap_or_default();
        let what = format!("`{}` was edited{how}", self.path());
        if is_recorded { self.edited_and_recorded(what) } else { self.wrong(Id::Edited, &what) }
    }

    fn missing(&self, sum: &Sum, merged: &BTreeMap<String, Sum>, files: &Files) -> Verdict {
        if self.is_overridden() && self.line.is_none() {
            return Verdict::Open;
        }
        let is_new = |name: &&String| !merged.contains_key(*name);
        let renamed = files.iter().find(|(name, file)| is_new(name) && file.sum() == *sum).map(|(name, _)| name);
        match renamed {
            Some(other) => {
                let what = format!("`{}` was renamed to `{other}`", self.path());
                match self.wrong(Id::Renamed, &what) {
                    Verdict::Wrong(finding, _) => Verdict::Wrong(finding, Some(other.clone())),
                    open => open,
                }
            }
            None => self.wrong(Id::Removed, &format!("`{}` was removed", self.path())),
        }
    }

    fn added(&self, file: &File) -> Verdict {
        if self.is_overridden() && self.line == Some(file.sum()) {
            return Verdict::Open;
        }
        let path = self.gate.folder.typed(&self.path());
        let message = format!("`{}` was added; {}", self.path(), self.is_merged());
        let hint = format!("`rm {path}`, and write a new migration: `cargo xtask makemigrations --empty`");
        self.finding(Id::Added, message, hint)
    }

    fn only_recorded(&self) -> Verdict {
        self.line_changed(format!("the lock file has a new line for `{}`, which is not there", self.path()))
    }

    fn wrong(&self, id: Id, what: &str) -> Verdict {
        let message = format!("{what}; {}", self.is_merged());
        let restore = self.history.restore_file(self.gate, &self.path(), false);
        let hint = format!("{restore}; then write a new migration: `cargo xtask makemigrations`");
        self.finding(id, message, hint)
    }

    fn edited_and_recorded(&self, what: String) -> Verdict {
        let message = format!("{what}, and the lock file re-recorded for it; {}", self.is_merged());
        let restore = self.history.restore_file(self.gate, &self.path(), true);
        let hint = format!("{restore}; then write a new migration: `cargo xtask makemigrations`");
        self.finding(Id::LockRewritten, message, hint)
    }

    fn line_changed(&self, what: String) -> Verdict {
        let message = format!("{what}; {}", self.is_merged());
        let hint = self.history.restore_file(self.gate, LOCK_FILE, false);
        let line = self.gate.lock_places().of_file(self.migration, self.name);
        let finding = self.gate.about_lock(Id::LockRewritten, self.migration, line, message, hint);
        Verdict::Wrong(Box::new(finding), None)
    }

    fn finding(&self, id: Id, message: String, hint: String) -> Verdict {
        Verdict::Wrong(Box::new(self.gate.about_file(id, self.migration, self.name, message, hint)), None)
    }

    fn is_overridden(&self) -> bool {
        self.history.new_override(self.gate, self.migration).is_some()
    }

    fn is_merged(&self) -> String {
        let Self { history, migration, .. } = self;
        format!("`{migration}` is merged into `{}`, and what is merged never changes", history.base.name)
    }

    fn path(&self) -> String {
        format!("{}/{}", self.migration, self.name)
    }
}
