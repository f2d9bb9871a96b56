//! What cannot be taken over: it is said why, and nothing is written. It must not take anything over, except to be refused
//! the second time.

use makemigrations_tests::command::{Finished, makemigrations};
use makemigrations_tests::database::Engine;

use crate::layouts::NUMBERS;
use crate::project::Project;

/// Refused, with every file as it was.
#[track_caller]
fn refused(project: &Project, code: i32) -> Finished {
    let before = project.files();
    let bytes = project.bytes();
    let found = project.run(["adopt"]);
    found.code(code);
    assert_eq!(project.files(), before);
    assert_eq!(project.bytes(), bytes);
    found
}

#[test]
fn twice_is_once_too_often() {
    let project = Project::of(&NUMBERS);
    project.go(&[&["adopt"]]);
    let found = refused(&project, 2);
    found.stderr_contains("are adopted already").stderr_contains(&format!("`{}`", project.baseline()));
    // A project of this tool's has nothing to be adopted.
    let own = makemigrations_tests::project::Project::new(Engine::Sqlite);
    own.snapshot("a", "[tables.a.columns]\nid = \"integer\"\n");
    own.run(["makemigrations"]).code(0);
    own.run(["adopt"]).code(2).stderr_contains("has migrations already");
}

#[test]
fn where_there_is_nothing_nothing_is_made() {
    let project = Project::new(Engine::Sqlite);
    refused(&project, 2).stderr_contains("there are no migrations in `migrations`");
    assert!(!project.exists("migrations"));
    project.write("migrations/README.md", "");
    refused(&project, 2);
}

#[test]
fn a_database_that_lacks_some_is_not_what_they_made() {
    for engine in Engine::ALL {
        let first = ("0001_a/up.sql", "CREATE TABLE a (x INTEGER PRIMARY KEY NOT NULL);");
        let project = Project::with(engine, &[first]);
        project.diesel_runs();
        project.write("migrations/0002_b/up.sql", "CREATE TABLE b (x INTEGER PRIMARY KEY NOT NULL);");
        refused(&project, 1).stderr_contains("does not have all of the migrations: `0002_b`");
        project.run(["adopt", "--files"]).code(0);
        let project = Project::with(engine, &[first, ("0002_b/up.sql", "SELECT 1;")]);
        project.diesel_runs();
        project.remove("migrations/0002_b");
        project.repo.commit_all("gone");
        project.repo.git(["branch", "--force", "main"]);
        refused(&project, 1).stderr_contains("that are not in the folder: `0002`").stderr_contains("--files");
    }
}

