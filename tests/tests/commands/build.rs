//! `build`: the whole job as one step, which stops at the first that fails.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::project::Project;

use crate::setup::snapshot_ticket;

/// A workspace with one tiny program.
fn with_program(main: &str) -> Project {
    let folder = Folder::temporary();
    folder.write(
        "Cargo.toml",
        "[workspace]\nresolver = \"3\"\nmembers = [\"tiny\"]\n\n[workspace.metadata.makemigrations]\ndialect = \"sqlite\"\n",
    );
    folder.write("tiny/Cargo.toml", "[package]\nname = \"tiny\"\nversion = \"0.0.0\"\nedition = \"2024\"\n");
    folder.write("tiny/src/main.rs", main);
    let project = Project::at(&folder);
    snapshot_ticket(&project, "");
    project
}

const GOOD: &str = "fn main() {}\n";

fn built(project: &Project) -> bool {
    let program = format!("tiny{}", std::env::consts::EXE_SUFFIX);
    ["debug", "release"].iter().any(|profile| project.exists(&format!("target/{profile}/{program}")))
}

#[test]
fn everything_happens_in_one_step() {
    let project = with_program(GOOD);
    project.run(["build"]).code(0);
    assert_eq!(project.migrations(), ["2026-11-23-141200-0001_initial"]);
    assert!(project.exists("target/dev.sqlite3") && project.exists("target/debug/tiny"));
    project.run(["showmigrations"]).code(0).stdout_contains("applied");
    project.run(["check"]).code(0);
    // Again, with arguments for cargo.
    project.run(["build", "--", "--release", "--package", "tiny"]).code(0);
    assert!(project.exists("target/release/tiny"));
    assert_eq!(project.migrations().len(), 1);
}

#[test]
fn a_failing_check_stops_it() {
    let project = with_program(GOOD);
    project.run(["makemigrations"]).code(0);
    let name = project.migrations().remove(0);
    project.append(&format!("migrations/{name}/up.sql"), "-- edited\n");
    project.run(["build"]).code(1).stderr_contains("M001");
    assert!(!project.exists("target/dev.sqlite3") && !built(&project));
}

#[test]
fn a_question_stops_it() {
    let project = with_program(GOOD);
    project.run(["makemigrations"]).code(0);
    snapshot_ticket(&project, "priority = \"integer\"\n");
    project.run(["build"]).code(2).stderr_contains("--backfill ticket.priority=");
    assert_eq!(project.migrations().len(), 1);
    assert!(!project.exists("target/dev.sqlite3") && !built(&project));
}

#[test]
fn in_ci_nothing_is_written() {
    let project = with_program(GOOD);
    let run = || {
        let command = makemigrations(&project, ["build"]).env("CI", "true");
        command.env("DATABASE_URL", "sqlite://target/ci.sqlite3").run()
    };
    let finished = run();
    assert_ne!(finished.code, Some(0), "{}", finished.stderr);
    assert!(!project.exists("migrations") && !project.exists("target/ci.sqlite3") && !built(&project));
    // CI wants git to say what is merged.
    project.write(".gitignore", "/target\n/Cargo.lock\n");
    project.run(["makemigrations"]).code(0);
    let repo = makemigrations_tests::git::Repo::init(&project);
    repo.commit_all("the first migration");
    snapshot_ticket(&project, "more = { type = \"integer\", nullable = true }\n");
    run().code(1);
    assert_eq!(project.migrations().len(), 1);
    snapshot_ticket(&project, "");
    // A file's folder is not made; in CI it is there, since the tool itself was built into it.
    project.write("target/.keep", "");
    run().code(0);
    assert!(project.exists("target/ci.sqlite3") && built(&project));
}

#[test]
fn a_failing_migration_stops_it() {
    let project = with_program(GOOD);
    project.run(["makemigrations"]).code(0);
    project.write("target/dev.sqlite3", "not a database, but long enough to have a header: ".repeat(50));
    project.run(["build"]).code(3);
    assert!(!built(&project));
}

#[test]
fn a_failing_compiler_is_the_last_word() {
    let project = with_program("fn main() { nonsense }\n");
    let finished = project.run(["build"]);
    assert!(finished.code.is_some_and(|code| code != 0), "{:?}", finished.code);
    finished.stderr_contains("nonsense");
    assert!(project.exists("target/dev.sqlite3"));
}

/// `cargo run` describes the package of its program to it; ring's build script, for one, asks for that.
#[test]
fn nothing_is_built_twice_because_cargo_runs_it() {
    let project = with_program(GOOD);
    project.write(
        "tiny/build.rs",
        "use std::io::Write;\n\nfn main() {\n    println!(\"cargo:rerun-if-env-changed=CARGO_PKG_NAME\");\n    \
         println!(\"cargo:rerun-if-env-changed=CARGO_MANIFEST_DIR\");\n    \
         let file = std::fs::OpenOptions::new().create(true).append(true).open(\"../runs\");\n    \
         writeln!(file.unwrap(), \"run\").unwrap();\n}\n",
    );
    let cargo = || makemigrations_tests::command::Command::new(std::path::Path::new("cargo"), &project);
    cargo().args(["build", "--offline"]).run().code(0);
    assert_eq!(project.read("runs"), "run\n");
    let build = makemigrations(&project, ["build", "--", "--offline"]).env("CARGO_PKG_NAME", "xtask");
    build.env("CARGO_MANIFEST_DIR", project.path().to_str().unwrap()).run().code(0);
    cargo().args(["build", "--offline"]).run().code(0);
    assert_eq!(project.read("runs"), "run\n");
}
