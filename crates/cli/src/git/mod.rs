//! What git knows: the repository, what counts as merged, what is staged. Must not judge migrations.
//!
//! Every command of git that runs here only reads.

mod at_commit;
pub(crate) mod base;
pub(crate) mod branches;
pub(crate) mod history;
mod hooks;
pub(crate) mod index;
mod listing;
mod moved;
mod objects;
mod reference;
pub(crate) mod merge_sides;
pub(crate) mod state;
pub(crate) mod tracked;
mod tree;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::environment::Environment;

pub(crate) use at_commit::WorkingTree;
pub(crate) use hooks::Hooks;
pub(crate) use objects::Objects;

/// The repository that the workspace lies in.
#[derive(Debug)]
pub(crate) struct Repository {
    /// The folder in which git runs: the workspace's root.
    folder: PathBuf,
    /// The workspace's path inside the repository: empty, or with a `/` at its end.
    pub(crate) prefix: String,
    is_shallow: bool,
    /// The other commits of the merge that git is in the middle of.
    merging: Vec<String>,
    /// The branch that is checked out, as `refs/heads/...`; `None` when HEAD is detached or has no commit.
    branch: Option<String>,
    /// The branch that `origin/HEAD` stands for, as `refs/remotes/origin/...`.
    default_branch: Option<String>,
    /// Of the environment, what a hook has to see: the index of the commit that is being made.
    index_file: Option<OsString>,
    keeps_git_dir: bool,
}

/// Which files of the repository count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// What is on disk.
    WorkTree,
    /// What is staged.
    Index,
    /// What a commit has; nothing on disk is asked.
    Commit(Commits),
}

impl Source {
    /// The commits, when the files are those of one.
    pub(crate) fn commits(&self) -> Option<&Commits> {
        match self {
            Self::Commit(commits) => Some(commits),
            Self::WorkTree | Self::Index => None,
        }
    }
}

/// A commit that is read as data, and the one that says what is merged and what is allowed. Both by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commits {
    pub(crate) tree: String,
    pub(crate) base: String,
    /// The base as a person named it.
    pub(crate) base_name: String,
}

/// Why git cannot say something, and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unknown {
    pub(crate) reason: String,
    pub(crate) hint: String,
}

impl Unknown {
    pub(crate) fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: hint.into() }
    }
}

/// Variables with which a hook, or a program that runs git for another repository, would lead git elsewhere.
const MISLEADING: [&str; 3] = ["GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX"];

/// Variables with which refs, paths and history would mean something else than what everybody has.
const DISTORTING: [&str; 6] = [
    "GIT_GLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_NAMESPACE",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
];

/// A file that is not there: git's own would give commits other parents than those that they name.
const NO_GRAFTS: &str = ".git/there-are-no-grafts";

