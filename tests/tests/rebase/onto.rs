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
        team.run(["check", "--staged"]).code(0);
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
    team.repo.commit_all("resolved by hand");
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

/// Both clocks said the same: the versions are equal as well, and Diesel would run one of the two.
#[test]
fn two_migrations_of_one_second() {
    let team = Team::new();
    let make = |domain: &str, name: &str| {
        team.project.append(&format!("schema-snapshots/{domain}.toml"), column(name));
        team.command(["makemigrations"]).env("MAKEMIGRATIONS_NOW", "2026-12-24T00:00:00Z").run().code(0);
    };
    make("ticket", "priority");
    team.repo.commit_all("mine");
    team.on_main(|| make("user", "email"));
    team.merge_main();
    team.command(["rebase"]).env("MAKEMIGRATIONS_NOW", "2026-12-24T00:00:00Z").run().code(0);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_ticket_priority"]);
    team.commit_merge();
    team.is_sound();
}

/// Two heads without one number: mine has a number of its own, and an older version.
#[test]
fn an_older_version_with_a_free_number() {
    let team = Team::new();
    team.mine(&column("priority"));
    let folder = team.folder("_ticket_priority");
    let name = folder["migrations/".len()..].replace("-0002_", "-0007_");
    team.project.rename(&folder, &format!("migrations/{name}"));
    team.project.replace(&format!("migrations/{name}/operations.toml"), "number = 2", "number = 7");
    team.run(["seal", &name]).code(0);
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    team.run(["rebase"]).code(0);
    assert_eq!(team.names().len(), 3);
    assert!(team.names()[2].ends_with("_ticket_priority"), "{:?}", team.names());
    team.commit_merge();
    team.is_sound();
}

#[test]
fn a_workspace_inside_the_repository() {
    let team = Team::inside();
    for name in ["a", "b"] {
        team.mine(&column(name));
        team.repo.commit_all(name);
    }
    team.theirs(&column("email"));
    let mut rebased = team.repo.try_git(["rebase", "main"]);
    for _ in 0..2 {
        assert_ne!(rebased.code, Some(0));
        team.run(["rebase"]).code(0);
        team.repo.git(["add", "--all"]);
        rebased = team.repo.try_git(["rebase", "--continue"]);
    }
    rebased.code(0);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_ticket_a", "0004_ticket_b"]);
    team.is_sound();
}

/// Somebody else's branch, which is not merged either: theirs stay as they are, mine come on top.
#[test]
fn the_branch_of_a_colleague() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.repo.checkout("main");
    team.repo.branch("colleague");
    team.project.append("schema-snapshots/user.toml", column("email"));
    team.run(["makemigrations"]).code(0);
    let theirs = team.folder("_user_email");
    team.repo.commit_all("theirs");
    team.repo.checkout("mine");
    assert_ne!(team.repo.try_git(["merge", "--no-edit", "colleague"]).code, Some(0));
    team.run(["rebase"]).code(0);
    assert_eq!(team.folder("_user_email"), theirs);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_ticket_priority"]);
    team.commit_merge();
    team.is_sound();
}

#[test]
fn a_clone_whose_base_is_on_the_server() {
    let team = Team::new();
    team.repo.checkout("main");
    let clone = team.repo.clone_with(&[]);
    team.theirs_on_server(&column("email"));
    clone.branch("feature");
    let project = makemigrations_tests::project::Project::at(&clone);
    project.append("schema-snapshots/ticket.toml", column("priority"));
    project.run(["makemigrations"]).code(0);
    clone.commit_all("mine");
    clone.git(["fetch", "--quiet"]);
    project.run(["rebase"]).code(0).stderr_contains("not here yet").stderr_contains("git rebase origin/");
    assert_ne!(clone.try_git(["rebase", "origin/main"]).code, Some(0));
    project.run(["rebase"]).code(0);
    clone.git(["add", "--all"]);
    clone.git(["rebase", "--continue"]);
    project.run(["check"]).code(0);
    assert!(project.migrations()[2].ends_with("-0003_ticket_priority"));
}

/// On main, and others pushed first: the first parent of a merge commit would be one's own line, which the gate holds fast.
#[test]
fn a_pull_on_the_branch_that_counts() {
    let team = Team::new();
    team.repo.checkout("main");
    let clone = team.repo.clone_with(&[]);
    team.theirs_on_server(&column("email"));
    let project = makemigrations_tests::project::Project::at(&clone);
    project.append("schema-snapshots/ticket.toml", column("priority"));
    project.run(["makemigrations"]).code(0);
    clone.commit_all("mine");
    assert_ne!(clone.try_git(["pull", "--no-rebase", "--no-edit"]).code, Some(0));
    let files = project.files();
    for way in [&["rebase"][..], &["rebase", "--dry-run"], &["makemigrations", "--merge"]] {
        project.run(way).code(1).stderr_contains("git pull --rebase");
        assert_eq!(project.files(), files);
    }
    clone.git(["merge", "--abort"]);
    assert_ne!(clone.try_git(["pull", "--rebase"]).code, Some(0));
    project.run(["rebase"]).code(0);
    clone.git(["add", "--all"]);
    clone.git(["rebase", "--continue"]);
    project.run(["check"]).code(0);
    assert!(project.migrations()[2].ends_with("-0003_ticket_priority"));
}

#[test]
fn a_picked_commit() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.repo.checkout("main");
    team.repo.branch("picked");
    assert_ne!(team.repo.try_git(["cherry-pick", "mine"]).code, Some(0));
    team.run(["rebase"]).code(0).stderr_contains("git cherry-pick --continue");
    team.repo.git(["add", "--all"]);
    team.repo.git(["cherry-pick", "--continue"]);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_ticket_priority"]);
    team.is_sound();
}

#[test]
fn files_of_a_migration_in_conflict_are_named() {
    let team = Team::new();
    team.mine(&column("priority"));
    let up = format!("{}/up.sql", team.folder("_ticket_priority"));
    team.repo.commit_all("mine");
    team.repo.checkout("main");
    team.repo.merge("mine");
    team.project.replace(&up, "\"priority\"", "\"prio\"");
    team.repo.commit_all("edited there");
    team.repo.checkout("mine");
    team.project.replace(&up, "\"priority\"", "\"urgency\"");
    team.repo.commit_all("edited here");
    assert_ne!(team.repo.try_git(["merge", "--no-edit", "main"]).code, Some(0));
    team.run(["rebase"]).code(1).stderr_contains("in conflict").stderr_contains(&up);
}
