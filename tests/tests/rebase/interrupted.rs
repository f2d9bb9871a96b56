//! A `rebase` that is killed at any time: the next one goes on, or puts everything back.

use std::time::Duration;

use makemigrations_tests::database::Engine;
use makemigrations_tests::project::Project;

use super::support::{Team, column};

fn prepared() -> Team {
    let team = Team::with_database(Engine::Sqlite);
    team.mine(&column("priority"));
    team.mine(&column("note"));
    team.repo.commit_all("mine");
    team.run(["migrate"]).code(0);
    team.theirs(&column("email"));
    team.merge_main();
    team
}

#[test]
fn killed_at_any_time_the_next_one_goes_on() {
    for step in 0..10 {
        let team = prepared();
        let killed = team.command(["rebase"]).spawn().kill_after(Duration::from_millis(step * 12));
        team.run(["rebase"]).code(0);
        let names = team.names();
        let expected = ["0001_initial", "0002_user_email", "0003_ticket_priority", "0004_ticket_note"];
        assert_eq!(names, expected, "{step}: {:?}", killed.code);
        team.commit_merge();
        team.is_sound();
    }
}

/// The folder of state.
const STATE: &str = ".git/makemigrations/migrations";

/// As it is left when everything is moved but the last folder.
fn half_done(team: &Team) -> Vec<String> {
    let before = team.project.migrations();
    let mine: Vec<_> = before.iter().filter(|name| name.contains("_ticket_")).cloned().collect();
    let new = ["2027-01-01-000000-0003_ticket_priority", "2027-01-01-000001-0004_ticket_note"];
    for (old, new) in mine.iter().zip(new) {
        for file in ["up.sql", "down.sql", "operations.toml"] {
            let text = team.project.read(&format!("migrations/{old}/{file}"));
            team.project.write(&format!("{STATE}/old/{old}/{file}"), &text);
            team.project.write(&format!("{STATE}/new/{new}/{file}"), &text);
            if new.ends_with("priority") {
                team.project.write(&format!("migrations/{new}/{file}"), &text);
            }
        }
    }
    let lock = team.project.read("migrations/migrations.lock");
    team.project.write(&format!("{STATE}/old/migrations.lock"), &lock);
    team.project.write(&format!("{STATE}/new/migrations.lock"), "# makemigrations lock 1\n");
    let names = format!(
        "out {0}\nout {1}\nin {2}\nin {3}\nold {0}\nold {1}\nnew {2}\nnew {3}\n",
        mine[0], mine[1], new[0], new[1]
    );
    team.project.write(&format!("{STATE}/journal"), journal(team, &names));
    team.project.remove(&format!("migrations/{}", mine[0]));
    before
}

/// The text of a journal with these lines.
fn journal(team: &Team, lines: &str) -> String {
    let folder = team.project.join("migrations").canonicalize().expect("the folder of migrations");
    format!("# makemigrations rebase 2\nby rebase\nfolder {}\n{lines}", folder.display())
}

#[test]
fn half_of_it_is_put_back() {
    let team = prepared();
    let lock = team.project.read("migrations/migrations.lock");
    let before = half_done(&team);
    team.run(["showmigrations"]).stderr_contains("interrupted").stderr_contains("cargo xtask rebase --abort");
    team.run(["rebase", "--dry-run"]).code(1).stderr_contains("interrupted");
    team.run(["rebase", "--abort"]).code(0).stderr_contains("where they were");
    assert_eq!(team.project.migrations(), before);
    assert_eq!(team.project.read("migrations/migrations.lock"), lock);
    assert!(!team.project.exists(".git/makemigrations"));
    team.run(["rebase", "--abort"]).code(0).stderr_contains("nothing to put back");
    team.run(["rebase"]).code(0);
    team.commit_merge();
    team.is_sound();
}

