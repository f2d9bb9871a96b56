//! The gate with git: what is merged is frozen.
//!
//! Does not run git: what it says comes as a [`Base`].

mod frozen;
mod order;
mod restore;
#[cfg(test)]
mod tests;

use crate::finding::{Finding, Id};
use crate::folder::{File, Files, Folder, quoted};
use crate::lock::{EMPTY, Lock, Override};
use crate::name::DirectoryName;
use crate::sum::Sum;
use crate::verify::Gate;
use std::collections::{BTreeMap, BTreeSet};

/// What git says about the base: the branch that counts as merged.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// What people call it: `origin/main`. For messages.
    pub name: String,
    /// The merge base, as git takes it for a revision. For hints.
    pub revision: String,
    /// The folder at the merge base, from the top of the repository, when it was elsewhere. For hints.
    pub moved_from: Option<String>,
    /// The lock file at the merge base, if it was there. Mistakes in it are the base's own: its check names them.
    pub lock: Option<Lock>,
    /// The migrations folder at the merge base. May lack the files that the lock file there names: their sums are taken
    /// from it.
    pub tree: Folder,
    /// The lock file at the base's newest commit, if it is there. None on the base branch itself, where the parent commit
    /// is the base.
    pub tip_lock: Option<Lock>,
}

/// What the gate finds, knowing what is merged. Holds all that [`verify`](crate::verify) finds, except where a finding
/// about merged history says it better.
#[must_use]
pub fn verify_merged(folder: &Folder, base: &Base) -> Vec<Finding> {
    let history = History::new(base, folder);
    let mut gate = Gate::new(folder);
    if !folder.is_refused() {
        gate.accepted = history.accepted(&gate).cloned().collect();
        gate.merged = Some(history.merged.keys().chain(&gate.accepted).cloned().collect());
        gate.lock_hint = history.lock_hint(&gate);
        history.check_frozen(&mut gate);
        history.check_tip(&mut gate);
        history.check_lock_header(&mut gate);
        history.check_order(&mut gate);
        gate.verify();
    }
    gate.finish()
}

/// The folder that has a migration's files under its number with zeros in front, when its own is gone.
fn padded<'f>(migration: &str, files: Option<&Files>, folder: &'f Folder) -> Option<&'f str> {
    if folder.files(migration).is_some() {
        return None;
    }
    let old = DirectoryName::parse(migration);
    let is_same = |other: &&str| {
        let new = DirectoryName::parse(other);
        let digits = new.version.trim_start_matches('0');
        let sums = |files: &Files| files.iter().map(|(name, file)| (name.clone(), file.sum())).collect::<Vec<_>>();
        new.name == old.name
            && new.version.len() > old.version.len()
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && digits == old.version.trim_start_matches('0')
            && folder.files(other).map(sums) == files.map(sums)
    };
    folder.migrations().find(is_same)
}

/// [`Base`], read.
struct History<'a> {
    base: &'a Base,
    lock: &'a Lock,
    tip: &'a Lock,
    /// The files of every migration that is present at the merge base.
    merged: BTreeMap<String, BTreeMap<String, Sum>>,
}

impl<'a> History<'a> {
    fn new(base: &'a Base, folder: &Folder) -> Self {
        let (lock, tip) = (base.lock.as_ref().unwrap_or(&EMPTY), base.tip_lock.as_ref().unwrap_or(&EMPTY));
        let mut merged: BTreeMap<String, BTreeMap<String, Sum>> = BTreeMap::new();
        for migration in lock.migrations() {
            merged.insert(migration.to_owned(), lock.files(migration).cloned().unwrap_or_default());
        }
        for migration in base.tree.migrations() {
            let found = base.tree.files(migration);
            // Until the adoption is merged, plain numbers may get the zeros that let something come after them.
            let padded = if base.lock.is_none() { padded(migration, found, folder) } else { None };
            let files = merged.entry(padded.unwrap_or(migration).to_owned()).or_default();
            for (name, file) in found.into_iter().flatten() {
                files.entry(name.clone()).or_insert_with(|| file.sum());
            }
        }
        Self { base, lock, tip, merged }
    }

