//! A scratch folder and the few things tests do to files. It must not know what the files mean.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use walkdir::{DirEntry, WalkDir};

/// A folder below a temporary one, which is deleted with the last `Folder` in it.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
    temporary: Arc<TempDir>,
}

/// Every path given to a method is relative to the folder and written with `/`. Every method panics, with the path,
/// when the file system refuses.
impl Folder {
    /// A new, empty temporary folder.
    #[must_use]
    pub fn temporary() -> Self {
        let temporary = TempDir::with_prefix("makemigrations-").expect("a temporary folder");
        // On macOS the temporary folder is behind a symbolic link, and programs print the real path.
        let path = if cfg!(windows) {
            temporary.path().to_path_buf()
        } else {
            ok(temporary.path(), fs::canonicalize(temporary.path()))
        };
        Self { path, temporary: Arc::new(temporary) }
    }

    /// A folder inside this one, created when it is not there.
    #[must_use]
    pub fn folder(&self, name: &str) -> Self {
        let path = self.join(name);
        ok(&path, fs::create_dir_all(&path));
        Self { path, temporary: Arc::clone(&self.temporary) }
    }

    /// The absolute path of the folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The absolute path of something inside.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file and the folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.join(name);
        let parent = path.parent().expect("a file inside the folder");
        ok(parent, fs::create_dir_all(parent));
        ok(&path, fs::write(&path, content));
    }

    /// The text of a file.
    #[must_use]
    pub fn read(&self, name: &str) -> String {
        let path = self.join(name);
        ok(&path, fs::read_to_string(&path))
    }

    /// The bytes of a file.
    #[must_use]
    pub fn read_bytes(&self, name: &str) -> Vec<u8> {
        let path = self.join(name);
        ok(&path, fs::read(&path))
    }

    /// Adds to the end of a file.
    pub fn append(&self, name: &str, content: impl AsRef<[u8]>) {
        let mut bytes = self.read_bytes(name);
        bytes.extend_from_slice(content.as_ref());
        self.write(name, bytes);
    }

    /// Replaces a text that occurs exactly once in a file, so that no test edits something else than it says.
    pub fn replace(&self, name: &str, old: &str, new: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(old).count(), 1, "`{old}` in `{name}`:\n{text}");
        self.write(name, text.replacen(old, new, 1));
    }

    /// Deletes a file, a link, or a folder with all that is in it.
    pub fn remove(&self, name: &str) {
        let path = self.join(name);
        if ok(&path, fs::symlink_metadata(&path)).is_dir() {
            ok(&path, fs::remove_dir_all(&path));
        } else {
            ok(&path, fs::remove_file(&path));
        }
    }

    /// Renames a file or folder.
    pub fn rename(&self, old: &str, new: &str) {
        let path = self.join(old);
        ok(&path, fs::rename(&path, self.join(new)));
    }

    /// Whether there is something of that name, a broken link included.
    #[must_use]
    pub fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.join(name)).is_ok()
    }

    /// Copies what is in a folder outside, with all folders below it, into this one.
    pub fn copy(&self, source: &Path) {
        for name in files(source) {
            self.write(&name, ok(source, fs::read(source.join(&name))));
        }
    }

    /// Every file below the folder, sorted, `.git` left out.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        files(&self.path)
    }
}

/// Every file below a folder, sorted, relative to it and with `/`; `.git` is left out, links are not followed.
///
/// # Panics
/// When a folder cannot be read.
#[must_use]
pub fn files(folder: &Path) -> Vec<String> {
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(|entry| entry.file_name() != ".git");
    let entries = walk.map(|entry| entry.unwrap_or_else(|error| panic!("{error}")));
    let mut found: Vec<_> =
        entries.filter(|entry| !entry.file_type().is_dir()).map(|entry| relative(folder, &entry)).collect();
    found.sort();
    found
}

fn relative(folder: &Path, entry: &DirEntry) -> String {
    let path = entry.path().strip_prefix(folder).expect("a path below the folder that is walked");
    let parts = path.iter().map(|part| part.to_str().expect("a file name in UTF-8"));
    parts.collect::<Vec<_>>().join("/")
}

#[track_caller]
fn ok<T>(path: &Path, result: std::io::Result<T>) -> T {
    result.unwrap_or_else(|error| panic!("`{}`: {error}", path.display()))
}
