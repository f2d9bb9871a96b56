//! The lock on the migrations folder, so that two commands at once write one after the other. Must not write migrations.
//!
//! The operating system frees it when its holder ends, however it ends.

use std::{
    fs::{self, File, TryLockError},
    io::ErrorKind,
    path::{Path, PathBuf},
};

use crate::{
    error::{CliError, Result},
    terminal::Terminal,
};

/// The right to write into the migrations folder. Functions that write take it.
#[derive(Debug)]
pub(crate) struct FolderLock {
    folder: PathBuf,
    /// Whether the folder was not there before.
    is_new: bool,
    /// Held open: closing it frees the lock.
    _file: File,
}

impl FolderLock {
    /// Creates the folder if need be, and waits until nobody else writes into it.
    pub(crate) fn acquire(folder: &Path, terminal: &Terminal) -> Result<Self> {
        let is_new = !folder.exists();
        loop {
            fs::create_dir_all(folder).map_err(|error| CliError::io("create", folder, &error))?;
            let (path, file) = match open(folder) {
                (_, Err(error)) if error.kind() == ErrorKind::NotFound => continue,
                (path, file) => (path.clone(), file.map_err(|error| CliError::io("open", &path, &error))?),
            };
            let locked = match file.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    terminal.say(&format!("waiting for another command that writes into `{}`", folder.display()));
                    file.lock()
                }
                Err(TryLockError::Error(error)) => Err(error),
                Ok(()) => Ok(()),
            };
            locked.map_err(|error| CliError::io("lock", &path, &error))?;
            // Who had the lock before may have had nothing to write, and removed the folder that it had created.
            if is_at(&file, &path) {
                return Ok(Self { folder: folder.to_owned(), is_new, _file: file });
            }
        }
    }

    /// The same where nobody else writes into it right now, and it is there.
    pub(crate) fn try_acquire(folder: &Path) -> Option<Self> {
        let (path, file) = open(folder);
        let file = file.ok()?;
        file.try_lock().ok()?;
        is_at(&file, &path).then(|| Self { folder: folder.to_owned(), is_new: false, _file: file })
    }

    /// The folder that it is for.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for FolderLock {
    /// A command that had nothing to write leaves no folder behind.
    fn drop(&mut self) {
        if self.is_new {
            // Refused when something is in it, which is the usual case.
            drop(fs::remove_dir(&self.folder));
        }
    }
}

/// Whether the open file is the one that the path leads to.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let place = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    let (open, there) = (file.metadata().map(place), fs::metadata(path).map(place));
    matches!((open, there), (Ok(open), Ok(there)) if open == there)
}

/// An open file cannot be removed there.
#[cfg(not(unix))]
fn is_at(_file: &File, _path: &Path) -> bool {
    true
}

/// The folder itself: it leaves no file behind, and a folder that cannot be written can be locked.
#[cfg(unix)]
fn open(folder: &Path) -> (PathBuf, std::io::Result<File>) {
    (folder.to_owned(), File::open(folder))
}

/// A dotfile, which Diesel and the gate ignore: a folder cannot be opened there.
#[cfg(not(unix))]
fn open(folder: &Path) -> (PathBuf, std::io::Result<File>) {
    let path = folder.join(".makemigrations-lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    (path, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_folder_without_content_goes_with_the_lock() {
        let root = tempfile::TempDir::new().unwrap();
        let folder = root.path().join("a");
        std::thread::scope(|scope| {
            let first = FolderLock::acquire(&folder, &Terminal::plain()).unwrap();
            let second = scope.spawn(|| {
                let guard = FolderLock::acquire(&folder, &Terminal::plain()).unwrap();
                fs::write(guard.folder().join("b"), "").unwrap();
            });
            std::thread::sleep(std::time::Duration::from_millis(50));
            drop(first);
            second.join().unwrap();
        });
        assert!(folder.join("b").is_file());
        fs::remove_file(folder.join("b")).unwrap();
        drop(FolderLock::acquire(&folder, &Terminal::plain()).unwrap());
        assert!(folder.is_dir(), "it was there before");
    }

    #[test]
    fn the_second_waits_for_the_first() {
        let root = tempfile::TempDir::new().unwrap();
        let folder = root.path().join("a/b");
        let first = FolderLock::acquire(&folder, &Terminal::plain()).unwrap();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| FolderLock::acquire(&folder, &Terminal::plain()).unwrap());
            std::thread::sleep(std::time::Duration::from_millis(50));
            assert!(!second.is_finished());
            drop(first);
            second.join().unwrap();
        });
    }
}
