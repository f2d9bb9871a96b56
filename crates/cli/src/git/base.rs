//! What counts as merged: which branch, from which commit on, and what was there. Must not compare anything with it.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_gate::Base;

use super::{
    Objects, Repository, Unknown,
    at_commit::{CommitReader, WorkingTree, WorkspaceAtCommit},
    reference::{self, Reference},
    short, tree,
};
use crate::{
    environment::{self, BeforePush, Environment},
    settings::Settings,
};

/// What is merged, as far as git can tell.
#[derive(Default)]
pub(crate) struct Merged {
    /// One per commit that the work started from; usually one. Empty when nothing is merged yet.
    pub(crate) bases: Vec<Point>,
    /// The migrations of the newest commit, where that is the base branch's own: it may be amended as long as it was not
    /// pushed, and has been shared all the same.
    pub(crate) committed: Option<BTreeSet<String>>,
    /// Why more may be merged than is known here.
    pub(crate) unknown: Option<Unknown>,
    /// The base was named by CI, which therefore must not be ignored.
    pub(crate) is_asked_by_ci: bool,
}

/// A commit that the work started from.
pub(crate) struct Point {
    /// The folder of migrations there, relative to the workspace.
    pub(crate) migrations: String,
    pub(crate) base: Base,
    /// Whether the settings there forbid overrides.
    pub(crate) forbids_overrides: bool,
    /// Where they were, inside the repository.
    pub(crate) path: String,
    /// The folders there of applications that are not here any more, likewise.
    pub(crate) gone: BTreeMap<String, Settings>,
}

impl Merged {
    /// Git knows nothing, for this reason.
    pub(crate) fn unknown(reason: Unknown, environment: &Environment) -> Self {
        let is_asked_by_ci = environment.target_branch().is_some();
        Self { unknown: Some(reason), is_asked_by_ci, ..Self::default() }
    }
}

/// Whether the branch that is checked out is the one that counts as merged, pushed or not.
pub(crate) fn is_base(repository: &Repository, merged: &Merged) -> bool {
    let Some(branch) = repository.branch.as_deref().and_then(|branch| branch.strip_prefix("refs/heads/")) else {
        return false;
    };
    let default = repository.default_branch.as_deref().and_then(|full| full.strip_prefix("refs/remotes/"));
    merged.bases.iter().any(|point| {
        let name = match point.base.name.as_str() {
            "origin/HEAD" => default.unwrap_or_default(),
            name => name,
        };
        name == branch || name.split_once('/').is_some_and(|(_, rest)| rest == branch)
    })
}

/// Finds out what is merged.
pub(crate) fn merged(
    repository: &Repository,
    objects: &mut Objects,
    here: &WorkingTree<'_>,
    environment: &Environment,
) -> Merged {
    let target = environment.target_branch();
    let commits = here.source.commits();
    let mut found = Merged { is_asked_by_ci: target.is_some() || commits.is_some(), ..Merged::default() };
    let head = match commits.map_or_else(|| objects.commit("HEAD"), |commits| Ok(Some(commits.tree.clone()))) {
        Ok(Some(head)) => head,
        Ok(None) => {
            let hint = "commit first: what is merged is compared commit by commit";
            found.unknown = Some(Unknown::new("there is no commit yet", hint));
            return found;
        }
        Err(unknown) => {
            found.unknown = Some(unknown);
            return found;
        }
    };
    let mut reader = CommitReader::new(repository, objects, here);
    let references = match (commits, target) {
        (Some(commits), _) => vec![Ok(Reference::of_commit(&commits.base_name, &commits.base))],
        (None, Some((variable, branch))) => {
            let named = by_variable(&mut reader, variable, branch);
            // Elsewhere than at GitHub everybody can push a branch that is called like one of a merge queue.
            let default = if variable == environment::QUEUE.0 {
                reference::default(repository, reader.objects)
            } else {
                Ok(None)
            };
            [Some(named), default.transpose()].into_iter().flatten().collect()
        }
        (None, None) => without_ci(&mut reader, &head),
    };
    let mut seen = BTreeSet::new();
    for reference in references {
        let points = reference.and_then(|reference| {
            if reference.commit == head {
                let lock = reader.at(&head)?.lock.clone();
                found.committed = lock.map(|lock| lock.migrations().map(str::to_owned).collect());
            }
            let Start { commits, unknown } = start_of_work(&mut reader, &head, &reference, environment)?;
            if let Some(unknown) = unknown {
                found.unknown.get_or_insert(unknown);
                return Ok(vec![newest(&mut reader, &reference)?]);
            }
            let new = commits.into_iter().filter(|commit| seen.insert((reference.commit.clone(), commit.clone())));
            new.map(|commit| point(&mut reader, &head, &reference, &commit)).collect::<Result<Vec<_>, _>>()
        });
        match points {
            Ok(points) => found.bases.extend(points),
            Err(unknown) => found.unknown = found.unknown.or(Some(unknown)),
        }
    }
    found
}

