//! Reads the picture of a migrations folder from disk.
//!
//! Never follows a symbolic link, and never opens what is not a plain file.

use super::{EntryKind, Folder, LockFile};
use crate::error::Error;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

/// Below this many migrations, reading them in turn takes no longer than to start threads.
const FEW: usize = 64;

impl Folder {
    /// Reads the folder at `path`. One that is not there is like an empty one.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when it, or something in it, cannot be read.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let mut folder = Self::default();
        let metadata = match fs::symlink_metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(folder),
            Err(source) => return Err(failed(path, source)),
        };
        if metadata.is_symlink() {
            folder.insert("", Vec::new(), EntryKind::Link);
            return Ok(folder);
        }
        if !metadata.is_dir() {
            let kind = if metadata.is_file() { EntryKind::File } else { EntryKind::Special };
            folder.insert("", Vec::new(), kind);
            return Ok(folder);
        }
        if fs::symlink_metadata(path.join(".git")).is_ok_and(|metadata| metadata.is_file()) {
            // A submodule: the repository around it has the name of a commit in its place, and none of its files.
            folder.insert("", Vec::new(), EntryKind::Special);
            return Ok(folder);
        }
        let (directories, others): (Vec<_>, Vec<_>) =
            entries(path)?.into_iter().partition(|entry| entry.is_directory());
        others.iter().try_for_each(|entry| folder.read_entry(entry, "").map(drop))?;
        let workers = if directories.len() < FEW { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
        let share = directories.len().div_ceil(workers).max(1);
        thread::scope(|scope| {
            let read = |share| move || Self::read_migrations(share);
            // All are started before the first is waited for.
            let running: Vec<_> = directories.chunks(share).map(|share| scope.spawn(read(share))).collect();
            for worker in running {
                folder.absorb(worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            }
            Ok(folder)
        })
    }

    /// Reads the folder `below`, with `/` between its parts, inside `root`. A link on the way to it counts like one in its
    /// place.
    ///
    /// # Errors
    ///
    /// As [`Folder::read`].
    pub fn read_inside(root: &Path, below: &str) -> Result<Self, Error> {
        let mut path = root.to_owned();
        for part in below.split('/') {
            path.push(part);
            if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink()) {
                break;
            }
        }
        Self::read(&path)
    }

    fn read_migrations(directories: &[Entry]) -> Result<Self, Error> {
        let mut folder = Self::default();
        for directory in directories {
            let has_entries = folder.read_entry(directory, "")?;
            if !has_entries {
                folder.empty.insert(directory.name.clone());
            }
        }
        Ok(folder)
    }

    /// Whether it is a file, or has one in it.
    fn read_entry(&mut self, entry: &Entry, above: &str) -> Result<bool, Error> {
        let inside = if above.is_empty() { entry.name.clone() } else { format!("{above}/{}", entry.name) };
        if entry.is_directory() {
            let mut found = false;
            for entry in entries(&entry.path)? {
                found |= self.read_entry(&entry, &inside)?;
            }
            return Ok(found);
        }
        let kind = kind(entry.file_type);
        let bytes = match kind {
            EntryKind::File => fs::read(&entry.path).map_err(|error| failed(&entry.path, error))?,
            EntryKind::Link | EntryKind::Special => Vec::new(),
        };
        self.insert(&inside, bytes, kind);
        Ok(true)
    }

    fn absorb(&mut self, other: Self) {
        let Self { shown_as: _, reached_by: _, lock, migrations, empty, loose, backups, refused } = other;
        // A worker sees it only when it is a folder.
        if lock != LockFile::Missing {
            self.lock = lock;
        }
        self.migrations.extend(migrations);
        self.empty.extend(empty);
        self.loose.extend(loose);
        self.backups.extend(backups);
        self.refused.extend(refused);
    }
}

/// What a directory has in it and does not start with a dot.
struct Entry {
    name: String,
    path: PathBuf,
    file_type: FileType,
}

impl Entry {
    fn is_directory(&self) -> bool {
        self.file_type.is_dir()
    }
}

fn entries(directory: &Path) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(directory).map_err(|error| failed(directory, error))? {
        let entry = entry.map_err(|error| failed(directory, error))?;
        let Some(name) = visible(&entry.file_name()) else { continue };
        let path = entry.path();
        let file_type = entry.file_type().map_err(|error| failed(&path, error))?;
        entries.push(Entry { name, path, file_type });
    }
    Ok(entries)
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Io { path: path.to_owned(), source }
}