impl Repository {
    /// The repository of the folder `root`.
    ///
    /// # Errors
    /// When there is none, or git is not installed or refuses.
    pub(crate) fn discover(root: &Path, environment: &Environment) -> Result<Self, Unknown> {
        let mut repository = Self {
            folder: root.to_owned(),
            prefix: String::new(),
            is_shallow: false,
            merging: Vec::new(),
            branch: None,
            default_branch: None,
            index_file: None,
            keeps_git_dir: false,
        };
        let mut output = repository.ask()?;
        if output.stdout.is_empty() && environment.path("GIT_DIR").is_some() {
            // A repository that only its variables can find, such as one for dotfiles.
            repository.keeps_git_dir = true;
            output = repository.ask()?;
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.split_terminator('\n').map(|line| line.trim_end_matches('\r'));
        let (Some(top), Some(prefix), Some(shallow), Some(git_dir)) =
            (lines.next(), lines.next(), lines.next(), lines.next())
        else {
            let said = String::from_utf8_lossy(&output.stderr);
            // In a container the folder often belongs to somebody else, and git has the command that allows it.
            let command = said.lines().map(str::trim).find(|line| line.starts_with("git config "));
            let hint = command.unwrap_or("run it in a clone of the repository, with its `.git`").to_owned();
            let said = said.lines().next().unwrap_or("it says nothing").trim_start_matches("fatal: ").to_owned();
            return Err(Unknown::new(format!("git cannot be asked: {said}"), hint));
        };
        if prefix.contains('\u{fffd}') {
            return Err(Unknown::new(
                format!("the path `{prefix}` in the repository is not UTF-8, so it cannot be asked for"),
                "rename the folder",
            ));
        }
        prefix.clone_into(&mut repository.prefix);
        repository.is_shallow = shallow == "true";
        let full_name = |line: &str, start: &str| Some(line.to_owned()).filter(|name| name.starts_with(start));
        repository.branch = lines.next().and_then(|line| full_name(line, "refs/heads/"));
        let default_branch = lines.next().and_then(|line| full_name(line, "refs/remotes/origin/"));
        // What stands for nothing but itself is a branch that somebody called `HEAD`.
        repository.default_branch = default_branch.filter(|full| full != "refs/remotes/origin/HEAD");
        repository.merging = merging(environment, Path::new(git_dir));
        repository.index_file = index_file(environment, Path::new(top), Path::new(git_dir));
        Ok(repository)
    }

    /// One process for all that is to know about the repository. git prints what it can before it fails: on a commit
    /// that is not there, or an `origin/HEAD` that is not.
    fn ask(&self) -> Result<Output, Unknown> {
        self.output(
            self.command()
                .arg("rev-parse")
                .args(["--show-toplevel", "--show-prefix", "--is-shallow-repository", "--absolute-git-dir"])
                .args(["--symbolic-full-name", "HEAD", "refs/remotes/origin/HEAD"]),
        )
    }

    /// The same without the state of the work tree: neither the branch that is checked out nor a merge in progress counts.
    pub(crate) fn without_work_tree(mut self) -> Self {
        self.merging.clear();
        self.branch = None;
        self
    }

    /// The commit that counts as merged where nobody names one: the target of the pull request, else the default branch.
    pub(crate) fn usual_base(
        &self,
        objects: &mut Objects,
        environment: &Environment,
    ) -> Result<Option<(String, String)>, Unknown> {
        let found = match environment.target_branch() {
            Some((_, name)) if reference::is_name(name) => reference::branch(objects, name)?,
            Some(_) => None,
            None => reference::default(self, objects)?,
        };
        Ok(found.map(|reference| (reference.name, reference.commit)))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("git");
        command.current_dir(&self.folder).stdin(Stdio::null());
        if !self.keeps_git_dir {
            for name in MISLEADING {
                command.env_remove(name);
            }
        }
        for name in DISTORTING {
            command.env_remove(name);
        }
        // Replaced objects and grafts would show another history than the one that everybody has.
        command.env("GIT_NO_REPLACE_OBJECTS", "1").env("GIT_GRAFT_FILE", NO_GRAFTS);
        command.env("GIT_LITERAL_PATHSPECS", "1").env("GIT_OPTIONAL_LOCKS", "0");
        command.env("LC_ALL", "C");
        match &self.index_file {
            Some(path) => command.env("GIT_INDEX_FILE", path),
            None => command.env_remove("GIT_INDEX_FILE"),
        };
        command
    }

    /// The folder that the repository's own paths start from.
    pub(crate) fn top(&self) -> &Path {
        let depth = Path::new(&self.prefix).components().count();
        self.folder.ancestors().nth(depth).unwrap_or(&self.folder)
    }

    /// The names of all remotes, as far as git says them.
    fn remotes(&self) -> Vec<String> {
        let names = self.read(&["remote"]).unwrap_or_default();
        String::from_utf8_lossy(&names).lines().map(str::to_owned).collect()
    }

    /// The URL of `origin`.
    pub(crate) fn remote(&self) -> Option<String> {
        let url = self.read(&["config", "--get", "remote.origin.url"]).ok()?;
        Some(String::from_utf8_lossy(&url).trim().to_owned())
    }

    fn output(&self, command: &mut Command) -> Result<Output, Unknown> {
        command.output().map_err(|error| {
            Unknown::new(format!("git cannot be started: {error}"), "install git, and put it into PATH")
        })
    }

    /// Standard output of a command of git that must succeed.
    fn read(&self, arguments: &[&str]) -> Result<Vec<u8>, Unknown> {
        self.read_from(self.command(), arguments)
    }

    /// The same, where paths are those of the repository.
    fn read_at_top(&self, arguments: &[&str]) -> Result<Vec<u8>, Unknown> {
        let mut command = self.command();
        command.current_dir(self.top());
        self.read_from(command, arguments)
    }

    fn read_from(&self, mut command: Command, arguments: &[&str]) -> Result<Vec<u8>, Unknown> {
        let output = self.output(command.args(arguments))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Unknown::new(format!("`git {}` failed: {said}", arguments.join(" ")), "repair the repository: `git fsck`"))
    }
}

/// The other commits of the merge that git is in the middle of. A hook that runs before they are written down learns them
/// from the variables in which git keeps their names.
fn merging(environment: &Environment, git_dir: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(git_dir.join("MERGE_HEAD")).unwrap_or_default();
    let ids = text.lines().chain(environment.rest_of("GITHEAD_")).map(str::trim);
    ids.filter(|id| id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).map(str::to_owned).collect()
}

/// The index that a hook has to look at: that of the commit being made, as long as it is of this repository.
fn index_file(environment: &Environment, top: &Path, git_dir: &Path) -> Option<OsString> {
    let index = top.join(environment.path("GIT_INDEX_FILE")?);
    let same = |a: &Path, b: &Path| match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    };
    let is_ours = match (environment.path("GIT_DIR"), index.parent()) {
        (Some(given), _) => same(&environment.folder.join(given), git_dir) || same(&top.join(given), git_dir),
        // That of a repository around this one, or inside it, lies in a folder of git that is not this one's.
        (None, Some(folder)) => folder.is_dir() && (same(folder, git_dir) || !folder.join("HEAD").is_file()),
        (None, None) => false,
    };
    is_ours.then(|| index.into_os_string())
}

/// Enough of an id for a command.
fn short(commit: &str) -> String {
    commit.chars().take(12).collect()
}
