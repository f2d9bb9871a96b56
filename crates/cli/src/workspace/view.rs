//! The files of the workspace, as they lie on disk, are staged in git, or are in a commit. Must not know what is in them.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use makemigrations_gate::Folder;

use super::{
    plain_file::{self, Found},
    walk,
};
use crate::{
    error::{CliError, Result},
    git::{Commits, Objects, Repository, Source, Unknown, index::Index},
};

/// Where files are read from. Paths are relative to the root of the workspace, with `/`.
pub(crate) struct View {
    files: Files,
    /// What a command that is pasted needs before a path.
    above: String,
}

enum Files {
    /// What is on disk.
    Disk(PathBuf),
    /// What the next commit will have, or a commit has.
    Git { index: Index, objects: RefCell<Objects>, source: Source },
}

/// What is in a folder.
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) is_folder: bool,
}

impl View {
    pub(crate) fn disk(root: &Path) -> Self {
        Self { files: Files::Disk(root.to_owned()), above: String::new() }
    }

    pub(crate) fn staged(repository: &Repository) -> Result<Self> {
        let open = || Ok((Index::read(repository)?, Objects::open(repository)?));
        let (index, objects) = open().map_err(refused)?;
        let files = Files::Git { index, objects: RefCell::new(objects), source: Source::Index };
        Ok(Self { files, above: String::new() })
    }

    pub(crate) fn commit(repository: &Repository, commits: Commits) -> Result<Self> {
        let open = || Ok((Index::of_commit(repository, &commits.tree)?, Objects::open(repository)?));
        let (index, objects) = open().map_err(refused)?;
        let files = Files::Git { index, objects: RefCell::new(objects), source: Source::Commit(commits) };
        Ok(Self { files, above: String::new() })
    }

    /// The same, with commands to paste for somebody who types in the folder `typed_in`.
    pub(crate) fn for_commands_in(self, root: &Path, typed_in: &Path) -> Self {
        let above = match typed_in.strip_prefix(root) {
            Ok(below) => "../".repeat(below.components().count()),
            Err(_) => format!("{}/", root.display()),
        };
        Self { above, ..self }
    }

    /// A path below the root as a command takes it that is pasted.
    pub(crate) fn typed(&self, path: &str) -> String {
        makemigrations_gate::quoted(&format!("{}{path}", self.above))
    }

    /// Whether it is what is staged.
    pub(crate) fn is_staged(&self) -> bool {
        *self.source() == Source::Index
    }

    /// Where the files come from.
    pub(crate) fn source(&self) -> &Source {
        match &self.files {
            Files::Disk(_) => &Source::WorkTree,
            Files::Git { source, .. } => source,
        }
    }

    /// Every `Cargo.toml` of a commit that is read as data; `None` elsewhere, where Cargo is asked.
    pub(crate) fn manifests(&self) -> Option<Vec<String>> {
        match &self.files {
            Files::Git { index, source: Source::Commit(_), .. } => {
                let is_manifest = |path: &&str| *path == "Cargo.toml" || path.ends_with("/Cargo.toml");
                Some(index.files().filter(is_manifest).map(str::to_owned).collect())
            }
            Files::Git { .. } | Files::Disk(_) => None,
        }
    }

    /// The bytes of a file; `None` when it is not there.
    pub(crate) fn bytes(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match &self.files {
            Files::Disk(root) => {
                let read = plain_file::read(root, &root.join(path));
                read.map_err(|reason| unreadable(path, &reason))
            }
            Files::Git { index, objects, .. } => {
                let bytes = index.file(&mut objects.borrow_mut(), path).map_err(refused)?;
                bytes.as_deref().map_or(Ok(()), plain_file::check_size).map_err(|reason| unreadable(path, &reason))?;
                Ok(bytes)
            }
        }
    }

    /// What is at the path of a snapshot; an error when it is nothing that a snapshot can be.
    pub(crate) fn find(&self, path: &str) -> std::result::Result<Found, String> {
        match &self.files {
            Files::Disk(root) => plain_file::find(root, path),
            Files::Git { index, .. } => index.find(path),
        }
    }

    /// What is in a folder, sorted; `None` when it is no folder.
    pub(crate) fn entries(&self, path: &str) -> Result<Option<Vec<Entry>>> {
        let entries: BTreeMap<String, bool> = match &self.files {
            Files::Disk(root) => {
                let Some(entries) = walk::children(&root.join(path))? else { return Ok(None) };
                let named = entries.into_iter().map(|entry| {
                    // A link is what it leads to, for whoever says what is wrong with it.
                    let kind = entry.file_type();
                    let is_folder = if kind.is_symlink() { entry.path().is_dir() } else { kind.is_dir() };
                    (entry.file_name().to_string_lossy().into_owned(), is_folder)
                });
                named.collect()
            }
            Files::Git { index, .. } => index
                .below(path)
                .map(|below| match below.split_once('/') {
                    Some((folder, _)) => (folder.to_owned(), true),
                    None => (below.to_owned(), false),
                })
                .collect(),
        };
        let is_there = matches!(self.files, Files::Disk(_)) || !entries.is_empty();
        Ok(is_there.then(|| entries.into_iter().map(|(name, is_folder)| Entry { name, is_folder }).collect()))
    }

    /// The migrations folder.
    pub(crate) fn migrations(&self, path: &str) -> Result<Folder> {
        let folder = match &self.files {
            Files::Disk(root) => Folder::read_inside(root, path)?,
            Files::Git { index, objects, .. } => index.migrations(&mut objects.borrow_mut(), path).map_err(refused)?,
        };
        Ok(folder.shown_as(path).reached_by(self.above.as_str()))
    }
}

fn refused(unknown: Unknown) -> CliError {
    CliError::usage(unknown.reason).hint(unknown.hint)
}

fn unreadable(path: &str, reason: &str) -> CliError {
    CliError::usage(format!("cannot read `{path}`: {reason}"))
}
