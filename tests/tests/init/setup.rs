//! A workspace of somebody who has not heard of the tool. It must not state anything, except that `init` went well.

use std::ops::Deref;
use std::path::Path;

use makemigrations_tests::command::{Command, Finished, makemigrations};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::xtask;

pub(crate) const MANIFEST: &str = "\
# The service.
[workspace]
members = [
    \"app\", # the product
]
resolver = \"3\"

";

pub(crate) const CONFIG: &str = "\
# Shortcuts.
[alias]
b = \"build\" # short
";

/// A repository with a workspace of one crate, `app`, which has aliases of its own. All is committed.
pub(crate) struct Setup {
    repo: Repo,
}

impl Deref for Setup {
    type Target = Repo;

    fn deref(&self) -> &Repo {
        &self.repo
    }
}

impl Setup {
    pub(crate) fn new() -> Self {
        let setup = Self::with(&format!("{MANIFEST}{}", xtask::profile()));
        setup.package("app", "");
        setup.write(".cargo/config.toml", CONFIG);
        setup.commit_all("the service");
        setup
    }

    /// A repository with that `Cargo.toml` and this repository's versions.
    pub(crate) fn with(manifest: &str) -> Self {
        let repo = Repo::new();
        repo.config("user.name", "Test");
        repo.config("user.email", "test@example.com");
        repo.write("Cargo.toml", manifest);
        repo.write("Cargo.lock", std::fs::read(repository().join("Cargo.lock")).unwrap());
        Self { repo }
    }

    pub(crate) fn package(&self, name: &str, more: &str) {
        self.write(
            &format!("{name}/Cargo.toml"),
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\" # the newest\n{more}"),
        );
        self.write(&format!("{name}/src/lib.rs"), "//! The product.\n");
    }

    /// Runs `init` with this repository's crates: first to see that a dry run writes nothing, and at the end to see that
    /// once more changes nothing.
    #[track_caller]
    pub(crate) fn init(&self, arguments: &[&str]) -> Finished {
        let run = |more: &[&str]| {
            let path = repository().to_str().unwrap();
            makemigrations(self, [&["init", "--path", path], arguments, more].concat()).run()
        };
        let before = self.everything();
        run(&["--dry-run"]).code(0).stderr_contains("would ");
        assert_eq!(self.everything(), before);
        let first = run(&[]);
        first.code(0);
        let after = self.everything();
        run(&[]).code(0).stderr_contains("nothing to ").lacks("created").lacks("changed");
        assert_eq!(self.everything(), after);
        first
    }

    /// Every file, and the hooks.
    pub(crate) fn everything(&self) -> Vec<(String, Vec<u8>)> {
        let hooks = self.folder(".git/hooks").files().into_iter().map(|name| format!(".git/hooks/{name}"));
        self.files().into_iter().chain(hooks).map(|name| (name.clone(), self.read_bytes(&name))).collect()
    }

    /// Any program, where `cargo xtask` works.
    pub(crate) fn start(&self, program: &str, arguments: &[&str]) -> Command {
        start(program, self, arguments)
    }
}

/// Any program in a folder, where `cargo xtask` works.
pub(crate) fn start(program: &str, folder: &Folder, arguments: &[&str]) -> Command {
    let command = Command::new(Path::new(program), folder).args(arguments);
    xtask::variables().into_iter().fold(command, |command, (name, value)| command.env(name, value))
}

pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}
