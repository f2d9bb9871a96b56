//! Branches that come together in every order: rebases after merges, reverts, picks, stashes, two people on one branch. What
//! the command advises is done, and leads to the end. It must not state how a single conflict is settled: `clash` does.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::{Database, Engine};

use super::support::{Team, column, columns};

/// The column `name` with an index, as a line of a snapshot.
fn indexed(name: &str) -> String {
    format!("{name} = {{ type = \"text\", nullable = true, index = true }}\n")
}

const TICKET: &str = "schema-snapshots/ticket.toml";

/// A migration that adds the column `a`, and one more that adds an index to it, each committed.
fn column_and_index(team: &Team) {
    team.mine(&column("a"));
    team.repo.commit_all("a");
    team.project.replace(TICKET, &column("a"), &indexed("a"));
    team.run(["makemigrations"]).code(0);
    team.repo.commit_all("index");
}

/// A migration got its number in a merge; later git plays the commit before the merge again.
#[test]
fn git_rebase_after_a_merge_in_which_numbers_changed() {
    for (engine, merges) in [(Engine::Sqlite, 1), (Engine::Postgres, 1), (Engine::Sqlite, 2)] {
        let team = Team::with_database(engine);
        let database = team.database.as_ref().expect("a database");
        team.mine(&column("a"));
        team.repo.commit_all("a");
        team.run(["migrate"]).code(0);
        for merge in 0..merges {
            team.theirs(&column(&format!("email{merge}")));
            team.merge_main();
            team.run(["rebase", "--yes"]).code(0);
            team.commit_merge();
            team.mine(&column(&format!("b{merge}")));
            team.repo.commit_all("b");
            team.run(["migrate"]).code(0);
        }
        database.execute("INSERT INTO ticket (id, state) VALUES (1, 'open')");
        team.theirs(&column("phone"));
        team.rebase_on_main();
        team.run(["rebase", "--yes"]).code(0);
        team.run(["migrate"]).code(0);
        team.run(["showmigrations"]).code(0).lacks("unknown");
        team.run(["drift"]).code(0);
        team.is_sound();
        assert_eq!(database.value("SELECT count(*) FROM ticket"), "1");
    }
}

/// What the later migration builds on is taken back: either is written anew, or it says what is missing.
#[test]
fn git_revert_of_what_a_later_one_builds_on() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        column_and_index(&team);
        team.run(["migrate"]).code(0);
        assert_ne!(team.repo.try_git(["revert", "--no-edit", "HEAD~1"]).code, Some(0));
        let text = team.repo.git(["show", "main:schema-snapshots/ticket.toml"]) + "\n";
        team.project.write(TICKET, text);
        team.repo.git(["add", "schema-snapshots"]);
        let done = team.run(["rebase", "--yes"]);
        done.code(0).stderr_contains("git revert --continue");
        team.run(["makemigrations", "--check"]).code(0);
        team.follow(&done, "next: ").code(0);
        team.run(["rebase", "--yes"]).code(0);
        team.run(["drift"]).code(0);
        assert_eq!(columns(team.database.as_ref().expect("a database"), "ticket"), ["id", "state"]);
        team.is_sound();
    }
}

/// Given up, everything is as it was before.
#[test]
fn git_revert_that_is_given_up() {
    for is_first in [true, false] {
        let team = Team::with_database(Engine::Sqlite);
        column_and_index(&team);
        team.run(["migrate"]).code(0);
        let before = team.project.migrations();
        assert_ne!(team.repo.try_git(["revert", "--no-edit", "HEAD~1"]).code, Some(0));
        team.project.write(TICKET, team.repo.git(["show", "main:schema-snapshots/ticket.toml"]) + "\n");
        team.repo.git(["add", "schema-snapshots"]);
        let done = team.run(["rebase", "--yes"]);
        done.code(0);
        if is_first {
            team.follow(&done, "to give up: ").code(0);
        } else {
            team.repo.git(["revert", "--abort"]);
        }
        let put_back = team.run(["rebase", "--abort", "--yes"]);
        put_back.code(0);
        assert_eq!(team.project.migrations(), before, "{is_first}: {}", put_back.stderr);
        team.run(["migrate"]).code(0);
        team.is_sound();
        assert_eq!(team.repo.git(["status", "--porcelain"]), "");
    }
}

