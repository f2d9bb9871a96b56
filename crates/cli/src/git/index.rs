//! What is staged, the files of the next commit, or those of a commit. Must not know which of them are migrations.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_gate::{EntryKind, Folder};

use super::{Objects, Repository, Unknown, tree::kind};
use crate::workspace::plain_file::Found;

/// The ids of an empty file and of an empty tree, by SHA-1 and by SHA-256.
const EMPTY: [(&str, &str); 2] = [
    ("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
    (
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
        "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
    ),
];

/// The index below the workspace's root.
pub(crate) struct Index {
    /// Path relative to the root, with `/`, to kind and id.
    entries: BTreeMap<String, (EntryKind, String)>,
}

impl Index {
    pub(crate) fn read(repository: &Repository) -> Result<Self, Unknown> {
        let listing = repository.read(&["ls-files", "--stage", "-z"])?;
        let listing = String::from_utf8_lossy(&listing);
        let mut entries = BTreeMap::new();
        for entry in listing.split_terminator('\0') {
            let Some((meta, path)) = entry.split_once('\t') else { continue };
            let mut meta = meta.split(' ');
            let (Some(mode), Some(id), Some(stage)) = (meta.next(), meta.next(), meta.next()) else { continue };
            // The other stages are sides of a conflict, of which none is what will be committed.
            if stage == "0" {
                entries.insert(path.to_owned(), (kind(mode), id.to_owned()));
            }
        }
        let mut index = Self { entries };
        index.leave_out_intended(repository)?;
        Ok(index)
    }

    /// The same for the files of a commit, which is given by its id.
    pub(crate) fn of_commit(repository: &Repository, commit: &str) -> Result<Self, Unknown> {
        let listing = repository.read(&["ls-tree", "-r", "-z", "--full-tree", commit])?;
        let listing = String::from_utf8_lossy(&listing);
        let mut entries = BTreeMap::new();
        for entry in listing.split_terminator('\0') {
            let Some((meta, path)) = entry.split_once('\t') else { continue };
            let mut meta = meta.split(' ');
            let (Some(mode), Some(_), Some(id)) = (meta.next(), meta.next(), meta.next()) else { continue };
            if let Some(path) = path.strip_prefix(repository.prefix.as_str()) {
                entries.insert(path.to_owned(), (kind(mode), id.to_owned()));
            }
        }
        Ok(Self { entries })
    }

    /// The paths of all plain files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|(_, (kind, _))| *kind == EntryKind::File).map(|(path, _)| path.as_str())
    }

    /// Drops the files of `git add --intent-to-add`: they look like empty ones, and the next commit will not have them.
    fn leave_out_intended(&mut self, repository: &Repository) -> Result<(), Unknown> {
        let is_empty = |file: &str| self.entries.values().any(|(_, id)| id == file);
        let Some((empty, tree)) = EMPTY.into_iter().find(|(file, _)| is_empty(file)) else { return Ok(()) };
        // What is in the next commit is what it has more than nothing.
        let staged = repository.read(&[
            "diff-index",
            "--cached",
            "--ita-invisible-in-index",
            "--name-only",
            "--no-renames",
            "--relative",
            "-z",
            tree,
        ])?;
        let staged = String::from_utf8_lossy(&staged);
        let staged: BTreeSet<&str> = staged.split_terminator('\0').collect();
        self.entries.retain(|path, (_, id)| id != empty || staged.contains(path.as_str()));
        Ok(())
    }

    /// What is at a path. A link on the way to it counts like one in its place.
    pub(crate) fn find(&self, path: &str) -> Result<Found, String> {
        let parts = path.match_indices('/').map(|(end, _)| &path[..end]).chain([path]);
        for part in parts {
            match self.entries.get(part) {
                Some((EntryKind::Link, _)) => return Err("it is a link, expected a plain file".to_owned()),
                Some((EntryKind::Special, _)) => return Err("it is a submodule, expected a file or folder".to_owned()),
                Some((EntryKind::File, _)) => return Ok(if part == path { Found::File } else { Found::Nothing }),
                None => {}
            }
        }
        Ok(if self.below(path).next().is_some() { Found::Folder } else { Found::Nothing })
    }

    /// The content of a file.
    pub(crate) fn file(&self, objects: &mut Objects, path: &str) -> Result<Option<Vec<u8>>, Unknown> {
        match self.entries.get(path) {
            Some((EntryKind::File, id)) => Ok(objects.get(id)?.map(|object| object.bytes)),
            Some((EntryKind::Link | EntryKind::Special, _)) | None => Ok(None),
        }
    }

    /// The files below a folder, relative to it.
    pub(crate) fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        let start = format!("{folder}/");
        let inside = self.entries.range(start.clone()..).take_while(move |(path, _)| path.starts_with(&start));
        inside.map(move |(path, _)| &path[folder.len() + 1..])
    }

    /// The migrations folder as it is staged.
    pub(crate) fn migrations(&self, objects: &mut Objects, path: &str) -> Result<Folder, Unknown> {
        let mut files = Vec::new();
        // A link in the folder's place, or on the way to it.
        let mut parts = path.match_indices('/').map(|(end, _)| &path[..end]).chain([path]);
        if let Some((kind, _)) = parts.find_map(|part| self.entries.get(part)) {
            files.push((String::new(), Vec::new(), *kind));
        }
        for below in self.below(path) {
            let (kind, id) = &self.entries[&format!("{path}/{below}")];
            let bytes = match kind {
                EntryKind::File => objects.get(id)?.map(|object| object.bytes).unwrap_or_default(),
                EntryKind::Link | EntryKind::Special => Vec::new(),
            };
            files.push((below.to_owned(), bytes, *kind));
        }
        Ok(Folder::from_files(files))
    }
}
