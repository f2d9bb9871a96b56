//! What git tracks below some folders, hidden or not: what a clone brings along. Must not judge it.

use std::collections::BTreeMap;

use makemigrations_gate::Kind;

use super::{Repository, Unknown, tree::kind};

/// The entries of the index in these folders, paths relative to the workspace.
pub(crate) fn below(repository: &Repository, folders: &[&str]) -> Result<BTreeMap<String, Kind>, Unknown> {
    let arguments = [&["ls-files", "--stage", "-z", "--"], folders].concat();
    let listing = repository.read(&arguments)?;
    let listing = String::from_utf8_lossy(&listing);
    let entries = listing.split_terminator('\0').filter_map(|entry| {
        let (meta, path) = entry.split_once('\t')?;
        Some((path.to_owned(), kind(meta.split(' ').next()?)))
    });
    Ok(entries.collect())
}
