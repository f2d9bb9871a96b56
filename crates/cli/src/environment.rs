//! What the surroundings say: variables, clock, current folder. Read once, at the start; nothing else reads them.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::error::{CliError, Result};

/// Variables in which CI systems name the branch that a change will be merged into.
const TARGET_VARIABLES: [&str; 5] = [
    "GITHUB_BASE_REF",
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
    "CHANGE_TARGET",
    "SYSTEM_PULLREQUEST_TARGETBRANCH",
];

/// Variables that CI systems set which do not set `CI`, or did not always: Azure Pipelines, TeamCity, AWS CodeBuild,
/// Jenkins, Bamboo, GoCD, and what calls itself by the long name.
const CI_SYSTEMS: [&str; 7] = [
    "TF_BUILD",
    "TEAMCITY_VERSION",
    "CODEBUILD_BUILD_ID",
    "JENKINS_URL",
    "bamboo_buildKey",
    "GO_SERVER_URL",
    "CONTINUOUS_INTEGRATION",
];

/// GitHub's merge queues name the branch in the name of a temporary one only: `.../<branch>/pr-<number>-<commit>`.
pub(crate) const QUEUE: (&str, &str) = ("GITHUB_REF", "refs/heads/gh-readonly-queue/");

/// GitLab's name for the commit that a branch was at before the push that CI runs for, and for that branch.
const GITLAB_BEFORE: (&str, &str) = ("CI_COMMIT_BEFORE_SHA", "CI_COMMIT_BRANCH");

/// GitHub's name for the file that describes the event that CI runs for, a push with the commit before it.
const GITHUB_EVENT: &str = "GITHUB_EVENT_PATH";

/// Pins the clock, for tests and reproducible examples.
const NOW: &str = "MAKEMIGRATIONS_NOW";

/// The commit that a branch was at before a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BeforePush {
    /// The variable that leads to it.
    pub(crate) source: &'static str,
    pub(crate) commit: String,
    /// The branch that was pushed, where that is named.
    pub(crate) branch: Option<String>,
}

/// The surroundings of the process.
#[derive(Debug)]
pub(crate) struct Environment {
    variables: BTreeMap<OsString, OsString>,
    /// The folder in which the command was typed.
    pub(crate) folder: PathBuf,
}

impl Environment {
    pub(crate) fn read() -> Result<Self> {
        let folder = std::env::current_dir()
            .map_err(|error| CliError::usage(format!("the current folder cannot be read: {error}")))?;
        Ok(Self { variables: std::env::vars_os().collect(), folder })
    }

    /// A variable that is set, not empty and text.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(&OsString::from(name))?.to_str().filter(|value| !value.is_empty())
    }

    /// A variable that is set and not empty, as a path.
    pub(crate) fn path(&self, name: &str) -> Option<&Path> {
        self.variables.get(&OsString::from(name)).map(Path::new).filter(|value| !value.as_os_str().is_empty())
    }

    /// What follows `start` in the names of variables.
    pub(crate) fn rest_of<'a>(&'a self, start: &'a str) -> impl Iterator<Item = &'a str> {
        self.variables.keys().filter_map(move |name| name.to_str()?.strip_prefix(start))
    }

    /// Whether nobody is there to read a warning.
    pub(crate) fn is_ci(&self) -> bool {
        let is_on = |value: &str| !value.eq_ignore_ascii_case("false") && value != "0";
        match self.variable("CI") {
            Some(value) => is_on(value),
            None => CI_SYSTEMS.into_iter().any(|name| self.variable(name).is_some_and(is_on)),
        }
    }

    /// The CI variable that names the branch a change will be merged into, and that branch.
    pub(crate) fn target_branch(&self) -> Option<(&'static str, &str)> {
        let named = TARGET_VARIABLES.into_iter().find_map(|name| {
            let branch = self.variable(name)?;
            Some((name, branch.strip_prefix("refs/heads/").unwrap_or(branch)))
        });
        named.or_else(|| {
            let (name, start) = QUEUE;
            let (branch, _) = self.variable(name)?.strip_prefix(start)?.rsplit_once("/pr-")?;
            Some((name, branch))
        })
    }

    /// The commit before the push that CI runs for, as CI names it. `None` where it names none, as for the first push of a
    /// branch.
    ///
    /// # Errors
    /// The variable and the problem, where it names something that cannot be read.
    pub(crate) fn before_push(&self) -> std::result::Result<Option<BeforePush>, (&'static str, String)> {
        let found = |source, commit: &str, branch: Option<&str>| {
            // GitLab and GitHub write zeros where there was no such commit.
            let is_named = commit.bytes().any(|byte| byte != b'0');
            let branch = branch.map(|name| name.strip_prefix("refs/heads/").unwrap_or(name).to_owned());
            is_named.then(|| BeforePush { source, commit: commit.to_owned(), branch })
        };
        let (name, branch) = GITLAB_BEFORE;
        if let Some(commit) = self.variable(name) {
            return Ok(found(name, commit, self.variable(branch)));
        }
        let Some(path) = self.path(GITHUB_EVENT) else { return Ok(None) };
        let text = std::fs::read(path).map_err(|error| (GITHUB_EVENT, error.to_string()))?;
        let event: serde_json::Value =
            serde_json::from_slice(&text).map_err(|error| (GITHUB_EVENT, error.to_string()))?;
        let text = |key: &str| event.get(key).and_then(serde_json::Value::as_str).filter(|text| !text.is_empty());
        Ok(text("before").and_then(|commit| found(GITHUB_EVENT, commit, text("ref"))))
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> Result<i64> {
        let Some(text) = self.variable(NOW) else { return Ok(jiff::Timestamp::now().as_second()) };
        let timestamp: jiff::Timestamp = text.parse().map_err(|_| {
            CliError::usage(format!("`{NOW}` is `{text}`, which is not a time"))
                .hint(format!("write it as in RFC 3339: `{NOW}=2026-11-23T14:12:00Z`"))
        })?;
        Ok(timestamp.as_second())
    }
}

