//! A repository whose `cargo xtask` is this repository's command line, and what a commit in it comes to. It must not know
//! who runs its hooks.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use makemigrations_tests::command::{Command, Finished, makemigrations};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::xtask;

/// A repository with a merged migration on `main`, and the branch `feature`, checked out.
pub(crate) struct Setup {
    repo: Repo,
    /// Where the workspace is inside the repository: empty, or with a `/` at its end.
    inside: &'static str,
    /// Before the usual PATH.
    programs: Vec<PathBuf>,
}

impl Deref for Setup {
    type Target = Repo;

    fn deref(&self) -> &Repo {
        &self.repo
    }
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self::inside("")
    }

    pub(crate) fn inside(inside: &'static str) -> Self {
        let repo = Repo::new();
        let setup = Self { repo, inside, programs: Vec::new() };
        let workspace = setup.workspace();
        workspace.write("Cargo.toml", "[workspace]\n");
        xtask::alias(&workspace);
        workspace.write("schema-snapshots/ticket.toml", "format = 1\n\n[tables.ticket.columns]\nid = \"integer\"\n");
        setup.start(Path::new("cargo"), &workspace).args(["xtask", "makemigrations"]).run().code(0);
        setup.write(".gitignore", "node_modules\n");
        setup.config("user.name", "Test");
        setup.config("user.email", "test@example.com");
        setup.commit_all("start");
        setup.branch("feature");
        setup
    }

    /// Programs that git, and whoever it starts, finds.
    pub(crate) fn with_programs(mut self, folder: PathBuf) -> Self {
        self.programs.push(folder);
        self
    }

    pub(crate) fn workspace(&self) -> Folder {
        self.folder(self.inside)
    }

    /// Any program, where `cargo xtask` works.
    pub(crate) fn start(&self, program: &Path, folder: &Folder) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = self.programs.iter().cloned().chain(std::env::split_paths(&path));
        let command = Command::new(program, folder).env("PATH", std::env::join_paths(all).unwrap());
        // What `npm` and `pre-commit` keep is nobody else's.
        let command = command.env("PRE_COMMIT_HOME", self.join(".git/pre-commit-home"));
        xtask::variables().into_iter().fold(command, |command, (name, value)| command.env(name, value))
    }

    /// Installs the hooks, and again, which changes nothing.
    #[track_caller]
    pub(crate) fn install(&self) -> Finished {
        let install = || makemigrations(&self.workspace(), ["hooks", "install"]).run();
        let before = self.everything();
        makemigrations(&self.workspace(), ["hooks", "install", "--dry-run"]).run().code(0).stderr_contains("would ");
        assert_eq!(self.everything(), before);
        let first = install();
        first.code(0);
        let after = self.everything();
        install().code(0).stderr_contains("nothing to ");
        assert_eq!(self.everything(), after);
        first
    }

    /// Every file that a hook can be in.
    fn everything(&self) -> Vec<(String, Vec<u8>)> {
        let hooks = self.folder(".git/hooks").files().into_iter().map(|name| format!(".git/hooks/{name}"));
        let mine = self.files().into_iter().filter(|name| !name.contains("node_modules"));
        mine.chain(hooks).map(|name| (name.clone(), self.read_bytes(&name))).collect()
    }

    pub(crate) fn commit(&self, arguments: &[&str]) -> Finished {
        self.start(Path::new("git"), &self.repo).args(["commit", "--message", "work"]).args(arguments).run()
    }

    /// A staged edit of the merged migration is not committed, although the file on disk is as it was; honest work is.
    #[track_caller]
    pub(crate) fn is_guarded(&self) {
        let up = format!("{}migrations/2026-11-23-141200-0001_initial/up.sql", self.inside);
        self.append(&up, "-- edited\n");
        self.git(["add", "--all"]);
        self.git(["restore", "--worktree", "--source=HEAD", &up]);
        let before = self.head();
        let refused = self.commit(&[]);
        assert_ne!(refused.code, Some(0), "{refused:?}");
        assert!(format!("{}{}", refused.stdout, refused.stderr).contains("M001"), "{refused:?}");
        assert_eq!(self.head(), before);

        self.git(["restore", "--staged", &up]);
        self.write("notes.txt", format!("{before}\n"));
        self.git(["add", "--all"]);
        let accepted = self.commit(&[]);
        accepted.code(0).lacks("M0");
        assert_ne!(self.head(), before);
    }
}
