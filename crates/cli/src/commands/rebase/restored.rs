//! Merged migrations that git has deleted, as the merge base has them: it drops a commit that was picked to the base, and plays
//! the next one, which makes the same migration anew; or it reverts a commit that is merged. Must not write.

use std::collections::BTreeMap;

use makemigrations_gate::{EntryKind, Folder, LOCK_FILE, Lock};

use crate::{
    git::{Objects, Unknown, base::Merged, merge_sides::MergeSide},
    workspace::journaled_swap::StoredMigration,
};

/// The folder with the merged migrations that it lacks, and these. `path` is the migrations folder in the
/// workspace, `inside` in the repository.
pub(super) fn folder(
    objects: &mut Objects,
    merged: &Merged,
    folder: Folder,
    (path, inside): (&str, &str),
) -> Result<(Folder, Vec<StoredMigration>), Unknown> {
    let here = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let mut restored: BTreeMap<String, StoredMigration> = BTreeMap::new();
    for base in merged.bases.iter().map(|point| &point.base).filter(|base| base.moved_from.is_none()) {
        let Some(lock) = &base.lock else { continue };
        let is_declared = |name: &str| {
            let tip = base.tip_lock.iter().flat_map(Lock::overrides);
            here.overrides().iter().chain(tip).any(|over| over.migration == name)
        };
        let lacks = |name: &&str| folder.files(name).is_none() && !lock.adopted().contains(*name);
        let Some(side) = MergeSide::read(objects, &base.revision, inside)? else { continue };
        for name in lock.migrations().filter(lacks) {
            if is_declared(name) || restored.contains_key(name) {
                continue;
            }
            let mut files = Vec::new();
            for file in lock.files(name).into_iter().flat_map(|files| files.keys()) {
                files.extend(side.file(objects, name, file)?.map(|bytes| (file.clone(), bytes)));
            }
            if !files.is_empty() {
                restored.insert(name.to_owned(), StoredMigration { name: name.to_owned(), files });
            }
        }
    }
    let restored: Vec<_> = restored.into_values().collect();
    if restored.is_empty() {
        return Ok((folder, restored));
    }
    let mut entries: Vec<(String, Vec<u8>)> = Vec::new();
    entries.extend(folder.lock_text().map(|text| (LOCK_FILE.to_owned(), text.as_bytes().to_vec())));
    for name in folder.migrations() {
        let files = folder.files(name).into_iter().flatten();
        entries.extend(files.map(|(file, content)| (format!("{name}/{file}"), content.bytes().to_vec())));
    }
    for StoredMigration { name, files } in &restored {
        entries.extend(files.iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes.clone())));
    }
    let entries = entries.into_iter().map(|(path, bytes)| (path, bytes, EntryKind::File));
    Ok((Folder::from_files(entries).shown_as(path), restored))
}