#[test]
fn half_of_it_is_finished() {
    let team = prepared();
    half_done(&team);
    team.run(["rebase"]).code(0).stderr_contains("going on");
    let expected = ["0001_initial", "0002_user_email", "0003_ticket_priority", "0004_ticket_note"];
    assert_eq!(team.names(), expected);
    assert!(!team.project.exists(&format!("{STATE}/journal")));
}

/// Done, and then git takes back its half: the folders and the database come back.
#[test]
fn what_is_done_can_be_given_up_before_git_is_done() {
    for (engine, is_first) in Engine::ALL.into_iter().flat_map(|engine| [(engine, true), (engine, false)]) {
        let team = Team::with_database(engine);
        team.mine(&column("priority"));
        team.repo.commit_all("mine");
        team.run(["migrate"]).code(0);
        let before = team.project.migrations();
        team.theirs(&column("email"));
        team.merge_main();
        let done = team.run(["rebase"]);
        done.code(0).stderr_contains("to give up: `cargo xtask rebase --abort`, then `git merge --abort`");
        if is_first {
            team.run(["rebase", "--abort"]).code(0).stderr_contains("`git merge --abort`, then `cargo xtask migrate`");
            team.repo.git(["merge", "--abort"]);
        } else {
            team.repo.git(["merge", "--abort"]);
            team.run(["showmigrations"]).stderr_contains("cargo xtask rebase --abort");
            team.run(["rebase"]).code(1).stderr_contains("cargo xtask rebase --abort");
            team.run(["rebase", "--abort"]).code(0).stderr_contains("1 migration applied");
        }
        assert_eq!(team.project.migrations(), before, "{engine:?} {is_first}");
        team.is_sound();
        team.merge_main();
        team.run(["rebase"]).code(0);
        team.commit_merge();
        team.is_sound();
    }
}

/// The same after two of three commits that git plays again.
#[test]
fn a_rebase_of_git_can_be_given_up() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        for name in ["a", "b", "c"] {
            team.mine(&column(name));
            team.repo.commit_all(name);
        }
        team.run(["migrate"]).code(0);
        let before = team.project.migrations();
        team.theirs(&column("email"));
        assert_ne!(team.repo.try_git(["rebase", "main"]).code, Some(0));
        team.run(["rebase"]).code(0);
        team.repo.git(["add", "migrations"]);
        assert_ne!(team.repo.try_git(["rebase", "--continue"]).code, Some(0));
        team.run(["rebase"]).code(0);
        team.repo.git(["rebase", "--abort"]);
        team.run(["rebase", "--abort"]).code(0).stderr_contains("3 migrations applied");
        assert_eq!(team.project.migrations(), before);
        team.is_sound();
    }
}

/// Killed while it applies again: the folders are moved, and come back all the same.
#[test]
fn what_is_moved_is_put_back_as_well() {
    let team = prepared();
    let before = team.project.migrations();
    let lock = team.project.read("migrations/migrations.lock");
    team.run(["rebase"]).code(0);
    team.project.rename(&format!("{STATE}/done"), &format!("{STATE}/journal"));
    let mine: Vec<_> = before.iter().filter(|name| name.contains("_ticket_")).cloned().collect();
    team.project.write(&format!("{STATE}/reapply"), mine.join("\n"));
    team.run(["showmigrations"]).stderr_contains("interrupted");
    team.run(["rebase", "--abort"]).code(0).stderr_contains("where they were").stderr_contains("rolled back");
    let put_back: Vec<_> = team.project.migrations().into_iter().filter(|name| !name.contains("email")).collect();
    assert_eq!(put_back, before.into_iter().filter(|name| !name.contains("email")).collect::<Vec<_>>());
    assert_eq!(team.project.read("migrations/migrations.lock"), lock);
    team.run(["rebase"]).code(0);
    team.commit_merge();
    team.is_sound();
}

