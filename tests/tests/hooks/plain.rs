//! git's own hooks: in `.git/hooks`, in `core.hooksPath`, beside a script that is there. It must not use a hook manager.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::folder::Folder;

use crate::setup::Setup;

fn executable(folder: &Folder, name: &str, text: &str) {
    folder.write(name, text);
    std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_hook_of_its_own() {
    let setup = Setup::new();
    setup.install().stderr_contains("created `.git/hooks/pre-commit`");
    setup.is_guarded();
    // From a worktree it is the same hook.
    let worktree = setup.worktree("side");
    worktree.append("migrations/2026-11-23-141200-0001_initial/up.sql", "-- edited\n");
    let commit = setup.start(Path::new("git"), &worktree).args(["commit", "--quiet", "--all", "--message", "edit"]);
    assert!(commit.run().code(1).stderr.contains("M001"));
}

/// git runs another hook for merges.
#[test]
fn an_edit_is_not_merged() {
    let setup = Setup::new();
    setup.git(["checkout", "--quiet", "-b", "side", "main"]);
    setup.append("migrations/2026-11-23-141200-0001_initial/up.sql", "-- edited\n");
    setup.commit_all("edit");
    setup.checkout("feature");
    setup.write("notes.txt", "notes\n");
    setup.commit_all("notes");
    setup.install();
    let merge = setup.start(Path::new("git"), &setup).args(["merge", "--no-edit", "side"]).run();
    assert_ne!(merge.code, Some(0));
    merge.stderr_contains("M001");
}

/// Two branches with a migration each: the hook lets the merge pass once `rebase` has put one on top of the other.
#[test]
fn a_merge_that_rebase_has_resolved_is_committed() {
    let setup = Setup::new();
    let columns = |more: &str| {
        let text = format!("format = 1\n\n[tables.ticket.columns]\nid = \"integer\"\n{more}");
        setup.write("schema-snapshots/ticket.toml", text);
    };
    let migration = |column: &str| {
        setup.start(Path::new("cargo"), &setup).args(["xtask", "makemigrations"]).run().code(0);
        setup.commit_all(column);
    };
    setup.checkout("main");
    columns("title = { type = \"text\", nullable = true }\n");
    migration("title");
    setup.checkout("feature");
    columns("note = { type = \"text\", nullable = true }\n");
    migration("note");
    setup.install();
    let merge = setup.start(Path::new("git"), &setup).args(["merge", "--no-edit", "main"]).run();
    merge.code(1).stdout_contains("CONFLICT");
    columns("title = { type = \"text\", nullable = true }\nnote = { type = \"text\", nullable = true }\n");
    setup.start(Path::new("cargo"), &setup).args(["xtask", "rebase"]).run().code(0);
    setup.git(["add", "--all"]);
    setup.commit(&[]).code(0);
    assert_eq!(setup.git(["rev-list", "--count", "--merges", "HEAD"]), "1");
}

#[test]
fn beside_a_script_that_is_there() {
    let setup = Setup::new();
    let theirs = "#!/usr/bin/env bash\necho theirs >> theirs.log\nexit 0\n";
    executable(&setup, ".git/hooks/pre-commit", theirs);
    setup.install().stderr_contains("changed `.git/hooks/pre-commit`");
    setup.is_guarded();
    // After ours, and only where ours lets the commit pass.
    assert_eq!(setup.read("theirs.log"), "theirs\n");
    let hook = setup.read(".git/hooks/pre-commit");
    let block: String = hook.lines().filter(|line| !theirs.contains(line)).map(|line| format!("{line}\n")).collect();
    assert_eq!(hook.replace(&block, ""), theirs);
}

#[test]
fn what_is_not_a_shell_script_is_not_touched() {
    let setup = Setup::new();
    let theirs = "#!/usr/bin/env python3\nprint('theirs')\n";
    executable(&setup, ".git/hooks/pre-commit", theirs);
    let refused = makemigrations(&setup, ["hooks", "install"]).run();
    refused.code(2).stderr_contains("add a call to it: `cargo xtask hooks run`");
    assert_eq!(setup.read(".git/hooks/pre-commit"), theirs);
    assert!(!setup.exists(".git/hooks/pre-merge-commit"));
}

#[test]
fn a_hook_that_is_switched_off_stays_so() {
    let setup = Setup::new();
    setup.write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    setup.install().stderr_contains("left to you").stderr_contains("chmod +x");
    setup.commit(&["--allow-empty"]).code(0);
}

#[test]
fn in_a_folder_that_the_repository_names() {
    let setup = Setup::new();
    setup.config("core.hooksPath", "tools/hooks");
    setup.install().stderr_contains("created `tools/hooks/pre-commit`");
    assert!(!setup.exists(".git/hooks/pre-commit"));
    setup.is_guarded();
}

/// One that all repositories of the machine share is not this repository's to change.
#[test]
fn a_folder_of_all_repositories_is_refused() {
    let setup = Setup::new();
    let shared = Folder::temporary();
    setup.config("core.hooksPath", shared.path().to_str().unwrap());
    let refused = makemigrations(&setup, ["hooks", "install"]).run();
    refused.code(2).stderr_contains("outside of this repository").stderr_contains("`cargo xtask hooks run`");
    assert!(shared.files().is_empty());
}

#[test]
fn for_a_workspace_below_the_top() {
    let setup = Setup::inside("its server/");
    setup.install();
    assert!(setup.read(".git/hooks/pre-commit").contains("(cd 'its server' && cargo xtask hooks run) || exit 1\n"));
    setup.is_guarded();
}

#[test]
fn without_git_there_is_nothing_to_install() {
    let folder = Folder::temporary();
    folder.write("Cargo.toml", "[workspace]\n");
    makemigrations(&folder, ["hooks", "install"]).run().code(2).stderr_contains("git cannot be asked");
}
