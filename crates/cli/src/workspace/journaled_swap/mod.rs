//! Puts new migrations in the place of old ones so that a command that is killed in between can go on, or put everything
//! back. Must not decide what is in them.
//!
//! What goes and what comes is copied first into a folder of state that lies in git's own, where no commit can put anything;
//! then a journal says what is about to happen, and only then the migrations folder changes. Every step can be repeated.
//! While git is in the middle of something the swap is kept after its end, because git can still take back its own half.

mod disk;
mod generated;
mod journal;

use std::{
    cell::RefCell,
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use makemigrations_gate::{LOCK_FILE, Lock};

use super::{generated::GeneratedFile, lock::FolderLock, stored_migration::StoredMigration, write};
use crate::error::{CliError, Result};
pub(crate) use disk::write_migration;
use disk::{copy, create_folder, files, is_there, names, read, remove, rename, write_file};
pub(crate) use journal::{Commits, Journal, State, interrupted, is_inside, is_migration_name, onto, state, whole_path};

const JOURNAL: &str = "journal";
/// The journal of a swap that is done, and kept.
const DONE: &str = "done";
/// The migrations that are rolled back in the database, and are to be applied again.
const REAPPLY: &str = "reapply";
/// Copies of what was there before the first swap of this step of git.
const OLD: &str = "old";
/// Copies of what comes.
const NEW: &str = "new";
/// Copies of the new ones of every swap that is kept: databases may have run them.
const MADE: &str = "made";
/// Where a step of git is meant that nothing has been done in. Git gives no commit this name.
const NO_STEP: &str = "0000000000000000000000000000000000000000";
/// A name in the folder of state for what is not complete.
const PART: &str = "part";

/// A swap of migrations, begun now or by a command that was interrupted.
#[derive(Debug)]
pub(crate) struct JournaledSwap<'a> {
    guard: &'a FolderLock,
    /// The workspace.
    root: PathBuf,
    /// The folder of state.
    state: PathBuf,
    journal: Option<Journal>,
    done: Option<Journal>,
    /// What people had changed in a migration that went: its name, and where a copy is.
    saved: RefCell<Vec<(String, PathBuf)>>,
}

impl<'a> JournaledSwap<'a> {
    /// Looks in the folder `state` for one that was interrupted; else begins with nothing.
    ///
    /// # Errors
    /// When there is a journal that cannot be gone by, or a link on the way to the migrations.
    pub(crate) fn open(guard: &'a FolderLock, state: &Path, root: &Path) -> Result<Self> {
        refuse_link(guard.folder())?;
        let journal = |name| journal::read(state, name, guard.folder());
        let (journal, done) = (journal(JOURNAL)?, journal(DONE)?);
        Ok(Self { guard, root: root.to_owned(), state: state.to_owned(), journal, done, saved: RefCell::default() })
    }

    /// The command that was interrupted after it began to move migrations.
    pub(crate) fn interrupted(&self) -> Option<&str> {
        self.journal.as_ref().map(|journal| journal.by.as_str())
    }

    /// The last one, whether it is done or not.
    pub(crate) fn last(&self) -> Option<&Journal> {
        self.journal.as_ref().or(self.done.as_ref())
    }

    /// The generated files that the last one wrote.
    pub(crate) fn written(&self) -> Vec<String> {
        self.last().map(|journal| journal.written.clone()).unwrap_or_default()
    }

    /// The one that is done, and kept because git was in the middle of something.
    pub(crate) fn done(&self) -> Option<&Journal> {
        self.done.as_ref()
    }

    /// The migrations that were rolled back for it, or for one before it, and have to be applied again. Of the last ones
    /// it may only have been meant.
    pub(crate) fn rolled_back(&self) -> Result<Vec<String>> {
        let names = read(&self.path(REAPPLY))?.unwrap_or_default();
        Ok(names.lines().map(str::to_owned).collect())
    }

    /// Says that migrations are about to be rolled back: whoever goes on has to apply them again.
    pub(crate) fn roll_back<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Result<()> {
        let mut all = self.rolled_back()?;
        all.extend(names.into_iter().map(str::to_owned));
        create_folder(&self.state)?;
        self.write(REAPPLY, &all.iter().map(|name| format!("{name}\n")).collect::<String>())
    }

    /// A folder for migrations that a database is to run now, emptied.
    pub(crate) fn stage(&self) -> Result<PathBuf> {
        let path = self.path("stage");
        remove(&path)?;
        create_folder(&path)?;
        Ok(path)
    }

