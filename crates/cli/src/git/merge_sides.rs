//! The sides of a merge, rebase or cherry-pick: the commits whose migrations are in the work tree, during it and after it. Must not know
//! which of them are merged.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use makemigrations_gate::{LOCK_FILE, Lock};

use super::{Objects, Repository, Unknown};
use crate::workspace::{journaled_swap::Commits, stored_migration::StoredMigration};

/// What git is in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ongoing {
    Merge,
    Rebase,
    CherryPick,
    Revert,
}

impl Ongoing {
    /// The command that gives up.
    pub(crate) fn abort(self) -> &'static str {
        match self {
            Self::Merge => "git merge --abort",
            Self::Rebase => "git rebase --abort",
            Self::CherryPick => "git cherry-pick --abort",
            Self::Revert => "git revert --abort",
        }
    }

    /// The command that goes on.
    pub(crate) fn next(self) -> &'static str {
        match self {
            Self::Merge => "git commit",
            Self::Rebase => "git rebase --continue",
            Self::CherryPick => "git cherry-pick --continue",
            Self::Revert => "git revert --continue",
        }
    }

    /// The command that goes on where nothing is left of the commit. A merge is one all the same.
    pub(crate) fn skip(self) -> &'static str {
        match self {
            Self::Merge => self.next(),
            Self::Rebase => "git rebase --skip",
            Self::CherryPick => "git cherry-pick --skip",
            Self::Revert => "git revert --skip",
        }
    }
}

/// A commit that brought migrations.
#[derive(Debug, Clone)]
pub(crate) struct MergeSide {
    pub(super) commit: String,
    /// The migrations folder, inside the repository.
    path: String,
    /// Its lock file.
    pub(crate) lock: Lock,
}

/// The sides of what git is in the middle of, or has just done.
#[derive(Debug, Default)]
pub(crate) struct MergeSides {
    pub(crate) ongoing: Option<Ongoing>,
    pub(crate) commits: Commits,
    /// What everything else goes on top of: the other side of a merge, the target of a rebase.
    pub(crate) onto: Vec<MergeSide>,
    /// The commit that a rebase plays again, and the lock file that it was made on.
    pub(crate) replayed: Option<(MergeSide, Lock)>,
    /// The other side of what git puts together here, and what both start from: of a merge, of a commit that is played again,
    /// picked or taken back, of a stash in conflict.
    pub(crate) theirs: Option<(MergeSide, Vec<MergeSide>)>,
    /// The migrations that commits bring which a rebase has still to play. `None` where git does not say which they are.
    pub(crate) to_come: Option<BTreeSet<String>>,
    /// What is checked out. `None` before the first commit.
    pub(crate) head: Option<MergeSide>,
    /// What met before, or was checked out before it did.
    pub(crate) before: Vec<MergeSide>,
    /// The commits that a migration may have been made in, the ones that know its own line best first.
    pub(crate) lines: Vec<MergeSide>,
    /// Files of migrations in conflict, relative to the workspace.
    pub(crate) conflicts: Vec<String>,
    /// Other files in conflict, without the lock file: snapshots among them.
    pub(crate) unsettled: Vec<String>,
    /// Those among them that one side has deleted.
    pub(crate) one_sided: BTreeSet<String>,
}

impl MergeSide {
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

    /// One of its migrations, with the files that its lock file names. `None` where that does not name it.
    pub(crate) fn migration(&self, objects: &mut Objects, name: &str) -> Result<Option<StoredMigration>, Unknown> {
        let Some(recorded) = self.lock.files(name) else { return Ok(None) };
        let mut files = Vec::new();
        for file in recorded.keys() {
            files.extend(self.file(objects, name, file)?.map(|bytes| (file.clone(), bytes)));
        }
        Ok(Some(StoredMigration { name: name.to_owned(), files }))
    }
}

/// What git has checked out.
pub(crate) struct GitState {
    /// Whether it is in the middle of something.
    pub(crate) is_ongoing: bool,
    /// The commit that is checked out.
    pub(crate) head: String,
}