/// Diesel orders versions as texts: nothing of today comes after `3`.
#[test]
fn plain_numbers_need_zeros_first() {
    let text = |table: &str| format!("CREATE TABLE {table} (x INTEGER PRIMARY KEY NOT NULL);");
    let files = [("1_a/up.sql", &*text("a")), ("2_b/up.sql", &*text("b")), ("3_c/up.sql", &*text("c"))];
    let project = Project::with(Engine::Sqlite, &files);
    project.diesel_runs();
    let found = refused(&project, 2);
    found.stderr_contains("nothing can come after `3_c`");
    let lines = |start: &str| {
        let lines = found.stderr.lines().filter(|line| line.starts_with(start));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (moves, updates) = (lines("git mv "), lines("UPDATE "));
    assert_eq!(moves[2], "git mv 'migrations/3_c' 'migrations/00000000000003_c'");
    assert_eq!(updates.len(), 3);
    // What it says to do is enough.
    for line in moves {
        let words = line.split_whitespace().skip(1).map(|word| word.trim_matches('\''));
        project.repo.git(words);
    }
    project.database.execute(&updates.concat());
    project.go(&[&["adopt"], &["check"], &["migrate"], &["drift"]]);
    project.repo.commit_all("zeros");
    project.go(&[&["check"]]);
    project.repo.checkout("main");
    project.repo.merge("adopt");
    project.go(&[&["check"]]);
    project.diesel_has_applied(4);
    let other = Project::with(Engine::Sqlite, &[("v1_a/up.sql", &text("a"))]);
    refused(&other, 2)
        .stderr_contains("nothing can come after `v1_a`")
        .stderr_contains("so that its version is a date");
}

/// A date to come is only a clock that is behind.
#[test]
fn a_date_to_come_is_no_hindrance() {
    let project = Project::with(Engine::Sqlite, &[("2031-05-05-000000_a/up.sql", "CREATE TABLE a (x INTEGER);")]);
    project.go(&[&["adopt"], &["migrate"], &["drift"]]);
    assert_eq!(project.baseline(), "migrations/2031-05-05-000001-0001_baseline");
}

#[test]
fn snapshots_of_something_else_are_not_replaced() {
    let project = Project::of(&NUMBERS);
    project.write("schema-snapshots/own.toml", "format = 1\n\n[tables.own.columns]\nid = \"integer\"\n");
    refused(&project, 1).stderr_contains("they do not say what is there").stderr_contains("differs: ");
    project.write("schema-snapshots/own.toml", "format = 1\n[tables.own]\n");
    refused(&project, 2).stderr_contains("own.toml");
}

#[test]
fn diesel_s_own_folder_is_the_one_that_counts() {
    let project = Project::of(&NUMBERS);
    project.write(
        "diesel.toml",
        "[print_schema]\nfile = \"src/schema.rs\"\n\n[migrations_directory]\ndir = \"./db/up\"\n",
    );
    let found = refused(&project, 2);
    found.stderr_contains("`diesel.toml` has the migrations in `db/up`");
    found.stderr_contains("`migrations = \"db/up\"` below `[workspace.metadata.makemigrations]`");
    project.write("diesel.toml", "[migrations_directory]\ndir = \"migrations\"\n");
    project.go(&[&["adopt"]]);
}

#[test]
fn what_diesel_does_not_run_is_named() {
    let project = Project::with(Engine::Sqlite, &[("0001_a/up.sql", "CREATE TABLE a (x INTEGER);")]);
    project.write("migrations/0001_b/up.sql", "CREATE TABLE b (x INTEGER);");
    refused(&project, 1).stderr_contains("M008");
    project.remove("migrations/0001_b");
    project.write("migrations/0002_c/notes.md", "later");
    refused(&project, 1).stderr_contains("M010").stderr_contains("0002_c");
    project.write("migrations/0002_c/up.sql", "CREATE TABLE a (x INTEGER);");
    refused(&project, 3)
        .stderr_contains("0002_c")
        .stderr_contains("already exists")
        .stderr_contains("hint: the files are run");
}

/// Files alone need a server to run them on.
#[test]
fn postgres_needs_a_server() {
    let project = Project::with(Engine::Postgres, &[("0001_a/up.sql", "CREATE TABLE a (x INTEGER);")]);
    project.append("Cargo.toml", "\n[workspace.metadata.makemigrations]\ndialect = \"postgres\"\n");
    let found = makemigrations(&project, ["adopt"]).run();
    found.code(2).stderr_contains("no PostgreSQL server is named, and `adopt` makes a scratch database on one");
    assert!(!project.exists("schema-snapshots") && !project.exists("migrations/migrations.lock"));
}

/// `SERIAL` is a type to SQLite as well, but no counter.
#[test]
fn a_database_other_than_the_default_has_to_be_named() {
    let project = Project::with(Engine::Sqlite, &[("0001_a/up.sql", "CREATE TABLE a (id SERIAL PRIMARY KEY);")]);
    project.write("src/lib.rs", "");
    project.append("Cargo.toml", "\n[dependencies]\ndiesel = { version = \"2\", features = [\"postgres\"] }\n");
    let found = makemigrations(&project, ["adopt"]).run();
    found.code(2).stderr_contains("is not said, and the workspace builds Diesel for `postgres`");
    assert!(!project.exists("schema-snapshots") && !project.exists("migrations/migrations.lock"));
    project.append("Cargo.toml", "\n[workspace.metadata.makemigrations]\ndialect = \"sqlite\"\n");
    makemigrations(&project, ["adopt"]).run().code(0).lacks("note: the migrations are taken as SQLite's");
}

#[test]
fn where_nothing_is_said_it_is_the_embedded_default() {
    let project = Project::with(Engine::Sqlite, &[("0001_a/up.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY);")]);
    let found = makemigrations(&project, ["adopt"]).run();
    found.code(0).stderr_contains("note: the migrations are taken as SQLite's");
    makemigrations(&project, ["makemigrations", "--check"]).run().code(0);
}