    /// Copies what goes, what comes, the lock file and the generated files, for a swap that begins where git stands at
    /// `commits`. Nothing outside of the folder of state changes yet.
    pub(crate) fn prepare(
        &self,
        commits: &Commits,
        old: &[String],
        new: &[StoredMigration],
        (lock, files): (&str, &[GeneratedFile]),
    ) -> Result<()> {
        remove(&self.path(NEW))?;
        create_folder(&self.path(NEW))?;
        let folder = self.guard.folder();
        let before = self.before(commits);
        if before.is_none() {
            // Of a swap that is settled, or never began to move anything.
            remove(&self.path(OLD))?;
            create_folder(&self.path(OLD))?;
            match fs::read(folder.join(LOCK_FILE)) {
                Ok(bytes) => write_file(&self.path(OLD).join(LOCK_FILE), &bytes)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(CliError::io("read", &folder.join(LOCK_FILE), &error)),
            }
        }
        // What came before in the same step is not what was there at its beginning.
        let is_old = |name: &&String| before.is_none_or(|before| !before.new.contains(name));
        for name in old.iter().filter(is_old).filter(|name| is_there(&folder.join(name))) {
            self.keep_copy(&folder.join(name), &self.path(OLD).join(name))?;
        }
        for migration in new {
            if !is_migration_name(&migration.name) {
                return Err(CliError::usage(format!("`{}` is no name of a migration's folder", migration.name)));
            }
            write_migration(&self.path(NEW), migration)?;
            remove(&self.path(MADE).join(&migration.name))?;
            write_migration(&self.path(MADE), migration)?;
        }
        write_file(&self.path(NEW).join(LOCK_FILE), lock.as_bytes())?;
        generated::prepare(&self.root, &self.state, files, before.map(|before| before.generated.as_slice()))
    }

    /// The swap that is done already in the step of git that is at `commits`.
    fn before(&self, commits: &Commits) -> Option<&Journal> {
        self.done.as_ref().filter(|done| commits.step.is_some() && done.is_of(commits))
    }

    /// Copies a folder as a whole, in the place of what is there.
    fn keep_copy(&self, from: &Path, to: &Path) -> Result<()> {
        let part = self.path(PART);
        remove(&part)?;
        copy(from, &part)?;
        remove(to)?;
        to.parent().map_or(Ok(()), create_folder)?;
        rename(&part, to)
    }

    /// Takes the old migrations out of the folder, puts the prepared ones in, and writes the generated files, for the command
    /// `by`. When something is in the way everything is put back.
    pub(crate) fn make(
        &mut self,
        by: &str,
        commits: Commits,
        (old, new): (&[String], &[StoredMigration]),
        files: &[GeneratedFile],
    ) -> Result<()> {
        let into: Vec<String> = new.iter().map(|migration| migration.name.clone()).collect();
        let mut journal = Journal {
            by: by.to_owned(),
            folder: whole_path(self.guard.folder()),
            out: old.to_vec(),
            old: old.to_vec(),
            new: into.clone(),
            into,
            written: files.iter().map(|file| file.path.clone()).collect(),
            generated: files.iter().map(|file| file.path.clone()).collect(),
            commits,
        };
        if let Some(before) = self.before(&journal.commits) {
            let is_first = |name: &String| !before.new.contains(name);
            journal.old = before.old.iter().chain(old.iter().filter(|name| is_first(name))).cloned().collect();
            let stays = before.new.iter().filter(|name| !old.contains(name));
            journal.new = stays.cloned().chain(journal.new).collect();
            let earlier = before.generated.iter().filter(|path| !journal.written.contains(path));
            journal.generated.extend(earlier.cloned());
        }
        self.write(JOURNAL, &journal.render())?;
        self.journal = Some(journal);
        let moved = self.go_on();
        if moved.is_err() {
            // What failed is said. What cannot be put back either stays as the journal says.
            drop(self.undo());
        }
        moved
    }

    /// Moves what is not moved yet. Can be repeated.
    pub(crate) fn go_on(&self) -> Result<()> {
        let Some(Journal { out, into, written, .. }) = &self.journal else { return Ok(()) };
        let made = self.path(NEW);
        out.iter().filter(|name| !into.contains(name)).try_for_each(|name| self.take_out(name))?;
        into.iter().try_for_each(|name| self.bring_in(name, &made))?;
        self.restore_lock(&made)?;
        generated::bring_in(&self.root, &self.state, written)
    }