    /// Migrations that came into the base after the merge base, and are here with the same files, or overridden: picked,
    /// or merged by squashing.
    fn accepted<'s>(&'s self, gate: &'s Gate<'_>) -> impl Iterator<Item = &'s String> {
        let folder = gate.folder;
        self.tip.lines().iter().filter_map(move |(migration, lines)| {
            let files = folder.files(migration)?;
            let is_same =
                files.len() == lines.len() && files.iter().all(|(name, file)| lines.get(name) == Some(&file.sum()));
            (is_same || self.may_differ(gate, migration)).then_some(migration)
        })
    }

    /// Whether an override with a reason, newer than the merge base, explains that a migration differs from the base's.
    fn may_differ(&self, gate: &Gate<'_>, migration: &str) -> bool {
        let is_new =
            |over: &Override| over.migration == migration && over.has_reason() && !self.lock.overrides().contains(over);
        // Without a lock file where the work started, an override here cannot be told from one of then.
        let here = if self.base.lock.is_none() { gate.lock.overrides() } else { &[] };
        self.tip.overrides().iter().chain(here).any(is_new)
    }

    /// The override of a merged migration that is new here, with a reason.
    fn new_override<'g>(&self, gate: &'g Gate<'_>, migration: &str) -> Option<&'g Override> {
        gate.lock
            .overrides()
            .iter()
            .find(|over| over.migration == migration && over.has_reason() && !self.lock.overrides().contains(over))
    }

    /// A migration of the same name that came into the base after the merge base has to be the same one.
    fn check_tip(&self, gate: &mut Gate<'_>) {
        let name = &self.base.name;
        for (migration, lines) in self.tip.lines() {
            if self.merged.get(migration) == Some(lines) {
                continue;
            }
            let Some(files) = gate.folder.files(migration).filter(|_| !gate.is_claimed(migration, None)) else {
                continue;
            };
            let is_overridden = self.may_differ(gate, migration);
            let names: BTreeSet<&String> = files.keys().chain(lines.keys()).collect();
            let differs = |name: &&String| files.get(*name).map(File::sum) != lines.get(*name).copied();
            let is_open = |name: &&String| !is_overridden && !gate.is_claimed(migration, Some(name));
            let Some(file) = names.into_iter().find(|name| differs(name) && is_open(name)) else { continue };
            let message = format!(
                "`{migration}/{file}` differs from the one on `{name}`: its history was rewritten, or `{migration}` was \
                 edited after it was merged"
            );
            let hint = format!(
                "take the merged one: `{}`, then `cargo xtask seal {}`",
                gate.folder.restore(name, &[migration]),
                quoted(migration)
            );
            let finding = gate.about_file(Id::Edited, migration, file, message, hint);
            gate.push(finding);
            gate.claim(migration, None);
        }
    }

    /// What the lock file says besides its lines is frozen as well.
    fn check_lock_header(&self, gate: &mut Gate<'_>) {
        if gate.lacks_lock() {
            return;
        }
        let path = gate.folder.lock_path();
        for over in self.lock.overrides() {
            if gate.lock.overrides().contains(over) {
                continue;
            }
            let Override { migration, reason } = over;
            let message = format!(
                "the override of `{migration}` is gone from the lock file, and merged into `{}`: {reason}",
                self.base.name
            );
            let hint = format!("write the line again: `# override {migration} {reason}`");
            let finding = gate.about_lock(Id::LockRewritten, migration, None, message, hint);
            gate.push(finding);
        }
        self.check_adopted(gate);
        let (Some(before), Some(first)) = (self.lock.dialect(), self.merged.keys().next()) else { return };
        if gate.lock.dialect() != Some(before) {
            let message =
                format!("the lock file no longer says that `{first}` and the others are written for {before}");
            let hint = format!("write the line again: `# dialect: {before}`");
            let line = gate.lock_places().of_dialect();
            gate.push(Finding::error(Id::LockRewritten, message, hint).at(path, line));
        }
    }

    /// What was there before this tool is settled when it is adopted, once and for all.
    fn check_adopted(&self, gate: &mut Gate<'_>) {
        if self.lock.lines().is_empty() {
            // This is the branch that adopts.
            return;
        }
        let name = &self.base.name;
        let gone: Vec<&String> =
            self.lock.adopted().iter().filter(|migration| !gate.lock.adopted().contains(*migration)).collect();
        for migration in gone {
            // What is gone as a whole is said already.
            if gate.is_claimed(migration, None) {
                continue;
            }
            let line = format!("# adopted {migration}");
            let message = format!("the line `{line}` is gone from the lock file, and merged into `{name}`");
            let hint = format!("write it again: `{line}`");
            let finding = gate.about_lock(Id::LockRewritten, migration, None, message, hint);
            gate.push(finding);
        }
        let new: Vec<String> = gate.lock.adopted().difference(self.lock.adopted()).cloned().collect();
        for migration in new {
            let text = format!("# adopted {migration}");
            let line = gate.lock_places().of_line(&text);
            let message = format!(
                "the lock file calls `{migration}` adopted, and the one of `{name}` does not: what comes after the adoption \
                 is recorded like every migration"
            );
            let hint = format!("drop the line, then `cargo xtask seal {migration}`");
            let finding = gate.about_lock(Id::LockRewritten, &migration, line, message, hint);
            gate.push(finding);
        }
    }
}
