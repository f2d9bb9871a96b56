//! The check in the repository's CI. Must not change a pipeline that is there.

use std::path::Path;

use crate::{
    arguments::Ci, commands::hooks, error::Result, git::Repository, settings::Settings, workspace::changes::Changes,
};

const GITHUB: &str = include_str!("../../../templates/github.yml");
const GITHUB_BASE: &str = include_str!("../../../templates/github-base.yml");
const GITHUB_FOLDER: &str = ".github/workflows";
const GITLAB: &str = include_str!("../../../templates/gitlab.yml");
const GITLAB_FILE: &str = ".gitlab-ci.yml";
const GITLAB_PART: &str = ".gitlab/makemigrations.yml";
/// The step that a workspace below the top of the repository has to run in its folder.
const COMMAND: &str = "cargo xtask check";

/// Adds the check to the CI that is named, else to the one that the repository has.
pub(super) fn add(repository: &Repository, wanted: Option<Ci>, changes: &mut Changes) -> Result<()> {
    let top = repository.top();
    let remote = repository.remote().unwrap_or_default();
    let found = || {
        if top.join(".github").is_dir() || remote.contains("github.com") {
            Some(Ci::Github)
        } else if top.join(GITLAB_FILE).is_file() || remote.contains("gitlab") {
            Some(Ci::Gitlab)
        } else {
            None
        }
    };
    match wanted.or_else(found) {
        Some(Ci::Github) => github(repository, changes),
        Some(Ci::Gitlab) => gitlab(repository, changes),
        Some(Ci::None) => Ok(()),
        None => {
            changes.by_hand(
                "`cargo xtask check` in CI, with the whole history fetched\n\
                 cargo xtask init --ci github, or --ci gitlab, writes it",
            );
            Ok(())
        }
    }
}

fn github(repository: &Repository, changes: &mut Changes) -> Result<()> {
    let folder = repository.top().join(GITHUB_FOLDER);
    let path = folder.join("makemigrations.yml");
    let workflows = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let checks = |path: &Path| std::fs::read_to_string(path).is_ok_and(|text| text.contains(COMMAND));
    if path.exists() || workflows.into_iter().any(|entry| checks(&entry.path())) {
        return Ok(());
    }
    let text = match repository.prefix.trim_end_matches('/') {
        "" => GITHUB.to_owned(),
        folder => {
            let step = format!("- working-directory: '{}'\n        run: {COMMAND}", folder.replace('\'', "''"));
            GITHUB.replace(&format!("- run: {COMMAND}"), &step)
        }
    };
    changes.write(&path, text)?;
    let base = folder.join("makemigrations-base.yml");
    if base.exists() {
        return Ok(());
    }
    let text = match repository.prefix.trim_end_matches('/') {
        "" => GITHUB_BASE.to_owned(),
        folder => {
            let step = format!("- working-directory: '{}'\n        run: {COMMAND} --tree", folder.replace('\'', "''"));
            GITHUB_BASE.replace(&format!("- run: {COMMAND} --tree"), &step)
        }
    };
    changes.write(&base, text)
}

/// Where GitHub and GitLab look for the owners of files.
const OWNERS: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// Offers owners for the files that decide what a check runs, where a repository has owners at all.
pub(super) fn owners(repository: &Repository, settings: &Settings, changes: &mut Changes) -> Result<()> {
    let prefix = &repository.prefix;
    let wanted = [
        format!("/{prefix}.cargo/"),
        format!("/{prefix}xtask/"),
        format!("/{GITHUB_FOLDER}/"),
        format!("/{prefix}{}/", settings.migrations),
    ];
    for path in OWNERS {
        let Some(text) = changes.read(&repository.top().join(path))? else { continue };
        let has = |folder: &str| text.lines().any(|line| line.split_whitespace().next() == Some(folder));
        let missing: Vec<String> =
            wanted.iter().filter(|folder| !has(folder)).map(|folder| format!("{folder} @OWNERS")).collect();
        if !missing.is_empty() {
            changes.by_hand(format!(
                "`{path}`: owners for what decides what a check runs and for what is merged\n{}",
                missing.join("\n")
            ));
        }
        break;
    }
    Ok(())
}

fn gitlab(repository: &Repository, changes: &mut Changes) -> Result<()> {
    let text = match repository.prefix.trim_end_matches('/') {
        "" => GITLAB.to_owned(),
        folder => GITLAB.replace(COMMAND, &format!("cd {} && {COMMAND}", hooks::quoted(folder))),
    };
    let path = repository.top().join(GITLAB_FILE);
    let Some(theirs) = changes.read(&path)? else { return changes.write(&path, text) };
    if theirs.contains(COMMAND) || theirs.contains(GITLAB_PART) {
        return Ok(());
    }
    let part = repository.top().join(GITLAB_PART);
    if !part.exists() {
        changes.write(&part, text)?;
    }
    changes.by_hand(format!("`{GITLAB_FILE}` is yours: include the job\ninclude:\n  - local: {GITLAB_PART}"));
    Ok(())
}