    /// Moves back what a failure has left half done.
    fn undo(&mut self) -> Result<()> {
        let Some(Journal { out, into, written, .. }) = self.journal.clone() else { return Ok(()) };
        let kept = [OLD, MADE].map(|part| self.path(part));
        for name in &out {
            let copy = kept.iter().find(|folder| folder.join(name).is_dir());
            copy.map_or(Ok(()), |folder| self.bring_in(name, folder))?;
        }
        into.iter().filter(|name| !out.contains(name)).try_for_each(|name| self.take_out(name))?;
        if self.done.is_none() {
            self.restore_lock(&kept[0])?;
            generated::put_back(&self.root, &self.state, &written)?;
        }
        remove(&self.path(JOURNAL))?;
        self.journal = None;
        Ok(())
    }

    /// Takes a migration out of the folder. What people have changed in it since it was copied is copied again.
    fn take_out(&self, name: &str) -> Result<()> {
        let path = self.guard.folder().join(name);
        if !is_there(&path) {
            return Ok(());
        }
        refuse_link(&path)?;
        let here = files(&path)?;
        let mut copies = [OLD, NEW, MADE].iter().map(|part| self.path(part).join(name)).filter(|copy| copy.is_dir());
        if !copies.any(|copy| files(&copy).is_ok_and(|copy| copy == here)) {
            let saved = self.saved_as(name);
            self.keep_copy(&path, &saved)?;
            self.saved.borrow_mut().push((name.to_owned(), saved));
        }
        // Diesel and the gate see all of it or nothing.
        let unfinished = self.guard.folder().join(format!("{}{name}", write::UNFINISHED));
        remove(&unfinished)?;
        rename(&path, &unfinished)?;
        remove(&unfinished)
    }

    /// Puts the copy of a migration that `from` has into the folder.
    fn bring_in(&self, name: &str, from: &Path) -> Result<()> {
        let (path, copied) = (self.guard.folder().join(name), from.join(name));
        if is_there(&path) {
            refuse_link(&path)?;
            if files(&path)? == files(&copied)? {
                return Ok(());
            }
        }
        let unfinished = self.guard.folder().join(format!("{}in-{name}", write::UNFINISHED));
        remove(&unfinished)?;
        copy(&copied, &unfinished)?;
        self.take_out(name)?;
        rename(&unfinished, &path)
    }

    fn restore_lock(&self, from: &Path) -> Result<()> {
        match read(&from.join(LOCK_FILE))? {
            Some(text) => write::replace(self.guard, &self.guard.folder().join(LOCK_FILE), &text),
            None => Ok(()),
        }
    }

    /// A place beside the folder of state that is not taken.
    fn saved_as(&self, name: &str) -> PathBuf {
        let key = self.state.file_name().unwrap_or_default().to_string_lossy();
        let folder = self.state.with_file_name(format!("{key}.saved"));
        let numbered = (2..).map(|number| folder.join(format!("{name}.{number}")));
        let mut places = std::iter::once(folder.join(name)).chain(numbered);
        places.find(|place| !is_there(place)).unwrap_or(folder)
    }

    /// What people had changed in migrations that went, as notes.
    pub(crate) fn saved(&self) -> Vec<String> {
        let saved = self.saved.borrow();
        let note = |(name, path): &(String, PathBuf)| {
            format!("`{name}` was changed since; a copy of what it was is `{}`", path.display())
        };
        saved.iter().map(note).collect()
    }

    /// Keeps what is done until git is done as well.
    pub(crate) fn keep(self) -> Result<()> {
        if let Some(journal) = &self.journal {
            self.write(DONE, &journal.render())?;
        }
        remove(&self.path(JOURNAL))?;
        remove(&self.path(REAPPLY))
    }

    /// The copies of migrations that came, in this swap and in those before it.
    pub(crate) fn made(&self) -> Result<BTreeSet<String>> {
        names(&self.path(MADE))
    }

    /// Forgets the copies of what came before this swap and is nowhere any more, `is_gone` from databases as well.
    pub(crate) fn forget_made(&self, is_gone: impl Fn(&str) -> bool) -> Result<()> {
        let is_new = |name: &String| self.last().is_some_and(|last| last.new.contains(name));
        let made = self.made()?;
        let mut gone = made.iter().filter(|name| !is_new(name) && is_gone(name));
        gone.try_for_each(|name| remove(&self.path(MADE).join(name)))
    }

