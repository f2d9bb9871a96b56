//! A copy of a migrations folder without the empty folders for which Diesel refuses all of it. Must not change the
//! original.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use makemigrations_gate::Folder;

use crate::error::Error;

/// What Diesel reads of a migration.
const FILES: [&str; 3] = ["up.sql", "down.sql", "metadata.toml"];

/// The copy; deleted when it is dropped.
pub(super) struct Readable(PathBuf);

impl Readable {
    pub(super) fn copy(folder: &Folder) -> Result<Self, Error> {
        let random = RandomState::new().hash_one(std::process::id());
        let path = std::env::temp_dir().join(format!("makemigrations-{random:016x}"));
        let create = |path: &Path| fs::create_dir(path).map_err(|source| failed("create", path, source));
        create(&path)?;
        let copy = Self(path);
        for name in folder.migrations() {
            let target = copy.0.join(name);
            create(&target)?;
            let files = folder.files(name).into_iter().flatten();
            for (file, content) in files.filter(|(file, _)| FILES.contains(&file.as_str())) {
                let target = target.join(file);
                fs::write(&target, content.bytes()).map_err(|source| failed("write", &target, source))?;
            }
        }
        Ok(copy)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

fn failed(doing: &'static str, path: &Path, source: io::Error) -> Error {
    Error::Io { doing, path: path.to_path_buf(), source }
}

impl Drop for Readable {
    fn drop(&mut self) {
        // It is in the folder for temporary files, which somebody else cleans as well.
        drop(fs::remove_dir_all(&self.0));
    }
}
