//! A `rebase` that is killed at any time: the next one goes on, or puts everything back.

use std::time::Duration;

use makemigrations_tests::database::Engine;

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

/// As it is left when everything is moved but the last folder.
fn half_done(team: &Team) -> Vec<String> {
    let before = team.project.migrations();
    let mine: Vec<_> = before.iter().filter(|name| name.contains("_ticket_")).cloned().collect();
    let new = ["2027-01-01-000000-0003_ticket_priority", "2027-01-01-000001-0004_ticket_note"];
    for (old, new) in mine.iter().zip(new) {
        for file in ["up.sql", "down.sql", "operations.toml"] {
            let text = team.project.read(&format!("migrations/{old}/{file}"));
            team.project.write(&format!("migrations/.rebase/new/{new}/{file}"), text);
        }
    }
    let lock = team.project.read("migrations/migrations.lock");
    team.project.write("migrations/.rebase/old/migrations.lock", &lock);
    team.project.write("migrations/.rebase/new/migrations.lock", "# makemigrations lock 1\n");
    let journal =
        format!("# makemigrations rebase 1\nold {}\nold {}\nnew {}\nnew {}\n", mine[0], mine[1], new[0], new[1]);
    team.project.write("migrations/.rebase/journal", journal);
    team.project.rename(&format!("migrations/{}", mine[0]), &format!("migrations/.rebase/old/{}", mine[0]));
    team.project.rename(&format!("migrations/.rebase/new/{}", new[0]), &format!("migrations/{}", new[0]));
    before
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
    assert!(!team.project.exists("migrations/.rebase"));
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
    assert!(!team.project.exists("migrations/.rebase/journal"));
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
    team.project.rename("migrations/.rebase/done", "migrations/.rebase/journal");
    let mine: Vec<_> = before.iter().filter(|name| name.contains("_ticket_")).cloned().collect();
    team.project.write("migrations/.rebase/reapply", mine.join("\n"));
    team.run(["showmigrations"]).stderr_contains("interrupted");
    assert!(!team.repo.git(["add", "--all", "--dry-run"]).contains(".rebase"));
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
    team.project.write("migrations/.rebase/reapply", mine.join("\n"));
    team.run(["rebase", "--abort"]).code(0).lacks("rolled back").stderr_contains("git merge --abort");
    team.repo.git(["merge", "--abort"]);
    team.is_sound();
}