/// Killed before anything was rolled back: nothing is said to be.
#[test]
fn what_was_only_meant_to_be_rolled_back_is_not_said_to_be() {
    let team = prepared();
    let mine: Vec<_> = team.project.migrations().into_iter().filter(|name| name.contains("_ticket_")).collect();
    team.project.write(&format!("{STATE}/reapply"), mine.join("\n"));
    team.run(["rebase", "--abort"]).code(0).lacks("rolled back").stderr_contains("git merge --abort");
    team.repo.git(["merge", "--abort"]);
    team.is_sound();
}

/// A journal that a branch brings is nobody's: neither read nor gone by, and a finding of the gate.
#[test]
fn what_git_brings_is_no_journal() {
    let team = Team::new();
    let hook = "#!/bin/sh\ntouch owned\n";
    team.project.write("migrations/.rebase/journal", "# makemigrations rebase 1\nby rebase\nnew .x/post-merge\n");
    team.project.write("migrations/.rebase/new/.x/post-merge", hook);
    std::os::unix::fs::symlink("../.git/hooks", team.project.join("migrations/.x")).expect("a link");
    team.project.write("migrations/.DS_Store", "");
    // Untracked, none of it is anything.
    team.run(["check"]).code(0).lacks("M015").lacks("M020").lacks("M023");
    team.repo.commit_all("a stranger's");
    let checked = team.run(["check"]);
    checked.code(1).stderr_contains("M023").stderr_contains("migrations/.rebase/journal");
    checked.stderr_contains("M015").stderr_contains("`migrations/.x`");
    checked.stderr_contains("M020").stderr_contains("`migrations/.DS_Store`");
    team.run(["rebase", "--yes"]).code(0).stderr_contains("nothing to do");
    assert!(
        !team.project.exists(".git/hooks/post-merge") && team.project.exists("migrations/.rebase/new/.x/post-merge")
    );
    // What the finding advises.
    for path in ["migrations/.rebase/journal", "migrations/.rebase/new/.x/post-merge", "migrations/.x"] {
        checked.stderr_contains(&format!("git rm -r --cached -- {path}"));
        team.repo.git(["rm", "--quiet", "-r", "--cached", "--", path]);
    }
    team.run(["check"]).code(0);
    team.project.remove("migrations/.DS_Store");
    team.run(["check", "--staged"]).code(0);
}

/// Also in git's own folder a journal names migrations of this work tree, or nothing.
#[test]
fn a_journal_that_leads_elsewhere_is_not_gone_by() {
    let team = prepared();
    team.project.write("home/id", "key");
    let before = team.project.migrations();
    for line in ["out ../home", "in ../../.git/hooks", "new .x", "old /etc", "onto HEAD"] {
        team.project.write(&format!("{STATE}/journal"), journal(&team, &format!("{line}\n")));
        for command in [&["rebase"][..], &["rebase", "--abort"], &["squash"]] {
            let refused = team.run(command);
            refused.code(1).stderr_contains("cannot be gone by").stderr_contains("hint: ").stderr_contains("rm -r ");
        }
        team.run(["showmigrations"]).stderr_contains("cannot be gone by");
    }
    // Of another clone.
    let elsewhere = journal(&team, "").replace("/migrations\n", "-2/migrations\n");
    team.project.write(&format!("{STATE}/journal"), elsewhere);
    team.run(["rebase"]).code(1).stderr_contains("it is for `");
    assert_eq!(team.project.read("home/id"), "key");
    assert_eq!(team.project.migrations(), before);
    team.project.remove(STATE);
    team.run(["rebase", "--yes"]).code(0);
    team.commit_merge();
    team.is_sound();
}

/// Each work tree of a repository has state of its own.
#[test]
fn a_second_work_tree_knows_nothing_of_it() {
    let team = prepared();
    half_done(&team);
    let other = team.repo.worktree("other");
    let shown = makemigrations_tests::command::makemigrations(&Project::at(&other), ["showmigrations"]).run();
    shown.lacks("interrupted");
    team.run(["rebase", "--abort", "--yes"]).code(0);
}
