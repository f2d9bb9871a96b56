//! Every kind of change with rows: Diesel alone runs its steps up, down and up, to what the direct form gives. It must not
//! look at how long anybody waits.

use std::path::Path;

use makemigrations_tests::database::Database;
use makemigrations_tests::git::Repo;
use makemigrations_tests::golden;
use makemigrations_tests::project::Project;

use crate::support::{BEFORE, CHANGES, Change, changed, diesel_down, diesel_up, inspected, started};

/// What each folder's name says after the number and the name of the change.
fn words(project: &Project, change: &Change) -> Vec<String> {
    let names = project.migrations();
    let count = names.len() - 1;
    let word = |(index, name): (usize, &String)| {
        let name = name.split_once('_').unwrap().1;
        if count == 1 {
            return name.to_owned();
        }
        let (_, word) =
            name.split_once(&format!("_{}_", index + 1)).unwrap_or_else(|| panic!("{}: {name}", change.name));
        word.to_owned()
    };
    names[1..].iter().enumerate().map(word).collect()
}

fn judge(change: &Change) {
    let (direct, other) = started(&format!("direct_{}", change.name));
    changed(&direct, change, "--no-online").code(0);
    assert_eq!(diesel_up(&direct, &other), 1, "{}", change.name);
    let expected = inspected(&direct, &other);

    let (project, database) = started(&format!("online_{}", change.name));
    let before = inspected(&project, &database);
    let written = changed(&project, change, "--online");
    written.code(0).stderr_contains("  locks ");
    assert_eq!(words(&project, change), change.steps, "{}", change.name);
    project.run(["check"]).code(0);
    project.run(["makemigrations", "--check"]).code(0);
    assert_eq!(diesel_up(&project, &database), change.steps.len());
    assert_eq!(inspected(&project, &database), expected, "{}", change.name);
    assert_same_rows(change, &database, &other);
    check_sql(&project, change);
    diesel_down(&project, &database, change.steps.len());
    assert_eq!(inspected(&project, &database), before, "{}", change.name);
    project.run(["migrate", "--database-url", database.url()]).code(0);
    assert_eq!(inspected(&project, &database), expected, "{}", change.name);
    assert_eq!(database.value("SELECT count(*) FROM ticket"), "3000");
    project.run(["drift", "--database-url", database.url()]).code(0);
    project.run(["verify", "--database-url", database.url()]).code(0);
}

/// The SQL of all steps, for people to read.
fn check_sql(project: &Project, change: &Change) {
    let mut text = String::new();
    for name in &project.migrations()[1..] {
        for file in ["up.sql", "down.sql"] {
            let sql = project.read(&format!("migrations/{name}/{file}"));
            let (_, sql) = sql.split_once("--\n").unwrap();
            text += &format!("==> {name}/{file}\n{sql}\n");
        }
    }
    let path = format!("{}/data/online/{}.sql", env!("CARGO_MANIFEST_DIR"), change.name);
    golden::check(Path::new(&path), &text);
}

fn assert_same_rows(change: &Change, one: &Database, other: &Database) {
    let query = match change.name {
        // Differs from row to row, and must.
        "volatile_default" => "SELECT count(DISTINCT token) FROM ticket",
        // Its column has another place in the table.
        "rewriting_type" => {
            "SELECT md5(string_agg(row(id, owner, size, title, state)::text, '|' ORDER BY id)) FROM ticket"
        }
        _ => "SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM ticket t",
    };
    assert_eq!(one.value(query), other.value(query), "{}", change.name);
}

#[test]
fn indexes() {
    CHANGES.iter().filter(|change| change.name.starts_with("index")).for_each(judge);
}

#[test]
fn constraints() {
    CHANGES
        .iter()
        .filter(|change| ["foreign_key", "check", "unique", "primary_key"].contains(&change.name))
        .for_each(judge);
}

#[test]
fn values() {
    CHANGES
        .iter()
        .filter(|change| {
            ["not_null", "nullable", "wider_type", "rewriting_type", "column", "volatile_default"]
                .contains(&change.name)
        })
        .for_each(judge);
}

/// Whoever stops half-way, and turns back from there.
#[test]
fn each_step_goes_up_down_and_up_by_itself() {
    for change in CHANGES.iter().filter(|change| change.steps.len() > 1) {
        let (project, database) = started(&format!("each_{}", change.name));
        changed(&project, change, "--online").code(0);
        for name in &project.migrations()[1..] {
            let url = ["--database-url", database.url()];
            project.run(["migrate", "--to", name].into_iter().chain(url)).code(0);
            project.run(["drift"].into_iter().chain(url)).code(0);
            project.run(["migrate:down", "--yes"].into_iter().chain(url)).code(0);
            project.run(["migrate", "--to", name].into_iter().chain(url)).code(0);
        }
        project.run(["drift", "--database-url", database.url()]).code(0);
    }
}

/// What is there is merged, and what comes is not.
fn on_a_branch(project: &Project) {
    let repository = Repo::init(project);
    repository.commit_all("initial");
    repository.branch("feature");
}

#[test]
fn a_table_that_is_new_changes_at_once() {
    let (project, _database) = started("new_table");
    on_a_branch(&project);
    let note =
        format!("{BEFORE}\n[tables.note.columns]\nid = {{ type = \"bigint\", primary_key = true }}\ntext = \"text\"\n");
    project.snapshot("app", &note);
    project.run(["makemigrations"]).code(0);
    project.snapshot("app", &note.replace("text = \"text\"", "text = { type = \"text\", index = true }"));
    project.run(["makemigrations", "--online"]).code(0);
    let newest = project.migrations().pop().unwrap();
    assert!(!project.read(&format!("migrations/{newest}/up.sql")).contains("CONCURRENTLY"));
    project.snapshot(
        "app",
        &note
            .replace("title = { type", "title = { index = true, type")
            .replace("text = \"text\"", "text = { type = \"text\", index = true }"),
    );
    project.run(["makemigrations", "--online"]).code(0);
    let newest = project.migrations().pop().unwrap();
    assert!(project.read(&format!("migrations/{newest}/up.sql")).contains("CREATE INDEX CONCURRENTLY"));
}

#[test]
fn a_squash_of_steps_is_a_change_in_steps_again() {
    let (project, database) = started("squash");
    on_a_branch(&project);
    let column = CHANGES.iter().find(|change| change.name == "column").unwrap();
    changed(&project, column, "--online").code(0);
    let more = column.after().replace("title = { type", "title = { index = true, type");
    project.snapshot("app", &more);
    project.run(["makemigrations", "--online"]).code(0);
    assert_eq!(project.migrations().len(), 8);
    project.run(["squash"]).code(0);
    let names = project.migrations();
    assert_eq!(names.len(), 8, "{names:?}");
    assert!(names[7].ends_with("_7_index"), "{names:?}");
    project.run(["check"]).code(0);
    assert_eq!(diesel_up(&project, &database), 7);
    project.run(["drift", "--database-url", database.url()]).code(0);
}
