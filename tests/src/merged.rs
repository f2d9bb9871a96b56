//! A repository with merged migrations and a branch on top, made once per test process and copied for each case, and
//! the check of what was done to it. It must not know which changes are allowed: the cases say that.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::command::{Command, Finished, makemigrations};
use crate::database::Engine;
use crate::folder::Folder;
use crate::git::Repo;
use crate::project::Project;

/// The lock file, as seen from the project.
pub const LOCK: &str = "migrations/migrations.lock";

/// The snapshot's domain.
pub const TICKET: &str = "ticket";

/// The preparation, in memory: a static value is never dropped, so a temporary folder in it would stay.
static PREPARED: LazyLock<Prepared> = LazyLock::new(Prepared::new);

#[derive(Debug)]
struct Prepared {
    files: Vec<(String, Vec<u8>)>,
    merged: Vec<String>,
    own: String,
}

/// A project on SQLite, a [`Repo`]: three migrations on `main`, which is also `origin/main` and `origin/HEAD`; and the
/// branch `feature`, checked out, with a migration of its own. All is committed.
#[derive(Clone, Debug)]
pub struct Merged {
    repo: Repo,
    merged: Vec<String>,
    own: String,
}

impl Deref for Merged {
    type Target = Repo;

    fn deref(&self) -> &Repo {
        &self.repo
    }
}

/// Paths are relative to the project, as [`Folder`] takes them. Every method panics when a command fails.
impl Merged {
    /// A copy of its own.
    #[must_use]
    pub fn fresh() -> Self {
        let folder = Folder::temporary();
        for (path, bytes) in &PREPARED.files {
            folder.write(path, bytes);
        }
        Self { repo: Repo::init(&folder), merged: PREPARED.merged.clone(), own: PREPARED.own.clone() }
    }

    /// The folder of a merged migration, from 0.
    #[must_use]
    pub fn merged(&self, index: usize) -> String {
        format!("migrations/{}", self.merged[index])
    }

    /// A file of the first merged migration.
    #[must_use]
    pub fn first(&self, file: &str) -> String {
        format!("{}/{file}", self.merged(0))
    }

    /// A file of the newest merged migration, the one with `metadata.toml`.
    #[must_use]
    pub fn newest(&self, file: &str) -> String {
        format!("{}/{file}", self.merged(2))
    }

    /// A file of the branch's own migration.
    #[must_use]
    pub fn own(&self, file: &str) -> String {
        format!("{}/{file}", self.own_folder())
    }

    /// The folder of the branch's own migration.
    #[must_use]
    pub fn own_folder(&self) -> String {
        format!("migrations/{}", self.own)
    }

    /// The names of all migrations of the preparation.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.merged.iter().chain([&self.own]).map(String::as_str)
    }

    /// Adds a line to the end of a file.
    pub fn edit(&self, file: &str) {
        self.append(file, "-- edited\n");
    }

    /// As [`record`].
    pub fn record(&self) {
        record(self);
    }

    /// Adds an override to the lock file where the tool writes it: before the checksums.
    pub fn declare(&self, line: &str) {
        let text = self.read(LOCK);
        let position = text.lines().take_while(|line| line.starts_with('#')).count();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.insert(position, line);
        self.write(LOCK, lines.join("\n") + "\n");
    }

    /// Writes the snapshot with more columns (lines of TOML) after those that it has.
    pub fn columns(&self, more: &str) {
        Project::at(self).snapshot(TICKET, &format!("{TABLE}{NOTE}{PRIORITY}{more}{CHECK}"));
    }

    /// Writes the snapshot as it is on `main`, with more columns.
    pub fn columns_on_main(&self, more: &str) {
        Project::at(self).snapshot(TICKET, &format!("{TABLE}{NOTE}{more}{CHECK}"));
    }

    /// Replaces the settings.
    pub fn settings(&self, settings: &str) {
        Project::at(self).settings(&format!("dialect = \"sqlite\"\n{settings}"));
    }

    /// Runs the command line, which has to succeed.
    #[track_caller]
    pub fn tool(&self, arguments: &[&str]) -> Finished {
        let finished = makemigrations(self, arguments).run();
        finished.code(0);
        finished
    }

    /// Says that `main` was pushed.
    #[track_caller]
    pub fn push_main(&self) {
        self.git(["update-ref", "refs/remotes/origin/main", "main"]);
    }

    /// Removes all that could be the base of a comparison.
    #[track_caller]
    pub fn forget_main(&self) {
        self.git(["symbolic-ref", "--delete", "refs/remotes/origin/HEAD"]);
        self.git(["update-ref", "-d", "refs/remotes/origin/main"]);
        self.git(["branch", "--quiet", "-D", "main"]);
    }

    /// Clones it with `feature` checked out, as CI does.
    #[track_caller]
    #[must_use]
    pub fn clone_feature(&self, options: &[&str]) -> Repo {
        let clone = self.clone_with(&[&["--branch=feature"], options].concat());
        // Here `feature` is checked out; a server's HEAD is its default branch.
        if clone.try_git(["rev-parse", "--verify", "--quiet", "origin/main"]).code == Some(0) {
            clone.git(["remote", "set-head", "origin", "main"]);
        }
        clone
    }

    /// A `check` about to run in the project.
    #[must_use]
    pub fn check(&self) -> Check {
        Check { merged: self.clone(), folder: Folder::clone(self), arguments: vec!["check"], environment: Vec::new() }
    }
}

