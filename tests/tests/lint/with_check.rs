//! `lint` as a part of `check`: what fails it, and what is said in a few lines. It must not look at the gate.

use crate::setup::{Branch, short};

const INDEXED: &str = "size = { type = \"integer\", nullable = true, index = true }\n";

#[test]
fn what_the_generator_writes_is_a_warning_in_a_few_lines() {
    let branch = Branch::new();
    branch.snapshot(INDEXED);
    branch.next(&[]);
    let checked = branch.run(["check"]);
    checked
        .code(0)
        .stderr_contains("warning[lint]: 1 hazard")
        .stderr_contains("require-concurrent-index-creation: ticket");
    checked.stderr_contains("cargo xtask lint").lacks("  -->");
    let (finished, findings) = branch.json(&["check"]);
    finished.code(0);
    assert_eq!(short(&findings), ["warning require-concurrent-index-creation"]);
    assert_eq!(findings[0]["path"], findings[0]["file"]);
    branch.run(["check", "--format", "github"]).code(0).stdout_contains("::warning file=");
    branch.run(["check", "-q"]).code(0).lacks("hazard");
}

#[test]
fn what_people_write_fails_it() {
    let branch = Branch::new();
    branch.by_hand("ALTER TABLE ticket ADD CONSTRAINT titled CHECK (title <> '');\n");
    let checked = branch.run(["check"]);
    checked
        .code(1)
        .stderr_contains("error[constraint-missing-not-valid]")
        .stderr_contains("did not pass the lint: 1 error");
    let (_, findings) = branch.json(&["check"]);
    assert_eq!(short(&findings), ["error constraint-missing-not-valid"]);
    branch
        .run(["check", "--format", "github"])
        .code(1)
        .stdout_contains("line=1,col=20,title=constraint-missing-not-valid");
}

#[test]
fn prefilled_statements_that_people_left_are_the_generators() {
    let branch = Branch::new();
    branch.snapshot(INDEXED);
    let name = branch.next(&["--manual"]);
    branch.append(&format!("migrations/{name}/up.sql"), "UPDATE ticket SET title = '' WHERE id = 1;\n");
    branch.run(["seal"]).code(0);
    branch.run(["check"]).code(0).stderr_contains("require-concurrent-index-creation");
    branch.append(&format!("migrations/{name}/up.sql"), "CREATE INDEX ticket_title ON ticket (title);\n");
    branch.run(["seal"]).code(0);
    branch.run(["check"]).code(1).stderr_contains("error[require-concurrent-index-creation]");
}

#[test]
fn merged_migrations_are_left_alone() {
    let branch = Branch::new();
    branch.by_hand("CREATE INDEX ticket_title ON ticket (title);\n");
    branch.repo.commit_all("index");
    branch.run(["check"]).code(1);
    branch.repo.checkout("main");
    branch.repo.merge("feature");
    branch.repo.checkout("feature");
    branch.run(["check"]).code(0).lacks("hazard");
}

#[test]
fn what_is_staged_and_what_is_in_a_commit_is_linted_as_well() {
    let branch = Branch::new();
    branch.by_hand("CREATE INDEX ticket_title ON ticket (title);\n");
    branch.repo.git(["add", "-A"]);
    branch.run(["check", "--staged"]).code(1).stderr_contains("error[require-concurrent-index-creation]");
    let commit = branch.repo.commit_all("index");
    branch.run(["check", "--tree", commit.trim()]).code(1).stderr_contains("error[require-concurrent-index-creation]");
}