/// Finds out what git has checked out, and whether it is in the middle of something. `None` before the first commit.
pub(crate) fn git_state(repository: &Repository) -> Result<Option<GitState>, Unknown> {
    let Some(head) = Objects::open(repository)?.commit("HEAD")? else { return Ok(None) };
    let files = ["rebase-merge/onto", "rebase-apply/onto", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD"];
    let is_ongoing = git_files(repository, &files)?.iter().any(Option::is_some);
    Ok(Some(GitState { is_ongoing, head }))
}

/// Finds the sides. `migrations` is the folder relative to the workspace; `is_base` says whether what is checked out
/// is the branch that counts as merged.
pub(crate) fn sides(
    repository: &Repository,
    objects: &mut Objects,
    migrations: &str,
    is_base: bool,
) -> Result<MergeSides, Unknown> {
    let path = format!("{}{migrations}", repository.prefix);
    let mut read = |commit: &str| MergeSide::read(objects, commit, &path);
    let head = read("HEAD")?;
    let is_of_migrations = |path: &String| path.strip_prefix(migrations).is_some_and(|rest| rest.starts_with('/'));
    let conflicts = conflicts(repository, migrations)?;
    let is_unmerged = conflicts.is_unmerged;
    let one_sided = conflicts.files.iter().filter(|(_, stages)| !(stages.contains(&'2') && stages.contains(&'3')));
    let one_sided = one_sided.map(|(path, _)| path.clone()).collect();
    let (conflicts, unsettled) = conflicts.files.into_keys().partition(is_of_migrations);
    let commit = head.as_ref().map(|side| side.commit.clone());
    let commits = Commits { head: commit.clone(), start: commit, ..Commits::default() };
    let mut sides = MergeSides { conflicts, unsettled, one_sided, commits, ..MergeSides::default() };
    let files = [
        "rebase-merge/onto",
        "rebase-apply/onto",
        "rebase-merge/orig-head",
        "rebase-apply/orig-head",
        "MERGE_HEAD",
        "rebase-merge/git-rebase-todo",
    ];
    let files = git_files(repository, &files)?;
    let [rebase_merge, rebase_apply, merge_from, apply_from, merge, to_do] = files.as_slice() else { return Ok(sides) };
    let commits = |text: &Option<String>| -> Vec<String> {
        text.iter().flat_map(|text| text.lines()).map(|line| line.trim().to_owned()).collect()
    };
    let lock_of = |side: Option<MergeSide>| side.map(|side| side.lock).unwrap_or_default();
    let (rebased, merged) = (commits(&rebase_merge.clone().or_else(|| rebase_apply.clone())), commits(merge));
    if let Some(onto) = rebased.first() {
        sides.ongoing = Some(Ongoing::Rebase);
        sides.onto.extend(read(onto)?);
        let replayed = read("REBASE_HEAD")?;
        let parent = read("REBASE_HEAD^1")?;
        sides.theirs = replayed.clone().map(|side| (side, parent.iter().cloned().collect()));
        sides.replayed = replayed.clone().map(|side| (side, lock_of(parent)));
        sides.lines.extend(replayed);
        sides.lines.extend(head.clone());
        // What is still to be replayed is in the branch as it was.
        let from = commits(&merge_from.clone().or_else(|| apply_from.clone()));
        for commit in &from {
            sides.lines.extend(read(commit)?);
        }
        sides.commits.start = from.into_iter().next();
        sides.to_come = to_do.as_ref().map(|to_do| to_come(&mut read, to_do)).transpose()?;
    } else if let Some(first) = merged.first() {
        sides.ongoing = Some(Ongoing::Merge);
        let others: Vec<MergeSide> =
            merged.iter().filter_map(|commit| read(commit).transpose()).collect::<Result<_, _>>()?;
        sides.lines.extend(head.clone().into_iter().chain(others.iter().cloned()));
        if let [other] = others.as_slice() {
            let starts = merge_bases(repository, first);
            let starts = starts.iter().filter_map(|start| read(start).transpose()).collect::<Result<_, _>>()?;
            sides.theirs = Some((other.clone(), starts));
        }
        // On the base branch it is the other side that has to give way.
        sides.onto = if is_base { head.clone().into_iter().collect() } else { others };
    } else if let Some(picked) = read("CHERRY_PICK_HEAD")? {
        sides.ongoing = Some(Ongoing::CherryPick);
        sides.onto.extend(head.clone());
        sides.theirs = Some((picked.clone(), read("CHERRY_PICK_HEAD^1")?.into_iter().collect()));
        sides.lines.extend([picked].into_iter().chain(head.clone()));
    } else if let Some(reverted) = read("REVERT_HEAD")? {
        sides.ongoing = Some(Ongoing::Revert);
        sides.onto.extend(head.clone());
        sides.theirs = read("REVERT_HEAD^1")?.map(|before| (before, vec![reverted]));
        sides.lines.extend(head.clone());
    } else {
        // After a merge the parents still know which migration was made on top of which.
        if let Some(second) = read("HEAD^2")? {
            sides.lines.push(second);
            sides.lines.extend(read("HEAD^1")?);
        }
        sides.lines.extend(head.clone());
        // What git was in the middle of before may have left behind what a database still has.
        sides.before.extend(read("ORIG_HEAD")?);
        if is_unmerged && let Some(stashed) = read("refs/stash")? {
            let start = read("refs/stash^1")?;
            sides.before.extend(start.clone());
            sides.theirs = Some((stashed, start.into_iter().collect()));
        }
    }
    sides.commits.step = match sides.ongoing {
        Some(Ongoing::Merge) => merged.into_iter().next(),
        Some(Ongoing::Rebase) => sides.replayed.as_ref().map(|(side, _)| side.commit.clone()),
        Some(Ongoing::CherryPick) => read("CHERRY_PICK_HEAD")?.map(|side| side.commit),
        Some(Ongoing::Revert) => read("REVERT_HEAD")?.map(|side| side.commit),
        None => None,
    };
    if sides.ongoing.is_some() && sides.commits.step.is_none() {
        // A rebase that stands between two commits.
        sides.commits.step.clone_from(&sides.commits.head);
    }
    sides.commits.onto = sides.onto.first().map(|side| side.commit.clone());
    sides.head = head;
    Ok(sides)
}

/// The migrations that the commits of a to-do list of git bring.
fn to_come(
    read: &mut dyn FnMut(&str) -> Result<Option<MergeSide>, Unknown>,
    to_do: &str,
) -> Result<BTreeSet<String>, Unknown> {
    let mut names = BTreeSet::new();
    for line in to_do.lines() {
        let mut words = line.split_whitespace().filter(|word| !word.starts_with('-'));
        let is_commit = matches!(
            words.next(),
            Some("pick" | "p" | "reword" | "r" | "edit" | "e" | "squash" | "s" | "fixup" | "f" | "merge" | "m")
        );
        let id = words.next().filter(|word| is_commit && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let Some(id) = id else { continue };
        let before = read(&format!("{id}^1"))?.map(|side| side.lock).unwrap_or_default();
        let Some(side) = read(id)? else { continue };
        let new = side.lock.migrations().filter(|name| before.files(name).is_none());
        names.extend(new.map(str::to_owned));
    }
    Ok(names)
}

/// The commits that `HEAD` and another one both come from: several where they have merged the same before.
fn merge_bases(repository: &Repository, other: &str) -> Vec<String> {
    let found = repository.read(&["merge-base", "--all", "HEAD", other]).unwrap_or_default();
    String::from_utf8_lossy(&found).lines().map(str::to_owned).collect()
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

/// What is in conflict.
struct Conflicts {
    /// Whether anything is, the lock file included.
    is_unmerged: bool,
    /// The files of the workspace, with what git has of each: 1 where both started, 2 and 3 the sides. The lock file is not
    /// among them: it is written anew.
    files: BTreeMap<String, BTreeSet<char>>,
}

fn conflicts(repository: &Repository, migrations: &str) -> Result<Conflicts, Unknown> {
    let listing = repository.read(&["ls-files", "--unmerged", "-z"])?;
    let listing = String::from_utf8_lossy(&listing);
    let mut files: BTreeMap<String, BTreeSet<char>> = BTreeMap::new();
    for (entry, path) in listing.split_terminator('\0').filter_map(|entry| entry.split_once('\t')) {
        files.entry(path.to_owned()).or_default().extend(entry.chars().next_back());
    }
    let is_unmerged = !files.is_empty();
    files.remove(&format!("{migrations}/{LOCK_FILE}"));
    Ok(Conflicts { is_unmerged, files })
}

/// Whether nothing would be committed once all is added: files are as in what is checked out.
pub(crate) fn is_unchanged(repository: &Repository) -> bool {
    let differs = repository.read(&["diff", "-z", "--name-only", "HEAD", "--"]);
    let is_new = repository.read(&["ls-files", "-z", "--full-name", "--others", "--exclude-standard"]);
    let (Ok(differs), Ok(new)) = (differs, is_new) else { return false };
    let names = |text: &[u8]| -> BTreeSet<String> {
        let names = text.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        names.map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    };
    // What the index does not have, and the folder has again, is both.
    let again = names(&new);
    let up = "../".repeat(repository.prefix.matches('/').count());
    again == names(&differs)
        && again.iter().all(|name| {
            let committed = repository.read(&["rev-parse", "--verify", "--quiet", &format!("HEAD:{name}")]);
            let path = format!("{up}{name}");
            let here = repository.read(&["hash-object", &format!("--path={path}"), "--", &path]);
            matches!((committed, here), (Ok(committed), Ok(here)) if committed == here)
        })
}
