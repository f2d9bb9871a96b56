//! The migrations of which git has left files in conflict, as the commits have them: a migration is taken from one side whole,
//! never line by line. Must not plan.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_gate::{Folder, sum};
use makemigrations_plan::migration::STAND_IN;

use super::replay::migration;
use crate::{
    git::{
        Objects, Unknown,
        merge_sides::{MergeSide, MergeSides},
    },
    workspace::{
        migrations::RECORD,
        stored_migration::{StoredMigration, folder_of},
    },
};

/// What a migration can have, in the lock file or not.
const FILES: [&str; 5] = ["up.sql", "down.sql", RECORD, "metadata.toml", STAND_IN];

/// The files of a migration by name.
type Files = BTreeMap<String, Vec<u8>>;

/// The folder with what is in conflict settled, and the names of those on disk that it has otherwise. `None` where both sides
/// have changed one, so that only a person can settle it.
pub(super) fn folder(
    sides: &MergeSides,
    objects: &mut Objects,
    on_disk: &Folder,
    path: &str,
) -> Result<Option<(Folder, Vec<String>)>, Unknown> {
    let mut open: BTreeSet<&str> = sides.conflicts.iter().filter_map(|file| migration(file, path)).collect();
    // Somebody may have told git that they are settled.
    open.extend(on_disk.migrations().filter(|name| sides.theirs.is_some() && has_markers(on_disk, name)));
    if open.is_empty() {
        return Ok(Some((on_disk.clone(), Vec::new())));
    }
    let (Some(ours), Some((theirs, starts))) = (&sides.head, &sides.theirs) else { return Ok(None) };
    let closed = on_disk.migrations().filter(|name| !open.contains(name));
    let mut migrations: Vec<_> = closed.filter_map(|name| StoredMigration::of(on_disk, name)).collect();
    let mut stale = Vec::new();
    for name in open {
        let mut read = |side: &MergeSide| files_of(side, objects, name);
        let (our, their) = (read(ours)?, read(theirs)?);
        let mut before = starts.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        before.retain(|files| !files.is_empty());
        let before = before.into_iter().next().unwrap_or_default();
        let Some(wanted) = chosen(&before, our, their) else { return Ok(None) };
        let here = files_on_disk(on_disk, name);
        if !is_same(&here, &wanted) && !here.is_empty() {
            stale.push(name.to_owned());
        }
        let files = if is_same(&here, &wanted) { here } else { wanted };
        migrations.push(StoredMigration { name: name.to_owned(), files: files.into_iter().collect() });
    }
    Ok(Some((folder_of(on_disk.lock_text().map(str::to_owned), migrations, path), stale)))
}

/// The side that only one of the two has changed; without files where it is to go. `None` where both have changed it.
fn chosen(before: &Files, our: Files, their: Files) -> Option<Files> {
    if is_same(&our, &their) || is_same(&their, before) {
        Some(our)
    } else if is_same(&our, before) {
        Some(their)
    } else {
        None
    }
}

/// Whether the lock file would say the same of them.
fn is_same(one: &Files, other: &Files) -> bool {
    let sums = |files: &Files| files.iter().map(|(name, bytes)| (name.clone(), sum(bytes))).collect::<Vec<_>>();
    sums(one) == sums(other)
}

/// A migration as a commit has it.
fn files_of(side: &MergeSide, objects: &mut Objects, name: &str) -> Result<Files, Unknown> {
    let recorded = side.lock.files(name).into_iter().flat_map(|files| files.keys().map(String::as_str));
    let names: BTreeSet<&str> = recorded.chain(FILES).collect();
    let mut files = Files::new();
    for file in names {
        if let Some(bytes) = side.file(objects, name, file)? {
            files.insert(file.to_owned(), bytes);
        }
    }
    Ok(files)
}

fn files_on_disk(folder: &Folder, name: &str) -> Files {
    StoredMigration::of(folder, name).into_iter().flat_map(|migration| migration.files).collect()
}

/// Whether git has put both sides into one of its files.
fn has_markers(folder: &Folder, name: &str) -> bool {
    let files = folder.files(name).into_iter().flatten();
    files.map(|(_, content)| content.bytes()).any(|bytes| {
        let mut lines = bytes.split(|byte| *byte == b'\n');
        lines.any(|line| line.starts_with(b"<<<<<<<")) && lines.any(|line| line.starts_with(b">>>>>>>"))
    })
}
