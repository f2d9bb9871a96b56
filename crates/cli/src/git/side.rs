//! The commits whose migrations meet in the work tree: in the middle of a merge or rebase, and after it. Must not know
//! which of them are merged.

use std::{collections::BTreeSet, path::Path};

use makemigrations_gate::{LOCK_FILE, Lock};

use super::{Objects, Repository, Unknown};

/// What git is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ongoing {
    Merge,
    Rebase,
    CherryPick,
}

impl Ongoing {
    /// The command that goes on.
    pub(crate) fn next(self) -> &'static str {
        match self {
            Self::Merge => "git commit",
            Self::Rebase => "git rebase --continue",
            Self::CherryPick => "git cherry-pick --continue",
        }
    }
}

/// A commit that brought migrations.
#[derive(Debug, Clone)]
pub(crate) struct Side {
    pub(super) commit: String,
    /// The migrations folder, inside the repository.
    path: String,
    /// Its lock file.
    pub(crate) lock: Lock,
}

/// What meets in the work tree.
#[derive(Debug, Default)]
pub(crate) struct Sides {
    pub(crate) ongoing: Option<Ongoing>,
    /// What everything else goes on top of: the other side of a merge, the target of a rebase.
    pub(crate) onto: Vec<Side>,
    /// The commit that a rebase plays again, and the lock file that it was made on.
    pub(crate) replayed: Option<(Side, Lock)>,
    /// What is checked out. `None` before the first commit.
    pub(crate) head: Option<Side>,
    /// The commits that a migration may have been made in, the ones that know its own line best first.
    pub(crate) lines: Vec<Side>,
    /// Files in conflict, relative to the workspace, other than the lock file.
    pub(crate) conflicts: Vec<String>,
}

impl Side {
    pub(super) fn read(objects: &mut Objects, commit: &str, path: &str) -> Result<Option<Self>, Unknown> {
        let Some(commit) = objects.commit(commit)? else { return Ok(None) };
        let lock = objects.text(&commit, &format!("{path}/{LOCK_FILE}"))?;
        let lock = lock.map(|text| Lock::parse(&text).0).unwrap_or_default();
        Ok(Some(Self { commit, path: path.to_owned(), lock }))
    }

    /// A file of one of its migrations.
    pub(crate) fn file(&self, objects: &mut Objects, migration: &str, file: &str) -> Result<Option<Vec<u8>>, Unknown> {
        let object = objects.get(&format!("{}:{}/{migration}/{file}", self.commit, self.path))?;
        Ok(object.map(|object| object.bytes))
    }
}

/// Finds out what meets. `migrations` is the folder relative to the workspace; `is_base` says whether what is checked out
/// is the branch that counts as merged.
pub(crate) fn sides(
    repository: &Repository,
    objects: &mut Objects,
    migrations: &str,
    is_base: bool,
) -> Result<Sides, Unknown> {
    let path = format!("{}{migrations}", repository.prefix);
    let mut read = |commit: &str| Side::read(objects, commit, &path);
    let head = read("HEAD")?;
    let mut sides = Sides { conflicts: conflicts(repository, migrations)?, ..Sides::default() };
    let files =
        ["rebase-merge/onto", "rebase-apply/onto", "rebase-merge/orig-head", "rebase-apply/orig-head", "MERGE_HEAD"];
    let files = git_files(repository, &files)?;
    let [rebase_merge, rebase_apply, merge_from, apply_from, merge] = files.as_slice() else { return Ok(sides) };
    let commits = |text: &Option<String>| -> Vec<String> {
        text.iter().flat_map(|text| text.lines()).map(|line| line.trim().to_owned()).collect()
    };
    let (rebased, merged) = (commits(&rebase_merge.clone().or_else(|| rebase_apply.clone())), commits(merge));
    if let Some(onto) = rebased.first() {
        sides.ongoing = Some(Ongoing::Rebase);
        sides.onto.extend(read(onto)?);
        let replayed = read("REBASE_HEAD")?;
        let parent = read("REBASE_HEAD^1")?.map(|side| side.lock).unwrap_or_default();
        sides.replayed = replayed.clone().map(|side| (side, parent));
        sides.lines.extend(replayed);
        sides.lines.extend(head.clone());
        // What is still to be replayed is in the branch as it was.
        for commit in commits(&merge_from.clone().or_else(|| apply_from.clone())) {
            sides.lines.extend(read(&commit)?);
        }
    } else if !merged.is_empty() {
        sides.ongoing = Some(Ongoing::Merge);
        let others: Vec<Side> =
            merged.iter().filter_map(|commit| read(commit).transpose()).collect::<Result<_, _>>()?;
        sides.lines.extend(head.clone().into_iter().chain(others.iter().cloned()));
        // On the base branch it is the other side that has to give way.
        sides.onto = if is_base { head.clone().into_iter().collect() } else { others };
    } else if let Some(picked) = read("CHERRY_PICK_HEAD")? {
        sides.ongoing = Some(Ongoing::CherryPick);
        sides.onto.extend(head.clone());
        sides.lines.extend([picked].into_iter().chain(head.clone()));
    } else {
        // After a merge the parents still know which migration was made on top of which.
        if let Some(second) = read("HEAD^2")? {
            sides.lines.push(second);
            sides.lines.extend(read("HEAD^1")?);
        }
        sides.lines.extend(head.clone());
    }
    sides.head = head;
    Ok(sides)
}

/// The text of files in git's own folder, each `None` when it is not there.
fn git_files(repository: &Repository, names: &[&str]) -> Result<Vec<Option<String>>, Unknown> {
    let mut arguments = vec!["rev-parse"];
    names.iter().for_each(|name| arguments.extend(["--git-path", name]));
    let paths = repository.read(&arguments)?;
    let paths = String::from_utf8_lossy(&paths).into_owned();
    let read = |path: &str| std::fs::read_to_string(repository.folder.join(Path::new(path))).ok();
    Ok(paths.lines().map(|path| read(path.trim_end_matches('\r'))).collect())
}

/// The files below the migrations folder that are in conflict. The lock file is: it is written anew.
fn conflicts(repository: &Repository, migrations: &str) -> Result<Vec<String>, Unknown> {
    let listing = repository.read(&["ls-files", "--unmerged", "-z", "--", migrations])?;
    let listing = String::from_utf8_lossy(&listing);
    let paths: BTreeSet<&str> =
        listing.split_terminator('\0').filter_map(|entry| Some(entry.split_once('\t')?.1)).collect();
    let lock = format!("{migrations}/{LOCK_FILE}");
    Ok(paths.into_iter().filter(|path| **path != lock).map(str::to_owned).collect())
}
