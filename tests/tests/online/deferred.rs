//! Drops that wait: programs from before and after run on one database, and the drop comes when the deferral is merged.

use makemigrations_tests::database::Database;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

use crate::support::{BEFORE, diesel_down, diesel_up, started};

const SETTINGS: &str = "dialect = \"postgres\"\ndrops = \"deferred\"\nschema_rs = \"src/schema.rs\"\n";

/// Without a column and a table.
fn after() -> String {
    let text = BEFORE.replace("owner = \"bigint\"\n", "");
    text.split("[tables.person.columns]")
        .map(|part| part.trim_start_matches("\nid = { type = \"bigint\", primary_key = true }\n"))
        .collect()
}

fn deferring(name: &str) -> (Project, Database, Repo) {
    let (project, database) = started(name);
    project.settings(SETTINGS);
    project.run(["schema"]).code(0);
    let repository = Repo::init(&project);
    repository.commit_all("initial");
    repository.branch("feature");
    project.snapshot("app", &after());
    project.run(["makemigrations", "--no-renames"]).code(0).stderr_contains("defer the drop of column owner of ticket");
    (project, database, repository)
}

#[test]
fn what_goes_waits_in_the_database() {
    let (project, database, _repository) = deferring("deferred");
    let schema = project.read("src/schema.rs");
    assert!(!schema.contains("owner") && !schema.contains("person"), "{schema}");
    let before = database.value("SELECT count(*) FROM person");
    assert_eq!(diesel_up(&project, &database), 1);
    // The program from before, and the new one.
    database.execute("INSERT INTO ticket (id, owner) VALUES (9001, 1); INSERT INTO ticket (id) VALUES (9002)");
    assert_eq!(database.value("SELECT count(*) FROM person"), before);
    let url = ["--database-url", database.url()];
    project.run(["drift"].into_iter().chain(url)).code(0);
    project.run(["check"]).code(0).stderr_contains("column owner of ticket").stderr_contains("table person");
    project.run(["makemigrations", "--check"]).code(0);
    let shown = project.run(["showmigrations"].into_iter().chain(url));
    shown.code(0).stdout_contains("owed          column owner of ticket").stdout_contains("owed          table person");
    database.execute("DELETE FROM ticket WHERE owner IS NULL");
    diesel_down(&project, &database, 1);
    project.run(["migrate"].into_iter().chain(url)).code(0);
    project.run(["verify"].into_iter().chain(url)).code(0);
}

#[test]
fn the_drop_comes_when_the_deferral_is_merged() {
    let (project, database, repository) = deferring("contract");
    let written = project.run(["makemigrations", "--contract"]);
    written.code(0).stderr_contains("not merged: ").stderr_contains("nothing is to be dropped");
    repository.commit_all("deferred");
    repository.checkout("main");
    repository.merge("feature");
    repository.branch("drops");
    let schema = project.read("src/schema.rs");
    project.run(["makemigrations", "--contract"]).code(0).stderr_contains("drop column owner of ticket");
    assert_eq!(project.read("src/schema.rs"), schema);
    let url = ["--database-url", database.url()];
    project.run(["migrate"].into_iter().chain(url)).code(0);
    let left = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND (column_name = 'owner' OR table_name = 'person')";
    assert_eq!(database.value(left), "0");
    project.run(["drift"].into_iter().chain(url)).code(0);
    project.run(["check"]).code(0).lacks("to be dropped");
    project.run(["showmigrations"].into_iter().chain(url)).code(0).lacks("owed");
    project.run(["migrate:down", "--yes"].into_iter().chain(url)).code(0);
    project.run(["drift"].into_iter().chain(url)).code(0);
    project.run(["migrate"].into_iter().chain(url)).code(0);
    project.run(["verify"].into_iter().chain(url)).code(0);
    project.run(["makemigrations", "--contract"]).code(0).stderr_contains("nothing is to be dropped");
}

#[test]
fn what_comes_back_meets_what_waits() {
    let (project, _database, _repository) = deferring("returns");
    project.snapshot("app", BEFORE);
    let refused = project.run(["makemigrations", "--no-input", "--backfill", "ticket.owner=1"]);
    refused.code(2).stderr_contains("still to be dropped").stderr_contains("makemigrations --contract");
}

#[test]
fn sqlite_is_refused() {
    let project = Project::new(makemigrations_tests::database::Engine::Sqlite);
    project.snapshot("app", BEFORE);
    project.run(["makemigrations"]).code(0);
    project.settings("dialect = \"sqlite\"\ndrops = \"deferred\"\n");
    project.snapshot("app", &after());
    project.run(["makemigrations", "--no-renames"]).code(2).stderr_contains("is for PostgreSQL");
}
