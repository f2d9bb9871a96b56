//! Several applications in one workspace: which one a command is about, and that `check` forgets none.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

const SETTINGS: &str = r#"
[workspace.metadata.makemigrations.apps.web]
dialect = "sqlite"
snapshots = "web/schema"
migrations = "web/migrations"

[workspace.metadata.makemigrations.apps.api]
dialect = "sqlite"
snapshots = "api/schema"
migrations = "api/migrations"
database_url_env = "API_DATABASE_URL"
"#;

const TICKET: &str = "format = 1\n\n[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\n";

fn two_in(folder: &Folder) -> Project {
    let project = Project::with_settings(folder, SETTINGS);
    project.write("web/schema/ticket.toml", TICKET);
    project.write("api/schema/order.toml", TICKET.replace("ticket", "order"));
    project
}

fn two() -> Project {
    two_in(&Folder::temporary())
}

#[test]
fn a_command_wants_to_know_which_one() {
    let project = two();
    let asked = project.run(["makemigrations"]);
    asked.code(2).stderr_contains("several applications: `api`, `web`").stderr_contains("--app api` or `--app web");
    project.run(["makemigrations", "--app", "shop"]).code(2).stderr_contains("the applications are `api`, `web`");
    assert!(!project.exists("web/migrations") && !project.exists("migrations"));
}

#[test]
fn each_has_its_own_migrations_and_database() {
    let project = two();
    project.run(["makemigrations", "--app", "web"]).code(0);
    project.run(["makemigrations", "--app", "api"]).code(0);
    assert!(project.exists("web/migrations/migrations.lock") && project.exists("api/migrations/migrations.lock"));
    let web = Database::new(Engine::Sqlite, "web");
    let api = Database::new(Engine::Sqlite, "api");
    let run = |arguments: [&str; 3]| {
        let command = makemigrations(&project, arguments);
        command.env("DATABASE_URL", web.url()).env("API_DATABASE_URL", api.url()).run()
    };
    run(["migrate", "--app", "web"]).code(0);
    run(["migrate", "--app", "api"]).code(0);
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('ticket', 'order')";
    assert_eq!(web.column(tables), ["ticket"]);
    assert_eq!(api.column(tables), ["order"]);
}

