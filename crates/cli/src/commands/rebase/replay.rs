//! The migrations folder where git plays a commit again that replaces migrations of the branch: git finds conflicts in files
//! that look alike, or keeps what the commit took back. Must not plan.

use std::collections::BTreeSet;

use makemigrations_gate::{Folder, Kind, LOCK_FILE};

use super::{
    meeting::Meeting,
    plan::{Move, Plan},
};
use crate::{
    error::Result,
    git::{
        Objects, Unknown,
        side::{Side, Sides},
    },
};

/// The folder with what is merged as it is, and the branch's own as the commit has them. `None` where the commit only adds
/// migrations: then the folder is right as git left it.
pub(super) fn folder(
    sides: &Sides,
    objects: &mut Objects,
    frozen: &BTreeSet<String>,
    on_disk: &Folder,
    path: &str,
) -> std::result::Result<Option<Folder>, Unknown> {
    let Some((commit, before)) = &sides.replayed else { return Ok(None) };
    let is_own = |name: &&str| !frozen.contains(*name);
    let replaces = before.migrations().filter(is_own).any(|name| before.files(name) != commit.lock.files(name));
    let of_merged = |file: &String| {
        let below = file.strip_prefix(path).and_then(|file| file.strip_prefix('/')).unwrap_or_default();
        below.split('/').next().is_some_and(|name| frozen.contains(name))
    };
    if sides.conflicts.iter().any(of_merged) || (!replaces && sides.conflicts.is_empty()) {
        return Ok(None);
    }
    let mut entries: Vec<(String, Vec<u8>)> = Vec::new();
    entries.extend(on_disk.lock_text().map(|text| (LOCK_FILE.to_owned(), text.as_bytes().to_vec())));
    for name in on_disk.migrations().filter(|name| frozen.contains(*name)) {
        let files = on_disk.files(name).into_iter().flatten();
        entries.extend(files.map(|(file, content)| (format!("{name}/{file}"), content.bytes().to_vec())));
    }
    for name in commit.lock.migrations().filter(is_own) {
        entries.extend(files(commit, objects, name)?);
    }
    let entries = entries.into_iter().map(|(path, bytes)| (path, bytes, Kind::File));
    Ok(Some(Folder::from_files(entries).shown_as(path)))
}

fn files(commit: &Side, objects: &mut Objects, name: &str) -> std::result::Result<Vec<(String, Vec<u8>)>, Unknown> {
    let mut files = Vec::new();
    for file in commit.lock.files(name).into_iter().flat_map(|files| files.keys()) {
        let bytes = commit.file(objects, name, file)?;
        files.extend(bytes.map(|bytes| (format!("{name}/{file}"), bytes)));
    }
    Ok(files)
}

/// What a plan keeps is not on disk as it is to be: all of it comes anew.
pub(super) fn settled(meeting: &Meeting, mut plan: Plan) -> Result<Plan> {
    if meeting.stale.is_empty() {
        return Ok(plan);
    }
    for name in std::mem::take(&mut plan.kept) {
        let to = meeting.whole(&name)?.into_iter().collect();
        plan.moves.push(Move { from: name, to });
    }
    plan.notes.push("git plays a commit again that replaces migrations: all of yours are as it has them".to_owned());
    Ok(plan)
}
