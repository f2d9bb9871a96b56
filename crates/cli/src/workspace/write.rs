//! Writes migrations and the lock file so that a command that is killed leaves nothing half-written. Must not decide
//! what is in them.
//!
//! The lock file comes first: its lines without a folder are what `makemigrations` takes back by itself, while a folder
//! without lines would look like a migration that somebody slipped in.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use makemigrations_gate::{LOCK_FILE, Lock, sum};

use super::{
    generated::{self, GeneratedFile},
    lock::FolderLock,
    walk,
    write_journal::WriteJournal,
};
use crate::error::{CliError, Result};

/// The start of names that are not finished. A dot, so that Diesel and the gate ignore them.
pub(super) const UNFINISHED: &str = ".makemigrations-new-";

/// A migration to write: the folder's name, and its files by name.
#[derive(Debug, Clone)]
pub(crate) struct NewMigration {
    pub(crate) name: String,
    pub(crate) files: Vec<(String, String)>,
}

/// Removes what a killed command left behind.
pub(crate) fn clean(guard: &FolderLock) -> Result<()> {
    let folder = guard.folder();
    for entry in walk::children(folder)?.into_iter().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let path = entry.path();
            let removed = if entry.file_type().is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
            removed.map_err(|error| CliError::io("delete", path, &error))?;
        }
    }
    Ok(())
}

/// Writes new migrations, `lock` with their files recorded, and the generated files that go with them. `journal` lets the next
/// command finish it when this one is killed.
pub(crate) fn migrations(
    guard: &FolderLock,
    mut lock: Lock,
    new: &[NewMigration],
    generated: &[GeneratedFile],
    journal: &WriteJournal,
) -> Result<()> {
    let folder = guard.folder();
    for migration in new {
        let target = folder.join(&migration.name);
        if fs::symlink_metadata(&target).is_ok() {
            return Err(CliError::usage(format!("`{}` is there already", target.display()))
                .hint("give the migration another name: `--name`"));
        }
        for (file, text) in &migration.files {
            lock.record(&migration.name, file, sum(text.as_bytes()));
        }
    }
    let before = read_lock(folder)?;
    let written = all(guard, &lock, new, generated, journal);
    if written.is_err() {
        drop(journal.end());
        // What failed is said; what cannot be taken back either, the next command cleans.
        drop(clean(guard));
        for migration in new {
            drop(fs::remove_dir_all(folder.join(&migration.name)));
        }
        drop(match before {
            Some(text) => lock_text(guard, &text),
            None => fs::remove_file(folder.join(LOCK_FILE)).map_err(|error| CliError::io("delete", folder, &error)),
        });
    }
    written
}

/// Writes the baseline of migrations that are there already, the snapshots, and at last `lock`, which names all of it: a
/// run that was killed before leaves what the next one recognises. `leftovers` are baselines of such runs; `others` are
/// files that go with it, and may be there.
pub(crate) fn adoption(
    guard: &FolderLock,
    lock: &Lock,
    baseline: &NewMigration,
    (snapshots, others): (&[Text], &[Text]),
    leftovers: &[String],
) -> Result<()> {
    for name in leftovers {
        let path = guard.folder().join(name);
        fs::remove_dir_all(&path).map_err(|error| CliError::io("delete", &path, &error))?;
    }
    let target = guard.folder().join(&baseline.name);
    let write = || {
        let unfinished = unfinished(guard, baseline)?;
        let others = Prepared::create(others)?;
        texts(snapshots)?;
        fs::rename(unfinished, &target).map_err(|error| CliError::io("create", &target, &error))?;
        others.finish()?;
        lock_file(guard, lock)
    };
    let written: Result<()> = write();
    if written.is_err() {
        // What failed is said; what cannot be taken back either, the next run meets.
        drop(clean(guard));
        drop(fs::remove_dir_all(&target));
        snapshots.iter().for_each(|snapshot| drop(fs::remove_file(&snapshot.path)));
    }
    written
}

