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
