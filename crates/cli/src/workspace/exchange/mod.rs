//! Puts new migrations in the place of old ones so that a command that is killed in between can go on, or put everything
//! back. Must not decide what is in them.
//!
//! Everything happens by renaming, below a folder whose dot hides it from Diesel and the gate, and which git ignores. A
//! journal, written before the first old migration is touched, says what goes and what comes. While git is in the middle
//! of something the exchange is kept after its end, because git can still take back its own half.

mod disk;
mod journal;

use std::{
    collections::BTreeSet,
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use makemigrations_gate::{LOCK_FILE, Lock};

use super::{lock::FolderLock, write};
use crate::error::{CliError, Result};
pub(crate) use disk::{Whole, write_migration};
use disk::{create_folder, files, names, read, remove, rename, write_file};
pub(crate) use journal::{Commits, Journal, State, interrupted, onto, state};

/// The folder of an exchange, below the migrations folder.
pub(crate) const FOLDER: &str = ".rebase";

const JOURNAL: &str = "journal";
/// The journal of an exchange that is done, and kept.
const DONE: &str = "done";
/// The migrations that are rolled back in the database, and are to be applied again.
const REAPPLY: &str = "reapply";
/// Where the old migrations are kept.
const OLD: &str = "old";
/// Where the new ones are made.
const NEW: &str = "new";
/// Copies of the new ones of every exchange that is kept: databases may have run them.
const MADE: &str = "made";

/// An exchange of migrations, begun now or by a command that was interrupted.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    guard: &'a FolderLock,
    journal: Option<Journal>,
    done: Option<Journal>,
}

impl<'a> Exchange<'a> {
    /// Looks for one that was interrupted; else begins with nothing.
    pub(crate) fn open(guard: &'a FolderLock) -> Result<Self> {
        let journal = |name| -> Result<Option<Journal>> {
            Ok(read(&folder(guard.folder()).join(name))?.map(|text| Journal::parse(&text)))
        };
        Ok(Self { guard, journal: journal(JOURNAL)?, done: journal(DONE)? })
    }

    /// The command that was interrupted after it began to move migrations.
    pub(crate) fn interrupted(&self) -> Option<&str> {
        self.journal.as_ref().map(|journal| journal.by.as_str())
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
        self.create()?;
        write_file(&self.path(REAPPLY), all.iter().map(|name| format!("{name}\n")).collect::<String>().as_bytes())
    }

    /// The folder of the exchange, which is nobody's but this clone's.
    fn create(&self) -> Result<()> {
        create_folder(&self.path(""))?;
        write_file(&self.path(".gitignore"), b"*\n")
    }

    /// A folder for migrations that a database is to run now, emptied.
    pub(crate) fn stage(&self) -> Result<PathBuf> {
        let path = self.path("stage");
        remove(&path)?;
        create_folder(&path)?;
        Ok(path)
    }

    /// Writes the new migrations and the new lock file beside the old ones. Nothing is moved yet.
    pub(crate) fn prepare(&self, new: &[Whole], lock: &str) -> Result<()> {
        // Of an exchange that is settled, or never began to move anything.
        remove(&self.path(NEW))?;
        remove(&self.path(OLD))?;
        self.create()?;
        create_folder(&self.path(OLD))?;
        create_folder(&self.path(NEW))?;
        for migration in new {
            write_migration(&self.path(NEW), migration)?;
            write_migration(&self.path(MADE), migration)?;
        }
        write_file(&self.path(NEW).join(LOCK_FILE), lock.as_bytes())?;
        match fs::read(self.guard.folder().join(LOCK_FILE)) {
            Ok(bytes) => write_file(&self.path(OLD).join(LOCK_FILE), &bytes),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(CliError::io("read", &self.guard.folder().join(LOCK_FILE), &error)),
        }
    }

    /// Moves the old migrations away and the prepared ones in, for the command `by`. When something is in the way everything
    /// is put back.
    pub(crate) fn make(&mut self, by: &str, commits: Commits, old: &[String], new: &[Whole]) -> Result<()> {
        let new = new.iter().map(|migration| migration.name.clone()).collect();
        let journal = Journal { by: by.to_owned(), commits, old: old.to_vec(), new };
        self.write(JOURNAL, &journal)?;
        self.journal = Some(journal);
        let moved = self.go_on();
        if moved.is_err() {
            // What failed is said. What cannot be put back either stays where the journal says it is.
            drop(self.put_back(false));
        }
        moved
    }

