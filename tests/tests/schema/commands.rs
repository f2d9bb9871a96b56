//! `schema.rs` after each command that writes migrations or sets up a workspace: `check` has nothing to say about it. Those
//! that need two branches are in `tests/rebase`.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

const TICKET: &str = "[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\ntitle = \"text\"\n";
const FILE: &str = "src/schema.rs";

/// Both ways in which a workspace says where the file is.
fn projects(engine: Engine) -> [Project; 2] {
    let dialect = format!("dialect = \"{}\"\n", engine.name());
    let by_setting = Project::with_settings(&Repo::new(), &format!("{dialect}schema_rs = \"{FILE}\"\n"));
    let by_diesel = Project::with_settings(&Repo::new(), &dialect);
    by_diesel.write("diesel.toml", format!("[print_schema]\nfile = \"{FILE}\"\n"));
    let projects = [by_setting, by_diesel];
    projects.iter().for_each(|project| project.snapshot("ticket", TICKET));
    projects
}

#[track_caller]
fn is_content(project: &Project) {
    project.run(["check"]).code(0);
    project.run(["schema", "--check"]).code(0);
}

#[test]
fn operations_with_sql_by_hand() {
    for engine in Engine::ALL {
        for project in projects(engine) {
            project.run(["makemigrations", "--manual", "--dry-run"]).code(0);
            assert!(!project.exists(FILE));
            project.run(["makemigrations", "--manual"]).code(0).stderr_contains(FILE);
            is_content(&project);
            let name = project.migrations().remove(0);
            project.append(&format!("migrations/{name}/up.sql"), "-- by hand\n");
            std::fs::remove_file(project.join(FILE)).unwrap();
            project.run(["seal"]).code(0).stderr_contains(FILE);
            is_content(&project);
        }
    }
}

#[test]
fn sql_without_operations() {
    for project in projects(Engine::Sqlite) {
        project.run(["makemigrations"]).code(0);
        project.write(FILE, "// stale\n");
        project.run(["makemigrations", "--empty", "--dry-run"]).code(0);
        assert_eq!(project.read(FILE), "// stale\n");
        project.run(["makemigrations", "--empty", "--name", "data"]).code(0).stderr_contains(FILE);
        is_content(&project);
        let name = project.migrations().remove(1);
        project.append(&format!("migrations/{name}/up.sql"), "UPDATE ticket SET title = '';\n");
        project.write(FILE, "// stale\n");
        project.run(["seal"]).code(0).stderr_contains(FILE);
        is_content(&project);

        // What is wrong with the snapshots is for another command to say.
        let good = project.read(FILE);
        project.append("schema-snapshots/ticket.toml", "nonsense\n");
        project.run(["makemigrations", "--empty"]).code(0).stderr_contains("`schema.rs` stays as it is");
        assert_eq!(project.read(FILE), good);
    }
}

#[test]
fn without_a_file_nobody_speaks_of_it() {
    let project = Project::new(Engine::Sqlite);
    project.snapshot("ticket", "nonsense");
    project.run(["makemigrations", "--empty"]).code(0).lacks("schema.rs");
}

#[test]
fn the_whole_job() {
    for project in projects(Engine::Sqlite) {
        let manifest = project.read("Cargo.toml").replace("members = []", "members = [\"tiny\"]");
        project.write("Cargo.toml", manifest);
        project.write("tiny/Cargo.toml", "[package]\nname = \"tiny\"\nversion = \"0.0.0\"\nedition = \"2024\"\n");
        project.write("tiny/src/main.rs", "fn main() {}\n");
        project.run(["build"]).code(0).stderr_contains(FILE);
        is_content(&project);
        project.write(FILE, "// stale\n");
        // In CI nobody writes what is missing.
        let database = Database::new(Engine::Sqlite, "ci");
        let in_ci = makemigrations(&project, ["build"]).env("CI", "true").env("DATABASE_URL", database.url()).run();
        in_ci.code(1);
        assert_eq!(project.read(FILE), "// stale\n");
        project.run(["build"]).code(0).stderr_contains(FILE);
        is_content(&project);
    }
}

#[test]
fn the_first_set_up() {
    let project = Project::with_settings(&Repo::new(), "schema_rs = \"src/schema.rs\"\n");
    project.run(["init", "--dry-run"]).code(0).stderr_contains("would create `src/schema.rs`");
    assert!(!project.exists(FILE));
    project.run(["init"]).code(0).stderr_contains("created `src/schema.rs`");
    project.run(["schema", "--check"]).code(0);

    // Snapshots that are there, and a file of Diesel's that says the same or something else.
    for project in projects(Engine::Postgres) {
        let printed = project.run(["schema", "--stdout"]).stdout;
        let of_diesel = printed.replacen("by makemigrations.", "by Diesel CLI.", 1);
        project.write(FILE, &of_diesel);
        project.run(["init"]).code(0).stderr_contains("changed `src/schema.rs`");
        assert_eq!(project.read(FILE), printed);
        let other = of_diesel.replace("title", "subject");
        project.write(FILE, &other);
        project.run(["init"]).code(0).stderr_contains("`src/schema.rs` says something else than the snapshots");
        assert_eq!(project.read(FILE), other);
    }

    // Migrations that are to be adopted come first.
    let project = projects(Engine::Sqlite)[1].clone();
    std::fs::remove_dir_all(project.join("schema-snapshots")).unwrap();
    project.write("migrations/2020-01-01-000000_a/up.sql", "CREATE TABLE a (id INTEGER PRIMARY KEY NOT NULL);\n");
    project.write(FILE, "// mine\n");
    project.run(["init"]).code(0).stderr_contains("cargo xtask adopt");
    assert_eq!(project.read(FILE), "// mine\n");
}

#[test]
fn migrations_of_diesel_are_adopted() {
    for engine in Engine::ALL {
        for project in projects(engine) {
            std::fs::remove_dir_all(project.join("schema-snapshots")).unwrap();
            let database = Database::new(engine, "adopted");
            let up = "CREATE TABLE a (id INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL);\n";
            project.write("migrations/2020-01-01-000000_a/up.sql", up);
            project.write("migrations/2020-01-01-000000_a/down.sql", "DROP TABLE a;\n");
            project.write(FILE, "// @generated automatically by Diesel CLI.\n");
            let adopt = |more: &[&str]| {
                makemigrations(&project, [&["adopt"], more].concat()).env("DATABASE_URL", database.url()).run()
            };
            adopt(&["--dry-run"]).code(0).stdout_contains("write src/schema.rs");
            assert_eq!(project.read(FILE), "// @generated automatically by Diesel CLI.\n");
            let adopted = adopt(&[]);
            adopted.code(0).stderr_contains("wrote src/schema.rs");
            adopted.stderr_contains("next: `git add migrations schema-snapshots src/schema.rs`");
            let text = project.read(FILE);
            assert!(text.contains("a (id)") && text.contains("name -> Text"), "{text}");
            is_content(&project);
        }
    }
}
