//! A repository in which two people write migrations at the same time. It must not state anything that a test is about.

use std::cell::Cell;
use std::ffi::OsStr;

use makemigrations_tests::advice;
use makemigrations_tests::command::{Command, Finished, makemigrations};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

/// Two domains, so that the snapshots of two people need not conflict.
const TICKET: &str = "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\nstate = \"text\"\n";
const USER: &str = "[tables.user.columns]\nid = { type = \"integer\", primary_key = true }\nname = \"text\"\n";

/// A repository with the migration `0001_initial` on `main`, and the branch `mine` checked out.
pub(crate) struct Team {
    pub(crate) repo: Repo,
    pub(crate) project: Project,
    pub(crate) engine: Engine,
    /// What is in `DATABASE_URL`.
    pub(crate) database: Option<Database>,
    minutes: Cell<u32>,
}

impl Team {
    pub(crate) fn new() -> Self {
        Self::of(Project::new(Engine::Sqlite), None, Engine::Sqlite, false)
    }

    /// With more settings.
    pub(crate) fn with_settings(settings: &str) -> Self {
        let project = Project::with_settings(&Folder::temporary(), &format!("dialect = \"sqlite\"\n{settings}"));
        Self::of(project, None, Engine::Sqlite, false)
    }

    /// The workspace is a folder inside the repository.
    pub(crate) fn inside() -> Self {
        let top = Folder::temporary();
        let project = Project::with_settings(&top.folder("services/housing"), "dialect = \"sqlite\"\n");
        Self::of(project, Some(&top), Engine::Sqlite, false)
    }

    /// With a database to which `0001_initial` is applied.
    pub(crate) fn with_database(engine: Engine) -> Self {
        Self::of(Project::new(engine), None, engine, true)
    }

    /// The same with more settings.
    pub(crate) fn with_database_and_settings(engine: Engine, settings: &str) -> Self {
        let settings = format!("dialect = \"{}\"\n{settings}", engine.name());
        Self::of(Project::with_settings(&Folder::temporary(), &settings), None, engine, true)
    }

    fn of(project: Project, top: Option<&Folder>, engine: Engine, has_database: bool) -> Self {
        let repo = Repo::init(top.unwrap_or(&project));
        let database = has_database.then(|| Database::new(engine, "rebase"));
        let team = Self { repo, project, engine, database, minutes: Cell::new(0) };
        team.project.write(".gitignore", "target/\n");
        team.project.snapshot("ticket", TICKET);
        team.project.snapshot("user", USER);
        team.run(["makemigrations"]).code(0);
        team.repo.commit_all("initial");
        if has_database {
            team.run(["migrate"]).code(0);
        }
        team.repo.branch("mine");
        team
    }