/// The branch of the settings, or the default one, once with the settings as they are here and once with those of the
/// default branch: a branch that changes the setting `base` must not choose what it is compared with.
fn without_ci(reader: &mut CommitReader<'_>, head: &str) -> Vec<Result<Reference, Unknown>> {
    let default = reference::default(reader.repository, reader.objects).and_then(|found| {
        found.ok_or_else(|| {
            let fetch = fetch_all(reader.repository);
            Unknown::new(
                "there is no `origin/HEAD`, `origin/main`, `origin/master`, `main` or `master` to compare with",
                format!(
                    "fetch it: `{fetch}`; when it has another name: `git remote set-head origin --auto`, or `base` in \
                     `[workspace.metadata.makemigrations]`"
                ),
            )
        })
    });
    let here = reader.here.settings.base.clone();
    let trusted = match &default {
        Ok(reference) => reader.at(&reference.commit).map(|place| vec![place.settings.base.clone()]),
        // Nothing else says which branch is the one, so each one that the setting has named so far is.
        Err(_) if here.is_some() => named_so_far(reader, head),
        Err(_) => Ok(Vec::new()),
    };
    let trusted = match trusted {
        Ok(trusted) => trusted,
        Err(unknown) => return vec![Err(unknown)],
    };
    let others: Vec<_> = trusted.into_iter().filter(|name| *name != here).collect();
    let names = [here].into_iter().chain(others);
    names.map(|name| name.map_or_else(|| default.clone(), |name| by_setting(reader, &name))).collect()
}

fn named_so_far(reader: &mut CommitReader<'_>, head: &str) -> Result<Vec<Option<String>>, Unknown> {
    if reader.repository.is_shallow {
        return Err(Unknown::new(
            "nothing but the setting `base` says which branch counts as merged, and the clone is too shallow to tell \
             whether it was changed",
            format!("fetch the whole history: `{}`", fetch_all(reader.repository)),
        ));
    }
    Ok(reader.bases(head)?.into_iter().map(Some).collect())
}

/// The command that fetches every branch with all its commits.
fn fetch_all(repository: &Repository) -> String {
    let depth = if repository.is_shallow { " --unshallow" } else { "" };
    format!("git fetch{depth} origin '+refs/heads/*:refs/remotes/origin/*'")
}

/// The setting `base`, or what it was elsewhere.
fn by_setting(reader: &mut CommitReader<'_>, name: &str) -> Result<Reference, Unknown> {
    let found = if reference::is_name(name) { reference::named(reader.objects, name)? } else { None };
    found.map_or_else(|| Err(missing(reader, "setting `base`", name)), Ok)
}

fn by_variable(reader: &mut CommitReader<'_>, variable: &str, name: &str) -> Result<Reference, Unknown> {
    let found = if reference::is_name(name) { reference::branch(reader.objects, name)? } else { None };
    found.map_or_else(|| Err(missing(reader, &format!("`{variable}`"), name)), Ok)
}

