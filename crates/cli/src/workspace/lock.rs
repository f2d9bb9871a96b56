//! The lock on the migrations folder, so that two commands at once write one after the other. Must not write migrations.
//!
//! The operating system frees it when its holder ends, however it ends.

use std::{
    fs::{File, TryLockError},
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
    /// Held open: closing it frees the lock.
    _file: File,
}

impl FolderLock {
    /// Creates the folder if need be, and waits until nobody else writes into it.
    pub(crate) fn acquire(folder: &Path, terminal: &Terminal) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| CliError::io("create", folder, &error))?;
        let (path, file) = open(folder);
        let file = file.map_err(|error| CliError::io("open", &path, &error))?;
        let locked = match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                terminal.say(&format!("waiting for another command that writes into `{}`", folder.display()));
                file.lock()
            }
            Err(TryLockError::Error(error)) => Err(error),
            Ok(()) => Ok(()),
        };
        locked.map_err(|error| CliError::io("lock", &path, &error))?;
        Ok(Self { folder: folder.to_owned(), _file: file })
    }

    /// The folder that it is for.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
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