/// The commit that is picked builds on one that is not.
#[test]
fn git_cherry_pick_without_what_it_builds_on() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.repo.branch("other");
        column_and_index(&team);
        team.repo.checkout("mine");
        team.mine(&column("b"));
        team.repo.commit_all("b");
        team.run(["migrate"]).code(0);
        assert_ne!(team.repo.try_git(["cherry-pick", "other"]).code, Some(0));
        let text = team.repo.git(["show", "main:schema-snapshots/ticket.toml"]);
        team.project.write(TICKET, format!("{text}\n{}{}", column("b"), indexed("a")));
        team.repo.git(["add", "schema-snapshots"]);
        let done = team.run(["rebase", "--yes"]);
        done.code(0).stderr_contains("written anew");
        team.follow(&done, "next: ").code(0);
        team.run(["rebase", "--yes"]).code(0);
        team.run(["drift"]).code(0);
        team.is_sound();
    }
}

/// Of a commit that says what is here already nothing is left, and git is told so.
#[test]
fn git_cherry_pick_of_what_is_here_already() {
    let team = Team::with_database(Engine::Sqlite);
    team.repo.branch("other");
    team.mine(&column("a"));
    team.repo.commit_all("a, there");
    team.repo.checkout("mine");
    team.mine(&column("a"));
    team.repo.commit_all("a, here");
    team.run(["migrate"]).code(0);
    let before = team.project.migrations();
    assert_ne!(team.repo.try_git(["cherry-pick", "other"]).code, Some(0));
    let done = team.run(["rebase", "--yes"]);
    done.code(0).stderr_contains("git cherry-pick --skip");
    team.follow(&done, "next: ").code(0);
    assert_eq!(team.project.migrations(), before);
    team.is_sound();
}

/// A migration that is not committed comes out of a stash, and others have dropped what it is about.
#[test]
fn git_stash_pop_onto_another_line() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.mine(&format!("{}{}", column("a"), column("b")));
        team.repo.commit_all("a and b");
        team.project.replace(TICKET, &column("a"), &indexed("a"));
        team.run(["makemigrations"]).code(0);
        team.run(["migrate"]).code(0);
        team.run(["migrate:down", "--yes"]).code(0);
        team.repo.git(["stash", "--quiet", "--include-untracked"]);
        team.project.replace(TICKET, &column("a"), "");
        team.run(["makemigrations", "--no-renames"]).code(0);
        team.repo.commit_all("no a");
        team.run(["migrate"]).code(0);
        assert_ne!(team.repo.try_git(["stash", "pop"]).code, Some(0));
        let text = team.repo.git(["show", "main:schema-snapshots/ticket.toml"]);
        team.project.write(TICKET, format!("{text}\n{}{}", indexed("a"), column("b")));
        team.repo.git(["add", "schema-snapshots"]);
        team.run(["rebase", "--yes"]).code(0).stderr_contains("written anew");
        team.run(["makemigrations", "--check"]).code(0);
        team.repo.commit_all("popped");
        team.is_sound();
    }
}