fn missing(reader: &CommitReader<'_>, source: &str, name: &str) -> Unknown {
    if !reference::is_name(name) {
        return Unknown::new(
            format!("{source} says `{name}`, which is no name of a branch"),
            "name a branch as git lists it: `git branch --all`",
        );
    }
    let remotes = reader.repository.remotes();
    let short = ["refs/heads/", "refs/remotes/"].into_iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name);
    let (remote, branch) = match short.split_once('/') {
        Some((remote, branch)) if remotes.iter().any(|known| known == remote) => (remote, branch),
        Some(_) | None => ("origin", short.strip_prefix("origin/").unwrap_or(short)),
    };
    Unknown::new(
        format!("{source} names `{name}`, and there is no such branch here"),
        format!("fetch it: `git fetch {remote} +refs/heads/{branch}:refs/remotes/{remote}/{branch}`"),
    )
}

/// Where the work started.
struct Start {
    /// The merge bases, of what is being merged as well. On the base branch itself the commit before the push that CI runs
    /// for, else the parent of the newest commit; and that one too when it is merged. Empty when nothing is.
    commits: Vec<String>,
    /// Why it cannot be found.
    unknown: Option<Unknown>,
}

impl Start {
    fn at(commits: Vec<String>) -> Self {
        Self { commits, unknown: None }
    }

    fn unknown(unknown: Unknown) -> Self {
        Self { commits: Vec::new(), unknown: Some(unknown) }
    }
}

fn start_of_work(
    reader: &mut CommitReader<'_>,
    head: &str,
    reference: &Reference,
    environment: &Environment,
) -> Result<Start, Unknown> {
    if let Some(start) = start_of_push(reader, head, reference, environment)? {
        return Ok(start);
    }
    let (repository, objects) = (reader.repository, &mut *reader.objects);
    let merging = &repository.merging;
    if head == reference.commit {
        // The commit that comes to be has this one as its first parent, whatever else it merges.
        if !merging.is_empty() {
            return Ok(Start::at(vec![head.to_owned()]));
        }
        let branch = repository.branch.as_deref().and_then(|branch| branch.strip_prefix("refs/heads/"));
        // A branch that starts here has no commit of its own yet: all that is committed is merged.
        if branch.is_some() && reference.branch.is_some() && branch != reference.branch.as_deref() {
            return Ok(Start::at(vec![head.to_owned()]));
        }
        let parent = objects.first_parent(head)?;
        if let Some(parent) = &parent
            && objects.get(parent)?.is_none()
        {
            return Ok(Start::unknown(shallow(&reference.name, "the parent of the newest commit is not here")));
        }
        // What was pushed is merged, and so is what a tag or a detached HEAD stands on; a commit on a branch that is
        // nowhere else may still be amended.
        let is_merged = branch.is_none() || reference.branch.is_none() || reference.is_remote;
        return Ok(Start::at(parent.into_iter().chain(is_merged.then(|| head.to_owned())).collect()));
    }
    let found = repository.output(repository.command().args(["merge-base", "--all", head, &reference.commit]))?;
    let mut commits: Vec<String> = lines(&found.stdout);
    // With history cut off, an older common commit may be found than the one that was really started from.
    let is_certain = commits.iter().any(|commit| commit == head || *commit == reference.commit);
    if repository.is_shallow && !is_certain {
        return Ok(Start::unknown(shallow(&reference.name, "the clone is shallow")));
    }
    if commits.is_empty() {
        return Ok(Start::unknown(Unknown::new(
            format!("HEAD and `{}` have no common commit", reference.name),
            "merge or rebase, so that the branch starts from one of its commits",
        )));
    }
    for other in merging {
        let found = repository.output(repository.command().args(["merge-base", "--all", other, &reference.commit]))?;
        commits.extend(lines(&found.stdout));
    }
    if !merging.is_empty() {
        // Only the newest of them: an older one would call merged work new.
        let arguments: Vec<&str> =
            ["merge-base", "--independent"].into_iter().chain(commits.iter().map(String::as_str)).collect();
        commits = lines(&repository.read(&arguments)?);
    }
    Ok(Start::at(commits))
}

