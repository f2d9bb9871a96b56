//! Real git repositories with nothing of the developer's configuration. It must not know what is in them.

use std::ffi::OsStr;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::command::{Command, Finished};
use crate::folder::Folder;

/// 2026-01-01T00:00:00Z, when the first commit is made; each command is a minute later, so that no two are the same.
const START: u64 = 1_767_225_600;

/// A repository in a temporary folder, on branch `main`; a [`Folder`] with git's words.
#[derive(Clone, Debug)]
pub struct Repo {
    folder: Folder,
    minutes: Arc<AtomicU64>,
}

impl Deref for Repo {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

/// Every method panics with git's words when git refuses, except [`Repo::try_git`].
impl Repo {
    /// An empty repository in a new temporary folder.
    #[track_caller]
    #[must_use]
    pub fn new() -> Self {
        Self::init(&Folder::temporary())
    }

    /// Makes `folder`, a project for example, a repository; nothing is committed.
    #[track_caller]
    #[must_use]
    pub fn init(folder: &Folder) -> Self {
        let repo = Self::at(folder.clone());
        repo.git(["init", "--quiet", "--initial-branch=main"]);
        repo.config("core.autocrlf", "false");
        repo
    }

    /// An empty repository without a work tree, as a server has it, in a new temporary folder.
    #[track_caller]
    #[must_use]
    pub fn bare() -> Self {
        let repo = Self::at(Folder::temporary());
        repo.git(["init", "--quiet", "--bare", "--initial-branch=main"]);
        repo
    }

    fn at(folder: Folder) -> Self {
        Self { folder, minutes: Arc::default() }
    }

    /// Runs git and gives its standard output without the last line end.
    #[track_caller]
    pub fn git<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> String {
        let finished = self.try_git(arguments);
        finished.code(0);
        finished.stdout.trim_end().to_owned()
    }

    /// Runs git where it may refuse, such as a merge with conflicts.
    #[track_caller]
    #[must_use]
    pub fn try_git<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        let date = format!("{} +0000", START + 60 * self.minutes.fetch_add(1, Ordering::Relaxed));
        let mut command = Command::new(Path::new("git"), &self.folder)
            // A collection in the background would race with the removal of the folder.
            .args(["-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "protocol.file.allow=always"])
            .args(arguments);
        for person in ["AUTHOR", "COMMITTER"] {
            command = command
                .env(&format!("GIT_{person}_NAME"), "Test")
                .env(&format!("GIT_{person}_EMAIL"), "test@example.com")
                .env(&format!("GIT_{person}_DATE"), &date);
        }
        command.env("GIT_EDITOR", "true").run()
    }

    /// Sets a key of the repository's own configuration.
    #[track_caller]
    pub fn config(&self, key: &str, value: &str) {
        self.git(["config", key, value]);
    }

    /// Commits everything in the folder, also when nothing changed, and gives the commit's id.
    #[track_caller]
    pub fn commit_all(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", message]);
        self.head()
    }

    /// The id of the commit that is checked out.
    #[track_caller]
    #[must_use]
    pub fn head(&self) -> String {
        self.git(["rev-parse", "HEAD"])
    }

    /// Creates a branch here and switches to it.
    #[track_caller]
    pub fn branch(&self, name: &str) {
        self.git(["switch", "--quiet", "--create", name]);
    }

    /// Switches to a branch, tag or commit (a commit detaches HEAD).
    #[track_caller]
    pub fn checkout(&self, name: &str) {
        self.git(["checkout", "--quiet", name]);
    }

    /// Merges a branch into the one that is checked out, always with a merge commit.
    #[track_caller]
    pub fn merge(&self, name: &str) {
        self.git(["merge", "--quiet", "--no-ff", "--no-edit", name]);
    }

    /// The URL under which it can be cloned or fetched as from a server.
    #[must_use]
    pub fn url(&self) -> String {
        format!("file://{}", self.path().display().to_string().replace('\\', "/"))
    }

    /// Clones it, through its URL, into a new temporary folder. Options are git's, such as `--depth=1`.
    #[track_caller]
    #[must_use]
    pub fn clone_with(&self, options: &[&str]) -> Self {
        let clone = Self::at(Folder::temporary());
        // A clone's commits must not repeat those of its origin.
        clone.minutes.store(10_000, Ordering::Relaxed);
        let command: &[&str] = &["clone", "--quiet", "--config", "core.autocrlf=false"];
        clone.git([command, options, &[&self.url(), "."]].concat());
        clone
    }

    /// Adds a worktree on a new branch, in a new temporary folder.
    #[track_caller]
    #[must_use]
    pub fn worktree(&self, branch: &str) -> Self {
        let folder = Folder::temporary();
        let path = folder.path().display().to_string();
        self.git(["worktree", "add", "--quiet", "-b", branch, &path]);
        Self { folder, minutes: Arc::clone(&self.minutes) }
    }
}

impl Default for Repo {
    fn default() -> Self {
        Self::new()
    }
}
