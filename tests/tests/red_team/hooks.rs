//! `check --staged` as a pre-commit hook, run by git itself with the variables and the index that it gives to hooks.
//! It must not call `check` any other way, but for the exit code in the tables.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;

use makemigrations_tests::environment;
use makemigrations_tests::git::Repo;
use makemigrations_tests::merged::{Merged, found};

/// Installs the hook for all worktrees.
fn install(m: &Merged) {
    let program = environment::program("makemigrations-under-test");
    m.write(".git/hooks/pre-commit", format!("#!/bin/sh\nexec '{}' check --staged\n", program.display()));
    std::fs::set_permissions(m.join(".git/hooks/pre-commit"), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[track_caller]
fn refused(repo: &Repo, commit: &[&str], id: &str) {
    let before = repo.head();
    let finished = repo.try_git([&["commit", "--quiet", "--message", "edit"], commit].concat());
    finished.code(1).stderr_contains(id);
    assert_eq!(repo.head(), before);
}

#[track_caller]
fn accepted(repo: &Repo, commit: &[&str]) {
    let before = repo.head();
    let finished = repo.try_git([&["commit", "--quiet", "--message", "work"], commit].concat());
    finished.code(0);
    assert!(found(&finished.stderr).is_empty(), "{finished:?}");
    assert_ne!(repo.head(), before);
}

#[test]
fn a_staged_edit_is_not_committed() {
    let m = Merged::fresh();
    install(&m);
    m.edit(&m.first("up.sql"));
    m.git(["add", "--all"]);
    m.git(["restore", "--worktree", &m.first("up.sql"), "--source=HEAD"]);
    refused(&m, &[], "M001");
}

#[test]
fn an_edit_is_not_committed_with_all() {
    let m = Merged::fresh();
    install(&m);
    m.edit(&m.first("up.sql"));
    refused(&m, &["--all"], "M001");
}

#[test]
fn an_edit_is_not_committed_by_its_path() {
    let m = Merged::fresh();
    install(&m);
    m.edit(&m.first("up.sql"));
    refused(&m, &["--", &m.first("up.sql")], "M001");
}

#[test]
fn an_edit_is_not_committed_in_a_worktree() {
    let m = Merged::fresh();
    install(&m);
    let worktree = m.worktree("side");
    worktree.append(&m.first("up.sql"), "-- edited\n");
    refused(&worktree, &["--all"], "M001");
    worktree.git(["restore", "."]);
    worktree.append("README.md", "More.\n");
    accepted(&worktree, &["--all"]);
}

#[test]
fn an_edit_that_stays_behind_does_not_stop_a_commit() {
    let m = Merged::fresh();
    install(&m);
    m.edit(&m.first("up.sql"));
    m.append("README.md", "More.\n");
    accepted(&m, &["--", "README.md"]);
    assert!(m.read(&m.first("up.sql")).contains("edited"));
}

#[test]
fn an_edit_is_not_merged() {
    let m = Merged::fresh();
    m.git(["checkout", "--quiet", "-b", "side", "main"]);
    m.edit(&m.first("up.sql"));
    m.commit_all("edit");
    m.checkout("feature");
    // git runs another hook for merges.
    install(&m);
    m.rename(".git/hooks/pre-commit", ".git/hooks/pre-merge-commit");
    let merge = m.try_git(["merge", "--no-edit", "--no-ff", "side"]);
    assert_ne!(merge.code, Some(0));
    merge.stderr_contains("M001");
}

#[test]
fn honest_work_is_committed() {
    let m = Merged::fresh();
    install(&m);
    m.columns("urgent = { type = \"boolean\", nullable = true }\n");
    m.tool(&["makemigrations", "--no-input"]);
    m.git(["add", "--all"]);
    accepted(&m, &[]);
    m.append("README.md", "More.\n");
    accepted(&m, &["--all"]);
    accepted(&m, &["--allow-empty", "--amend"]);
}

/// The commit that a merge makes is compared with what both sides have merged.
#[test]
fn a_merge_that_drops_what_the_other_side_has_merged_is_not_committed() {
    let m = Merged::fresh();
    install(&m);
    m.git(["checkout", "--quiet", "-b", "side", "main"]);
    m.columns_on_main("urgent = { type = \"boolean\", nullable = true }\n");
    m.tool(&["makemigrations", "--no-input"]);
    m.commit_all("urgent");
    m.checkout("main");
    m.git(["merge", "--quiet", "--ff-only", "side"]);
    m.push_main();
    m.checkout("feature");
    let before = m.head();
    let hook = m.read(".git/hooks/pre-commit");
    m.write(".git/hooks/pre-merge-commit", hook);
    std::fs::set_permissions(m.join(".git/hooks/pre-merge-commit"), std::fs::Permissions::from_mode(0o755)).unwrap();
    m.try_git(["merge", "--quiet", "--no-edit", "--strategy=ours", "main"]).code(1).stderr_contains("M002");
    m.git(["reset", "--quiet", "--hard", &before]);
    m.try_git(["merge", "--quiet", "--no-edit", "--no-commit", "--strategy=ours", "main"]).code(0);
    refused(&m, &[], "M002");
    assert_eq!(m.head(), before);
}

/// The hook of a repository around this one has an index of its own.
#[test]
fn the_index_of_another_repository_is_not_taken_for_this_one() {
    let m = Merged::fresh();
    let outer = Repo::new();
    outer.write(".gitignore", "inner/\n");
    outer.commit_all("start");
    outer.git(["clone", "--quiet", &m.url(), "inner"]);
    let program = environment::program("makemigrations-under-test");
    outer.write(
        ".git/hooks/pre-commit",
        format!("#!/bin/sh\ncd inner && exec '{}' check --staged\n", program.display()),
    );
    std::fs::set_permissions(outer.join(".git/hooks/pre-commit"), std::fs::Permissions::from_mode(0o755)).unwrap();
    outer.write("README.md", "Around.\n");
    outer.git(["add", "--all"]);
    accepted(&outer, &[]);
    outer.append("README.md", "More.\n");
    accepted(&outer, &["--all"]);
}