fn visible(name: &OsStr) -> Option<String> {
    let name = name.to_string_lossy();
    (!name.starts_with('.')).then(|| name.into_owned())
}

fn kind(file_type: FileType) -> EntryKind {
    if file_type.is_symlink() {
        EntryKind::Link
    } else if file_type.is_file() {
        EntryKind::File
    } else {
        EntryKind::Special
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    fn write(root: &TempDir, path: &str, text: &str) {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn a_folder_on_disk_is_the_same_as_its_files() {
        let root = TempDir::new().unwrap();
        let files = ["migrations.lock", "README.md", "a/up.sql", "a/deep/er/x.sql", "b/up.sql~", ".hidden/up.sql"];
        for path in files {
            write(&root, path, path);
        }
        fs::create_dir_all(root.path().join("empty/nested")).unwrap();
        write(&root, "only_dots/.DS_Store", "");
        let mut expected = Folder::from_files(files.map(|path| (path, path, EntryKind::File)));
        expected.empty.extend(["empty".to_owned(), "only_dots".to_owned()]);
        assert_eq!(Folder::read(root.path()).unwrap(), expected);
        assert_eq!(Folder::read(&root.path().join("nowhere")).unwrap(), Folder::default());
    }

    #[test]
    fn many_migrations_are_read_like_few() {
        let root = TempDir::new().unwrap();
        let paths: Vec<_> = (0..3 * FEW).map(|number| format!("{number}/up.sql")).collect();
        paths.iter().for_each(|path| write(&root, path, path));
        fs::create_dir_all(root.path().join("empty")).unwrap();
        let mut expected = Folder::from_files(paths.iter().map(|path| (path, path.as_str(), EntryKind::File)));
        expected.empty.insert("empty".to_owned());
        assert_eq!(Folder::read(root.path()).unwrap(), expected);
    }

    #[test]
    fn a_folder_in_place_of_the_lock_file_is_seen() {
        let root = TempDir::new().unwrap();
        write(&root, "migrations.lock/x", "");
        assert_eq!(Folder::read(root.path()).unwrap().lock(), &LockFile::Unreadable("a folder"));
    }

    #[test]
    fn what_is_in_place_of_the_folder_is_not_looked_into() {
        let root = TempDir::new().unwrap();
        write(&root, "file", "");
        write(&root, "submodule/.git", "gitdir: elsewhere");
        write(&root, "repository/.git/HEAD", "");
        let is_refused = |name: &str| Folder::read(&root.path().join(name)).unwrap().is_refused();
        assert!(is_refused("file") && is_refused("submodule"));
        assert!(!is_refused("repository"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_seen_and_not_followed() {
        use std::os::unix::fs::symlink;
        let root = TempDir::new().unwrap();
        write(&root, "elsewhere/up.sql", "x");
        write(&root, "m/a/down.sql", "x");
        symlink(root.path().join("elsewhere"), root.path().join("m/b")).unwrap();
        symlink(root.path().join("elsewhere/up.sql"), root.path().join("m/a/up.sql")).unwrap();
        symlink(root.path().join("m"), root.path().join("link")).unwrap();
        symlink("nowhere", root.path().join("m/a/.#up.sql")).unwrap();
        let folder = Folder::read(&root.path().join("m")).unwrap();
        let mut refused: Vec<_> =
            folder.refused().iter().map(|r| (r.migration.as_deref(), r.file.as_deref())).collect();
        refused.sort_unstable();
        assert_eq!(refused, [(Some("a"), Some("up.sql")), (Some("b"), None)]);
        assert_eq!(folder.migrations().collect::<Vec<_>>(), ["a"]);
        assert!(Folder::read(&root.path().join("link")).unwrap().is_refused());
        assert!(Folder::read_inside(root.path(), "link/a").unwrap().is_refused());
        assert_eq!(Folder::read_inside(root.path(), "m").unwrap(), folder);
    }

    #[cfg(unix)]
    #[test]
    fn an_executable_file_is_the_same_file() {
        use std::os::unix::fs::PermissionsExt;
        let root = TempDir::new().unwrap();
        write(&root, "a/up.sql", "x");
        let before = Folder::read(root.path()).unwrap();
        fs::set_permissions(root.path().join("a/up.sql"), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(Folder::read(root.path()).unwrap(), before);
    }
}
