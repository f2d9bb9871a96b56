//! `check --tree`: a commit that nobody trusts, read as data. What the commit says of itself must not count: its settings,
//! its programs, and what is checked out beside it.

use makemigrations_tests::command::Finished;
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

pub(super) const TICKET: &str = "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\n";
pub(super) const MORE: &str = "note = { type = \"text\", nullable = true }\n";

/// A repository whose `main` has one migration, and a branch `work` that starts there.
pub(super) struct Setup {
    pub(super) repo: Repo,
    pub(super) project: Project,
    pub(super) first: String,
}

impl Setup {
    pub(super) fn new(settings: &str) -> Self {
        let folder = Folder::temporary();
        let project = Project::with_settings(&folder, &format!("dialect = \"{}\"\n{settings}", Engine::Sqlite.name()));
        let repo = Repo::init(&folder);
        project.snapshot("ticket", TICKET);
        project.run(["makemigrations"]).code(0);
        repo.commit_all("first");
        repo.git(["branch", "-M", "main"]);
        let first = project.migrations().remove(0);
        repo.branch("work");
        Self { repo, project, first }
    }

    /// Commits what there is, goes back to `main`, and checks the commit from there.
    #[track_caller]
    pub(super) fn judge(&self) -> Finished {
        self.repo.commit_all("work");
        self.repo.checkout("main");
        self.project.run(["check", "--tree", "work", "--base", "main"])
    }

    pub(super) fn up(&self) -> String {
        format!("migrations/{}/up.sql", self.first)
    }
}

#[test]
fn an_honest_commit_passes() {
    let setup = Setup::new("");
    setup.project.snapshot("ticket", &format!("{TICKET}{MORE}"));
    setup.project.run(["makemigrations"]).code(0);
    setup.judge().code(0);
    // Without a base the default branch is the one.
    setup.project.run(["check", "--tree", "work"]).code(0);
    setup.project.run(["check", "--tree", "main", "--base", "main"]).code(0);
}

#[test]
fn an_edit_of_what_is_merged_is_found() {
    let setup = Setup::new("");
    setup.project.append(&setup.up(), "-- edited\n");
    setup.judge().code(1).stderr_contains("M001");
}

#[test]
fn its_settings_do_not_count() {
    for settings in
        ["base = \"work\"\n", "migrations = \"other\"\n", "overrides = \"allowed\"\n", "snapshots = \"other\"\n"]
    {
        let setup = Setup::new("");
        setup.project.append(&setup.up(), "-- edited\n");
        setup.project.settings(&format!("dialect = \"sqlite\"\n{settings}"));
        setup.judge().code(1).stderr_contains("M001");
    }
}

#[test]
fn a_copy_of_the_folder_under_another_name_does_not_hide_an_edit() {
    let setup = Setup::new("");
    setup.repo.git(["mv", "migrations", "moved"]);
    setup.project.append(&format!("moved/{}/up.sql", setup.first), "-- edited\n");
    setup.project.settings("dialect = \"sqlite\"\nmigrations = \"moved\"\n");
    setup.judge().code(1).stderr_contains(&setup.first);
}

#[test]
fn a_missing_migration_and_an_old_schema_rs_are_found() {
    let setup = Setup::new("schema_rs = \"src/schema.rs\"\n");
    setup.project.snapshot("ticket", &format!("{TICKET}{MORE}"));
    setup.judge().code(1).stderr_contains("a migration");
    let setup = Setup::new("schema_rs = \"src/schema.rs\"\n");
    setup.project.replace("src/schema.rs", "Integer", "Text");
    setup.judge().code(1).stderr_contains("error[schema]");
}