impl Prepared {
    fn new() -> Self {
        let project = Project::new(Engine::Sqlite);
        let repo = Repo::init(&project);
        project.write(".gitignore", "target/\n");
        project.write("README.md", "A project.\n");
        let step = |snapshot: &str| {
            project.snapshot(TICKET, snapshot);
            project.run(["makemigrations", "--no-input"]).code(0);
            repo.commit_all("a change of the snapshot");
        };
        step(TABLE);
        step(&format!("{TABLE}{NOTE}"));
        // A table rebuild on SQLite: a migration with `metadata.toml`.
        step(&format!("{TABLE}{NOTE}{CHECK}"));
        let merged = project.migrations();
        repo.config("remote.origin.url", "https://git.example.invalid/project.git");
        repo.config("remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*");
        repo.git(["update-ref", "refs/remotes/origin/main", "main"]);
        repo.git(["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
        repo.branch("feature");
        step(&format!("{TABLE}{NOTE}{PRIORITY}{CHECK}"));
        // Fewer files to write.
        repo.git(["repack", "-a", "-d", "--quiet"]);
        let own = project.migrations().pop().expect("the branch has a migration");
        assert_eq!(merged.len(), 3, "{merged:?}");
        assert!(!merged.contains(&own), "{own}");
        let mut files = Vec::new();
        collect(project.path(), "", &mut files);
        Self { files, merged, own }
    }
}

/// Every file below a folder with its bytes, `.git` included but for its hooks, which are samples.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let entry = entry.expect("a folder can be read");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if !entry.file_type().expect("a file has a type").is_dir() {
            files.push((name, fs::read(entry.path()).expect("a file can be read")));
        } else if name != ".git/hooks" {
            collect(&entry.path(), &format!("{name}/"), files);
        }
    }
}

const TABLE: &str = "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\ntitle = \"text\"\n";
const NOTE: &str = "note = { type = \"text\", nullable = true }\n";
const PRIORITY: &str = "priority = { type = \"integer\", nullable = true }\n";
const CHECK: &str = "\n[[tables.ticket.checks]]\nname = \"ticket_titled\"\nexpression = \"title <> ''\"\n";

/// A run of `check`, and what belongs to it.
#[derive(Debug)]
pub struct Check {
    #[expect(dead_code, reason = "its folder has to stay: a worktree or clone in `folder` may need it")]
    merged: Merged,
    folder: Folder,
    arguments: Vec<&'static str>,
    environment: Vec<(&'static str, String)>,
}

impl Check {
    /// Of the git index.
    #[must_use]
    pub fn staged(mut self) -> Self {
        self.arguments.push("--staged");
        self
    }

    /// In continuous integration.
    #[must_use]
    pub fn ci(self) -> Self {
        self.env("CI", "true")
    }

    /// With an environment variable.
    #[must_use]
    pub fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// In another folder.
    #[must_use]
    pub fn inside(mut self, folder: &Folder) -> Self {
        self.folder = folder.clone();
        self
    }

    /// Runs it with more arguments.
    #[track_caller]
    #[must_use]
    pub fn run(&self, more: &[&str]) -> Finished {
        let command: Command = makemigrations(&self.folder, self.arguments.iter().chain(more));
        self.environment.iter().fold(command, |command, (name, value)| command.env(name, value)).run()
    }

    /// States the exit code and all ids in the output, warnings included: no finding is missing, none is invented. A
    /// finding says what to do, and one about a migration names its folder.
    #[track_caller]
    pub fn gives(&self, code: i32, ids: &[&str]) -> Finished {
        let finished = self.run(&[]);
        finished.code(code);
        let output = format!("{}{}", finished.stdout, finished.stderr);
        let expected: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        assert_eq!(found(&output), expected, "expected: these ids\n{output}");
        if !ids.is_empty() {
            assert!(output.contains("hint: "), "expected: a hint\n{output}");
        }
        if ids.iter().any(|id| !["M015", "M016", "M019", "M020"].contains(id)) {
            // Every migration of these tests has a version of these years, but for those that are called otherwise.
            let named = ["`2020-", "`2026-", "`2027-", "`scripts`"].iter().any(|start| output.contains(start));
            assert!(named, "expected: the name of a migration\n{output}");
        }
        finished
    }
}

/// The ids of findings in a text.
#[must_use]
pub fn found(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let is_id =
        |word: &&str| word.len() == 4 && word.starts_with("M0") && word[1..].bytes().all(|b| b.is_ascii_digit());
    words.filter(is_id).map(str::to_owned).collect()
}

/// Writes the lines of the lock file anew for the files as they are, as someone with `sha256sum` would; its comments
/// stay.
pub fn record(folder: &Folder) {
    let mut sums = BTreeMap::new();
    for path in folder.files() {
        let Some((migration, file)) = path.strip_prefix("migrations/").and_then(|path| path.split_once('/')) else {
            continue;
        };
        if !path.contains("/.") {
            sums.insert((migration.to_owned(), file.to_owned()), sum(&folder.read_bytes(&path)));
        }
    }
    let mut text: String = folder.read(LOCK).lines().filter(|l| l.starts_with('#')).map(|l| format!("{l}\n")).collect();
    for ((migration, file), sum) in sums {
        text += &format!("{sum}  {migration}/{file}\n");
    }
    folder.write(LOCK, text);
}

/// A checksum as the lock file has it: SHA-256, CRLF read as LF.
#[must_use]
pub fn sum(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len());
    for (index, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(index + 1) != Some(&b'\n') {
            text.push(*byte);
        }
    }
    Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect()
}
