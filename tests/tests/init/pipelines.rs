//! The pipelines that `init` writes, their commands run by a shell in a clone as CI makes it. It must not talk to a CI.

use makemigrations_tests::command::Finished;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::{tools, xtask};
use serde_json::Value;

use crate::setup::{Setup, start};

/// A pipeline as the YAML that it is.
fn yaml(setup: &Setup, path: &str) -> Value {
    let python = tools::python("pre-commit").join("python");
    let program = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let finished = setup.start(python.to_str().unwrap(), &["-c", program, path]).run();
    serde_json::from_str(&finished.code(0).stdout).unwrap()
}

/// A repository with a migration on `main` and, on top, the branch `feature`, after `init`.
fn with_branch(ci: &str) -> Setup {
    let setup = Setup::new();
    setup.init(&["--crate", "app", "--ci", ci]);
    // What is tried is the pipeline.
    xtask::alias(&setup);
    setup.append("schema-snapshots/main.toml", "\n[tables.ticket.columns]\nid = \"integer\"\n");
    setup.start("cargo", &["xtask", "makemigrations"]).run().code(0);
    setup.remove(".git/hooks/pre-commit");
    setup.remove(".git/hooks/pre-merge-commit");
    setup.commit_all("first migration");
    setup.branch("feature");
    setup.append("schema-snapshots/main.toml", "title = { type = \"text\", nullable = true }\n");
    setup.start("cargo", &["xtask", "makemigrations"]).run().code(0);
    setup.commit_all("title");
    setup
}

/// An edit of the migration that is on `main`, on the branch.
fn edit(setup: &Setup) {
    let up = "migrations/2026-11-23-141200-0001_initial/up.sql";
    setup.append(up, "-- edited\n");
    setup.commit_all("edit");
}

fn shell(folder: &Folder, script: &str, variables: &[(&str, &str)]) -> Finished {
    let command = start("bash", folder, &["-euc", script]).env("CI", "true");
    variables.iter().fold(command, |command, (name, value)| command.env(name, value)).run()
}

/// `main` with the branch merged into it, as a branch of the server.
fn merged(setup: &Setup, reference: &str) {
    setup.git(["checkout", "--quiet", "--detach", "main"]);
    setup.merge("feature");
    setup.git(["update-ref", reference, "HEAD"]);
    setup.checkout("feature");
}

/// What `actions/checkout` leaves behind with `fetch-depth: 0`: all branches of the server, and the ref of the event.
fn checkout(setup: &Setup, reference: &str) -> Repo {
    let clone = Repo::new();
    clone.git(["remote", "add", "origin", &setup.url()]);
    clone.git(["fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*"]);
    clone.git(["fetch", "--quiet", "origin", reference]);
    match reference.strip_prefix("refs/heads/") {
        Some(branch) => clone.git(["checkout", "--quiet", "-B", branch, &format!("refs/remotes/origin/{branch}")]),
        None => clone.git(["checkout", "--quiet", "--detach", "FETCH_HEAD"]),
    };
    clone
}

#[test]
fn github() {
    let setup = with_branch("github");
    let workflow = yaml(&setup, ".github/workflows/makemigrations.yml");
    // YAML 1.1 reads the key `on` as a truth value.
    let events = workflow.get("on").or(workflow.get("true")).unwrap();
    assert!(events.get("pull_request").is_some() && events.get("merge_group").is_some(), "{workflow}");
    let steps = workflow["jobs"]["check"]["steps"].as_array().unwrap();
    assert_eq!(steps[0]["with"]["fetch-depth"], 0);
    let script = steps[1]["run"].as_str().unwrap();
    assert!(steps[1].get("working-directory").is_none());

    let pull = [("GITHUB_BASE_REF", "main"), ("GITHUB_REF", "refs/pull/7/merge")];
    let queue_ref = "refs/heads/gh-readonly-queue/main/pr-7-0123456789abcdef";
    let queue = [("GITHUB_BASE_REF", ""), ("GITHUB_EVENT_NAME", "merge_group"), ("GITHUB_REF", queue_ref)];
    for (reference, variables) in [("refs/pull/7/merge", &pull[..]), (queue_ref, &queue[..])] {
        merged(&setup, reference);
        shell(&checkout(&setup, reference), script, variables).code(0);
    }
    edit(&setup);
    for (reference, variables) in [("refs/pull/7/merge", &pull[..]), (queue_ref, &queue[..])] {
        merged(&setup, reference);
        let finished = shell(&checkout(&setup, reference), script, variables);
        finished.code(1);
        let file = "file=migrations/2026-11-23-141200-0001_initial/up.sql";
        finished.stdout_contains(&format!("::error {file}")).stdout_contains("title=M001");
    }
}

#[test]
fn gitlab() {
    let setup = with_branch("gitlab");
    let pipeline = yaml(&setup, ".gitlab-ci.yml");
    let job = &pipeline["migrations"];
    assert_eq!(job["variables"]["GIT_DEPTH"], "0");
    let lines: Vec<_> = job["script"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    let script = lines.join("\n");
    let variables = [("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")];
    let request = "refs/merge-requests/7/merge";
    let clone = || {
        merged(&setup, request);
        let clone = Repo::new();
        clone.git(["remote", "add", "origin", &setup.url()]);
        clone.git(["fetch", "--quiet", "origin", &format!("+{request}:{request}")]);
        clone.git(["checkout", "--quiet", "--detach", request]);
        clone
    };
    shell(&clone(), &script, &variables).code(0);
    edit(&setup);
    shell(&clone(), &script, &variables).code(1).stderr_contains("M001");
}

#[test]
fn a_pipeline_that_is_there_is_not_touched() {
    let setup = Setup::new();
    let theirs = "build:\n  script: cargo build\n";
    setup.write(".gitlab-ci.yml", theirs);
    let finished = setup.init(&["--crate", "app"]);
    finished
        .stderr_contains("created `.gitlab/makemigrations.yml`")
        .stderr_contains("- local: .gitlab/makemigrations.yml");
    assert_eq!(setup.read(".gitlab-ci.yml"), theirs);
    setup.append(".gitlab-ci.yml", "include:\n  - local: .gitlab/makemigrations.yml\n");
    let path = ["init", "--crate", "app"];
    let again = makemigrations_tests::command::makemigrations(&setup, path).run();
    again.code(0).stderr_contains("nothing to do");

    let setup = Setup::new();
    setup.write(".github/workflows/ci.yml", "jobs:\n  a:\n    steps:\n      - run: cargo xtask check\n");
    setup.init(&["--crate", "app"]).lacks("workflows");
}

#[test]
fn a_workspace_below_the_top() {
    let setup = Setup::new();
    setup.write("it's a server/Cargo.toml", "[workspace]\nmembers = []\n");
    let below = setup.folder("it's a server");
    for ci in ["github", "gitlab"] {
        makemigrations_tests::command::makemigrations(&below, ["init", "--ci", ci]).run().code(0);
    }
    let workflow = yaml(&setup, ".github/workflows/makemigrations.yml");
    assert_eq!(workflow["jobs"]["check"]["steps"][1]["working-directory"], "it's a server");
    let pipeline = yaml(&setup, ".gitlab-ci.yml");
    assert_eq!(pipeline["migrations"]["script"][1], "cd 'it'\\''s a server' && cargo xtask check");
    assert!(below.exists("xtask/src/main.rs") && !setup.exists("xtask"));
}
