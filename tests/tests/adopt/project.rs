//! A project that Diesel has migrated, and what Diesel says of its database. What is stated is in the tests.

use std::ffi::OsStr;
use std::ops::Deref;
use std::path::Path;
use std::rc::Rc;

use diesel::sqlite::SqliteConnection;
use diesel::{Connection, backend::Backend};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use makemigrations_tests::command::{Command, Finished, makemigrations};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;

use crate::layouts::Layout;

/// The repository of such a project, with a database.
pub(crate) struct Project {
    pub(crate) repo: Rc<Repo>,
    pub(crate) database: Database,
    /// The migrations folder.
    pub(crate) migrations: String,
}

impl Deref for Project {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.repo
    }
}

impl Project {
    /// One without migrations, whose workspace is called `shop`.
    pub(crate) fn new(engine: Engine) -> Self {
        let repo = Repo::new();
        repo.write("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
        repo.write("src/main.rs", "fn main() {}\n");
        Self { repo: Rc::new(repo), database: Database::new(engine, "adopt"), migrations: "migrations".to_owned() }
    }

    /// One as it was merged, on a branch that is to adopt it. The database is empty.
    pub(crate) fn of(layout: &Layout) -> Self {
        Self::new(layout.engine).merged(layout.files)
    }

    /// The same, with these files below the migrations folder.
    pub(crate) fn with(engine: Engine, files: &[(&str, &str)]) -> Self {
        Self::new(engine).merged(files)
    }

    /// With these files, merged, and on a branch of its own.
    pub(crate) fn merged(self, files: &[(&str, &str)]) -> Self {
        for (path, text) in files {
            self.write(&format!("migrations/{path}"), text);
        }
        self.repo.commit_all("as it was");
        self.repo.branch("adopt");
        self
    }

    /// A command about to run, with the database in `DATABASE_URL`.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        makemigrations(self, arguments).env("DATABASE_URL", self.database.url())
    }

    /// Runs a command.
    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        self.command(arguments).run()
    }

    /// Runs commands that must go well.
    #[track_caller]
    pub(crate) fn go(&self, commands: &[&[&str]]) {
        for command in commands {
            self.run(*command).code(0);
        }
    }

    /// Every migration through Diesel itself, as `diesel migration run` does.
    #[track_caller]
    pub(crate) fn diesel_runs(&self) {
        harness(&self.database, &self.join(&self.migrations), Ask::Run);
    }

    /// Diesel's own list: nothing is pending, and so many are applied.
    #[track_caller]
    pub(crate) fn diesel_has_applied(&self, count: usize) {
        let (applied, pending) = harness(&self.database, &self.join(&self.migrations), Ask::List);
        assert_eq!((applied, pending), (count, 0), "applied, pending");
    }

    /// The same files with another database, which is empty.
    pub(crate) fn elsewhere(&self) -> Self {
        let database = Database::new(self.database.engine(), "elsewhere");
        Self { repo: Rc::clone(&self.repo), database, migrations: self.migrations.clone() }
    }

    /// The bytes of every file below the migrations folder.
    pub(crate) fn bytes(&self) -> Vec<(String, Vec<u8>)> {
        let below = format!("{}/", self.migrations);
        let files = self.files().into_iter().filter(|path| path.starts_with(&below));
        files.map(|path| (path.clone(), self.read_bytes(&path))).collect()
    }

    /// The folder of the baseline.
    #[track_caller]
    pub(crate) fn baseline(&self) -> String {
        let mut found: Vec<String> = self
            .files()
            .iter()
            .filter_map(|path| path.strip_suffix("_baseline/operations.toml").map(|path| format!("{path}_baseline")))
            .collect();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    /// Changes the snapshot, and writes and applies the migration.
    #[track_caller]
    pub(crate) fn change(&self, from: &str, to: &str, flags: &[&str]) {
        self.replace("schema-snapshots/shop.toml", from, to);
        let write = [&["makemigrations", "--no-input"], flags].concat();
        self.go(&[&write, &["check"], &["migrate"], &["drift"]]);
    }
}

enum Ask {
    Run,
    List,
}

#[track_caller]
fn harness(database: &Database, folder: &Path, ask: Ask) -> (usize, usize) {
    let url = database.url();
    match database.engine() {
        Engine::Postgres => {
            let mut connection = AsyncConnectionWrapper::<AsyncPgConnection>::establish(url).unwrap();
            told(&mut connection, folder, &ask)
        }
        Engine::Sqlite => {
            let mut connection = SqliteConnection::establish(url.trim_start_matches("sqlite://")).unwrap();
            told(&mut connection, folder, &ask)
        }
    }
}

fn told<DB: Backend>(connection: &mut impl MigrationHarness<DB>, folder: &Path, ask: &Ask) -> (usize, usize) {
    let source = FileBasedMigrations::from_path(folder).unwrap();
    if let Ask::Run = ask {
        connection.run_pending_migrations(source.clone()).unwrap();
    }
    (connection.applied_migrations().unwrap().len(), connection.pending_migrations(source).unwrap().len())
}