#[test]
fn nothing_of_it_runs() {
    let setup = Setup::new("");
    let trap = setup.project.join("trapped").display().to_string();
    let program = format!("fn main() {{ std::fs::write({trap:?}, \"\").unwrap(); }}\n");
    setup.project.write("build.rs", &program);
    setup.project.write("xtask/src/main.rs", &program);
    setup.project.write("xtask/Cargo.toml", "[package]\nname = \"xtask\"\nversion = \"0.0.0\"\nedition = \"2024\"\n");
    setup.project.write(".cargo/config.toml", format!("[build]\nrustc-wrapper = \"{trap}.sh\"\n"));
    setup.project.write(".envrc", format!("touch {trap}\n"));
    setup.project.write(".env", "DATABASE_URL=postgres://nobody@127.0.0.1:1/none\n");
    setup.project.write(".gitattributes", "*.sql filter=trap\n");
    setup.repo.config("filter.trap.smudge", &format!("touch {trap}; cat"));
    setup.project.append(&setup.up(), "-- edited\n");
    setup.judge().code(1).stderr_contains("M001");
    assert!(!setup.project.exists("trapped"));
}

#[test]
fn what_is_checked_out_does_not_count() {
    let setup = Setup::new("");
    setup.project.append(&setup.up(), "-- edited\n");
    setup.repo.commit_all("work");
    setup.repo.checkout("main");
    // Neither an edit on disk nor a staged one makes the commit better or worse.
    setup.project.write("schema-snapshots/broken.toml", "nonsense");
    setup.project.append(&setup.up(), "-- another\n");
    setup.repo.git(["add", "-A"]);
    setup.project.run(["check", "--tree", "work", "--base", "main"]).code(1).stderr_contains("M001").lacks("broken");
    setup.project.run(["check", "--tree", "main", "--base", "main"]).code(0);
}

#[test]
fn overrides_are_forbidden_by_the_base_alone() {
    let edit = |setup: &Setup| {
        setup.project.append(&setup.up(), "-- edited\n");
        setup.project.run(["seal", &setup.first, "--override", "--reason", "hot fix"])
    };
    let allowed = Setup::new("");
    edit(&allowed).code(0);
    allowed.judge().code(0);

    let forbidden = Setup::new("overrides = \"forbidden\"\n");
    edit(&forbidden).code(1).stderr_contains("`overrides = \"forbidden\"`");
    // The branch allows itself what the base forbids, and has the line written by a tool that obeys the branch.
    forbidden.project.settings("dialect = \"sqlite\"\noverrides = \"allowed\"\n");
    let lock = allowed.repo.git(["show", "work:migrations/migrations.lock"]);
    forbidden.project.write("migrations/migrations.lock", lock);
    forbidden.repo.commit_all("hot fix");
    for check in [&["check"][..], &["check", "--tree", "work", "--base", "main"]] {
        forbidden.project.run(check).code(1).stderr_contains("`overrides = \"forbidden\"`");
    }
}

#[test]
fn members_are_found_by_reading() {
    let setup = Setup::new("");
    let member = "[package]\nname = \"billing\"\nversion = \"0.0.0\"\n[package.metadata.makemigrations]\nsnapshot = \"schema.toml\"\n";
    setup.project.write("billing/Cargo.toml", member);
    setup.project.write(
        "billing/schema.toml",
        "format = 1\n[tables.invoice.columns]\nid = { type = \"integer\", primary_key = true }\n",
    );
    // Its table has no migration, and Cargo, which would find no such member, is not asked.
    setup.judge().code(1).stderr_contains("invoice");
}

#[test]
fn commits_that_are_not_there_are_named() {
    let setup = Setup::new("");
    setup.project.run(["check", "--tree", "gone", "--base", "main"]).code(2).stderr_contains("`--tree gone`");
    setup.project.run(["check", "--tree", "main", "--base", "gone"]).code(2).stderr_contains("`--base gone`");
    setup.project.run(["check", "--base", "main"]).code(2);
    setup.repo.git(["branch", "-m", "main", "trunk"]);
    setup.project.run(["check", "--tree", "trunk"]).code(1).stderr_contains("--base");
}

#[test]
fn links_in_it_are_refused() {
    let setup = Setup::new("");
    setup.project.remove("schema-snapshots/ticket.toml");
    std::os::unix::fs::symlink("/etc/hostname", setup.project.join("schema-snapshots/ticket.toml")).unwrap();
    let judged = setup.judge();
    assert_ne!(judged.code, Some(0), "{}", judged.stderr);
}