#[test]
fn check_looks_at_all_of_them() {
    let project = two();
    project.run(["makemigrations", "--app", "web"]).code(0);
    // The other one has nothing yet, and the hint says how to write it.
    project.run(["check"]).code(1).stderr_contains("application `api`").stderr_contains("application `web`");
    let missing = "cargo xtask --app api makemigrations";
    project.run(["check"]).code(1).stderr_contains(missing).lacks("cargo xtask makemigrations");
    project.run(["check", "--format", "github"]).code(1).stdout_contains(missing);
    let json = project.run(["check", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&json.code(1).stdout).unwrap();
    assert_eq!(document["findings"].as_array().unwrap().last().unwrap()["hint"], missing);
    project.run(["check", "--app", "web"]).code(0);
    project.run(["makemigrations", "--app", "api"]).code(0);
    project.run(["check"]).code(0);
    project.append("api/migrations/2026-11-23-141200-0001_initial/up.sql", "-- edited\n");
    project.run(["check"]).code(1).stderr_contains("M001").stderr_contains("api/migrations");
    let json = project.run(["check", "--format", "json"]);
    json.code(1);
    assert_eq!(json.stdout.matches("\"findings\"").count(), 1, "{}", json.stdout);
}

#[test]
fn a_branch_cannot_take_an_application_out_of_the_settings() {
    let repo = Repo::new();
    let project = two_in(&repo);
    project.run(["makemigrations", "--app", "web"]).code(0);
    project.run(["makemigrations", "--app", "api"]).code(0);
    repo.commit_all("two applications");
    repo.branch("work");
    project.settings(SETTINGS.split("[workspace.metadata.makemigrations.apps.api]").next().unwrap());
    project.append("api/migrations/2026-11-23-141200-0001_initial/up.sql", "-- edited\n");
    repo.commit_all("one is gone, and changed");
    project.run(["check"]).code(1).stderr_contains("M001").stderr_contains("api/migrations");
}

#[test]
fn one_schema_on_two_dialects_has_two_folders() {
    let project = Project::with_settings(
        &Folder::temporary(),
        r#"
[workspace.metadata.makemigrations.apps]
server = { dialect = "postgres", migrations = "migrations/postgres" }
embedded = { dialect = "sqlite", migrations = "migrations/sqlite" }
"#,
    );
    project.write("schema-snapshots/ticket.toml", TICKET);
    project.run(["makemigrations", "--app", "server"]).code(0);
    project.run(["makemigrations", "--app", "embedded"]).code(0);
    let up = |dialect: &str| project.read(&format!("migrations/{dialect}/2026-11-23-141200-0001_initial/up.sql"));
    assert!(up("postgres").contains("CONSTRAINT \"ticket_pkey\""), "{}", up("postgres"));
    assert!(up("sqlite").contains("INTEGER PRIMARY KEY"), "{}", up("sqlite"));
}

/// The snapshots of a member are in every application, unless it says in which.
#[test]
fn a_member_may_be_for_some_applications_only() {
    let project = two();
    let settings = SETTINGS.trim_start();
    let manifest = |more: &str| {
        let members =
            "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\"]\n\n[workspace.metadata.makemigrations]\n";
        project.write("Cargo.toml", format!("{members}{settings}"));
        for (name, apps) in [("people", ""), ("billing", more)] {
            let package = format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n");
            let owns = format!("\n[package.metadata.makemigrations]\nsnapshot = \"schema.toml\"\n{apps}");
            project.write(&format!("crates/{name}/Cargo.toml"), format!("{package}{owns}"));
            project.write(&format!("crates/{name}/src/lib.rs"), "");
            project.write(&format!("crates/{name}/schema.toml"), TICKET.replace("ticket", name));
        }
    };
    manifest("apps = [\"shop\"]\n");
    let refused = project.run(["makemigrations", "--app", "web"]);
    refused.code(2).stderr_contains("no application is called `shop`").stderr_contains("crates/billing/Cargo.toml:8:");
    refused.stderr_contains("the applications are `api`, `web`");
    manifest("apps = [\"api\"]\n");
    let tables = |app: &str| {
        project.run(["makemigrations", "--app", app]).code(0);
        let up = project.read(&format!("{app}/migrations/2026-11-23-141200-0001_initial/up.sql"));
        ["billing", "order", "people", "ticket"]
            .into_iter()
            .filter(|name| up.contains(&format!("TABLE \"{name}\"")))
            .collect::<Vec<_>>()
    };
    assert_eq!(tables("api"), ["billing", "order", "people"]);
    assert_eq!(tables("web"), ["people", "ticket"]);
    project.run(["check"]).code(0);
}

/// What rolls back asks the database that `migrate` of the same application fills.
#[test]
fn squash_finds_the_default_database_of_its_application() {
    let project = two();
    let repo = Repo::init(&Folder::clone(&project));
    project.write(".gitignore", "target/\n");
    repo.commit_all("base");
    repo.branch("mine");
    let run = |arguments: &[&str]| {
        let finished = project.run([arguments, &["--app", "web"]].concat());
        finished.code(0);
        finished
    };
    for column in ["", "a = { type = \"integer\", nullable = true }\n"] {
        project.write("web/schema/ticket.toml", format!("{TICKET}{column}"));
        run(&["makemigrations", "--no-input"]);
    }
    run(&["migrate"]);
    run(&["squash", "--yes"]).stderr_contains("target/dev-web.sqlite3");
    run(&["showmigrations"]).lacks("unknown").lacks("pending");
    run(&["drift"]);
    assert!(!project.exists("target/dev.sqlite3"));
}
