//! Migrations as files below a folder. Must not know what an exchange is.

use std::{collections::BTreeSet, fs, io::ErrorKind, path::Path};

use crate::error::{CliError, Result};

/// A migration as bytes: the folder's name, and its files by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) name: String,
    pub(crate) files: Vec<(String, Vec<u8>)>,
}

/// The names of the folders in a folder, which need not be there.
pub(super) fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeSet::new()),
        Err(error) => return Err(CliError::io("read", folder, &error)),
    };
    let mut names = BTreeSet::new();
    for entry in entries {
        let entry = entry.map_err(|error| CliError::io("read", folder, &error))?;
        if entry.path().is_dir() {
            names.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(names)
}

/// The files directly in a folder.
pub(super) fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let refused = |error| CliError::io("read", folder, &error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        if entry.path().is_file() {
            let bytes = fs::read(entry.path()).map_err(refused)?;
            files.push((entry.file_name().to_string_lossy().into_owned(), bytes));
        }
    }
    files.sort();
    Ok(files)
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

pub(super) fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| CliError::io("move", from, &error))
}

pub(super) fn create_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| CliError::io("create", path, &error))
}

pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    use std::io::Write;

    let write = || {
        let mut file = fs::File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| CliError::io("write", path, &error))
}

pub(super) fn read(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(CliError::io("read", path, &error)),
    }
}

pub(super) fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|error| CliError::io("delete", path, &error)),
    }
}
