//! Workspaces as people have them: many members that depend on each other, links, members that are not there.

use makemigrations_tests::folder::Folder;
use makemigrations_tests::project::Project;

use crate::setup::snapshot_ticket;

const SNAPSHOT: &str = "format = 1\n[tables.NAME.columns]\nid = { type = \"integer\", primary_key = true }\n";

/// A workspace of that `members`, with the snapshot of `ticket`.
fn workspace(members: &str) -> Project {
    let project = Project::with_settings(&Folder::temporary(), "dialect = \"sqlite\"\n");
    project.replace("Cargo.toml", "members = []", members);
    snapshot_ticket(&project, "");
    project
}

fn package(project: &Project, folder: &str, more: &str) {
    let name = folder.rsplit('/').next().unwrap();
    project.write(&format!("{folder}/src/lib.rs"), "");
    project.write(
        &format!("{folder}/Cargo.toml"),
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{more}"),
    );
}

/// A package that owns the table of its name.
fn owner(project: &Project, folder: &str) {
    package(project, folder, "[package.metadata.makemigrations]\nsnapshot = \"schema.toml\"\n");
    project.write(&format!("{folder}/schema.toml"), SNAPSHOT.replace("NAME", folder.rsplit('/').next().unwrap()));
}

fn dependency(folder: &str) -> String {
    format!("{} = {{ path = \"{folder}\" }}\n", folder.rsplit('/').next().unwrap())
}

#[test]
fn members_that_depend_on_each_other_are_read_once() {
    let project = workspace("members = [\"c*\"]");
    // As many paths lead from the first to the last as there are Fibonacci numbers: no test waits for all of them.
    for index in 0..60 {
        let next = [index + 1, index + 2].into_iter().filter(|next| *next < 60);
        let needs: String = next.map(|next| dependency(&format!("../c{next}"))).collect();
        // And back, which Cargo allows for tests.
        let back = if index > 0 { dependency(&format!("../c{}", index - 1)) } else { String::new() };
        package(&project, &format!("c{index}"), &format!("[dependencies]\n{needs}[dev-dependencies]\n{back}"));
    }
    project.run(["makemigrations"]).code(0);
    project.run(["check"]).code(0);
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_above_is_no_way_without_an_end() {
    let project = workspace("members = [\"a\"]");
    package(&project, "a", "[dependencies]\nb = { path = \"deeper/b\" }\n");
    package(&project, "a/b", "[dependencies]\na = { path = \"../../a\" }\n");
    std::os::unix::fs::symlink(".", project.join("a/deeper")).unwrap();
    project.run(["makemigrations"]).code(0);
}

#[test]
fn members_are_found_by_pattern_and_as_path_dependencies() {
    let project = workspace("members = [\"crates/*\", \"app\"]\nexclude = [\"crates/left_out\"]");
    owner(&project, "crates/house");
    owner(&project, "crates/left_out");
    // Not named, and a member all the same: its path is inside the workspace.
    owner(&project, "parts/meter");
    package(&project, "app", &format!("[dependencies]\n{}", dependency("../parts/meter")));
    let finished = project.run(["makemigrations", "--dry-run"]);
    finished.code(0).stdout_contains("CREATE TABLE \"house\"").stdout_contains("CREATE TABLE \"meter\"");
    assert!(!finished.stdout.contains("left_out"), "{}", finished.stdout);
}

#[test]
fn a_member_that_is_not_there_is_named_where_members_own_snapshots() {
    let project = workspace("members = [\"house\", \"gone\"]");
    owner(&project, "house");
    project.run(["makemigrations"]).code(2).stderr_contains("cargo metadata").stderr_contains("gone");
    // What is outside of the workspace owns nothing here.
    let outside = Folder::temporary();
    outside.write("Cargo.toml", "[package]\nname = \"outside\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    outside.write("src/lib.rs", "");
    project.replace("Cargo.toml", ", \"gone\"", "");
    project.append(
        "house/Cargo.toml",
        format!("[dependencies]\noutside = {{ path = \"{}\" }}\n", outside.path().display()),
    );
    project.run(["makemigrations"]).code(0);
}