/// `git pull --rebase --autostash` over a migration that is in no commit, half of which others have made.
#[test]
fn git_rebase_with_autostash_over_a_migration_in_no_commit() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.on_main(|| {
            team.project.append(TICKET, column("a"));
            team.run(["makemigrations"]).code(0);
        });
        team.mine(&format!("{}{}", column("a"), column("b")));
        team.run(["migrate"]).code(0);
        drop(team.repo.try_git(["rebase", "--quiet", "--autostash", "main"]));
        let text = team.repo.git(["show", "main:schema-snapshots/ticket.toml"]);
        team.project.write(TICKET, format!("{text}\n{}", column("b")));
        team.repo.git(["add", "schema-snapshots"]);
        let done = team.run(["rebase", "--yes"]);
        done.code(0).stderr_contains("has been made already").lacks("do not generate");
        assert_eq!(team.names(), ["0001_initial", "0002_ticket_a", "0003_ticket_a_ticket_b"]);
        team.repo.commit_all("popped");
        team.run(["drift"]).code(0);
        team.is_sound();
    }
}

/// Two people on one branch put the same migration on top of others, each by themselves, and git mixes the two.
#[test]
fn two_people_renumber_one_migration() {
    for (engine, is_by_hand, is_told) in
        [(Engine::Sqlite, false, false), (Engine::Postgres, false, true), (Engine::Sqlite, true, false)]
    {
        let team = Team::with_database(engine);
        if is_by_hand {
            team.run(["makemigrations", "--empty", "--name", "a"]).code(0);
            let folder = team.folder("_a");
            team.project.append(&format!("{folder}/up.sql"), "UPDATE ticket SET state = 'new';\n");
            team.run(["seal"]).code(0);
        } else {
            team.mine(&column("a"));
        }
        team.repo.commit_all("a");
        team.theirs(&column("email"));
        team.merge_main();
        team.run(["rebase", "--yes", "--files-only"]).code(0);
        team.commit_merge();
        team.repo.git(["branch", "theirs"]);
        team.repo.git(["reset", "--quiet", "--hard", "HEAD^1"]);
        team.theirs(&column("phone"));
        team.merge_main();
        team.run(["rebase", "--yes", "--files-only"]).code(0);
        team.commit_merge();
        team.run(["migrate"]).code(0);
        let (before, database) = (team.project.migrations(), team.database.as_ref().expect("a database"));
        database.execute("INSERT INTO ticket (id, state) VALUES (1, 'open')");
        let when = "SELECT started_at FROM __makemigrations_history ORDER BY version DESC LIMIT 1";
        let applied = database.value(when);
        assert_ne!(team.repo.try_git(["merge", "--no-edit", "theirs"]).code, Some(0));
        if is_told {
            // Somebody tells git that all is settled, markers and all.
            team.repo.git(["add", "--all"]);
        }
        let done = team.run(["rebase"]);
        done.code(0).stderr_contains("are one migration");
        assert_eq!(team.project.migrations(), before);
        assert_eq!(database.value(when), applied, "what is applied stays applied");
        team.commit_merge();
        team.run(["drift"]).code(0);
        team.is_sound();
        // The other person comes to the same.
        team.repo.checkout("theirs");
        team.repo.git(["merge", "--quiet", "--ff-only", "mine"]);
        assert_eq!(team.project.migrations(), before);
        team.is_sound();
    }
}

/// Another name for an applied migration of the same version and SQL is no edit.
#[test]
fn a_folder_gets_another_name() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.mine(&column("a"));
        team.repo.commit_all("a");
        team.run(["migrate"]).code(0);
        let folder = team.folder("_ticket_a");
        let better = folder.replace("_ticket_a", "_better");
        team.repo.git(["mv", &folder, &better]);
        let checked = team.run(["check"]);
        checked.code(1);
        team.run(["seal"]).code(0);
        team.run(["makemigrations"]).code(0);
        team.run(["check"]).code(0);
        team.run(["migrate"]).code(0);
        team.run(["showmigrations"]).code(0).lacks("edited").lacks("unknown");
        team.repo.commit_all("better");
        team.theirs(&column("email"));
        team.merge_main();
        team.run(["rebase", "--yes"]).code(0);
        team.commit_merge();
        team.is_sound();
    }
}