#[cfg(test)]
impl Environment {
    pub(crate) fn with(variables: &[(&str, &str)], folder: &Path) -> Self {
        let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Self { variables: variables.collect(), folder: folder.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Environment {
        Environment::with(variables, Path::new("/"))
    }

    #[test]
    fn an_empty_variable_is_not_set() {
        assert!(!with(&[("CI", "")]).is_ci() && !with(&[("CI", "False")]).is_ci() && !with(&[]).is_ci());
        assert!(with(&[("CI", "true")]).is_ci() && with(&[("CI", "1")]).is_ci());
        assert!(with(&[("CI", ""), ("TF_BUILD", "True")]).is_ci() && with(&[("TEAMCITY_VERSION", "2024")]).is_ci());
        assert!(!with(&[("CI", "false"), ("TF_BUILD", "True")]).is_ci());
        assert_eq!(with(&[("GITHUB_BASE_REF", "")]).target_branch(), None);
        let azure = with(&[("GITHUB_BASE_REF", ""), ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/a/b")]);
        assert_eq!(azure.target_branch(), Some(("SYSTEM_PULLREQUEST_TARGETBRANCH", "a/b")));
    }

    #[test]
    fn a_merge_queue_names_its_branch_in_its_own() {
        let queue =
            |name| with(&[("GITHUB_BASE_REF", ""), ("GITHUB_REF", name)]).target_branch().map(|(_, b)| b.to_owned());
        assert_eq!(queue("refs/heads/gh-readonly-queue/release/1/pr-7-0123abcd").as_deref(), Some("release/1"));
        assert_eq!(queue("refs/heads/gh-readonly-queue/a/pr-1/pr-7-0123abcd").as_deref(), Some("a/pr-1"));
        assert_eq!(queue("refs/heads/main"), None);
    }

    #[test]
    fn the_commit_before_a_push_is_named_by_a_variable_or_a_file() {
        let before = |variables| with(variables).before_push().unwrap().map(|found| (found.commit, found.branch));
        assert_eq!(before(&[("CI_COMMIT_BEFORE_SHA", "0000000000000000000000000000000000000000")]), None);
        let named = before(&[("CI_COMMIT_BEFORE_SHA", "ab0"), ("CI_COMMIT_BRANCH", "main")]);
        assert_eq!(named, Some(("ab0".to_owned(), Some("main".to_owned()))));
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("event.json");
        let event = |text: &str| {
            std::fs::write(&path, text).unwrap();
            with(&[(GITHUB_EVENT, path.to_str().unwrap())]).before_push()
        };
        let found = event("{\"before\": \"ab0\", \"ref\": \"refs/heads/main\"}").unwrap().unwrap();
        assert_eq!((found.commit.as_str(), found.branch.as_deref()), ("ab0", Some("main")));
        assert_eq!(event("{\"action\": \"opened\"}").unwrap(), None);
        assert!(event("{").is_err());
    }

    #[test]
    fn the_clock_can_be_pinned() {
        assert_eq!(with(&[(NOW, "1970-01-01T00:01:00Z")]).now().unwrap(), 60);
        assert!(with(&[(NOW, "noon")]).now().unwrap_err().message.contains("`noon`"));
    }
}
