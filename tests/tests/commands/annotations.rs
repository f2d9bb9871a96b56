//! `--format github`: every reason why a check fails is an annotation, at the file that GitHub knows. It must not state
//! what is a reason; other tests do.

use makemigrations_tests::command::{Finished, makemigrations};
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

use crate::setup::{next, snapshot_ticket};

/// A project with a migration, in a folder of a checkout.
fn below(checkout: &Folder) -> (Project, String) {
    let project = Project::with_settings(&checkout.folder("services/a,b"), "dialect = \"sqlite\"\n");
    snapshot_ticket(&project, "");
    let name = next(&project, &[]);
    (project, name)
}

fn check(project: &Project, checkout: &Folder) -> Finished {
    let command = makemigrations(project, ["check", "--format", "github"]);
    command.env("GITHUB_WORKSPACE", checkout.path()).run()
}

#[test]
fn files_are_those_of_the_checkout() {
    let checkout = Folder::temporary();
    let (project, name) = below(&checkout);
    project.append(&format!("migrations/{name}/up.sql"), "-- edited\n");
    let finished = check(&project, &checkout);
    let place = "file=services/a%2Cb";
    finished.code(1).stdout_contains(&format!("::error {place}/migrations/{name}/up.sql"));
    assert_eq!(finished.stdout.matches("::error").count(), 1, "{}", finished.stdout);
    // Elsewhere they start at the workspace.
    let outside = check(&project, &Folder::temporary());
    outside.code(1).stdout_contains(&format!("::error file=migrations/{name}/up.sql"));

    let (project, _) = below(&Folder::temporary());
    snapshot_ticket(&project, "a = \"intger\"\n");
    let finished = check(&project, &project);
    finished.code(2).stdout_contains("::error file=schema-snapshots/ticket.toml,line=6,");
    assert_eq!(finished.stdout.matches("::error").count(), 1, "{}", finished.stdout);
}

/// What has no place is an annotation too: otherwise nobody sees why the check is red.
#[test]
fn what_is_wrong_without_a_place_is_annotated() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    next(&project, &[]);
    snapshot_ticket(&project, "priority = { type = \"integer\", nullable = true }\n");
    for command in [&["check"][..], &["makemigrations", "--check"]] {
        let finished = project.run([command, &["--format", "github"]].concat());
        finished.code(1).stdout_contains("::error title=makemigrations::").stdout_contains("%0Ahint: ");
        assert_eq!(finished.stdout.matches("::error").count(), 1, "{}", finished.stdout);
    }
}

/// GitHub shows an annotation where the change is.
#[test]
fn an_edit_is_annotated_at_its_line() {
    let checkout = Folder::temporary();
    let (project, name) = below(&checkout);
    let repo = Repo::init(&checkout);
    repo.commit_all("the first migration");
    repo.branch("next");
    let up = format!("services/a,b/migrations/{name}/up.sql");
    let text = repo.read(&up);
    let line = text.lines().position(|line| line.contains("\"title\"")).unwrap() + 1;
    repo.write(&up, text.replace("\"title\"", "\"titel\""));
    for is_committed in [false, true] {
        if is_committed {
            repo.commit_all("edit");
        }
        let finished = check(&project, &checkout);
        let place = format!("services/a%2Cb/migrations/{name}/up.sql,line={line},title=M001");
        finished.code(1).stdout_contains(&format!("::error file={place}"));
    }
    let human = project.run(["check"]);
    human.code(1).stderr_contains(&format!("--> migrations/{name}/up.sql:{line}\n"));
}
