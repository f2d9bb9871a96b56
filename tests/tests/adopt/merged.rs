//! What git and the gate make of an adoption: what is merged was frozen before it, and stays so. It must not use databases
//! where files are enough.

use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;

use crate::layouts::NUMBERS;
use crate::project::Project;

/// Adopted and merged, on a branch of its own again.
#[track_caller]
fn merged() -> Project {
    let project = Project::of(&NUMBERS);
    project.go(&[&["adopt"], &["check"]]);
    project.repo.commit_all("adopted");
    project.repo.checkout("main");
    project.repo.merge("adopt");
    project.go(&[&["check"]]);
    project.repo.branch("next");
    project.go(&[&["check"]]);
    project
}

const UP: &str = "migrations/0002_items/up.sql";

/// The gate as a build script, on the same files.
fn build_script_fails(folder: &Folder) -> bool {
    makemigrations_gate::try_build_script(folder.path()).unwrap().fails()
}

#[test]
fn an_edit_after_the_merge_is_found_everywhere() {
    let project = merged();
    assert!(!build_script_fails(&project));
    project.append(UP, "-- later\n");
    project.run(["check"]).code(1).stderr_contains("M001").stderr_contains(UP);
    assert!(build_script_fails(&project));
    project.run(["seal", "0002_items"]).code(1).stderr_contains("merged migrations do not change");
    project.run(["migrate"]).code(1).stderr_contains("M001");
    project.repo.git(["checkout", "--", UP]);
    project.go(&[&["check"]]);
}

#[test]
fn an_edit_that_comes_with_the_adoption_is_found() {
    let project = Project::of(&NUMBERS);
    project.append(UP, "-- slipped in\n");
    let found = project.run(["adopt"]);
    found.code(1).stderr_contains("M014").stderr_contains(UP).stderr_contains("nothing is written");
    assert!(!project.exists("migrations/migrations.lock") && !project.exists("schema-snapshots"));
    project.repo.git(["checkout", "--", UP]);
    project.go(&[&["adopt"]]);
    project.append(UP, "-- slipped in\n");
    project.run(["check"]).code(1).stderr_contains("M001");
    // Recorded by hand, and committed: the base has the file as it was.
    let sum = project.repo.git(["hash-object", UP]);
    assert!(!sum.is_empty());
    let text = project.read("migrations/migrations.lock");
    let line = text.lines().find(|line| line.ends_with("  0002_items/up.sql")).unwrap().to_owned();
    let new = format!("{}  0002_items/up.sql", makemigrations_gate::sum(&project.read_bytes(UP)));
    project.replace("migrations/migrations.lock", &line, &new);
    project.repo.commit_all("adopted, and more");
    project.run(["check"]).code(1).stderr_contains("M014").stderr_contains(UP);
}

#[test]
fn nothing_is_adopted_later() {
    let project = merged();
    project.write("migrations/2026-11-24-000000_by_hand/up.sql", "CREATE TABLE by_hand (x INTEGER);\n");
    project.run(["check"]).code(1).stderr_contains("M005").stderr_contains("cargo xtask seal");
    let sum = makemigrations_gate::sum(&project.read_bytes("migrations/2026-11-24-000000_by_hand/up.sql"));
    let text = project.read("migrations/migrations.lock");
    let text = text.replace("# adopted 0010_more\n", "# adopted 0010_more\n# adopted 2026-11-24-000000_by_hand\n");
    project.write("migrations/migrations.lock", format!("{text}{sum}  2026-11-24-000000_by_hand/up.sql\n"));
    project.run(["check"]).code(1).stderr_contains("M014").stderr_contains("`2026-11-24-000000_by_hand` adopted");
}

/// An emergency goes the way of every merged migration.
#[test]
fn an_override_is_possible() {
    let project = merged();
    project.append(UP, "-- a slip of the pen\n");
    project.go(&[&["seal", "0002_items", "--override", "--reason", "the comment was wrong"], &["migrate"]]);
    project.run(["check"]).code(0).stderr_contains("overridden: the comment was wrong");
    assert!(!project.exists("migrations/0002_items/operations.toml"));
    assert!(project.read("migrations/migrations.lock").contains("# adopted 0002_items\n"));
}