    /// Moves what is not moved yet. Can be repeated.
    pub(crate) fn go_on(&self) -> Result<()> {
        let Some(Journal { old, new, .. }) = &self.journal else { return Ok(()) };
        let (folder, kept, made) = (self.guard.folder(), self.path(OLD), self.path(NEW));
        // What lies below the folder of the exchange says what was moved: a name can be old and new.
        let mut gone = old.iter().filter(|name| !kept.join(name).exists());
        gone.try_for_each(|name| rename(&folder.join(name), &kept.join(name)))?;
        let mut come = new.iter().filter(|name| made.join(name).exists());
        come.try_for_each(|name| rename(&made.join(name), &folder.join(name)))?;
        match read(&made.join(LOCK_FILE))? {
            Some(text) => write::replace(self.guard, &folder.join(LOCK_FILE), &text),
            None => Ok(()),
        }
    }

    /// Keeps what is done until git is done as well.
    pub(crate) fn keep(self) -> Result<()> {
        if let Some(journal) = &self.journal {
            self.write(DONE, journal)?;
        }
        remove(&self.path(JOURNAL))?;
        remove(&self.path(REAPPLY))
    }

    /// The last one, whether it is done or not: which migrations came, and which went.
    pub(crate) fn last(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let journal = self.journal.as_ref().or(self.done.as_ref());
        let set = |names: &[String]| names.iter().cloned().collect();
        journal.map(|journal| (set(&journal.new), set(&journal.old))).unwrap_or_default()
    }

    /// The copies of migrations that came, in this exchange and in those before it.
    pub(crate) fn made(&self) -> Result<BTreeSet<String>> {
        names(&self.path(MADE))
    }

    /// Moves everything back to where it was. Can be repeated.
    ///
    /// With `is_kept` what is known of it stays: git has still to give up.
    pub(crate) fn put_back(&mut self, is_kept: bool) -> Result<()> {
        if let Some(journal) = self.journal.clone().or_else(|| self.done.clone()) {
            let (folder, kept, made) = (self.guard.folder(), self.path(OLD), self.path(NEW));
            let mut came = journal.new.iter().filter(|name| !made.join(name).exists() && folder.join(name).exists());
            came.try_for_each(|name| rename(&folder.join(name), &made.join(name)))?;
            let mut went = journal.old.iter().filter(|name| kept.join(name).exists());
            went.try_for_each(|name| rename(&kept.join(name), &folder.join(name)))?;
            if let Some(text) = read(&kept.join(LOCK_FILE))? {
                write::replace(self.guard, &folder.join(LOCK_FILE), &text)?;
            }
            for name in &journal.new {
                remove(&self.path(MADE).join(name))?;
            }
            // What an exchange before this one has made may still be applied.
            self.done = None;
            if !is_kept && self.made()?.is_empty() {
                remove(&self.path(DONE))?;
            } else {
                let before = Journal { by: journal.by, commits: journal.commits, ..Journal::default() };
                self.write(DONE, &before)?;
                self.done = Some(before);
            }
            remove(&self.path(JOURNAL))?;
        }
        self.journal = None;
        Ok(())
    }

    /// Where git has given up: moves back what it left. Its lock file says what belongs here. Can be repeated.
    pub(crate) fn put_back_rest(&mut self, lock: &Lock) -> Result<()> {
        let folder = self.guard.folder();
        let is_recorded = |name: &&String| lock.files(name).is_some();
        for name in self.made()?.iter().filter(|name| !is_recorded(name) && folder.join(name).exists()) {
            // What somebody has changed since is theirs.
            if files(&folder.join(name))? == files(&self.path(MADE).join(name))? {
                remove(&folder.join(name))?;
            }
        }
        for name in names(&self.path(OLD))?.iter().filter(is_recorded).filter(|name| !folder.join(name).exists()) {
            rename(&self.path(OLD).join(name), &folder.join(name))?;
        }
        Ok(())
    }

    /// Forgets the exchange: what was old is deleted. All at once, so that no half of it is taken for one.
    pub(crate) fn end(self) -> Result<()> {
        let path = self.path("");
        let unfinished = self.guard.folder().join(format!("{}rebase", write::UNFINISHED));
        remove(&unfinished)?;
        match fs::rename(&path, &unfinished) {
            Ok(()) => remove(&unfinished),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(CliError::io("delete", &path, &error)),
        }
    }

    /// Writes a journal, as a whole or not at all.
    fn write(&self, name: &str, journal: &Journal) -> Result<()> {
        let path = self.path(name);
        let unfinished = path.with_extension("new");
        write_file(&unfinished, journal.render().as_bytes())?;
        fs::rename(&unfinished, &path).map_err(|error| CliError::io("write", &path, &error))
    }

    fn path(&self, name: &str) -> PathBuf {
        let folder = folder(self.guard.folder());
        if name.is_empty() { folder } else { folder.join(name) }
    }
}

/// The migrations that are kept: those that came, and those that went in the last exchange.
pub(crate) fn kept(migrations: &Path) -> Result<Vec<Whole>> {
    let mut kept = Vec::new();
    for part in [MADE, OLD] {
        let folder = folder(migrations).join(part);
        for name in names(&folder)? {
            kept.push(Whole { files: files(&folder.join(&name))?, name });
        }
    }
    Ok(kept)
}

