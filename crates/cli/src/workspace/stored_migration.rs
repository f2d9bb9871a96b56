//! A migration as bytes, and a migrations folder that is made of some. Must not read or write files.

use makemigrations_gate::{EntryKind, Folder, LOCK_FILE};

/// A migration as bytes: the folder's name, and its files by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StoredMigration {
    pub(crate) name: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

impl StoredMigration {
    /// A migration of a folder. `None` where it is not there.
    pub(crate) fn of(folder: &Folder, name: &str) -> Option<Self> {
        let files = folder.files(name)?.iter().map(|(file, content)| (file.clone(), content.bytes().to_vec()));
        Some(Self { name: name.to_owned(), files: files.collect() })
    }
}

/// A migrations folder with these migrations and this lock file, which findings show as `path`.
pub(crate) fn folder_of(
    lock: Option<String>,
    migrations: impl IntoIterator<Item = StoredMigration>,
    path: &str,
) -> Folder {
    let lock = lock.map(|text| (LOCK_FILE.to_owned(), text.into_bytes()));
    let files = migrations.into_iter().flat_map(|StoredMigration { name, files }| {
        files.into_iter().map(move |(file, bytes)| (format!("{name}/{file}"), bytes))
    });
    let entries = lock.into_iter().chain(files).map(|(path, bytes)| (path, bytes, EntryKind::File));
    Folder::from_files(entries).shown_as(path)
}
