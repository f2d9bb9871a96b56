//! The commands that bring back what is merged, as they can be pasted.
//!
//! Only words them: what has to come back is known by who asks.

use super::{Base, History};
use crate::folder::{Folder, quoted};
use crate::lock::LOCK_FILE;
use crate::verify::Gate;

impl Base {
    /// The command that brings a migration back as it was at the merge base.
    #[must_use]
    pub fn restore(&self, folder: &Folder, migration: &str) -> String {
        let Some(before) = &self.moved_from else {
            return folder.restore(&self.revision, &[migration]);
        };
        let there = quoted(&format!("{}:{before}/{migration}", self.revision));
        let into = match folder.above() {
            "" => String::new(),
            above => format!(" -C {}", quoted(above)),
        };
        let prefix = quoted(&format!("{}/", folder.path(migration)));
        format!("git archive --prefix={prefix} {there} | tar -x{into}")
    }
}

impl History<'_> {
    /// How a file of a migration comes back; with the lock file where that was changed as well.
    pub(super) fn restore_file(&self, gate: &Gate<'_>, file: &str, with_lock: bool) -> String {
        let files: Vec<&str> = [file].into_iter().chain(with_lock.then_some(LOCK_FILE)).collect();
        let command = match &self.base.moved_from {
            None => self.checkout(gate, &files),
            Some(before) => {
                let show = |file: &&str| {
                    let there = quoted(&format!("{}:{before}/{file}", self.base.revision));
                    format!("git show {there} > {}", gate.folder.typed(file))
                };
                files.iter().map(show).collect::<Vec<_>>().join(" && ")
            }
        };
        let mut text = format!("restore it: `{command}`");
        // The lock file of then does not have what is not merged.
        for migration in self.own(gate).filter(|_| with_lock || file == LOCK_FILE) {
            text += &format!(", then `cargo xtask seal {}`", quoted(migration));
        }
        text
    }

    /// How a whole migration comes back; with the lock file where that does not name it any more.
    pub(super) fn restore_folder(&self, gate: &Gate<'_>, migration: &str, with_lock: bool) -> String {
        let command = match &self.base.moved_from {
            None if with_lock => self.checkout(gate, &[migration, LOCK_FILE]),
            None => self.base.restore(gate.folder, migration),
            Some(before) => {
                let mut command = self.base.restore(gate.folder, migration);
                if with_lock {
                    let there = quoted(&format!("{}:{before}/{LOCK_FILE}", self.base.revision));
                    command += &format!(" && git show {there} > {}", gate.folder.typed(LOCK_FILE));
                }
                command
            }
        };
        // What is not merged may say again what comes back, or have its number.
        let then = if with_lock && self.own(gate).next().is_some() { ", then `cargo xtask rebase`" } else { "" };
        format!("restore it: `{command}`{then}")
    }

    /// How a lock file that is gone comes back.
    pub(super) fn lock_hint(&self, gate: &Gate<'_>) -> Option<String> {
        self.base.lock.as_ref()?;
        let merged = self.restore_file(gate, LOCK_FILE, false);
        Some(format!(
            "take it from the newest commit that has it: `{}`, else {}",
            gate.folder.restore("HEAD", &[LOCK_FILE]),
            merged.trim_start_matches("restore it: ")
        ))
    }

    fn checkout(&self, gate: &Gate<'_>, below: &[&str]) -> String {
        gate.folder.restore(&self.base.revision, below)
    }

    /// The migrations that are not merged.
    fn own<'g>(&self, gate: &'g Gate<'_>) -> impl Iterator<Item = &'g str> {
        gate.folder.migrations().filter(|name| !self.merged.contains_key(*name) && !gate.is_claimed(name, None))
    }
}