    /// The command line, a minute later than the last time.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let minute = self.minutes.get() + 1;
        self.minutes.set(minute);
        let command = makemigrations(&self.project, arguments).env("MAKEMIGRATIONS_NOW", now(minute));
        match &self.database {
            Some(database) => command.env("DATABASE_URL", database.url()),
            None => command,
        }
    }

    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        self.command(arguments).run()
    }

    /// Does what the line of a message says that contains `part`: its commands in backticks, one after the other. Gives what
    /// the last one said.
    #[track_caller]
    pub(crate) fn follow(&self, said: &Finished, part: &str) -> Finished {
        let mut last = None;
        for line in advice::commands(&said.stderr, part) {
            let minute = self.minutes.get() + 1;
            self.minutes.set(minute);
            let command = advice::shell(&self.project, &line).env("MAKEMIGRATIONS_NOW", now(minute));
            let command = match &self.database {
                Some(database) => command.env("DATABASE_URL", database.url()),
                None => command,
            };
            last = Some(command.run());
        }
        last.expect("a command")
    }

    /// Plays the branch again on `main`, settles every stop with `rebase` and does what that says is next.
    #[track_caller]
    pub(crate) fn rebase_on_main(&self) {
        let mut rebased = self.repo.try_git(["rebase", "main"]);
        for _ in 0..9 {
            if rebased.code == Some(0) {
                return;
            }
            let done = self.run(["rebase", "--yes"]);
            done.code(0);
            rebased = self.follow(&done, "next: ");
        }
        panic!("git does not come to an end: {}{}", rebased.stdout, rebased.stderr);
    }

    /// Adds lines to the columns of `ticket`, and writes the migration.
    #[track_caller]
    pub(crate) fn mine(&self, columns: &str) {
        self.project.append("schema-snapshots/ticket.toml", columns);
        self.run(["makemigrations"]).code(0);
    }

    /// Commits a migration of somebody else, with these columns of `user`, on `main`.
    #[track_caller]
    pub(crate) fn theirs(&self, columns: &str) {
        self.on_main(|| {
            self.project.append("schema-snapshots/user.toml", columns);
            self.run(["makemigrations"]).code(0);
        });
    }

    /// The same where `main` is checked out, as a server has it.
    #[track_caller]
    pub(crate) fn theirs_on_server(&self, columns: &str) {
        self.project.append("schema-snapshots/user.toml", columns);
        self.run(["makemigrations"]).code(0);
        self.repo.commit_all("theirs");
    }

    /// Commits on `main` what `act` does there, and comes back.
    #[track_caller]
    pub(crate) fn on_main(&self, act: impl FnOnce()) {
        self.repo.checkout("main");
        act();
        self.repo.commit_all("theirs");
        self.repo.checkout("mine");
    }

    /// Merges `main`, which conflicts.
    #[track_caller]
    pub(crate) fn merge_main(&self) {
        let merged = self.repo.try_git(["merge", "--no-edit", "main"]);
        assert_ne!(merged.code, Some(0), "{}", merged.stdout);
        assert!(self.project.read("migrations/migrations.lock").contains("<<<<<<<"), "{}", merged.stdout);
    }

    /// Does what `rebase` says is next.
    #[track_caller]
    pub(crate) fn commit_merge(&self) {
        self.repo.git(["add", "--all"]);
        // As a hook does: what is staged has to pass before it is committed.
        self.run(["check", "--staged"]).code(0);
        self.repo.git(["commit", "--quiet", "--no-edit"]);
    }

    /// The names of the migrations without their time: `0002_ticket_priority`.
    pub(crate) fn names(&self) -> Vec<String> {
        self.project.migrations().iter().map(|name| name["2026-11-23-141200-".len()..].to_owned()).collect()
    }

    /// The folder of the migration that ends so.
    #[track_caller]
    pub(crate) fn folder(&self, end: &str) -> String {
        let names = self.project.migrations();
        let found: Vec<_> = names.iter().filter(|name| name.ends_with(end)).collect();
        assert_eq!(found.len(), 1, "{end}: {names:?}");
        format!("migrations/{}", found[0])
    }

    /// States that all is well: the gate, the snapshots, a database made from nothing, and the one of this person.
    #[track_caller]
    pub(crate) fn is_sound(&self) {
        self.run(["check"]).code(0);
        assert!(!self.repo.exists(".git/makemigrations"));
        let fresh = Database::new(self.engine, "fresh");
        let migrated = makemigrations(&self.project, ["migrate"]).env("DATABASE_URL", fresh.url()).run();
        migrated.code(0);
        if let Some(database) = &self.database {
            self.run(["migrate"]).code(0);
            for table in ["ticket", "user"] {
                assert_eq!(columns(database, table), columns(&fresh, table));
            }
            let applied = "SELECT version FROM __diesel_schema_migrations ORDER BY version";
            assert_eq!(database.column(applied), fresh.column(applied));
        }
    }
}

fn now(minute: u32) -> String {
    let (day, minute) = (1 + minute / (24 * 60), minute % (24 * 60));
    format!("2026-12-{day:02}T{:02}:{:02}:00Z", minute / 60, minute % 60)
}

/// The names of a table's columns, sorted.
pub(crate) fn columns(database: &Database, table: &str) -> Vec<String> {
    let query = match database.engine() {
        Engine::Postgres => {
            format!("SELECT column_name FROM information_schema.columns WHERE table_name = '{table}' ORDER BY 1")
        }
        Engine::Sqlite => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY 1"),
    };
    database.column(&query)
}

/// A nullable column as a line of a snapshot.
pub(crate) fn column(name: &str) -> String {
    format!("{name} = {{ type = \"text\", nullable = true }}\n")
}
