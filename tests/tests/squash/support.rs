//! A repository whose `main` has merged migrations, and databases to run them on. It must not state anything that a test is
//! about.

use std::cell::Cell;
use std::ffi::OsStr;

use makemigrations_tests::catalog::Catalog;
use makemigrations_tests::command::{Command, Finished, makemigrations};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;
use makemigrations_tests::structure::structure;

/// Where a house stands, and who lives in it.
const HOUSE: &str = "[tables.house.columns]\nid = { type = \"integer\", primary_key = true }\nstreet = \"text\"\n";
const TICKET: &str = "\n[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\ntitle = \"text\"\n";

/// The snapshot of the one domain.
pub(crate) const SNAPSHOT: &str = "schema-snapshots/home.toml";

/// A repository with migrations on `main`, and the branch `mine` checked out.
pub(crate) struct Team {
    pub(crate) repo: Repo,
    pub(crate) project: Project,
    pub(crate) engine: Engine,
    minutes: Cell<u32>,
}

impl Team {
    /// Five merged migrations: tables, columns, a rename, an index.
    pub(crate) fn new(engine: Engine) -> Self {
        let team = Self::empty(engine);
        team.project.snapshot("home", HOUSE);
        team.makes("initial");
        team.project.append(SNAPSHOT, TICKET);
        team.makes("ticket");
        team.project.append(SNAPSHOT, line("note", ""));
        team.makes("note");
        team.project.replace(SNAPSHOT, &line("note", ""), &line("remark", ", renamed_from = \"note\""));
        team.makes("remark");
        team.project.replace(SNAPSHOT, &line("remark", ", renamed_from = \"note\""), &line("remark", ", index = true"));
        team.makes("index");
        team.merges();
        team
    }

    /// Nothing yet.
    pub(crate) fn empty(engine: Engine) -> Self {
        let project = Project::new(engine);
        let repo = Repo::init(&project);
        project.write(".gitignore", "target/\n");
        Self { repo, project, engine, minutes: Cell::new(0) }
    }

    /// Commits, and has it on `main`; what follows is on a new branch `mine`.
    #[track_caller]
    pub(crate) fn merges(&self) {
        self.repo.commit_all("merged");
        self.repo.git(["switch", "--quiet", "--force-create", "main"]);
        self.repo.git(["switch", "--quiet", "--force-create", "mine"]);
    }

    /// The command line, a minute later than the last time, without a database.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let minute = self.minutes.get() + 1;
        self.minutes.set(minute);
        let now = format!("2026-12-01T{:02}:{:02}:00Z", minute / 60, minute % 60);
        makemigrations(&self.project, arguments).env("MAKEMIGRATIONS_NOW", now)
    }

    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        self.command(arguments).run()
    }

    /// The same with a database.
    #[track_caller]
    pub(crate) fn on<A: AsRef<OsStr>>(&self, database: &Database, arguments: impl IntoIterator<Item = A>) -> Finished {
        self.command(arguments).env("DATABASE_URL", database.url()).run()
    }

    /// Writes the migration that is missing.
    #[track_caller]
    pub(crate) fn makes(&self, name: &str) {
        self.run(["makemigrations", "--no-input", "--name", name]).code(0);
    }

    /// Writes a migration with SQL by hand.
    #[track_caller]
    pub(crate) fn by_hand(&self, name: &str, up: &str, down: &str) -> String {
        self.run(["makemigrations", "--empty", "--name", name]).code(0);
        let folder = self.folder(&format!("_{name}"));
        self.project.write(&format!("{folder}/up.sql"), up);
        self.project.write(&format!("{folder}/down.sql"), down);
        self.run(["seal"]).code(0);
        folder
    }

    /// Squashes and merges that.
    #[track_caller]
    pub(crate) fn squashes(&self, from: &str, to: &str) -> String {
        self.run(["squash", from, to]).code(0);
        self.run(["check"]).code(0);
        self.merges();
        self.run(["check"]).code(0);
        self.project.migrations().pop().unwrap()
    }

    pub(crate) fn database(&self, name: &str) -> Database {
        Database::new(self.engine, name)
    }

    /// The folder of the migration that ends so.
    #[track_caller]
    pub(crate) fn folder(&self, end: &str) -> String {
        let names = self.project.migrations();
        let found: Vec<_> = names.iter().filter(|name| name.ends_with(end)).collect();
        assert_eq!(found.len(), 1, "{end}: {names:?}");
        format!("migrations/{}", found[0])
    }

    /// A database on which every migration ran itself.
    #[track_caller]
    pub(crate) fn one_by_one(&self, name: &str) -> Database {
        let database = self.database(name);
        for migration in self.project.migrations() {
            self.on(&database, ["migrate", "--to", &migration]).code(0).lacks("squashed 00");
        }
        database
    }

    /// States that a database has all migrations, each once, and the schema of one on which every migration ran itself.
    #[track_caller]
    pub(crate) fn is_whole(&self, database: &Database) {
        let expected = self.one_by_one("expected");
        Catalog::of(database).assert_same(&Catalog::of(&expected));
        assert_eq!(structure(database), structure(&expected));
        assert_eq!(applied(database), applied(&expected));
        assert_eq!(applied(database).len(), self.project.migrations().len());
        self.on(database, ["migrate"]).code(0).stderr_contains("nothing to apply");
    }
}

/// A nullable column of the last table as a line of a snapshot.
pub(crate) fn line(name: &str, more: &str) -> String {
    format!("{name} = {{ type = \"text\", nullable = true{more} }}\n")
}

/// What Diesel's table and the history say: version, name and checksum of each migration. Panics when one of them has a row
/// that the other has not, or more than one.
#[track_caller]
pub(crate) fn applied(database: &Database) -> Vec<Vec<Option<String>>> {
    let query = "SELECT v.version, h.version, h.name, h.checksum, h.state FROM __diesel_schema_migrations v \
                 FULL JOIN __makemigrations_history h ON v.version = h.version ORDER BY 1, 2";
    let rows = database.rows(query);
    let is_right = |row: &Vec<Option<String>>| {
        row[0].is_some() && row[0] == row[1] && row[3].is_some() && row[4].as_deref() == Some("applied")
    };
    assert!(rows.iter().all(is_right), "{rows:?}");
    rows
}
