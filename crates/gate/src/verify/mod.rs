//! The gate without git: the files of the folder against the lock file, and what Diesel would trip over.
//!
//! Does not know what is merged unless `merged` says so.

mod content;
mod files;
mod lock_file;
mod names;
mod places;
#[cfg(test)]
mod tests;

use crate::finding::{Finding, Id, Severity};
use crate::folder::Folder;
use crate::lock::{LOCK_FILE, Lock};
use std::cell::OnceCell;
use std::collections::BTreeSet;

use places::LockPlaces;

/// What the gate finds without knowing what is merged.
#[must_use]
pub fn verify(folder: &Folder) -> Vec<Finding> {
    let mut gate = Gate::new(folder);
    gate.verify();
    gate.finish()
}

/// One run of the gate: what it looks at, and what it has found.
pub(crate) struct Gate<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) lock: Lock,
    /// The merged migrations. None when nobody knows.
    pub(crate) merged: Option<BTreeSet<String>>,
    /// Those of them that the merge base did not have yet.
    pub(crate) accepted: BTreeSet<String>,
    /// How a lock file that is gone comes back, where git says it.
    pub(crate) lock_hint: Option<String>,
    lock_findings: Vec<Finding>,
    lock_places: OnceCell<LockPlaces>,
    findings: Vec<Finding>,
    /// Migrations, or files of them, about which enough is said: one finding per broken file.
    claimed: BTreeSet<(String, Option<String>)>,
}

impl<'a> Gate<'a> {
    pub(crate) fn new(folder: &'a Folder) -> Self {
        let (lock, lock_findings) = folder.lock_text().map(Lock::parse).unwrap_or_default();
        let (findings, claimed) = (Vec::new(), BTreeSet::new());
        let (accepted, lock_hint) = (BTreeSet::new(), None);
        let lock_places = OnceCell::new();
        let mut gate =
            Self { folder, lock, merged: None, accepted, lock_hint, lock_findings, lock_places, findings, claimed };
        // First: what is behind a link is not there for all that follows.
        gate.check_links();
        gate
    }

    /// Adds what is found without git, except about what is claimed.
    pub(crate) fn verify(&mut self) {
        if self.folder.is_refused() {
            return;
        }
        self.check_lock_file();
        self.check_overrides();
        self.check_content();
        self.check_names();
        self.check_files();
        self.check_strays();
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Says that a file of a migration, or all of it, needs no further finding.
    pub(crate) fn claim(&mut self, migration: &str, file: Option<&str>) {
        self.claimed.insert((migration.to_owned(), file.map(str::to_owned)));
    }

    pub(crate) fn is_claimed(&self, migration: &str, file: Option<&str>) -> bool {
        let has = |file: Option<&str>| self.claimed.contains(&(migration.to_owned(), file.map(str::to_owned)));
        has(None) || (file.is_some() && has(file))
    }

    /// All findings, sorted.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        self.findings.sort_unstable();
        self.findings.dedup();
        self.findings
    }

    /// A finding about a file of a migration.
    pub(crate) fn about_file(&self, id: Id, migration: &str, file: &str, message: String, hint: String) -> Finding {
        Finding::error(id, message, hint).of(migration).at(self.folder.path(&format!("{migration}/{file}")), None)
    }

    /// A finding about a whole migration.
    pub(crate) fn about(&self, id: Id, migration: &str, message: String, hint: String) -> Finding {
        Finding::error(id, message, hint).of(migration).at(self.folder.path(migration), None)
    }

    /// A finding about what the lock file says, or no longer says, of a migration.
    pub(crate) fn about_lock(
        &self,
        id: Id,
        migration: &str,
        line: Option<usize>,
        message: String,
        hint: String,
    ) -> Finding {
        Finding::error(id, message, hint).of(migration).at(self.folder.lock_path(), line)
    }

    /// Where the lock file says something.
    pub(crate) fn lock_places(&self) -> &LockPlaces {
        self.lock_places.get_or_init(|| self.folder.lock_text().map(LockPlaces::new).unwrap_or_default())
    }

    /// How bad a finding is that only an edit of the migration could mend. A merged one cannot be edited: an override
    /// with a reason is the way to live with it.
    fn severity(&self, migration: &str) -> Severity {
        let may_be_merged = self.merged.as_ref().is_none_or(|merged| merged.contains(migration));
        let has_reason = |over: &crate::Override| over.migration == migration && over.has_reason();
        if may_be_merged && self.lock.overrides().iter().any(has_reason) { Severity::Warning } else { Severity::Error }
    }

    fn check_links(&mut self) {
        for refused in self.folder.refused() {
            let (migration, file) = (refused.migration.as_deref(), refused.file.as_deref());
            let below = [migration, file].into_iter().flatten().collect::<Vec<_>>().join("/");
            let path = self.folder.path(&below);
            let only = if migration.is_some() { "plain files" } else { "a plain folder" };
            let message = format!("`{path}` {}: the gate looks at {only} only", refused.why);
            let hint = format!("replace `{path}` by what it stands for, or delete it");
            let finding = Finding::error(Id::Link, message, hint).at(path, None);
            match migration {
                Some(migration) => {
                    self.claim(migration, file);
                    self.push(finding.of(migration));
                }
                None => self.push(finding),
            }
        }
    }

    fn check_strays(&mut self) {
        let folder = self.folder;
        let warning = |path: String, what: &str, hint: String| {
            Finding::warning(Id::Stray, format!("`{path}` {what}"), hint).at(path, None)
        };
        for name in folder.loose() {
            let path = folder.path(name);
            let hint = format!("move `{path}` elsewhere: the folder is for migrations and `{LOCK_FILE}`");
            self.push(warning(path, "belongs to no migration", hint));
        }
        for (migration, file) in folder.backups() {
            let path = folder.path(&format!("{migration}/{file}"));
            let hint = format!("rm {}", folder.typed(&format!("{migration}/{file}")));
            self.push(warning(path, "looks like an editor's backup and is ignored", hint).of(migration));
        }
        for name in folder.empty().iter().filter(|name| self.lock.files(name).is_none()) {
            if !self.is_claimed(name, None) {
                let path = folder.path(name);
                let hint = format!("rm -r {}", folder.typed(name));
                self.findings.push(warning(path, "is empty: Diesel refuses it", hint).of(name));
            }
        }
    }
}
