//! Which branches have a migration that is not here. Must not look into its files.

use super::{Objects, Repository, Unknown};

/// So many branches are looked at, those with the newest commits.
const LIMIT: &str = "--count=300";

/// A branch with a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// The branch as people write it: `feature`, `origin/feature`.
    pub(crate) branch: String,
    /// The command that checks it out.
    pub(crate) switch: String,
}

/// The branch of the newest commit, local ones first, that has the migration in one of the folders.
pub(crate) fn with_migration(
    repository: &Repository,
    objects: &mut Objects,
    folders: &[String],
    migration: &str,
) -> Result<Option<Found>, Unknown> {
    for kind in ["refs/heads/", "refs/remotes/"] {
        let listing =
            repository.read(&["for-each-ref", "--sort=-committerdate", LIMIT, "--format=%(refname)", kind])?;
        let listing = String::from_utf8_lossy(&listing).into_owned();
        for full in listing.lines().filter(|full| !full.ends_with("/HEAD")) {
            for folder in folders {
                let path = format!("{full}:{}{folder}/{migration}/up.sql", repository.prefix);
                if objects.get(&path)?.is_some() {
                    let branch = full.strip_prefix(kind).unwrap_or(full).to_owned();
                    let local = branch.strip_prefix("origin/").filter(|_| kind == "refs/remotes/");
                    let switch = match (kind, local) {
                        ("refs/heads/", _) => format!("git switch {}", makemigrations_gate::quoted(&branch)),
                        (_, Some(local)) => format!("git switch {}", makemigrations_gate::quoted(local)),
                        (_, None) => format!("git switch --detach {}", makemigrations_gate::quoted(&branch)),
                    };
                    return Ok(Some(Found { branch, switch }));
                }
            }
        }
    }
    Ok(None)
}
