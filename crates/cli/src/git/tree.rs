//! The migrations folder as a commit has it. Must not judge it.

use makemigrations_gate::{EntryKind, Folder};

use super::{Objects, Repository, Unknown, at_commit::WorkspaceAtCommit};

/// What kind of entry a mode of git is.
pub(super) fn kind(mode: &str) -> EntryKind {
    match mode {
        "120000" => EntryKind::Link,
        "160000" => EntryKind::Special,
        _ => EntryKind::File,
    }
}

/// The folder of migrations in `commit`. The content of files that its lock file names is not read: their sums are known.
pub(super) fn folder(
    repository: &Repository,
    objects: &mut Objects,
    commit: &str,
    place: &WorkspaceAtCommit,
) -> Result<Folder, Unknown> {
    let WorkspaceAtCommit { path, lock, .. } = place;
    let lock = lock.as_ref();
    let listing = repository.read(&["ls-tree", "-r", "-z", "--full-tree", commit, "--", path])?;
    let listing = String::from_utf8_lossy(&listing);
    let mut entries = Vec::new();
    for entry in listing.split_terminator('\0') {
        let Some((meta, full)) = entry.split_once('\t') else { continue };
        let mut meta = meta.split(' ');
        let (Some(mode), Some(_), Some(id)) = (meta.next(), meta.next(), meta.next()) else { continue };
        let below = full.strip_prefix(path).unwrap_or(full).trim_start_matches('/').to_owned();
        let is_recorded = below
            .split_once('/')
            .is_some_and(|(migration, file)| lock.is_some_and(|lock| lock.sum(migration, file).is_some()));
        if is_recorded || below == makemigrations_gate::LOCK_FILE {
            continue;
        }
        let bytes = match kind(mode) {
            EntryKind::File => objects.get(id)?.map(|object| object.bytes).unwrap_or_default(),
            EntryKind::Link | EntryKind::Special => Vec::new(),
        };
        entries.push((below, bytes, kind(mode)));
    }
    Ok(Folder::from_files(entries))
}