    /// Moves everything back to where it was when the step of git began. Can be repeated.
    ///
    /// With `is_kept` what is known of it stays: git has still to give up.
    pub(crate) fn put_back(&mut self, is_kept: bool) -> Result<()> {
        if let Some(journal) = self.last().cloned() {
            let kept = self.path(OLD);
            journal.new.iter().filter(|name| !journal.old.contains(name)).try_for_each(|name| self.take_out(name))?;
            let mut went = journal.old.iter().filter(|name| kept.join(name).is_dir());
            went.try_for_each(|name| self.bring_in(name, &kept))?;
            self.restore_lock(&kept)?;
            generated::put_back(&self.root, &self.state, &journal.generated)?;
            for name in &journal.new {
                remove(&self.path(MADE).join(name))?;
            }
            // What a swap before this one has made may still be applied.
            self.done = None;
            if !is_kept && self.made()?.is_empty() {
                remove(&self.path(DONE))?;
            } else {
                let before = Journal {
                    by: journal.by,
                    folder: journal.folder,
                    commits: Commits { step: Some(NO_STEP.to_owned()), ..journal.commits },
                    ..Journal::default()
                };
                self.write(DONE, &before.render())?;
                self.done = Some(before);
            }
            remove(&self.path(JOURNAL))?;
        }
        self.journal = None;
        Ok(())
    }

    /// Where git has given up: moves back what it left. Its lock file says what belongs here; `committed` are all that it
    /// names, as git has them. Can be repeated.
    pub(crate) fn put_back_rest(&mut self, lock: &Lock, committed: &[StoredMigration]) -> Result<()> {
        let folder = self.guard.folder().to_owned();
        let is_recorded = |name: &String| lock.files(name).is_some();
        let mut left: BTreeSet<String> = self.made()?;
        left.extend(self.last().into_iter().flat_map(|last| last.new.iter().cloned()));
        left.iter().filter(|name| !is_recorded(name)).try_for_each(|name| self.take_out(name))?;
        let old = self.path(OLD);
        for name in names(&old)?.iter().filter(|name| is_recorded(name) && !is_there(&folder.join(name))) {
            self.bring_in(name, &old)?;
        }
        for migration in committed.iter().filter(|migration| !is_there(&folder.join(&migration.name))) {
            let part = self.path(PART);
            remove(&part)?;
            write_migration(&part, migration)?;
            self.bring_in(&migration.name, &part)?;
        }
        Ok(())
    }

    /// Forgets the swap: what was old is deleted. All at once, so that no half of it is taken for one.
    pub(crate) fn end(self) -> Result<()> {
        let key = self.state.file_name().unwrap_or_default().to_string_lossy();
        let gone = self.state.with_file_name(format!("{key}.gone"));
        remove(&gone)?;
        match fs::rename(&self.state, &gone) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(CliError::io("delete", &self.state, &error)),
        }
        remove(&gone)?;
        // The folder of all that is kept, when nothing else is.
        gone.parent().map_or(Ok(()), |folder| fs::remove_dir(folder).or(Ok(())))
    }

    /// Writes a file, as a whole or not at all.
    fn write(&self, name: &str, text: &str) -> Result<()> {
        let path = self.path(name);
        let unfinished = path.with_extension("new");
        write_file(&unfinished, text.as_bytes())?;
        fs::rename(&unfinished, &path).map_err(|error| CliError::io("write", &path, &error))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.state.join(name)
    }
}

/// The migrations that are kept: those that came, and those that went in the last swap.
pub(crate) fn kept(state: &Path) -> Result<Vec<StoredMigration>> {
    let mut kept = Vec::new();
    for part in [MADE, OLD] {
        let folder = state.join(part);
        for name in names(&folder)?.into_iter().filter(|name| is_migration_name(name)) {
            kept.push(StoredMigration { files: files(&folder.join(&name))?, name });
        }
    }
    Ok(kept)
}

/// Nothing is moved, read or written through a link: where it leads is not what anybody has reviewed.
fn refuse_link(path: &Path) -> Result<()> {
    if !fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
        return Ok(());
    }
    Err(CliError::check(format!("`{}` is a symbolic link, and nothing is moved through one", path.display()))
        .hint("put the folder itself in its place"))
}

#[cfg(test)]
mod tests;
