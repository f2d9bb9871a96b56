//! Names of branches to commits: which of several refs of one name is meant. Must not know what they are used for.

use super::{Objects, Repository, Unknown};

/// A ref and the commit it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// As people write it: `origin/main`.
    pub(super) name: String,
    /// The branch alone, `main`, to compare it with the one that is checked out; `None` for tags and commits.
    pub(super) branch: Option<String>,
    /// Whether it was pushed, so that its newest commit is merged as well.
    pub(super) is_remote: bool,
    pub(super) commit: String,
}

impl Reference {
    /// A commit that a person named.
    pub(super) fn of_commit(name: &str, commit: &str) -> Self {
        Self { name: name.to_owned(), branch: None, is_remote: true, commit: commit.to_owned() }
    }
}

const HEAD: &str = "refs/remotes/origin/HEAD";

/// What counts as merged when nobody says: the repository's default branch.
const DEFAULTS: [&str; 5] =
    [HEAD, "refs/remotes/origin/main", "refs/remotes/origin/master", "refs/heads/main", "refs/heads/master"];

const KINDS: [&str; 3] = ["refs/remotes/", "refs/heads/", "refs/tags/"];

/// The default branch, if there is one of a usual name.
pub(super) fn default(repository: &Repository, objects: &mut Objects) -> Result<Option<Reference>, Unknown> {
    for full in DEFAULTS {
        // It stands for the default branch. A branch that somebody pushed under this name is no more than that.
        if full == HEAD && repository.default_branch.is_none() {
            continue;
        }
        if let Some(commit) = objects.commit(full)? {
            let mut reference = reference(full, commit);
            if reference.branch.as_deref() == Some("HEAD") {
                let full = repository.default_branch.as_deref();
                reference.branch = full.and_then(|full| full.strip_prefix("refs/remotes/origin/")).map(str::to_owned);
            }
            return Ok(Some(reference));
        }
    }
    Ok(None)
}

/// Whether it can be the name of a ref. An expression such as `main~2` would lead wherever the branch wants.
pub(super) fn is_name(name: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && !c.is_whitespace() && !"~^:?*[\\".contains(c);
    name.chars().all(is_plain) && !name.contains("..") && !name.contains("@{") && !name.starts_with(['-', '/'])
}

/// The branch that a CI variable names. A tag of its name is no branch: everybody who can push can make one, and git
/// fetches it unasked.
pub(super) fn branch(objects: &mut Objects, name: &str) -> Result<Option<Reference>, Unknown> {
    first(objects, candidates(name).into_iter().filter(|full| !full.starts_with("refs/tags/")))
}

/// The ref that a setting names. A remote branch comes before a local one, and both before a tag: a local ref is easily
/// moved, and a tag easily made.
pub(super) fn named(objects: &mut Objects, name: &str) -> Result<Option<Reference>, Unknown> {
    first(objects, candidates(name))
}

fn first(objects: &mut Objects, candidates: impl IntoIterator<Item = String>) -> Result<Option<Reference>, Unknown> {
    for full in candidates {
        if let Some(commit) = objects.commit(&full)? {
            return Ok(Some(reference(&full, commit)));
        }
    }
    Ok(None)
}

fn candidates(name: &str) -> Vec<String> {
    if name.starts_with("refs/") {
        return vec![name.to_owned()];
    }
    let mut found = vec![format!("refs/remotes/origin/{name}"), format!("refs/remotes/{name}")];
    if name.contains('/') {
        found.swap(0, 1);
    }
    found.extend([format!("refs/heads/{name}"), format!("refs/tags/{name}")]);
    // An id leads to one commit only; an expression such as `HEAD~1` would lead wherever the branch wants.
    if name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        found.push(name.to_owned());
    }
    found
}

fn reference(full: &str, commit: String) -> Reference {
    let name = KINDS.into_iter().find_map(|kind| full.strip_prefix(kind)).unwrap_or(full).to_owned();
    let branch = match full.strip_prefix("refs/remotes/") {
        Some(rest) => rest.split_once('/').map(|(_, branch)| branch),
        None => full.strip_prefix("refs/heads/"),
    };
    Reference { name, branch: branch.map(str::to_owned), is_remote: full.starts_with("refs/remotes/"), commit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_branches_come_before_local_ones_and_tags() {
        let expected = ["refs/remotes/origin/main", "refs/remotes/main", "refs/heads/main", "refs/tags/main"];
        assert_eq!(candidates("main"), expected);
        assert_eq!(candidates("upstream/main")[0], "refs/remotes/upstream/main");
        assert_eq!(candidates("refs/heads/main"), ["refs/heads/main"]);
        assert!(candidates("HEAD~1").iter().all(|name| name.starts_with("refs/")));
    }

    #[test]
    fn the_branch_is_what_follows_the_remote() {
        let branch = |full| reference(full, String::new()).branch;
        assert_eq!(branch("refs/remotes/origin/release/1").as_deref(), Some("release/1"));
        assert_eq!(branch("refs/heads/release/1").as_deref(), Some("release/1"));
        assert_eq!(branch("refs/tags/main"), None);
        assert_eq!(reference("refs/remotes/origin/main", String::new()).name, "origin/main");
    }
}
