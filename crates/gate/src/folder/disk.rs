//! Reads the picture of a migrations folder from disk.
//!
//! Never follows a symbolic link, and never opens what is not a plain file.

use super::{Folder, Kind};
use crate::error::Error;
use std::ffi::OsStr;
use std::fs::{self, FileType};
use std::io;
use std::path::Path;

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
            Err(source) => return Err(Error::Io { path: path.to_owned(), source }),
        };
        if metadata.is_symlink() {
            folder.insert("", Vec::new(), Kind::Link);
        } else {
            folder.read_entries(path, "")?;
        }
        Ok(folder)
    }

    /// Whether there was an entry that is not ignored.
    fn read_entries(&mut self, directory: &Path, below: &str) -> Result<bool, Error> {
        let failed = |path: &Path, source| Error::Io { path: path.to_owned(), source };
        let mut found = false;
        for entry in fs::read_dir(directory).map_err(|error| failed(directory, error))? {
            let entry = entry.map_err(|error| failed(directory, error))?;
            let Some(name) = visible(&entry.file_name()) else { continue };
            let path = entry.path();
            let inside = if below.is_empty() { name } else { format!("{below}/{name}") };
            let file_type = entry.file_type().map_err(|error| failed(&path, error))?;
            if file_type.is_dir() {
                let has_entries = self.read_entries(&path, &inside)?;
                if !has_entries && below.is_empty() {
                    self.empty.insert(inside);
                }
                found |= has_entries;
                continue;
            }
            found = true;
            let kind = kind(file_type);
            let bytes = match kind {
                Kind::File => fs::read(&path).map_err(|error| failed(&path, error))?,
                Kind::Link | Kind::Special => Vec::new(),
            };
            self.insert(&inside, bytes, kind);
        }
        Ok(found)
    }
}

fn visible(name: &OsStr) -> Option<String> {
    let name = name.to_string_lossy();
    (!name.starts_with('.')).then(|| name.into_owned())
}

fn kind(file_type: FileType) -> Kind {
    if file_type.is_symlink() {
        Kind::Link
    } else if file_type.is_file() {
        Kind::File
    } else {
        Kind::Special
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
        let mut expected = Folder::from_files(files.map(|path| (path, path, Kind::File)));
        expected.empty.extend(["empty".to_owned(), "only_dots".to_owned()]);
        assert_eq!(Folder::read(root.path()).unwrap(), expected);
        assert_eq!(Folder::read(&root.path().join("nowhere")).unwrap(), Folder::default());
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_an_error_with_its_path() {
        let root = TempDir::new().unwrap();
        write(&root, "migrations", "");
        let path = root.path().join("migrations");
        let message = Folder::read(&path).unwrap_err().to_string();
        assert!(message.contains(path.to_str().unwrap()), "{message}");
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