/// On the base branch itself the commit before the push that CI runs for: one push may bring several commits, of which
/// the newest shows only what it did itself. `None` elsewhere, and where CI names no such commit.
fn start_of_push(
    reader: &mut CommitReader<'_>,
    head: &str,
    reference: &Reference,
    environment: &Environment,
) -> Result<Option<Start>, Unknown> {
    // For a pull request the description of the event names the commit before of its own branch.
    if environment.target_branch().is_some() || !reader.repository.merging.is_empty() {
        return Ok(None);
    }
    let pushed = match environment.before_push() {
        Ok(Some(pushed)) => pushed,
        Ok(None) => return Ok(None),
        Err(_) if head != reference.commit => return Ok(None),
        Err((variable, problem)) => {
            let reason = format!("`{variable}` leads to the commit before the push, and cannot be read: {problem}");
            return Ok(Some(Start::unknown(Unknown::new(reason, "let the job read that file"))));
        }
    };
    let is_named = pushed.branch.is_some() && pushed.branch == reference.branch;
    let is_base = match &pushed.branch {
        // Others may have pushed since: then the branch is ahead of what this job looks at.
        Some(_) => is_named && (head == reference.commit || is_ancestor(reader.repository, head, &reference.commit)?),
        None => head == reference.commit,
    };
    if !is_base || pushed.commit == head {
        return Ok(None);
    }
    let BeforePush { source, commit, .. } = pushed;
    let is_id = commit.len() >= 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_id {
        let reason = format!("`{source}` says `{commit}`, which is no id of a commit");
        return Ok(Some(Start::unknown(Unknown::new(
            reason,
            "let CI set it to the commit before the push, or not at all",
        ))));
    }
    if reader.objects.commit(&commit)?.is_none() {
        let reason = format!("`{source}` names {}, the commit before the push, and it is not here", short(&commit));
        let fetch = format!("fetch it: `git fetch origin {commit}` (GitHub Actions: `fetch-depth: 0`)");
        return Ok(Some(Start::unknown(Unknown::new(reason, fetch))));
    }
    Ok(Some(Start::at(vec![commit, head.to_owned()])))
}

fn is_ancestor(repository: &Repository, commit: &str, of: &str) -> Result<bool, Unknown> {
    let found = repository.output(repository.command().args(["merge-base", "--is-ancestor", commit, of]))?;
    Ok(found.status.success())
}

fn lines(text: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(text).lines().map(str::to_owned).collect()
}

fn shallow(name: &str, what: &str) -> Unknown {
    Unknown::new(
        format!("{what}, so the start of the work on top of `{name}` cannot be found"),
        "fetch the whole history: `git fetch --unshallow origin` (GitHub Actions: `fetch-depth: 0`)",
    )
}

fn point(reader: &mut CommitReader<'_>, head: &str, reference: &Reference, commit: &str) -> Result<Point, Unknown> {
    let place = reader.at(commit)?;
    let tree = tree::folder(reader.repository, reader.objects, commit, &place)?;
    let is_base_itself = head == reference.commit;
    let tip_lock = if is_base_itself { None } else { reader.at(&reference.commit)?.lock.clone() };
    let here = format!("{}{}", reader.repository.prefix, reader.here.settings.migrations);
    let base = Base {
        name: reference.name.clone(),
        revision: short(commit),
        moved_from: Some(place.path.clone()).filter(|path| *path != here),
        lock: place.lock.clone(),
        tree,
        tip_lock,
    };
    Ok(at(&place, base))
}

/// The base's newest commit alone. Where the work started cannot be found, but a migration that is there by name has to
/// be the same one here.
fn newest(reader: &mut CommitReader<'_>, reference: &Reference) -> Result<Point, Unknown> {
    let place = reader.at(&reference.commit)?;
    let tip_lock = place.lock.clone();
    let base = Base { name: reference.name.clone(), revision: short(&reference.commit), tip_lock, ..Base::default() };
    Ok(at(&place, base))
}

fn at(place: &WorkspaceAtCommit, base: Base) -> Point {
    let WorkspaceAtCommit { settings, path, gone, .. } = place;
    let forbids_overrides = settings.forbids_overrides;
    Point { migrations: settings.migrations.clone(), base, forbids_overrides, path: path.clone(), gone: gone.clone() }
}
