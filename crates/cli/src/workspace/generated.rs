//! Generated files of the workspace that belong to what is in the migrations folder, such as `schema.rs`. Must not know what
//! is in them.

use std::{fs, io::ErrorKind, path::Path};

use super::write::Text;
use crate::error::{CliError, Result};

/// A file as it is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GeneratedFile {
    /// Relative to the workspace, with `/`.
    pub(crate) path: String,
    /// `None` where the file is to go.
    pub(crate) text: Option<String>,
}

impl GeneratedFile {
    /// For people.
    pub(crate) fn shown(&self) -> String {
        if self.text.is_some() { self.path.clone() } else { format!("{} (deleted)", self.path) }
    }
}

/// Those that are written.
pub(crate) fn texts(root: &Path, files: &[GeneratedFile]) -> Vec<Text> {
    let text = |file: &GeneratedFile| Some(Text { path: root.join(&file.path), text: file.text.clone()? });
    files.iter().filter_map(text).collect()
}

/// Deletes those that go. Can be repeated.
pub(crate) fn delete(root: &Path, files: &[GeneratedFile]) -> Result<()> {
    files.iter().filter(|file| file.text.is_none()).map(|file| root.join(&file.path)).try_for_each(|path| {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(CliError::io("delete", &path, &error)),
            Ok(()) | Err(_) => Ok(()),
        }
    })
}