fn folder(migrations: &Path) -> PathBuf {
    migrations.join(FOLDER)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::terminal::Terminal;

    fn whole(name: &str) -> Whole {
        Whole { name: name.to_owned(), files: vec![("up.sql".to_owned(), name.as_bytes().to_vec())] }
    }

    /// A migrations folder with the migrations `a` and `b`, and its files.
    fn start() -> tempfile::TempDir {
        let root = tempfile::TempDir::new().unwrap();
        ["a", "b"].iter().for_each(|name| write_migration(root.path(), &whole(name)).unwrap());
        fs::write(root.path().join(LOCK_FILE), "<<<<<<< conflict").unwrap();
        root
    }

    fn files(folder: &Path) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                found.extend(files(&path).into_iter().map(|(below, text)| (format!("{name}/{below}"), text)));
            } else {
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
        found
    }

    fn expected(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    const DONE: [(&str, &str); 3] = [("a/up.sql", "a"), ("c/up.sql", "c"), (LOCK_FILE, "new")];
    const BEFORE: [(&str, &str); 3] = [("a/up.sql", "a"), ("b/up.sql", "b"), (LOCK_FILE, "<<<<<<< conflict")];

    /// Prepares `b` to become `c`, and moves as many things as `steps` before it is interrupted.
    fn begin(guard: &FolderLock, steps: usize) {
        let exchange = Exchange::open(guard).unwrap();
        exchange.prepare(&[whole("c")], "new").unwrap();
        let (old, new) = (vec!["b".to_owned()], vec!["c".to_owned()]);
        let journal = Journal { by: "squash 2 3".to_owned(), commits: Commits::default(), old, new };
        let folder = guard.folder();
        fs::write(exchange.path(JOURNAL), journal.render()).unwrap();
        let moves: [&dyn Fn(); 3] = [
            &|| fs::rename(folder.join("b"), exchange.path(OLD).join("b")).unwrap(),
            &|| fs::rename(exchange.path(NEW).join("c"), folder.join("c")).unwrap(),
            &|| fs::write(folder.join(LOCK_FILE), "new").unwrap(),
        ];
        moves.iter().take(steps).for_each(|step| step());
    }

    #[test]
    fn one_goes_and_one_comes() {
        let root = start();
        let guard = FolderLock::acquire(root.path(), &Terminal::plain()).unwrap();
        let mut exchange = Exchange::open(&guard).unwrap();
        assert!(exchange.interrupted().is_none() && exchange.rolled_back().unwrap().is_empty());
        exchange.prepare(&[whole("c")], "new").unwrap();
        exchange.make("squash 2 3", Commits::default(), &["b".to_owned()], &[whole("c")]).unwrap();
        assert_eq!(interrupted(root.path()).as_deref(), Some("squash 2 3"));
        exchange.end().unwrap();
        assert_eq!(files(root.path()), expected(&DONE));
        assert_eq!(interrupted(root.path()), None);
    }

    #[test]
    fn whatever_was_done_before_an_interruption_it_goes_on_or_back() {
        for steps in 0..=3 {
            for is_back in [false, true] {
                let root = start();
                let guard = FolderLock::acquire(root.path(), &Terminal::plain()).unwrap();
                begin(&guard, steps);
                let mut exchange = Exchange::open(&guard).unwrap();
                assert_eq!(exchange.interrupted(), Some("squash 2 3"));
                if is_back {
                    exchange.put_back(false).unwrap()
                } else {
                    exchange.go_on().unwrap()
                }
                exchange.end().unwrap();
                let wanted = if is_back { &BEFORE } else { &DONE };
                assert_eq!(files(root.path()), expected(wanted), "{steps} {is_back}");
            }
        }
    }

    #[test]
    fn a_failure_puts_everything_back() {
        let root = start();
        let guard = FolderLock::acquire(root.path(), &Terminal::plain()).unwrap();
        let mut exchange = Exchange::open(&guard).unwrap();
        exchange.prepare(&[whole("c")], "new").unwrap();
        // In the way of what comes.
        write_migration(root.path(), &whole("c")).unwrap();
        let error = exchange
            .make("squash 2 3", Commits::default(), &["b".to_owned(), "gone".to_owned()], &[whole("c")])
            .unwrap_err();
        assert!(error.message.contains("gone"), "{}", error.message);
        assert!(exchange.interrupted().is_none());
        fs::remove_dir_all(exchange.path("")).unwrap();
        assert_eq!(files(root.path()).get("b/up.sql").map(String::as_str), Some("b"));
        assert_eq!(files(root.path()).get(LOCK_FILE).map(String::as_str), Some("<<<<<<< conflict"));
    }
}
