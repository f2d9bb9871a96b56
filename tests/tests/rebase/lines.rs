//! What came from others and what a migration was made on top of, whatever the commits look like. Files alone.

use super::support::{Team, column};
use makemigrations_tests::project::Project;

/// Somebody adds a view over the column that changes its type here.
fn view_over_what_changes() -> Team {
    let team = Team::new();
    team.on_main(|| {
        team.project.snapshot("report", "[views.states]\nquery = \"SELECT id, state FROM ticket\"\n");
        team.run(["makemigrations"]).code(0);
    });
    team.project.replace("schema-snapshots/ticket.toml", "state = \"text\"", "state = \"varchar(77)\"");
    team.run(["makemigrations"]).code(0);
    team.repo.commit_all("mine");
    team
}

/// Keeps the lines of both sides, as people do.
fn keep_both_sides(team: &Team) {
    let lock = team.project.read("migrations/migrations.lock");
    let is_text = |line: &&str| !["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| line.starts_with(mark));
    let lines: Vec<&str> = lock.lines().filter(is_text).collect();
    team.project.write("migrations/migrations.lock", lines.join("\n") + "\n");
    team.repo.commit_all("both sides");
}

#[test]
fn a_clash_is_seen_some_commits_after_the_merge() {
    let team = view_over_what_changes();
    team.merge_main();
    keep_both_sides(&team);
    team.project.write("README.md", "something else\n");
    team.repo.commit_all("something else");
    team.run(["rebase"]).code(0).stderr_contains("one refers to what the other one changes");
    let up = team.project.read(&format!("{}/up.sql", team.folder("-0003_alter_ticket_state")));
    assert!(up.contains("DROP VIEW"), "{up}");
    team.repo.commit_all("rebased");
    team.is_sound();
}

#[test]
fn a_clash_is_seen_in_another_merge_after_that() {
    let team = view_over_what_changes();
    team.merge_main();
    keep_both_sides(&team);
    team.theirs(&column("email"));
    team.repo.merge("main");
    team.run(["rebase"]).code(0).stderr_contains("one refers to what the other one changes");
    team.repo.commit_all("rebased");
    team.is_sound();
}

/// The commits were played again, and somebody kept both sides' lines: only the number says what it was made on.
#[test]
fn a_clash_is_seen_where_the_commit_has_both() {
    let team = view_over_what_changes();
    team.repo.try_git(["rebase", "main"]).code(1);
    keep_both_sides(&team);
    team.repo.try_git(["rebase", "--continue"]).code(0);
    team.run(["rebase"]).code(0).stderr_contains("one refers to what the other one changes");
    team.repo.commit_all("rebased");
    team.is_sound();
}

/// The branch below got another number when it was merged: what it brings is still what this one was made on.
#[test]
fn a_branch_on_top_of_another_one() {
    let team = Team::new();
    team.mine("size = { type = \"integer\", nullable = true }\n");
    team.repo.commit_all("lower");
    team.repo.branch("upper");
    team.project.replace("schema-snapshots/ticket.toml", "\"integer\", nullable", "\"text\", nullable");
    team.run(["makemigrations"]).code(0);
    team.repo.commit_all("upper");
    team.repo.checkout("mine");
    team.theirs(&column("email"));
    team.merge_main();
    team.run(["rebase"]).code(0);
    team.commit_merge();
    team.repo.checkout("main");
    team.repo.git(["merge", "--quiet", "--no-ff", "-m", "lower", "mine"]);
    team.repo.checkout("upper");
    team.repo.try_git(["merge", "--no-edit", "main"]).code(1);
    let shown = team.run(["makemigrations", "--merge", "--dry-run"]);
    shown.code(0).stdout_contains("-0004_alter_ticket_size");
    let done = team.run(["rebase"]);
    done.code(0);
    assert!(!done.stderr.contains("clashes"), "{}", done.stderr);
    let expected = ["0001_initial", "0002_user_email", "0003_ticket_size", "0004_alter_ticket_size"];
    assert_eq!(team.names(), expected);
    team.commit_merge();
    team.is_sound();
}

/// A merge on the base branch itself keeps the commit with the old number as the one that everything is compared with.
#[test]
fn on_the_base_branch_a_merge_is_refused() {
    let team = Team::new();
    team.repo.checkout("main");
    let clone = team.repo.clone_with(&[]);
    team.theirs_on_server(&column("email"));
    let project = Project::at(&clone);
    project.append("schema-snapshots/ticket.toml", column("priority"));
    project.run(["makemigrations"]).code(0);
    clone.commit_all("mine");
    assert_ne!(clone.try_git(["pull", "--no-rebase", "--no-edit"]).code, Some(0));
    let before = project.files();
    let refused = project.run(["rebase"]);
    refused.code(1).stderr_contains("git merge --abort").stderr_contains("git pull --rebase");
    assert_eq!(project.files(), before);
    clone.git(["merge", "--abort"]);
    assert_ne!(clone.try_git(["pull", "--rebase"]).code, Some(0));
    project.run(["rebase"]).code(0);
    clone.git(["add", "--all"]);
    clone.git(["rebase", "--continue"]);
    project.run(["check"]).code(0);
    assert!(project.migrations()[2].ends_with("-0003_ticket_priority"), "{:?}", project.migrations());
}
