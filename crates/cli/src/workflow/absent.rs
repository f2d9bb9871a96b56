//! Where migrations are that are applied and not here: the branches that have their folders. Must not fail: what git cannot
//! tell is left out.

use std::path::Path;

use crate::{
    environment::Environment,
    error::CliError,
    git::{Objects, Repository, branches::with_migration},
};

/// So many migrations are looked for.
const LIMIT: usize = 3;

/// The error, with the branches of the migrations that it is about; `folders` are where the workspace has migrations.
pub(crate) fn with_branches(environment: &Environment, root: &Path, folders: Vec<String>, error: CliError) -> CliError {
    if error.absent.is_empty() {
        return error;
    }
    let Ok(repository) = Repository::discover(root, environment) else { return error };
    let Ok(mut objects) = Objects::open(&repository) else { return error };
    let names: Vec<String> = error.absent.iter().take(LIMIT).cloned().collect();
    names.iter().fold(error, |error, name| match with_migration(&repository, &mut objects, &folders, name) {
        Ok(Some(found)) => error.hint(format!("`{name}` is on the branch `{}`: `{}`", found.branch, found.switch)),
        Ok(None) | Err(_) => error,
    })
}