/// Two branches whose next migration has the same version: that of the other one is no edit of this one.
#[test]
fn equal_versions_on_two_branches() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        let same = ("MAKEMIGRATIONS_NOW", "2026-12-24T00:00:00Z");
        team.project.append(TICKET, column("a"));
        team.command(["makemigrations"]).env(same.0, same.1).run().code(0);
        team.repo.commit_all("a");
        let mine = team.project.migrations().pop().expect("a migration");
        team.repo.git(["switch", "--quiet", "--create", "theirs", "main"]);
        team.project.append("schema-snapshots/user.toml", column("b"));
        team.command(["makemigrations"]).env(same.0, same.1).run().code(0);
        team.repo.commit_all("b");
        let theirs = team.project.migrations().pop().expect("a migration");
        assert_eq!(mine.split('_').next(), theirs.split('_').next());
        team.run(["migrate"]).code(0);
        team.repo.checkout("mine");
        let refused = team.run(["migrate"]);
        refused.code(1).stderr_contains(&theirs).lacks("edited");
        let shown = team.run(["showmigrations"]);
        shown.code(0).lacks("edited");
        assert!(shown.stdout.contains(&theirs) && shown.stdout.contains(&mine), "{}", shown.stdout);
    }
}

/// A folder with a space: what is next can be pasted.
#[test]
fn paths_with_spaces_can_be_pasted() {
    let team = Team::with_settings("migrations = \"db stuff/migrations\"\n");
    team.mine(&column("a"));
    team.repo.commit_all("a");
    team.theirs(&column("email"));
    drop(team.repo.try_git(["merge", "--no-edit", "main"]));
    let done = team.run(["rebase", "--yes"]);
    done.code(0).stderr_contains("git add 'db stuff/migrations' && git commit");
    team.follow(&done, "next: ").code(0);
    assert_eq!(team.repo.git(["status", "--porcelain"]), "");
    team.run(["check"]).code(0);
}

/// What a refused squash advises squashes.
#[test]
fn what_a_refused_squash_advises_squashes() {
    let team = Team::with_database(Engine::Sqlite);
    team.mine("a = { type = \"integer\", nullable = true }\n");
    team.project.replace(
        TICKET,
        "a = { type = \"integer\", nullable = true }",
        "a = { type = \"integer\", default = 0 }",
    );
    team.run(["makemigrations", "--backfill", "ticket.a=0"]).code(0);
    team.project.replace(
        TICKET,
        "a = { type = \"integer\", default = 0 }",
        "a = { type = \"integer\", nullable = true }",
    );
    team.run(["makemigrations"]).code(0);
    team.repo.commit_all("three");
    team.run(["migrate"]).code(0);
    let database = team.database.as_ref().expect("a database");
    database.execute("INSERT INTO ticket (id, state, a) VALUES (1, 'open', NULL)");
    let refused = team.run(["squash", "--yes", "--name", "all of it"]);
    if refused.code == Some(2) {
        // The name is refused before anything else.
        return;
    }
    refused.code(1).stderr_contains("--files-only");
    team.follow(&refused, "--files-only").code(0);
    assert_eq!(team.names().len(), 2);
    team.run(["check"]).code(0);
}

