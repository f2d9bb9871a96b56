//! Files alone: what moves, what stays, and what git is in the middle of. No database is asked here.

use super::support::{Team, column};

#[test]
fn in_the_middle_of_a_merge() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    assert_eq!(team.names(), ["0001_initial", "0002_ticket_priority", "0002_user_email"]);
    let done = team.run(["rebase"]);
    done.code(0).stderr_contains("0002_ticket_priority -> ").stderr_contains("git add migrations && git commit");
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_ticket_priority"]);
    team.commit_merge();
    team.is_sound();
    team.run(["rebase"]).code(0).stderr_contains("nothing to do");
    assert_eq!(team.repo.git(["status", "--porcelain"]), "");
}

#[test]
fn a_merge_of_the_branch_into_main() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.repo.checkout("main");
    let merged = team.repo.try_git(["merge", "--no-edit", "mine"]);
    assert_ne!(merged.code, Some(0));
    team.run(["rebase"]).code(0);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_ticket_priority"]);
    team.commit_merge();
    team.is_sound();
}

#[test]
fn in_the_middle_of_a_rebase_with_a_migration_in_each_commit() {
    let team = Team::new();
    for name in ["a", "b", "c"] {
        team.mine(&column(name));
        team.repo.commit_all(name);
    }
    team.theirs(&column("email"));
    team.theirs(&column("phone"));
    let mut stops = 0;
    let mut rebased = team.repo.try_git(["rebase", "main"]);
    while rebased.code != Some(0) {
        stops += 1;
        assert!(stops <= 3, "{}{}", rebased.stdout, rebased.stderr);
        let done = team.run(["rebase"]);
        done.code(0).stderr_contains("git add migrations && git rebase --continue");
        team.repo.git(["add", "migrations"]);
        rebased = team.repo.try_git(["rebase", "--continue"]);
    }
    assert_eq!(stops, 3);
    let expected =
        ["0001_initial", "0002_user_email", "0003_user_phone", "0004_ticket_a", "0005_ticket_b", "0006_ticket_c"];
    assert_eq!(team.names(), expected);
    team.is_sound();
}

#[test]
fn hand_written_sql_and_names_are_kept() {
    let team = Team::new();
    team.project.append("schema-snapshots/ticket.toml", column("priority"));
    team.run(["makemigrations", "--name", "urgency"]).code(0);
    team.run(["makemigrations", "--empty", "--name", "fill"]).code(0);
    let fill = "-- by hand\r\nUPDATE \"ticket\" SET \"priority\" = 'low';\r\n";
    team.project.write(&format!("{}/up.sql", team.folder("_fill")), fill);
    team.run(["seal"]).code(0);
    team.project.append("schema-snapshots/ticket.toml", column("note"));
    team.run(["makemigrations", "--manual", "--name", "noted"]).code(0);
    let noted = format!("{}/up.sql", team.folder("_noted"));
    team.project.append(&noted, "UPDATE \"ticket\" SET \"note\" = 'none';\n");
    let noted = team.project.read(&noted);
    team.run(["seal"]).code(0);
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    team.run(["rebase"]).code(0);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_urgency", "0004_fill", "0005_noted"]);
    assert_eq!(team.project.read(&format!("{}/up.sql", team.folder("_fill"))), fill);
    assert_eq!(team.project.read(&format!("{}/up.sql", team.folder("_noted"))), noted);
    let record = team.project.read(&format!("{}/operations.toml", team.folder("_fill")));
    assert!(record.contains("number = 4\n") && record.contains("manual = true"), "{record}");
    team.commit_merge();
    team.is_sound();
}

#[test]
fn after_a_merge_that_somebody_resolved_by_hand() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    team.project.write("migrations/migrations.lock", "");
    team.commit_merge();
    team.run(["check"]).code(1);
    team.run(["rebase"]).code(0);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_ticket_priority"]);
    team.repo.commit_all("rebased");
    team.is_sound();
}

#[test]
fn migrations_that_are_not_committed_yet() {
    let team = Team::new();
    team.theirs(&column("email"));
    team.mine(&column("priority"));
    let before = team.project.read("migrations/migrations.lock");
    team.run(["rebase"]).code(0).stderr_contains("nothing to do").stderr_contains("not here yet");
    assert_eq!(team.project.read("migrations/migrations.lock"), before);
    let stash = team.repo.git(["stash", "--include-untracked"]);
    team.repo.merge("main");
    let popped = team.repo.try_git(["stash", "pop"]);
    assert_ne!(popped.code, Some(0), "{stash}");
    team.run(["rebase"]).code(0);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_ticket_priority"]);
    team.is_sound();
}

#[test]
fn a_dry_run_says_it_and_changes_nothing() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    let before = team.project.files();
    let lock = team.project.read("migrations/migrations.lock");
    let shown = team.run(["rebase", "--dry-run"]);
    shown.code(0).stdout_contains("0002_ticket_priority -> 2026-12-01-").stdout_contains("-0003_ticket_priority\n");
    assert_eq!(team.project.files(), before);
    assert_eq!(team.project.read("migrations/migrations.lock"), lock);
}

#[test]
fn overrides_of_both_sides_stay() {
    let team = Team::new();
    let first = team.project.migrations()[0].clone();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.on_main(|| {
        // What the newest commit of a branch without a remote brought can still be amended.
        team.repo.commit_all("more");
        team.project.append(&format!("migrations/{first}/up.sql"), "SELECT 1;\n");
        team.run(["seal", &first, "--override", "--reason", "hot fix 4711"]).code(0);
        team.project.append("schema-snapshots/user.toml", column("email"));
        team.run(["makemigrations"]).code(0);
    });
    team.merge_main();
    team.run(["rebase"]).code(0);
    let lock = team.project.read("migrations/migrations.lock");
    assert!(lock.contains(&format!("# override {first} hot fix 4711\n")), "{lock}");
    team.commit_merge();
    team.is_sound();
}

#[test]
fn an_edit_of_what_is_merged_is_not_written_into_the_lock_file() {
    let team = Team::new();
    let first = team.project.migrations()[0].clone();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    team.project.append(&format!("migrations/{first}/up.sql"), "SELECT 1;\n");
    let before = team.project.files();
    team.run(["rebase"]).code(1).stderr_contains("M001").stderr_contains("nothing has been changed");
    assert_eq!(team.project.files(), before);
    assert!(team.project.read("migrations/migrations.lock").contains("<<<<<<<"));
}

#[test]
fn sql_that_was_changed_without_saying_so_is_not_lost() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.project.append(&format!("{}/up.sql", team.folder("_ticket_priority")), "SELECT 1;\n");
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    team.run(["rebase"]).code(1).stderr_contains("its operations do not generate");
    assert_eq!(team.names(), ["0001_initial", "0002_ticket_priority", "0002_user_email"]);
}

#[test]
fn where_git_cannot_tell_nothing_is_done() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.project.remove(".git");
    let before = team.project.files();
    team.run(["rebase"]).code(1).stderr_contains("hint:");
    assert_eq!(team.project.files(), before);
}
