//! Puts new migrations in the place of old ones so that a command that is killed in between can go on, or put everything
//! back. Must not decide what is in them.
//!
//! Everything happens by renaming, below a folder whose dot hides it from Diesel and the gate. A journal, written before
//! the first old migration is touched, says what goes and what comes.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use makemigrations_gate::LOCK_FILE;

use super::{lock::FolderLock, write};
use crate::error::{CliError, Result};

/// The folder of an exchange, below the migrations folder.
pub(crate) const FOLDER: &str = ".rebase";

const JOURNAL: &str = "journal";
const FIRST_LINE: &str = "# makemigrations rebase 1";
/// Migrations were rolled back in the database, and are to be applied again.
const REAPPLY: &str = "reapply";
/// Where the old migrations are kept.
const OLD: &str = "old";
/// Where the new ones are made.
const NEW: &str = "new";

/// A migration as bytes: the folder's name, and its files by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) name: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// What goes and what comes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Journal {
    /// The command that does it, with its arguments: it goes on when it is given again.
    by: String,
    old: Vec<String>,
    new: Vec<String>,
}

/// An exchange of migrations, begun now or by a command that was interrupted.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    guard: &'a FolderLock,
    journal: Option<Journal>,
}

impl<'a> Exchange<'a> {
    /// Looks for one that was interrupted; else begins with nothing.
    pub(crate) fn open(guard: &'a FolderLock) -> Result<Self> {
        let journal = read(&folder(guard.folder()).join(JOURNAL))?;
        Ok(Self { guard, journal: journal.map(|text| Journal::parse(&text)) })
    }

    /// The command that was interrupted after it began to move migrations.
    pub(crate) fn interrupted(&self) -> Option<&str> {
        self.journal.as_ref().map(|journal| journal.by.as_str())
    }

    /// Whether migrations were rolled back for it, or for one before it, that have to be applied again.
    pub(crate) fn has_rolled_back(&self) -> bool {
        self.path(REAPPLY).exists()
    }

    /// Says that migrations are about to be rolled back: whoever goes on has to apply them again.
    pub(crate) fn roll_back(&self) -> Result<()> {
        create_folder(&self.path(""))?;
        write_file(&self.path(REAPPLY), b"")
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
        create_folder(&self.path(OLD))?;
        create_folder(&self.path(NEW))?;
        for migration in new {
            write_migration(&self.path(NEW), migration)?;
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
    pub(crate) fn make(&mut self, by: &str, old: &[String], new: &[Whole]) -> Result<()> {
        let new = new.iter().map(|migration| migration.name.clone()).collect();
        let journal = Journal { by: by.to_owned(), old: old.to_vec(), new };
        let path = self.path(JOURNAL);
        let unfinished = path.with_extension("new");
        write_file(&unfinished, journal.render().as_bytes())?;
        fs::rename(&unfinished, &path).map_err(|error| CliError::io("write", &path, &error))?;
        self.journal = Some(journal);
        let moved = self.go_on();
        if moved.is_err() {
            // What failed is said. What cannot be put back either stays where the journal says it is.
            drop(self.put_back());
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

    /// Says that everything is moved: there is no way back from here.
    pub(crate) fn settle(&mut self) -> Result<()> {
        remove(&self.path(JOURNAL))?;
        self.journal = None;
        Ok(())
    }

    /// Moves everything back to where it was. Can be repeated.
    pub(crate) fn put_back(&mut self) -> Result<()> {
        if let Some(Journal { old, new, .. }) = &self.journal {
            let (folder, kept, made) = (self.guard.folder(), self.path(OLD), self.path(NEW));
            let mut came = new.iter().filter(|name| !made.join(name).exists());
            came.try_for_each(|name| rename(&folder.join(name), &made.join(name)))?;
            let mut went = old.iter().filter(|name| kept.join(name).exists());
            went.try_for_each(|name| rename(&kept.join(name), &folder.join(name)))?;
            if let Some(text) = read(&kept.join(LOCK_FILE))? {
                write::replace(self.guard, &folder.join(LOCK_FILE), &text)?;
            }
            remove(&self.path(JOURNAL))?;
        }
        self.journal = None;
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

    fn path(&self, name: &str) -> PathBuf {
        let folder = folder(self.guard.folder());
        if name.is_empty() { folder } else { folder.join(name) }
    }
}

impl Journal {
    fn render(&self) -> String {
        let old = self.old.iter().map(|name| format!("old {name}\n"));
        let new = self.new.iter().map(|name| format!("new {name}\n"));
        format!("{FIRST_LINE}\nby {}\n{}", self.by, old.chain(new).collect::<String>())
    }

    fn parse(text: &str) -> Self {
        let named =
            |kind: &'static str| text.lines().filter_map(move |line| line.strip_prefix(kind)).map(str::to_owned);
        let by = named("by ").next().unwrap_or_else(|| "rebase".to_owned());
        Self { by, old: named("old ").collect(), new: named("new ").collect() }
    }
}

/// The command whose exchange was interrupted, in a migrations folder that nobody has locked.
pub(crate) fn interrupted(migrations: &Path) -> Option<String> {
    // One that cannot be read is there as well; the command that goes on says what is wrong with it.
    let journal = folder(migrations).join(JOURNAL);
    journal.exists().then(|| Journal::parse(&read(&journal).ok().flatten().unwrap_or_default()).by)
}

/// Writes a migration into a folder.
pub(crate) fn write_migration(folder: &Path, migration: &Whole) -> Result<()> {
    let path = folder.join(&migration.name);
    create_folder(&path)?;
    for (file, bytes) in &migration.files {
        let path = path.join(file);
        path.parent().map_or(Ok(()), create_folder)?;
        write_file(&path, bytes)?;
    }
    Ok(())
}

fn folder(migrations: &Path) -> PathBuf {
    migrations.join(FOLDER)
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| CliError::io("move", from, &error))
}

fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| CliError::io("create", path, &error))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;

    let write = || {
        let mut file = fs::File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| CliError::io("write", path, &error))
}

fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::io("read", path, &error)),
    }
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|error| CliError::io("delete", path, &error)),
    }
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
        let journal = Journal { by: "squash 2 3".to_owned(), old: vec!["b".to_owned()], new: vec!["c".to_owned()] };
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
        assert!(exchange.interrupted().is_none() && !exchange.has_rolled_back());
        exchange.prepare(&[whole("c")], "new").unwrap();
        exchange.make("squash 2 3", &["b".to_owned()], &[whole("c")]).unwrap();
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
                    exchange.put_back().unwrap()
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
        let error = exchange.make("squash 2 3", &["b".to_owned(), "gone".to_owned()], &[whole("c")]).unwrap_err();
        assert!(error.message.contains("gone"), "{}", error.message);
        assert!(exchange.interrupted().is_none());
        fs::remove_dir_all(exchange.path("")).unwrap();
        assert_eq!(files(root.path()).get("b/up.sql").map(String::as_str), Some("b"));
        assert_eq!(files(root.path()).get(LOCK_FILE).map(String::as_str), Some("<<<<<<< conflict"));
    }
}