/// Somebody has merged a migration of this branch as it was at first; by now another one says the same and more. git drops the
/// commit that is merged, and its successor deletes what is merged.
#[test]
fn git_rebase_after_a_first_version_of_ours_was_merged() {
    for (engine, is_advised) in Engine::ALL.into_iter().flat_map(|engine| [(engine, false), (engine, true)]) {
        let team = Team::with_database(engine);
        team.mine(&column("a"));
        team.repo.commit_all("a");
        let first = team.folder("_ticket_a");
        team.project.append(TICKET, column("b"));
        team.repo.remove(&first);
        team.run(["makemigrations"]).code(0);
        team.repo.commit_all("a and b");
        team.run(["migrate"]).code(0);
        team.repo.checkout("main");
        team.project.write("notes.md", "notes");
        team.repo.commit_all("notes");
        team.repo.git(["cherry-pick", "mine~1"]);
        team.repo.checkout("mine");
        team.repo.git(["rebase", "main"]);
        let name = &first["migrations/".len()..];
        let found = team.run(["check"]);
        found.code(1).stderr_contains("M002").stderr_contains(name);
        // What is applied here of the second version goes, and comes again on top of the first one.
        if is_advised {
            team.follow(&found, "restore it: ").code(0).stderr_contains("no changes");
        } else {
            let dry = team.run(["rebase", "--dry-run"]);
            dry.code(0).stdout_contains(&format!("{name} is merged, and restored"));
            assert!(!team.project.exists(&first));
            let done = team.run(["rebase", "--yes"]);
            done.code(0).stderr_contains(&format!("{name} is merged, and restored")).stderr_contains("is left out");
        }
        team.repo.commit_all("b on top of a");
        assert_eq!(team.names()[1..], ["0002_ticket_a", "0003_ticket_a_ticket_b"]);
        team.is_sound();
    }
}

/// What is merged stays when a commit of it is reverted; where nothing else is left of the revert, git is told to skip it.
#[test]
fn git_revert_of_a_commit_that_is_merged() {
    let team = Team::with_database(Engine::Sqlite);
    team.mine(&column("a"));
    team.repo.commit_all("a");
    team.mine(&column("b"));
    team.repo.commit_all("b");
    team.repo.checkout("main");
    team.repo.git(["merge", "--quiet", "--no-edit", "mine"]);
    team.repo.checkout("mine");
    team.mine(&column("c"));
    team.repo.commit_all("c");
    let before = team.project.migrations();
    assert_ne!(team.repo.try_git(["revert", "--no-edit", "HEAD~2"]).code, Some(0));
    let text = team.repo.git(["show", "HEAD:schema-snapshots/ticket.toml"]);
    team.project.write(TICKET, text + "\n");
    team.repo.git(["add", "schema-snapshots"]);
    let done = team.run(["rebase", "--yes"]);
    done.code(0).stderr_contains("0002_ticket_a is merged, and restored").stderr_contains("git revert --skip");
    team.follow(&done, "next: ").code(0);
    assert_eq!(team.project.migrations(), before);
    team.is_sound();
}

/// A commit that wrote a migration anew under the name that it had is reverted: the database has the newer form of it.
#[test]
fn git_revert_of_a_commit_that_wrote_an_applied_migration_anew() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.run(["makemigrations", "--empty", "--name", "by_hand"]).code(0);
        let up = format!("{}/up.sql", team.folder("_by_hand"));
        team.project.write(&up, "UPDATE ticket SET state = 'new';\n");
        team.run(["seal"]).code(0);
        team.repo.commit_all("new");
        team.project.write(&up, "UPDATE ticket SET state = 'newer';\n");
        team.run(["seal"]).code(0);
        team.repo.commit_all("newer");
        team.run(["migrate"]).code(0);
        team.repo.git(["revert", "--no-edit", "HEAD"]);
        team.run(["migrate"]).code(1).stderr_contains("edited after it was applied");
        let refused = team.run(["rebase", "--yes"]);
        refused.code(1).stderr_contains("was applied in a form that is not here any more");
        team.run(["migrate:down", "--absent", "--yes"]).code(0);
        team.run(["rebase", "--yes"]).code(0);
        team.is_sound();
        let applied = "SELECT up_checksum FROM __makemigrations_history ORDER BY version DESC LIMIT 1";
        let fresh = Database::new(engine, "fresh");
        makemigrations(&team.project, ["migrate"]).env("DATABASE_URL", fresh.url()).run().code(0);
        assert_eq!(team.database.as_ref().unwrap().value(applied), fresh.value(applied));
    }
}
