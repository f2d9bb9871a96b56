//! What is wrong with the lock file as such, and what it overrides.
//!
//! Does not compare it with anything.

use super::Gate;
use crate::finding::{Finding, Id, Severity};
use crate::folder::LockFile;
use crate::lock::{LOCK_FILE, Override};

impl Gate<'_> {
    /// Whether the lock file says nothing, so that what is missing in it needs no findings of its own.
    pub(crate) fn lacks_lock(&self) -> bool {
        self.folder.lock_text().is_none_or(|text| text.trim().is_empty())
    }

    pub(super) fn check_lock_file(&mut self) {
        let path = self.folder.lock_path();
        let hint = self.lock_hint.clone().unwrap_or_else(|| {
            let restore = self.folder.restore("HEAD", &[LOCK_FILE]);
            format!("restore it: `{restore}`; in a project with migrations of its own: `cargo xtask adopt`")
        });
        let problem = match self.folder.lock() {
            LockFile::Text(_) => {
                let findings = std::mem::take(&mut self.lock_findings);
                self.findings.extend(findings.into_iter().map(|finding| {
                    let line = finding.line;
                    finding.at(path.clone(), line)
                }));
                self.check_adopted_lines();
                return;
            }
            LockFile::Missing => match self.folder.migrations().next() {
                Some(first) => format!("is missing, although there are migrations: `{first}`"),
                None => return,
            },
            LockFile::Unreadable(what) => format!("is {what}"),
        };
        let message = format!("the lock file `{path}` {problem}");
        self.push(Finding::error(Id::LockNotCanonical, message, hint).at(path, None));
    }

    /// What is adopted is recorded as well.
    fn check_adopted_lines(&mut self) {
        let bare: Vec<String> =
            self.lock.adopted().iter().filter(|name| self.lock.files(name).is_none()).cloned().collect();
        for migration in bare {
            let text = format!("# adopted {migration}");
            let line = self.lock_places().of_line(&text);
            let message = format!("the lock file calls `{migration}` adopted, and has no lines for it");
            let hint = format!("restore it: `{}`", self.folder.restore("HEAD", &[LOCK_FILE]));
            let finding = self.about_lock(Id::LockNotCanonical, &migration, line, message, hint);
            self.push(finding);
        }
    }

    pub(super) fn check_overrides(&mut self) {
        for over in self.lock.overrides().to_vec() {
            let finding = self.override_finding(&over);
            self.push(finding);
        }
    }

    fn override_finding(&self, over: &Override) -> Finding {
        let Override { migration, reason } = over;
        let text = format!("# override {migration} {reason}");
        let line = self.lock_places().of_line(&text);
        let is_there = self.folder.files(migration).is_some() || self.lock.files(migration).is_some();
        if !over.has_reason() {
            let message = format!("the override of `{migration}` has no reason");
            let hint = format!("cargo xtask seal {migration} --override --reason \"...\"");
            return self.about_lock(Id::NoReason, migration, line, message, hint);
        }
        let (message, hint) = if !is_there {
            let message = format!("there is no `{migration}`, which an override names: {reason}");
            (message, "correct the name, or drop the line if it is not merged".to_owned())
        } else if self.merged.as_ref().is_some_and(|merged| !merged.contains(migration)) {
            let message = format!("`{migration}` is not merged and needs no override: {reason}");
            (message, "drop the line: what is not merged may change".to_owned())
        } else {
            let message = format!("`{migration}` was edited after it was merged; overridden: {reason}");
            (message, "databases that ran it before have the old version: check that they need nothing more".to_owned())
        };
        self.about_lock(Id::LockRewritten, migration, line, message, hint).with_severity(Severity::Warning)
    }
}
