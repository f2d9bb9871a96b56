//! What git tracks below some folders, hidden or not: what a clone brings along. Must not judge it.

use std::collections::BTreeMap;

use makemigrations_gate::EntryKind;

use super::{Repository, Source, Unknown, tree::kind};

/// The entries of the index, or of a commit, in these folders; paths relative to the workspace.
pub(crate) fn below(
    repository: &Repository,
    source: &Source,
    folders: &[&str],
) -> Result<BTreeMap<String, EntryKind>, Unknown> {
    let listing = match source {
        Source::WorkTree | Source::Index => {
            repository.read(&[&["ls-files", "--stage", "-z", "--"], folders].concat())?
        }
        Source::Commit(commits) => {
            repository.read(&[&["ls-tree", "-r", "-z", commits.tree.as_str(), "--"], folders].concat())?
        }
    };
    let listing = String::from_utf8_lossy(&listing);
    let entries = listing.split_terminator('\0').filter_map(|entry| {
        let (meta, path) = entry.split_once('\t')?;
        Some((path.to_owned(), kind(meta.split(' ').next()?)))
    });
    Ok(entries.collect())
}
