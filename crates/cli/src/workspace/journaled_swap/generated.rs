//! The generated files that a swap writes along with the migrations, and what they were before. Must not know what is in
//! them, nor move migrations.

use std::{fs, path::Path};

use super::{disk::read, remove, write_file};
use crate::{
    error::Result,
    workspace::{generated::GeneratedFile, plain_file, write},
};

/// Copies of what was there before the first swap of this step of git, by their paths in the workspace.
const OLD: &str = "generated-old";
/// Copies of what is written.
const NEW: &str = "generated-new";

/// Copies the new texts into the folder of state, and what is there now, except of those whose first state is known.
pub(super) fn prepare(root: &Path, state: &Path, files: &[GeneratedFile], known: Option<&[String]>) -> Result<()> {
    remove(&state.join(NEW))?;
    if known.is_none() {
        remove(&state.join(OLD))?;
    }
    for file in files {
        if let Some(text) = &file.text {
            store(&state.join(NEW).join(&file.path), text.as_bytes())?;
        }
        let is_known = known.is_some_and(|known| known.contains(&file.path));
        if let (false, Ok(Some(bytes))) = (is_known, plain_file::read(root, &root.join(&file.path))) {
            store(&state.join(OLD).join(&file.path), &bytes)?;
        }
    }
    Ok(())
}

fn store(path: &Path, bytes: &[u8]) -> Result<()> {
    path.parent().map_or(Ok(()), super::create_folder)?;
    write_file(path, bytes)
}

/// Writes the files as they are to be. Can be repeated.
pub(super) fn bring_in(root: &Path, state: &Path, paths: &[String]) -> Result<()> {
    put(root, &state.join(NEW), paths)
}

/// Writes the files as they were. Can be repeated.
pub(super) fn put_back(root: &Path, state: &Path, paths: &[String]) -> Result<()> {
    put(root, &state.join(OLD), paths)
}

/// What has no copy was not there, or goes.
fn put(root: &Path, copies: &Path, paths: &[String]) -> Result<()> {
    for path in paths {
        let target = root.join(path);
        // Of a command that was killed before it gave the file its name.
        remove(&write::unfinished_name(&target))?;
        match read(&copies.join(path))? {
            Some(text) if fs::read_to_string(&target).ok().as_ref() == Some(&text) => {}
            Some(text) => write::texts(&[write::Text { path: target, text }])?,
            None => remove(&target)?,
        }
    }
    Ok(())
}