/// Writes a migration under a name that everybody ignores.
pub(super) fn unfinished(guard: &FolderLock, migration: &NewMigration) -> Result<PathBuf> {
    let path = guard.folder().join(format!("{UNFINISHED}{}", migration.name));
    fs::create_dir(&path).map_err(|error| CliError::io("create", &path, &error))?;
    for (file, text) in &migration.files {
        create(&path.join(file), text)?;
    }
    Ok(path)
}

fn all(
    guard: &FolderLock,
    lock: &Lock,
    new: &[NewMigration],
    generated: &[GeneratedFile],
    journal: &WriteJournal,
) -> Result<()> {
    let folder = guard.folder();
    let unfinished = new.iter().map(|migration| unfinished(guard, migration)).collect::<Result<Vec<_>>>()?;
    // Everything is on disk before the first name changes: what is left are renames, one after the other.
    let texts = generated::texts(journal.root(), generated);
    let others = Prepared::create(&texts)?;
    journal.begin(guard, new, generated)?;
    lock_file(guard, lock)?;
    for (migration, unfinished) in new.iter().zip(unfinished) {
        let target = folder.join(&migration.name);
        fs::rename(unfinished, &target).map_err(|error| CliError::io("create", &target, &error))?;
    }
    others.finish()?;
    generated::delete(journal.root(), generated)?;
    journal.end()
}

/// Writes the lock file.
pub(crate) fn lock_file(guard: &FolderLock, lock: &Lock) -> Result<()> {
    lock_text(guard, &lock.render())
}

/// Writes files of the migrations folder, by their paths in it, and files outside of it that go with them: everything is on
/// disk before the first name changes.
pub(crate) fn files(guard: &FolderLock, files: &[(&str, &str)], others: &[Text]) -> Result<()> {
    let others = Prepared::create(others)?;
    for (path, text) in files {
        replace(guard, &guard.folder().join(path), text)?;
    }
    others.finish()
}

fn lock_text(guard: &FolderLock, text: &str) -> Result<()> {
    replace(guard, &guard.folder().join(LOCK_FILE), text)
}

/// Replaces a file as a whole.
pub(crate) fn replace(guard: &FolderLock, path: &Path, text: &str) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = guard.folder().join(format!("{UNFINISHED}{name}"));
    create(&unfinished, text)?;
    fs::rename(&unfinished, path).map_err(|error| CliError::io("write", path, &error))
}

/// Where a file outside the migrations folder is until it gets its name.
pub(super) fn unfinished_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!("{UNFINISHED}{name}"))
}

/// A file to write outside the migrations folder.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// Writes files, each as a whole, and none when one of them cannot be written.
pub(crate) fn texts(texts: &[Text]) -> Result<()> {
    Prepared::create(texts)?.finish()
}

/// Files that are written, and not yet under their names.
struct Prepared<'a> {
    files: Vec<(PathBuf, &'a Path)>,
}

impl<'a> Prepared<'a> {
    fn create(texts: &'a [Text]) -> Result<Self> {
        let mut prepared = Self { files: Vec::new() };
        for Text { path, text } in texts {
            let unfinished = unfinished_name(path);
            let folder = path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder).map_err(|error| CliError::io("create", folder, &error))?;
            prepared.files.push((unfinished.clone(), path));
            create(&unfinished, text)?;
        }
        Ok(prepared)
    }

    fn finish(mut self) -> Result<()> {
        for (unfinished, path) in std::mem::take(&mut self.files) {
            fs::rename(unfinished, path).map_err(|error| CliError::io("write", path, &error))?;
        }
        Ok(())
    }
}

impl Drop for Prepared<'_> {
    /// What failed is said; a file of that name is no snapshot and no `schema.rs`.
    fn drop(&mut self) {
        self.files.iter().for_each(|(unfinished, _)| drop(fs::remove_file(unfinished)));
    }
}

