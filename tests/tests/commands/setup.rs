//! A project with a database, and short words for what most tests do with them. It must not state anything itself,
//! except that what a test takes for granted went well.

use std::ffi::OsStr;
use std::ops::Deref;
use std::time::{Duration, Instant};

use makemigrations_tests::command::{Command, Finished, makemigrations};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::project::Project;

/// The columns that [`Setup::ticket`] starts with.
pub(crate) const TICKET: &str = "id = { type = \"integer\", primary_key = true }\ntitle = \"text\"\n";

/// A project whose commands find its database in `DATABASE_URL`.
pub(crate) struct Setup {
    pub(crate) project: Project,
    pub(crate) database: Database,
}

impl Deref for Setup {
    type Target = Project;

    fn deref(&self) -> &Project {
        &self.project
    }
}

impl Setup {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { project: Project::new(engine), database: Database::new(engine, "commands") }
    }

    /// One whose first migration, `initial`, creates the table `ticket`; it is not applied.
    #[track_caller]
    pub(crate) fn with_ticket(engine: Engine) -> Self {
        let setup = Self::new(engine);
        setup.ticket("");
        setup
    }

    /// A command about to run.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        makemigrations(&self.project, arguments).env("DATABASE_URL", self.database.url())
    }

    /// Runs a command.
    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        self.command(arguments).run()
    }

    /// Gives the table `ticket` the columns of [`TICKET`] and more, and writes the migration. Returns its name.
    #[track_caller]
    pub(crate) fn ticket(&self, more: &str) -> String {
        snapshot_ticket(&self.project, more);
        self.next(&[])
    }

    /// Writes the next migration and returns its name.
    #[track_caller]
    pub(crate) fn next(&self, flags: &[&str]) -> String {
        next(&self.project, flags)
    }

    /// Writes a migration with SQL of its own and returns its name.
    #[track_caller]
    pub(crate) fn hand_written(&self, name: &str, up: &str, down: &str) -> String {
        let migration = next(&self.project, &["--empty", "--name", name]);
        self.write(&format!("migrations/{migration}/up.sql"), format!("{up}\n"));
        self.write(&format!("migrations/{migration}/down.sql"), format!("{down}\n"));
        self.run(["seal", &migration]).code(0);
        migration
    }

    /// Applies everything that is pending.
    #[track_caller]
    pub(crate) fn migrate(&self) {
        self.run(["migrate"]).code(0);
    }

    /// The tables of the user, sorted.
    #[track_caller]
    pub(crate) fn tables(&self) -> Vec<String> {
        tables(&self.database)
    }
}

/// The tables of the user in a database, sorted.
#[track_caller]
pub(crate) fn tables(database: &Database) -> Vec<String> {
    let query = match database.engine() {
        Engine::Postgres => "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'",
        Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
    };
    let mut tables = database.column(query);
    tables.retain(|table| !table.starts_with("__"));
    tables.sort();
    tables
}

/// Writes a snapshot of the table `ticket` with the columns of [`TICKET`] and more.
pub(crate) fn snapshot_ticket(project: &Project, more: &str) {
    project.snapshot("ticket", &format!("[tables.ticket.columns]\n{TICKET}{more}"));
}

/// Writes the next migration and returns its name.
#[track_caller]
pub(crate) fn next(project: &Project, flags: &[&str]) -> String {
    let before = project.migrations();
    project.run([&["makemigrations", "--no-input"], flags].concat()).code(0);
    let mut new = project.migrations();
    new.retain(|name| !before.contains(name));
    assert_eq!(new.len(), 1, "{new:?} beside {before:?}");
    new.remove(0)
}

/// Waits until something is so, for what other processes do.
#[track_caller]
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