/// What a baseline says is there, and so it runs nothing.
#[test]
fn a_baseline_that_does_something_is_found() {
    let project = Project::of(&NUMBERS);
    project.go(&[&["adopt"]]);
    let baseline = project.baseline();
    project.append(&format!("{baseline}/up.sql"), "DROP TABLE item;\n");
    let name = baseline.trim_start_matches("migrations/");
    project.go(&[&["seal", name]]);
    project.run(["check"]).code(1).stderr_contains("M017").stderr_contains("a baseline says what is there");
}

/// The work of others goes on while the adoption waits, and comes after it.
#[test]
fn a_branch_on_top_is_rebased_like_any_other() {
    let project = merged();
    let snapshot = "schema-snapshots/shop.toml";
    let write = |line: &str| {
        project.replace(snapshot, "[tables.item.columns]\n", &format!("[tables.item.columns]\n{line}\n"));
        project.go(&[&["makemigrations"]]);
        project.repo.commit_all(line);
    };
    write("one = { type = \"text\", nullable = true }");
    project.repo.checkout("main");
    project.repo.branch("other");
    write("two = { type = \"text\", nullable = true }");
    project.repo.checkout("main");
    project.repo.merge("other");
    project.repo.checkout("next");
    project.repo.try_git(["merge", "main"]).code(1);
    let text = project.repo.git(["show", "main:schema-snapshots/shop.toml"]);
    project.write(snapshot, text.replace("two = ", "one = { type = \"text\", nullable = true }\ntwo = ") + "\n");
    project.run(["rebase"]).code(0).stderr_contains("0003_item_one");
    project.repo.git(["add", "--all"]);
    project.go(&[&["check", "--staged"]]);
    project.repo.commit_all("merged");
    project.go(&[&["check"], &["migrate"], &["drift"], &["verify"]]);
    let lock = project.read("migrations/migrations.lock");
    assert_eq!(lock.matches("# adopted ").count(), 3, "{lock}");
    project.run(["squash", "0001", "0003"]).lacks("defect");
}

#[test]
fn where_the_folder_is_elsewhere_the_base_is_known_all_the_same() {
    let project = Project::new(Engine::Sqlite);
    project.write("db/migrations/0001_a/up.sql", "CREATE TABLE a (x INTEGER);\n");
    project.repo.commit_all("as it was");
    project.repo.branch("adopt");
    project.append("Cargo.toml", "\n[workspace.metadata.makemigrations]\nmigrations = \"db/migrations\"\n");
    project.append("db/migrations/0001_a/up.sql", "-- slipped in\n");
    project.run(["adopt"]).code(1).stderr_contains("M014");
    project.repo.git(["checkout", "--", "db"]);
    project.go(&[&["adopt"], &["check"], &["migrate"], &["drift"]]);
}

#[test]
fn init_leaves_the_snapshots_to_it() {
    let project = Project::of(&NUMBERS);
    let found = project.run(["init", "--ci", "none"]);
    found.code(0).stderr_contains("`cargo xtask adopt`").lacks("schema-snapshots/main.toml");
    project.go(&[&["adopt"], &["check"]]);
}

/// Two branches that adopt: the one that is merged later keeps the files, and gives its baseline up.
#[test]
fn of_two_adoptions_one_stays() {
    let project = Project::of(&NUMBERS);
    project.go(&[&["adopt"], &["migrate"]]);
    project.repo.commit_all("adopted");
    project.repo.checkout("main");
    project.repo.branch("other");
    let later = project.elsewhere().command(["adopt"]).env("MAKEMIGRATIONS_NOW", "2026-11-25T08:00:00Z").run();
    later.code(0);
    project.repo.commit_all("adopted as well");
    project.repo.checkout("main");
    project.repo.merge("other");
    project.repo.checkout("adopt");
    project.repo.try_git(["merge", "main"]).code(1);
    project.run(["rebase", "--yes"]).code(0).stderr_contains("goes: what is merged is adopted already");
    project.repo.commit_all("merged");
    project.go(&[&["check"], &["migrate"], &["drift"], &["verify"]]);
    assert_eq!(project.baseline(), "migrations/2026-11-25-080000-0001_baseline");
}
