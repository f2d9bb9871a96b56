//! The files of the folder against the lines of the lock file.
//!
//! Never advises to record a file again that may be merged without saying so: that would defeat the gate.

use super::Gate;
use crate::finding::{Finding, Id};
use crate::folder::{File, quoted};
use crate::sum::{Sum, difference};
use std::collections::BTreeSet;

impl Gate<'_> {
    pub(super) fn check_files(&mut self) {
        let recorded = self.lock.migrations().map(str::to_owned);
        let migrations: BTreeSet<String> = self.folder.migrations().map(str::to_owned).chain(recorded).collect();
        for migration in &migrations {
            if !self.is_claimed(migration, None) {
                let findings = self.migration_files(migration);
                self.findings.extend(findings);
            }
        }
    }

    fn migration_files(&self, migration: &str) -> Vec<Finding> {
        match (self.folder.files(migration), self.lock.files(migration)) {
            (Some(_), None) if self.lacks_lock() => Vec::new(),
            (Some(_), None) => vec![self.not_recorded(migration, None)],
            (None, Some(_)) => vec![self.gone(migration, None)],
            (Some(files), Some(lines)) => {
                let names: BTreeSet<&String> = files.keys().chain(lines.keys()).collect();
                let open = names.into_iter().filter(|name| !self.is_claimed(migration, Some(name)));
                let findings = open.filter_map(|name| match (files.get(name), lines.get(name)) {
                    (Some(file), Some(line)) if file.sum() != *line => Some(self.edited(migration, name, file, line)),
                    (Some(_), None) => Some(self.not_recorded(migration, Some(name))),
                    (None, Some(_)) => Some(self.gone(migration, Some(name))),
                    (Some(_), Some(_)) | (None, None) => None,
                });
                findings.collect()
            }
            (None, None) => Vec::new(),
        }
    }

    fn edited(&self, migration: &str, file: &str, found: &File, recorded: &Sum) -> Finding {
        let how = difference(found.bytes(), recorded).map(|how| format!(" ({how})")).unwrap_or_default();
        let message = format!("`{migration}/{file}` was edited{how}: it differs from the lock file");
        let hint = if self.merged.is_some() {
            self.write_hint(migration)
        } else {
            let restore = self.folder.restore("HEAD", &[format!("{migration}/{file}")]);
            format!(
                "restore it: `{restore}`; or, when it is not merged yet: `cargo xtask seal {}` for SQL written by hand",
                quoted(migration)
            )
        };
        self.about_file(Id::Edited, migration, file, message, hint)
    }

    fn not_recorded(&self, migration: &str, file: Option<&str>) -> Finding {
        let hint = self.write_hint(migration);
        match file {
            Some(file) => {
                let message = format!("`{migration}/{file}` is not in the lock file");
                self.about_file(Id::NotRecorded, migration, file, message, hint)
            }
            None => self.about(Id::NotRecorded, migration, format!("`{migration}` is not in the lock file"), hint),
        }
    }

    /// How a migration that is not merged gets its lines.
    fn write_hint(&self, migration: &str) -> String {
        if self.accepted.contains(migration) {
            return format!("it is merged: `cargo xtask seal {migration}` records it as it is there");
        }
        let folder = self.folder.typed(migration);
        format!(
            "written by hand, and applied nowhere yet: `cargo xtask seal {migration}`; else `rm -r {folder}` and `cargo xtask \
             makemigrations`"
        )
    }

    fn gone(&self, migration: &str, file: Option<&str>) -> Finding {
        let restore = self.folder.restore("HEAD", &[migration]);
        let name = file.map_or(migration.to_owned(), |file| format!("{migration}/{file}"));
        let message = format!("`{name}` is in the lock file, but gone");
        let hint = format!(
            "restore it: `{restore}`; or, when it is not merged yet: `cargo xtask makemigrations`, \
             which drops the lines of a deleted folder"
        );
        let line = match file {
            Some(file) => self.lock_places().of_file(migration, file),
            None => self.lock_places().of_migration(migration),
        };
        self.about_lock(Id::Gone, migration, line, message, hint)
    }
}
