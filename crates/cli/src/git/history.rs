//! The commits that migrations came with, however far back. Must not know which of them are merged.

use std::collections::BTreeSet;

use makemigrations_gate::LOCK_FILE;

use super::{Objects, Repository, Unknown, merge_sides::MergeSide};

/// The commits that lead to `tips`, without what leads to `without` as well, in which the lock file changed: the history of
/// one after that of the other, in each the oldest first. So the first one with a migration is the one that brought it.
pub(crate) fn history(
    repository: &Repository,
    objects: &mut Objects,
    migrations: &str,
    tips: &[MergeSide],
    without: &[&str],
) -> Result<Vec<MergeSide>, Unknown> {
    let path = format!("{}{migrations}", repository.prefix);
    let lock = format!("{migrations}/{LOCK_FILE}");
    let mut seen = BTreeSet::new();
    let mut history = Vec::new();
    for tip in tips {
        let mut arguments = vec!["rev-list", "--full-history", "--topo-order", "--reverse", tip.commit.as_str()];
        arguments.extend(["--not"].into_iter().chain(without.iter().copied()).chain(["--", lock.as_str()]));
        let listing = repository.read(&arguments)?;
        for commit in String::from_utf8_lossy(&listing).lines() {
            if seen.insert(commit.to_owned()) {
                history.extend(MergeSide::read(objects, commit, &path)?);
            }
        }
    }
    Ok(history)
}
