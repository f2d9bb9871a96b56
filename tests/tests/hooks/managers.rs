//! Hook managers, from their registries: husky in both of its layouts, lefthook, pre-commit. It must not state what their
//! files look like beyond that they work.

use std::path::Path;

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::git::Repo;
use makemigrations_tests::tools;

use crate::setup::Setup;

/// A repository whose packages are those of npm's `package`, as after `npm install`.
fn with_npm(package: &str) -> Setup {
    let tools = tools::npm(package);
    let setup = Setup::new().with_programs(tools.join("node_modules/.bin"));
    std::os::unix::fs::symlink(tools.join("node_modules"), setup.join("node_modules")).unwrap();
    // A link is no folder to git's patterns.
    setup.write(".gitignore", "/node_modules\n");
    setup.write("package.json", "{ \"name\": \"app\", \"private\": true }\n");
    setup
}

#[test]
fn husky_9() {
    let setup = with_npm("husky@9");
    setup.start(Path::new("husky"), &setup).run().code(0);
    setup.write(".husky/pre-commit", "echo theirs >> theirs.log\n");
    setup.commit_all("husky");
    setup.install().stderr_contains("changed `.husky/pre-commit`");
    assert!(setup.read(".husky/pre-commit").ends_with("echo theirs >> theirs.log\n"));
    setup.is_guarded();
    assert!(setup.read("theirs.log").ends_with("theirs\n"));
}

#[test]
fn husky_8() {
    let setup = with_npm("husky@8");
    setup.start(Path::new("husky"), &setup).args(["install"]).run().code(0);
    setup
        .start(Path::new("husky"), &setup)
        .args(["add", ".husky/pre-commit", "echo theirs >> theirs.log"])
        .run()
        .code(0);
    setup.commit_all("husky");
    setup.install().stderr_contains("changed `.husky/pre-commit`");
    setup.is_guarded();
    assert!(setup.read("theirs.log").ends_with("theirs\n"));
}

/// In a fresh clone git does not know of husky yet.
#[test]
fn husky_before_its_installation() {
    let setup = Setup::new();
    setup.write(".husky/pre-commit", "npm test\n");
    setup.install().stderr_contains("changed `.husky/pre-commit`");
    assert!(!setup.exists(".git/hooks/pre-commit"));
}

#[test]
fn lefthook() {
    let setup = with_npm("lefthook@1");
    let theirs =
        "# ours\npre-commit:\n  parallel: true\n  commands:\n    theirs:\n      run: echo theirs >> theirs.log\n";
    setup.write("lefthook.yml", theirs);
    setup.install().stderr_contains("changed `lefthook.yml`");
    setup.start(Path::new("lefthook"), &setup).args(["install"]).run().code(0);
    setup.is_guarded();
    assert!(setup.read("theirs.log").ends_with("theirs\n"));
    assert!(setup.read("lefthook.yml").starts_with("# ours\npre-commit:\n  parallel: true\n  commands:\n"));
}

#[test]
fn a_lefthook_configuration_that_is_not_yaml_is_not_touched() {
    let setup = Setup::new();
    setup.write("lefthook.toml", "[pre-commit.commands.theirs]\nrun = \"true\"\n");
    let refused = makemigrations(&setup, ["hooks", "install"]).run();
    refused.code(2).stderr_contains("lefthook.toml").stderr_contains("`cargo xtask hooks run`");
}

#[test]
fn pre_commit_with_a_local_hook() {
    let setup = Setup::new().with_programs(tools::python("pre-commit"));
    let theirs = "repos:\n  -   repo: meta\n      hooks:\n      -   id: identity\n";
    setup.write(".pre-commit-config.yaml", theirs);
    setup.install().stderr_contains("changed `.pre-commit-config.yaml`");
    setup.commit_all("hooks");
    setup.start(Path::new("pre-commit"), &setup).args(["validate-config"]).run().code(0);
    setup.start(Path::new("pre-commit"), &setup).args(["install"]).run().code(0);
    setup.is_guarded();
}

/// As people name this repository in their own configuration.
#[test]
fn pre_commit_with_the_hook_of_this_repository() {
    let setup = Setup::new().with_programs(tools::python("pre-commit"));
    let published = Repo::new();
    let hooks = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(".pre-commit-hooks.yaml");
    published.write(".pre-commit-hooks.yaml", std::fs::read(hooks).unwrap());
    let revision = published.commit_all("hooks");
    setup.write(
        ".pre-commit-config.yaml",
        format!("repos:\n- repo: {}\n  rev: {revision}\n  hooks:\n  - id: makemigrations\n", published.url()),
    );
    setup.commit_all("hooks");
    setup.start(Path::new("pre-commit"), &setup).args(["install"]).run().code(0);
    setup.is_guarded();
}
