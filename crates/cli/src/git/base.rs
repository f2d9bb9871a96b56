//! What counts as merged: which branch, from which commit on, and what was there. Must not compare anything with it.

use std::collections::BTreeSet;

use std::collections::BTreeMap;

use makemigrations_gate::{Base, LOCK_FILE, Lock};

use super::{
    Objects, Repository, Unknown,
    reference::{self, Reference},
    tree,
};
use crate::{environment::Environment, settings::Settings};

/// What is merged, as far as git can tell.
#[derive(Default)]
pub(crate) struct Merged {
    /// One per commit that the work started from; usually one. Empty when nothing is merged yet.
    pub(crate) bases: Vec<Point>,
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
    /// The applications of the workspace there.
    pub(crate) apps: BTreeMap<String, Settings>,
}

impl Merged {
    /// Git knows nothing, for this reason.
    pub(crate) fn unknown(reason: Unknown, environment: &Environment) -> Self {
        let is_asked_by_ci = environment.target_branch().is_some();
        Self { bases: Vec::new(), unknown: Some(reason), is_asked_by_ci }
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
    settings: &Settings,
    environment: &Environment,
) -> Merged {
    let target = environment.target_branch();
    let mut found = Merged { is_asked_by_ci: target.is_some(), ..Merged::default() };
    match objects.commit("HEAD") {
        Ok(Some(_)) => {}
        Ok(None) => {
            let hint = "commit first: what is merged is compared commit by commit";
            found.unknown = Some(Unknown::new("there is no commit yet", hint));
            return found;
        }
        Err(unknown) => {
            found.unknown = Some(unknown);
            return found;
        }
    }
    let references = match target {
        Some((variable, branch)) => vec![by_name(objects, &format!("`{variable}`"), branch)],
        None => without_ci(repository, objects, settings),
    };
    let mut seen = BTreeSet::new();
    for reference in references {
        let points = reference.and_then(|reference| {
            let Start { commits, unknown } = start_of_work(repository, objects, &reference)?;
            if let Some(unknown) = unknown {
                found.unknown.get_or_insert(unknown);
                return Ok(vec![newest(repository, objects, settings, &reference)?]);
            }
            let new = commits.into_iter().filter(|commit| seen.insert((reference.commit.clone(), commit.clone())));
            new.map(|commit| point(repository, objects, settings, &reference, &commit)).collect::<Result<Vec<_>, _>>()
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
fn without_ci(repository: &Repository, objects: &mut Objects, settings: &Settings) -> Vec<Result<Reference, Unknown>> {
    let default = reference::default(repository, objects).and_then(|found| {
        found.ok_or_else(|| {
            Unknown::new(
                "there is no `origin/HEAD`, `origin/main`, `origin/master`, `main` or `master` to compare with",
                "fetch it with `git fetch origin`, or name the branch that counts as merged: `base` in \
                 `[workspace.metadata.makemigrations]`",
            )
        })
    });
    let trusted = match &default {
        Ok(reference) => {
            settings_at(repository, objects, &reference.commit, settings.app.as_deref()).map(|settings| settings.base)
        }
        Err(_) => Ok(None),
    };
    let trusted = match trusted {
        Ok(trusted) => trusted,
        Err(unknown) => return vec![Err(unknown)],
    };
    let mut names = vec![settings.base.clone()];
    if trusted != settings.base && default.is_ok() {
        names.push(trusted);
    }
    names
        .into_iter()
        .map(|name| name.map_or_else(|| default.clone(), |name| by_name(objects, "setting `base`", &name)))
        .collect()
}

fn by_name(objects: &mut Objects, source: &str, name: &str) -> Result<Reference, Unknown> {
    reference::named(objects, name)?.ok_or_else(|| {
        let branch = name.strip_prefix("origin/").unwrap_or(name);
        Unknown::new(
            format!("{source} names `{name}`, and there is no such branch here"),
            format!("fetch it: `git fetch origin +refs/heads/{branch}:refs/remotes/origin/{branch}`"),
        )
    })
}

/// Where the work started.
struct Start {
    /// The merge bases, or, on the base branch itself, the parent of the newest commit, and that one too when it is
    /// merged. Empty when nothing is.
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

fn start_of_work(repository: &Repository, objects: &mut Objects, reference: &Reference) -> Result<Start, Unknown> {
    let Some(head) = objects.commit("HEAD")? else {
        return Err(Unknown::new("HEAD leads to no commit", "repair the repository: `git fsck`"));
    };
    if head == reference.commit {
        let branch = repository.branch.as_deref().and_then(|branch| branch.strip_prefix("refs/heads/"));
        // A branch that starts here has no commit of its own yet: all that is committed is merged.
        if branch.is_some() && reference.branch.is_some() && branch != reference.branch.as_deref() {
            return Ok(Start::at(vec![head]));
        }
        let parent = objects.first_parent(&head)?;
        if let Some(parent) = &parent
            && objects.get(parent)?.is_none()
        {
            return Ok(Start::unknown(shallow(&reference.name, "the parent of the newest commit is not here")));
        }
        // What was pushed is merged, and so is what a detached HEAD stands on; a commit on a branch that is nowhere else
        // may still be amended.
        let is_merged = branch.is_none() || reference.is_remote;
        return Ok(Start::at(parent.into_iter().chain(Some(head).filter(|_| is_merged)).collect()));
    }
    let found = repository.output(repository.command().args(["merge-base", "--all", &head, &reference.commit]))?;
    let commits: Vec<String> = String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned).collect();
    // With history cut off, an older common commit may be found than the one that was really started from.
    let is_certain = commits.contains(&head) || commits.contains(&reference.commit);
    if repository.is_shallow && !is_certain {
        return Ok(Start::unknown(shallow(&reference.name, "the clone is shallow")));
    }
    if commits.is_empty() {
        return Ok(Start::unknown(Unknown::new(
            format!("HEAD and `{}` have no common commit", reference.name),
            "merge or rebase, so that the branch starts from one of its commits",
        )));
    }
    Ok(Start::at(commits))
}

fn shallow(name: &str, what: &str) -> Unknown {
    Unknown::new(
        format!("{what}, so the start of the work on top of `{name}` cannot be found"),
        "fetch the whole history: `git fetch --unshallow origin` (GitHub Actions: `fetch-depth: 0`)",
    )
}

/// The settings in a commit. An application that is not there yet had those of the workspace.
fn settings_at(
    repository: &Repository,
    objects: &mut Objects,
    commit: &str,
    app: Option<&str>,
) -> Result<Settings, Unknown> {
    let all = workspace_at(repository, objects, commit)?;
    Ok(all.of_app(app).unwrap_or(all))
}

fn workspace_at(repository: &Repository, objects: &mut Objects, commit: &str) -> Result<Settings, Unknown> {
    let path = format!("{}Cargo.toml", repository.prefix);
    let text = objects.text(commit, &path)?.unwrap_or_default();
    Ok(Settings::read(&path, &text).0)
}

fn point(
    repository: &Repository,
    objects: &mut Objects,
    settings: &Settings,
    reference: &Reference,
    commit: &str,
) -> Result<Point, Unknown> {
    let (migrations, path) = place(repository, objects, settings, commit)?;
    let lock = objects.text(commit, &format!("{path}/{LOCK_FILE}"))?;
    let recorded = lock.as_deref().map(|text| Lock::parse(text).0).unwrap_or_default();
    let tree = tree::folder(repository, objects, commit, &path, &recorded)?;
    let is_base_itself = objects.commit("HEAD")?.is_some_and(|head| head == reference.commit);
    let tip_lock = if is_base_itself { None } else { newest_lock(repository, objects, settings, reference)? };
    let base = Base { name: reference.name.clone(), revision: short(commit), lock, tree, tip_lock };
    Ok(Point { migrations, base, apps: workspace_at(repository, objects, commit)?.apps })
}

/// The base's newest commit alone. Where the work started cannot be found, but a migration that is there by name has to
/// be the same one here.
fn newest(
    repository: &Repository,
    objects: &mut Objects,
    settings: &Settings,
    reference: &Reference,
) -> Result<Point, Unknown> {
    let (migrations, _) = place(repository, objects, settings, &reference.commit)?;
    let tip_lock = newest_lock(repository, objects, settings, reference)?;
    let base = Base { name: reference.name.clone(), revision: short(&reference.commit), tip_lock, ..Base::default() };
    Ok(Point { migrations, base, apps: workspace_at(repository, objects, &reference.commit)?.apps })
}

fn newest_lock(
    repository: &Repository,
    objects: &mut Objects,
    settings: &Settings,
    reference: &Reference,
) -> Result<Option<String>, Unknown> {
    let (_, path) = place(repository, objects, settings, &reference.commit)?;
    objects.text(&reference.commit, &format!("{path}/{LOCK_FILE}"))
}

/// The folder of migrations in a commit: as its settings name it, and its path inside the repository.
fn place(
    repository: &Repository,
    objects: &mut Objects,
    settings: &Settings,
    commit: &str,
) -> Result<(String, String), Unknown> {
    let migrations = settings_at(repository, objects, commit, settings.app.as_deref())?.migrations;
    let path = format!("{}{migrations}", repository.prefix);
    if objects.get(&format!("{commit}:{path}"))?.is_some() {
        return Ok((migrations, path));
    }
    let moved = moved_from(repository, objects, settings, commit)?;
    Ok((migrations, moved.unwrap_or(path)))
}

/// Where the migrations were before the whole project was moved inside the repository: a folder with a lock file that is
/// not there any more, and of whose migrations one is here by name.
fn moved_from(
    repository: &Repository,
    objects: &mut Objects,
    settings: &Settings,
    commit: &str,
) -> Result<Option<String>, Unknown> {
    let listing = repository.read(&["ls-tree", "-r", "-z", "--full-tree", "--name-only", commit])?;
    let listing = String::from_utf8_lossy(&listing);
    let folders = listing.split_terminator('\0').filter_map(|path| path.strip_suffix(LOCK_FILE)?.strip_suffix('/'));
    for folder in folders.filter(|folder| !repository.top().join(folder).exists()) {
        let Some(text) = objects.text(commit, &format!("{folder}/{LOCK_FILE}"))? else { continue };
        let now = repository.folder.join(&settings.migrations);
        if Lock::parse(&text).0.migrations().any(|migration| now.join(migration).exists()) {
            return Ok(Some(folder.to_owned()));
        }
    }
    Ok(None)
}

/// Enough of an id for `git checkout`.
fn short(commit: &str) -> String {
    commit.chars().take(12).collect()
}
