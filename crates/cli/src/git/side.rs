//! The commits whose migrations meet in the work tree: in the middle of a merge or rebase, and after it. Must not know
//! which of them are merged.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use makemigrations_gate::{LOCK_FILE, Lock};

use super::{Objects, Repository, Unknown};
use crate::workspace::exchange::Commits;

/// What git is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ongoing {
    Merge,
    Rebase,
    CherryPick,
}

impl Ongoing {
    /// The command that gives up.
    pub(crate) fn abort(self) -> &'static str {
        match self {
            Self::Merge => "git merge --abort",
            Self::Rebase => "git rebase --abort",
            Self::CherryPick => "git cherry-pick --abort",
        }
    }

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
    pub(crate) commits: Commits,
    /// What everything else goes on top of: the other side of a merge, the target of a rebase.
    pub(crate) onto: Vec<Side>,
    /// The commit that a rebase plays again, and the lock file that it was made on.
    pub(crate) replayed: Option<(Side, Lock)>,
    /// What is checked out. `None` before the first commit.
    pub(crate) head: Option<Side>,
    /// What met before, or was checked out before it did.
    pub(crate) before: Vec<Side>,
    /// The commits that a migration may have been made in, the ones that know its own line best first.
    pub(crate) lines: Vec<Side>,
    /// Files of migrations in conflict, relative to the workspace.
    pub(crate) conflicts: Vec<String>,
    /// Other files in conflict, without the lock file: snapshots among them.
    pub(crate) unsettled: Vec<String>,
    /// Those among them that one side has deleted.
    pub(crate) one_sided: BTreeSet<String>,
}

impl Side {
    /// What a commit has; `path` is the migrations folder inside the repository. `None` when it is not here.
    pub(crate) fn read(objects: &mut Objects, commit: &str, path: &str) -> Result<Option<Self>, Unknown> {
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

/// Where git stands.
pub(crate) struct Place {
    /// Whether it is in the middle of something.
    pub(crate) is_ongoing: bool,
    /// The commit that is checked out.
    pub(crate) head: String,
}

/// Finds out where git stands. `None` before the first commit.
pub(crate) fn place(repository: &Repository) -> Result<Option<Place>, Unknown> {
    let Some(head) = Objects::open(repository)?.commit("HEAD")? else { return Ok(None) };
    let files = ["rebase-merge/onto", "rebase-apply/onto", "MERGE_HEAD", "CHERRY_PICK_HEAD"];
    let is_ongoing = git_files(repository, &files)?.iter().any(Option::is_some);
    Ok(Some(Place { is_ongoing, head }))
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
    let is_of_migrations = |path: &String| path.strip_prefix(migrations).is_some_and(|rest| rest.starts_with('/'));
    let conflicts = conflicts(repository, migrations)?;
    let one_sided = conflicts.iter().filter(|(_, stages)| !(stages.contains(&'2') && stages.contains(&'3')));
    let one_sided = one_sided.map(|(path, _)| path.clone()).collect();
    let (conflicts, unsettled) = conflicts.into_keys().partition(is_of_migrations);
    let commit = head.as_ref().map(|side| side.commit.clone());
    let commits = Commits { head: commit.clone(), start: commit, onto: None };
    let mut sides = Sides { conflicts, unsettled, one_sided, commits, ..Sides::default() };
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
        let from = commits(&merge_from.clone().or_else(|| apply_from.clone()));
        for commit in &from {
            sides.lines.extend(read(commit)?);
        }
        sides.commits.start = from.into_iter().next();
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
        // What git was in the middle of before may have left behind what a database still has.
        sides.before.extend(read("ORIG_HEAD")?);
    }
    sides.commits.onto = sides.onto.first().map(|side| side.commit.clone());
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

/// The files of the workspace that are in conflict, with what git has of each: 1 where both started, 2 and 3 the sides. The
/// lock file is not among them: it is written anew.
fn conflicts(repository: &Repository, migrations: &str) -> Result<BTreeMap<String, BTreeSet<char>>, Unknown> {
    let listing = repository.read(&["ls-files", "--unmerged", "-z"])?;
    let listing = String::from_utf8_lossy(&listing);
    let mut files: BTreeMap<String, BTreeSet<char>> = BTreeMap::new();
    for (entry, path) in listing.split_terminator('\0').filter_map(|entry| entry.split_once('\t')) {
        files.entry(path.to_owned()).or_default().extend(entry.chars().next_back());
    }
    files.remove(&format!("{migrations}/{LOCK_FILE}"));
    Ok(files)
}
