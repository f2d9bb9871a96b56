//! All files of a commit by path, for the rare questions that no setting answers. Must not know which commits count.

use std::collections::BTreeMap;

use makemigrations_gate::{EntryKind, LOCK_FILE};

use super::{Repository, Unknown, tree::kind};

/// The files of a commit.
pub(super) struct Listing(BTreeMap<String, EntryKind>);

impl Listing {
    pub(super) fn of(repository: &Repository, commit: &str) -> Result<Self, Unknown> {
        let text = repository.read(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        Ok(Self::read(&text))
    }

    /// The files of the next commit, in all of the repository.
    pub(super) fn staged(repository: &Repository) -> Result<Self, Unknown> {
        Ok(Self::read(&repository.read_at_top(&["ls-files", "--stage", "-z"])?))
    }

    /// Both commands say the mode first, and the path after a tab.
    fn read(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let entries = text.split_terminator('\0').filter_map(|entry| {
            let (meta, path) = entry.split_once('\t')?;
            Some((path.to_owned(), kind(meta.split(' ').next()?)))
        });
        Self(entries.collect())
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// Why nobody can look into a folder: what it, or a folder above it, really is.
    pub(super) fn behind(&self, folder: &str) -> Option<&'static str> {
        let mut parts = folder.match_indices('/').map(|(end, _)| &folder[..end]).chain([folder]);
        parts.find_map(|part| match self.0.get(part)? {
            EntryKind::Link => Some("behind a symbolic link"),
            EntryKind::Special => Some("in a submodule"),
            EntryKind::File => None,
        })
    }

    /// The folders with a lock file.
    pub(super) fn recorded(&self) -> impl Iterator<Item = &str> {
        self.0.keys().filter_map(|path| path.strip_suffix(LOCK_FILE)?.strip_suffix('/'))
    }

    /// The migrations in a folder, recorded or not.
    pub(super) fn migrations<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> {
        let start = format!("{folder}/");
        let length = start.len();
        let inside = self.0.range(start.clone()..).take_while(move |(path, _)| path.starts_with(&start));
        let names = inside.filter_map(move |(path, _)| path[length..].strip_suffix("/up.sql"));
        names.filter(|name| !name.contains('/'))
    }
}
