//! A small project for tests: two merged migrations, written to in memory.
//!
//! Only builds what is looked at: what is expected is in the tests.

use crate::folder::{EntryKind, Folder};
use crate::lock::{LOCK_FILE, Lock};
use crate::merged::Base;
use crate::sum::sum;
use crate::{Finding, Severity};
use std::collections::BTreeMap;

pub(crate) const FIRST: &str = "2026-11-23-141200-0001_initial";
pub(crate) const SECOND: &str = "2026-11-23-141300-0002_ticket";
pub(crate) const NEW: &str = "2026-11-23-141400-0003_owner";

/// The files of a migrations folder and its lock file.
#[derive(Clone)]
pub(crate) struct Project {
    files: BTreeMap<String, (Vec<u8>, EntryKind)>,
    pub(crate) lock: Lock,
    /// In place of what `lock` renders to.
    pub(crate) lock_text: Option<String>,
}

impl Project {
    /// Without migrations.
    pub(crate) fn empty() -> Self {
        Self { files: BTreeMap::new(), lock: Lock::new("sqlite"), lock_text: None }
    }

    /// With two migrations, recorded.
    pub(crate) fn new() -> Self {
        let mut project = Self::empty();
        for migration in [FIRST, SECOND] {
            project.write(migration, "up.sql", "SELECT 1;\n");
            project.write(migration, "down.sql", "SELECT 2;\n");
            project.write(migration, "operations.toml", &format!("format = 1 # {migration}\n"));
            project.seal(migration);
        }
        project
    }

    /// With the branch's own migration, recorded.
    pub(crate) fn with_new(name: &str) -> Self {
        let mut project = Self::new();
        project.write(name, "up.sql", "SELECT 3;\n");
        project.seal(name);
        project
    }

    pub(crate) fn write(&mut self, migration: &str, file: &str, text: &str) {
        self.put(&format!("{migration}/{file}"), text.as_bytes(), EntryKind::File);
    }

    pub(crate) fn put(&mut self, path: &str, bytes: &[u8], kind: EntryKind) {
        self.files.insert(path.to_owned(), (bytes.to_vec(), kind));
    }

    pub(crate) fn delete(&mut self, path: &str) {
        self.files.retain(|name, _| name != path && !name.starts_with(&format!("{path}/")));
    }

    /// Renames a folder or a file.
    pub(crate) fn rename(&mut self, from: &str, to: &str) {
        let files = std::mem::take(&mut self.files);
        self.files = files.into_iter().map(|(path, file)| (path.replacen(from, to, 1), file)).collect();
    }

    /// Records a migration as it is now, as `seal` would if it knew nothing of what is merged.
    pub(crate) fn seal(&mut self, migration: &str) {
        self.lock.remove(migration);
        for (path, (bytes, _)) in &self.files {
            if let Some(file) = path.strip_prefix(migration).and_then(|rest| rest.strip_prefix('/')) {
                self.lock.record(migration, file, sum(bytes));
            }
        }
    }

    pub(crate) fn folder(&self) -> Folder {
        let text = self.lock_text.clone().unwrap_or_else(|| self.lock.render());
        let lock = (LOCK_FILE.to_owned(), text.into_bytes(), EntryKind::File);
        Folder::from_files(
            self.files.iter().map(|(path, (bytes, kind))| (path.clone(), bytes.clone(), *kind)).chain([lock]),
        )
    }

    /// This project as what is merged.
    pub(crate) fn base(&self) -> Base {
        let lock = Some(self.lock.clone());
        let (name, revision) = ("origin/main".to_owned(), "1234abc".to_owned());
        Base { name, revision, tip_lock: lock.clone(), lock, ..Base::default() }
    }
}

/// The findings in short, `~` for a warning: `M001 migrations/a/up.sql`. Checks what holds for every finding.
pub(crate) fn short(findings: &[Finding]) -> Vec<String> {
    assert!(findings.is_sorted(), "{findings:#?}");
    let short = findings.iter().map(|finding| {
        let Finding { id, path, migration, message, hint, .. } = finding;
        assert!(!hint.is_empty(), "{finding:#?}");
        assert!(migration.as_ref().is_none_or(|migration| message.contains(&**migration)), "{finding:#?}");
        let mark = if finding.severity == Severity::Warning { "~" } else { "" };
        format!("{mark}{id} {}", path.as_deref().unwrap_or("-"))
    });
    short.collect()
}
