//! The migrations as they will be recorded, in a folder of their own for a while: Diesel reads folders, and the one of the
//! project has no lock file yet. Must not touch that one.

use std::{
    fs,
    hash::{BuildHasher, RandomState},
    path::{Path, PathBuf},
};

use makemigrations_gate::{Folder, LOCK_FILE, Lock};

use crate::error::{CliError, Result};

/// The copy; deleted when it is dropped.
pub(super) struct Copy(PathBuf);

impl Copy {
    pub(super) fn of(folder: &Folder, names: &[String], lock: &Lock) -> Result<Self> {
        let random = RandomState::new().hash_one(std::process::id());
        let path = std::env::temp_dir().join(format!("makemigrations-{random:016x}"));
        fs::create_dir(&path).map_err(|error| CliError::io("create", &path, &error))?;
        let copy = Self(path);
        copy.write(LOCK_FILE, lock.render().as_bytes())?;
        for name in names {
            for (file, content) in folder.files(name).into_iter().flatten() {
                copy.write(&format!("{name}/{file}"), content.bytes())?;
            }
        }
        Ok(copy)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    fn write(&self, below: &str, bytes: &[u8]) -> Result<()> {
        let path = self.0.join(below);
        let parent = path.parent().unwrap_or(&self.0);
        fs::create_dir_all(parent).map_err(|error| CliError::io("create", parent, &error))?;
        fs::write(&path, bytes).map_err(|error| CliError::io("write", &path, &error))
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // It is in the folder for temporary files, which somebody else cleans as well.
        drop(fs::remove_dir_all(&self.0));
    }
}
