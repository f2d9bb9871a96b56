//! Merged migrations that git has deleted, as the merge base has them: it drops a commit that was picked to the base, and plays
//! the next one, which makes the same migration anew; or it reverts a commit that is merged. Must not write.

use std::collections::BTreeMap;

use makemigrations_gate::{Folder, Lock};

use crate::{
    git::{Objects, Unknown, base::Merged, merge_sides::MergeSide},
    workspace::stored_migration::{StoredMigration, folder_of},
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
        let lacks = |name: &&str| folder.files(name).is_none() && !lock.adopted().contains(*name) && !is_declared(name);
        let lacking: Vec<&str> = lock.migrations().filter(lacks).collect();
        if lacking.is_empty() {
            continue;
        }
        let Some(side) = MergeSide::read(objects, &base.revision, inside)? else { continue };
        for name in lacking {
            let found = side.migration(objects, name)?.filter(|migration| !migration.files.is_empty());
            restored.extend(found.map(|migration| (name.to_owned(), migration)));
        }
    }
    let restored: Vec<_> = restored.into_values().collect();
    if restored.is_empty() {
        return Ok((folder, restored));
    }
    let present = folder.migrations().filter_map(|name| StoredMigration::of(&folder, name));
    let lock = folder.lock_text().map(str::to_owned);
    Ok((folder_of(lock, present.chain(restored.iter().cloned()), path), restored))
}