pub(super) fn create(path: &Path, text: &str) -> Result<()> {
    let write = || {
        // What lies there may be a link that came with a branch: it is replaced, never written through.
        if fs::symlink_metadata(path).is_ok() {
            fs::remove_file(path)?;
        }
        let mut file = fs::File::create_new(path)?;
        file.write_all(text.as_bytes())?;
        // After a power failure a renamed file would be there, and empty.
        file.sync_all()
    };
    write().map_err(|error| CliError::io("write", path, &error))
}

fn read_lock(folder: &Path) -> Result<Option<String>> {
    let path = folder.join(LOCK_FILE);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::io("read", &path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use makemigrations_gate::{Folder, verify};

    use super::*;
    use crate::terminal::Terminal;

    fn new(name: &str) -> NewMigration {
        let files = [("up.sql", "SELECT 1;\n"), ("down.sql", "SELECT 2;\n")];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        NewMigration { name: name.to_owned(), files }
    }

    const FIRST: &str = "2026-01-01-000000-0001_a";
    const SECOND: &str = "2026-01-01-000001-0002_b";

    #[test]
    fn what_is_written_passes_the_gate_and_leaves_nothing_else() {
        let root = tempfile::TempDir::new().unwrap();
        let guard = FolderLock::acquire(root.path(), &Terminal::plain()).unwrap();
        migrations(&guard, Lock::new("sqlite"), &[new(FIRST), new(SECOND)], &[], &WriteJournal::new(root.path(), None))
            .unwrap();
        assert_eq!(verify(&Folder::read(root.path()).unwrap()), []);
        let mut names: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [FIRST, SECOND, LOCK_FILE]);
    }

    #[test]
    fn a_failure_takes_everything_back() {
        let root = tempfile::TempDir::new().unwrap();
        let guard = FolderLock::acquire(root.path(), &Terminal::plain()).unwrap();
        migrations(&guard, Lock::new("sqlite"), &[new(FIRST)], &[], &WriteJournal::new(root.path(), None)).unwrap();
        let before = fs::read_to_string(root.path().join(LOCK_FILE)).unwrap();
        let lock = Lock::parse(&before).0;
        let mut broken = new("2026-01-01-000002-0003_c");
        broken.files.push(("no/such/folder".to_owned(), String::new()));
        let error =
            migrations(&guard, lock.clone(), &[new(SECOND), broken], &[], &WriteJournal::new(root.path(), None))
                .unwrap_err();
        assert!(error.message.contains("no/such/folder") && error.kind.exit_code() == 2, "{}", error.message);
        assert_eq!(fs::read_to_string(root.path().join(LOCK_FILE)).unwrap(), before);
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 2);
        assert!(migrations(&guard, lock, &[new(FIRST)], &[], &WriteJournal::new(root.path(), None)).is_err());
        assert!(root.path().join(FIRST).is_dir());
    }

    #[test]
    fn texts_are_written_all_or_none() {
        let root = tempfile::TempDir::new().unwrap();
        let text = |path: &str| Text { path: root.path().join(path), text: path.to_owned() };
        texts(&[text("a/b.toml"), text("c.toml")]).unwrap();
        assert_eq!(fs::read_to_string(root.path().join("a/b.toml")).unwrap(), "a/b.toml");
        let error = texts(&[text("d.toml"), text("c.toml/e.toml")]).unwrap_err();
        assert!(error.message.contains("c.toml"), "{}", error.message);
        let mut names: Vec<_> = fs::read_dir(root.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["a", "c.toml"]);
    }

    #[test]
    fn leftovers_of_a_killed_command_are_removed() {
        let root = tempfile::TempDir::new().unwrap();
        let guard = FolderLock::acquire(root.path(), &Terminal::plain()).unwrap();
        fs::create_dir_all(root.path().join(format!("{UNFINISHED}a/b"))).unwrap();
        fs::write(root.path().join(format!("{UNFINISHED}{LOCK_FILE}")), "").unwrap();
        fs::write(root.path().join(".gitkeep"), "").unwrap();
        clean(&guard).unwrap();
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 1);
    }
}
