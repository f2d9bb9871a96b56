//! Migrations as files below a folder. Must not know what a swap is, and never follows a link.

use std::{collections::BTreeSet, fs, io::ErrorKind, path::Path};

use crate::{
    error::{CliError, Result},
    workspace::{stored_migration::StoredMigration, walk},
};

/// The names of the folders in a folder, which need not be there.
pub(super) fn names(folder: &Path) -> Result<BTreeSet<String>> {
    let folders = walk::children(folder)?.into_iter().flatten().filter(|entry| entry.file_type().is_dir());
    Ok(folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// The files of a migration that count, by path below `folder`: those that no dot hides.
pub(super) fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for (below, entry) in walk::files(folder)? {
        if !below.split('/').any(|part| part.starts_with('.')) {
            let bytes = fs::read(entry.path()).map_err(|error| CliError::io("read", entry.path(), &error))?;
            files.push((below, bytes));
        }
    }
    files.sort();
    Ok(files)
}

/// Copies a folder with all that is in it to a place where nothing is. Links are left out: nobody else has them.
pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
    create_folder(to)?;
    for (below, entry) in walk::files(from)? {
        let target = to.join(below);
        target.parent().map_or(Ok(()), create_folder)?;
        fs::copy(entry.path(), &target).map_err(|error| CliError::io("write", &target, &error))?;
        let synced = fs::File::open(&target).and_then(|file| file.sync_all());
        synced.map_err(|error| CliError::io("write", &target, &error))?;
    }
    Ok(())
}

/// Writes a migration into a folder.
pub(crate) fn write_migration(folder: &Path, migration: &StoredMigration) -> Result<()> {
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

/// Whether something is there, a link that leads nowhere included.
pub(super) fn is_there(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

pub(super) fn remove(path: &Path) -> Result<()> {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let removed = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.map_err(|error| CliError::io("delete", path, &error)),
    }
}
