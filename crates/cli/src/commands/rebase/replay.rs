//! The migrations folder where git plays a commit again that replaces migrations of the branch: git finds conflicts in files
//! that look alike, or keeps what the commit took back. Must not plan.

use std::collections::BTreeSet;

use makemigrations_gate::{Folder, quoted};

use super::{
    merge_state::MergeState,
    plan::{Move, Plan},
};
use crate::{
    error::{CliError, Result},
    git::{
        Objects, Unknown,
        merge_sides::{MergeSides, Ongoing},
    },
    workspace::stored_migration::{StoredMigration, folder_of},
};

/// The folder with what is merged as it is, and the branch's own as the commit has them. `None` where the commit only adds
/// migrations: then the folder is right as git left it.
pub(super) fn folder(
    sides: &MergeSides,
    objects: &mut Objects,
    frozen: &BTreeSet<String>,
    on_disk: &Folder,
    path: &str,
) -> std::result::Result<Option<Folder>, Unknown> {
    let Some((commit, before)) = &sides.replayed else { return Ok(None) };
    let is_own = |name: &&str| !frozen.contains(*name);
    let replaces = before.migrations().filter(is_own).any(|name| before.files(name) != commit.lock.files(name));
    let is_of_merged = |file: &String| migration(file, path).is_some_and(|name| frozen.contains(name));
    if sides.conflicts.iter().any(is_of_merged) || (!replaces && sides.conflicts.is_empty()) {
        return Ok(None);
    }
    let merged = on_disk.migrations().filter(|name| frozen.contains(*name));
    let mut migrations: Vec<_> = merged.filter_map(|name| StoredMigration::of(on_disk, name)).collect();
    for name in commit.lock.migrations().filter(is_own) {
        migrations.extend(commit.migration(objects, name)?);
    }
    Ok(Some(folder_of(on_disk.lock_text().map(str::to_owned), migrations, path)))
}

/// Conflicts that only a person can settle.
pub(super) fn in_conflict(sides: &MergeSides, path: &str) -> CliError {
    let error = CliError::check(format!("in conflict: `{}`", sides.conflicts.join("`, `")));
    let ours = sides.replayed.as_ref().map(|(side, _)| side).or(sides.head.as_ref());
    let is_of_both = |name: &&str| sides.onto.iter().chain(ours).all(|side| side.lock.files(name).is_some());
    let mut names = sides.conflicts.iter().filter_map(|file| migration(file, path));
    match (names.find(is_of_both), sides.ongoing) {
        // Two clocks said the same, or one stood still, and two people made the same change in their own way.
        (Some(name), Some(ongoing @ (Ongoing::Merge | Ongoing::Rebase))) => {
            let (abort, again) = match ongoing {
                Ongoing::Merge => ("git merge --abort", "git merge` again"),
                Ongoing::Rebase | Ongoing::CherryPick | Ongoing::Revert => ("git rebase --abort", "git merge` instead"),
            };
            error
                .hint(format!("both sides made a migration `{name}`, so yours needs another name: `{abort}` first"))
                .hint(format!(
                    "then, having rolled it back where it is applied: `rm -r {}`, \
                     `cargo xtask makemigrations --name NAME`, commit, and `{again}",
                    quoted(&format!("{path}/{name}"))
                ))
        }
        _ => {
            let files: Vec<String> = sides.conflicts.iter().map(|file| quoted(file)).collect();
            error.hint(format!(
                "a migration is not merged line by line: take one side's, `git checkout --ours -- {0}` or `--theirs`, then \
                 `git add {0}`, and this again",
                files.join(" ")
            ))
        }
    }
}

/// The migration that a file belongs to.
pub(super) fn migration<'a>(file: &'a str, path: &str) -> Option<&'a str> {
    file.strip_prefix(path)?.strip_prefix('/')?.split('/').next()
}

/// What a plan keeps, and what is merged, may not be on disk as it is to be: such a one comes anew under its name.
pub(super) fn settled(merge_state: &MergeState, mut plan: Plan) -> Result<Plan> {
    let is_as_it_is = |name: &String| merge_state.on_disk.contains(name) && !merge_state.stale.contains(name);
    let (kept, comes): (Vec<_>, Vec<_>) = std::mem::take(&mut plan.kept).into_iter().partition(is_as_it_is);
    plan.kept = kept;
    let frozen =
        merge_state.frozen().into_iter().map(|recorded| recorded.name).filter(|name| merge_state.stale.contains(name));
    let comes: Vec<String> = frozen.chain(comes).collect();
    if !comes.is_empty() {
        plan.notes.push(match merge_state.sides.replayed {
            Some(_) => "git plays a commit again that replaces migrations: all of yours are as it has them".to_owned(),
            None => format!("as the commits have them, for git has mixed two: `{}`", comes.join("`, `")),
        });
    }
    for name in comes {
        let to = merge_state.whole(&name)?.into_iter().collect();
        plan.moves.push(Move { from: name, to, within: None });
    }
    Ok(plan)
}
