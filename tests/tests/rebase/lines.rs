//! What came from others and what a migration was made on top of, whatever the commits look like. Files alone.

use super::support::{Team, column};

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
