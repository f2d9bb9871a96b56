//! Migrations that are applied in the developer's database when they move.

use makemigrations_tests::database::Engine;

use super::support::{Team, column, columns};

#[test]
fn what_is_applied_goes_back_and_comes_again() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.mine(&column("priority"));
        team.mine(&column("note"));
        team.repo.commit_all("mine");
        team.run(["migrate"]).code(0);
        team.theirs(&column("email"));
        team.merge_main();
        let shown = team.run(["rebase", "--dry-run"]);
        shown.code(0).stdout_contains("-0003_ticket_note\nroll back").stdout_contains("-0002_ticket_priority\n");
        let database = team.database.as_ref().unwrap();
        assert_eq!(columns(database, "ticket"), ["id", "note", "priority", "state"]);
        team.run(["rebase"]).code(0).stderr_contains("3 migrations applied");
        assert_eq!(columns(database, "user"), ["email", "id", "name"]);
        team.commit_merge();
        team.is_sound();
    }
}

#[test]
fn rows_are_not_lost_unasked() {
    let ways: [&[&str]; 2] = [&["rebase"], &["makemigrations", "--merge"]];
    for (engine, way) in Engine::ALL.into_iter().flat_map(|engine| ways.map(|way| (engine, way))) {
        let team = Team::with_database(engine);
        team.mine(&column("priority"));
        team.repo.commit_all("mine");
        team.run(["migrate"]).code(0);
        let database = team.database.as_ref().unwrap();
        database.execute("INSERT INTO ticket (id, state, priority) VALUES (1, 'new', 'high')");
        team.theirs(&column("email"));
        team.merge_main();
        let files = team.project.files();
        team.run(way).code(1).stderr_contains("the same command with `--yes`");
        assert_eq!(team.project.files(), files);
        assert_eq!(database.value("SELECT priority FROM ticket"), "high");
        team.run([way, &["--yes"]].concat()).code(0);
        assert_eq!(database.value("SELECT count(*) FROM ticket WHERE priority IS NULL AND state = 'new'"), "1");
        team.commit_merge();
        team.is_sound();
    }
}

/// Somebody applied theirs as well, by Diesel's own means: it goes back with mine, and comes again.
#[test]
fn what_others_applied_in_between_goes_along() {
    let team = Team::with_database(Engine::Sqlite);
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.run(["migrate"]).code(0);
    team.theirs(&column("email"));
    team.merge_main();
    let theirs = team.folder("_user_email");
    let version = theirs["migrations/".len()..].split('_').next().unwrap().replace('-', "");
    let database = team.database.as_ref().unwrap();
    database.execute(&team.project.read(&format!("{theirs}/up.sql")));
    database.execute(&format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"));
    team.run(["rebase", "--yes"]).code(0).stderr_contains("2 migrations applied");
    team.commit_merge();
    team.is_sound();
}

#[test]
fn what_is_not_applied_needs_no_database() {
    let team = Team::with_database(Engine::Sqlite);
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    let done = team.run(["rebase"]);
    done.code(0).lacks("applied to");
    assert_eq!(columns(team.database.as_ref().unwrap(), "user"), ["id", "name"]);
    team.commit_merge();
    team.is_sound();
}

#[test]
fn a_database_that_cannot_be_reached_is_said() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.theirs(&column("email"));
    team.merge_main();
    let url = "postgres://nobody@127.0.0.1:1/none";
    team.command(["rebase"]).env("DATABASE_URL", url).run().code(0).stderr_contains("only the files change");
    team.commit_merge();
    team.is_sound();
}

/// What is applied in a database that is only asleep would be stranded.
#[test]
fn a_named_database_that_does_not_answer_stops_it() {
    let team = Team::with_database(Engine::Postgres);
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.run(["migrate"]).code(0);
    team.theirs(&column("email"));
    team.merge_main();
    let files = team.project.files();
    let asleep = "postgres://nobody@127.0.0.1:1/none";
    for way in [&["rebase"][..], &["rebase", "--dry-run"], &["makemigrations", "--merge"]] {
        let refused = team.command(way).env("DATABASE_URL", asleep).run();
        refused.code(3).stderr_contains("cannot connect").stderr_contains("--files-only");
        assert_eq!(team.project.files(), files);
    }
    team.command(["rebase", "--files-only"]).env("DATABASE_URL", asleep).run().code(0);
    team.commit_merge();
    team.run(["migrate"]).code(1).stderr_contains("cargo xtask migrate:down --absent");
    // It knows from git what was applied.
    team.run(["rebase"]).code(0).stderr_contains("2 migrations applied");
    team.is_sound();
}

/// The folder of an applied migration was deleted in the middle of a merge: it is taken back from the commit that has it.
#[test]
fn what_was_deleted_while_it_was_applied_is_rolled_back() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.mine(&column("priority"));
        team.repo.commit_all("mine");
        team.run(["migrate"]).code(0);
        team.theirs(&column("email"));
        team.merge_main();
        team.project.remove(&team.folder("_ticket_priority"));
        let shown = team.run(["rebase", "--dry-run"]);
        shown.code(0).stdout_contains("roll back").stdout_contains("0002_ticket_priority");
        team.run(["rebase"]).code(0).stderr_contains("1 migration applied");
        assert_eq!(columns(team.database.as_ref().unwrap(), "ticket"), ["id", "state"]);
        team.run(["makemigrations"]).code(0);
        team.run(["migrate"]).code(0);
        team.commit_merge();
        team.is_sound();
    }
}

/// A dry run says what the run says.
#[test]
fn a_dry_run_says_what_the_roll_back_costs() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.mine(&column("priority"));
        team.repo.commit_all("mine");
        team.run(["migrate"]).code(0);
        team.database.as_ref().unwrap().execute("INSERT INTO ticket (id, state, priority) VALUES (1, 'new', 'high')");
        team.theirs(&column("email"));
        team.merge_main();
        for way in [&["rebase", "--dry-run"][..], &["makemigrations", "--merge", "--dry-run"]] {
            team.run(way).code(0).stderr_contains("loses 1 value of ticket.priority").stderr_contains("--yes");
        }
    }
}

/// At the first stop of a rebase only the first migration is here; all three are applied.
#[test]
fn what_git_has_still_to_replay_goes_back_as_well() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        for name in ["a", "b", "c"] {
            team.mine(&column(name));
            team.repo.commit_all(name);
        }
        team.run(["migrate"]).code(0);
        let database = team.database.as_ref().unwrap();
        database.execute("INSERT INTO ticket (id, state, c) VALUES (1, 'new', 'kept?')");
        team.theirs(&column("email"));
        let mut rebased = team.repo.try_git(["rebase", "main"]);
        assert_ne!(rebased.code, Some(0));
        team.run(["rebase"]).code(1).stderr_contains("0004_ticket_c").stderr_contains("--yes");
        assert_eq!(database.value("SELECT c FROM ticket"), "kept?");
        team.run(["rebase", "--yes"]).code(0).stderr_contains("in the end `cargo xtask migrate`");
        assert_eq!(columns(database, "ticket"), ["a", "id", "state"]);
        for _ in 0..2 {
            team.repo.git(["add", "migrations"]);
            rebased = team.repo.try_git(["rebase", "--continue"]);
            assert_ne!(rebased.code, Some(0));
            team.run(["rebase"]).code(0);
        }
        team.repo.git(["add", "migrations"]);
        team.repo.git(["rebase", "--continue"]);
        let expected = ["0001_initial", "0002_user_email", "0003_ticket_a", "0004_ticket_b", "0005_ticket_c"];
        assert_eq!(team.names(), expected);
        team.is_sound();
    }
}

#[test]
fn what_another_branch_applied_on_top_is_named() {
    let team = Team::with_database(Engine::Sqlite);
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.repo.branch("elsewhere");
    team.mine(&column("other"));
    team.repo.commit_all("elsewhere");
    team.run(["migrate"]).code(0);
    team.repo.checkout("mine");
    team.theirs(&column("email"));
    team.merge_main();
    let before = team.project.files();
    team.run(["rebase"]).code(1).stderr_contains("0003_ticket_other").stderr_contains("cargo xtask reset");
    assert_eq!(team.project.files(), before);
}

/// The SQLite file that is used where no database is named.
#[test]
fn the_database_that_nobody_names() {
    let team = Team::new();
    team.mine(&column("priority"));
    team.repo.commit_all("mine");
    team.run(["migrate"]).code(0);
    team.theirs(&column("email"));
    team.merge_main();
    team.run(["rebase"]).code(0).stderr_contains("2 migrations applied");
    team.commit_merge();
    team.is_sound();
    team.run(["migrate"]).code(0).stderr_contains("nothing to apply");
}

/// A migration that keeps its number and name is applied here, and a merged one that is older is not: it is rolled back for
/// that one, in the merge or when `migrate` finds it later, and nothing of the files changes.
#[test]
fn one_that_stays_waits_for_an_older_merged_one() {
    for (engine, is_later) in [(Engine::Sqlite, false), (Engine::Postgres, false), (Engine::Sqlite, true)] {
        let team = Team::with_database(engine);
        let database = team.database.as_ref().expect("a database");
        team.theirs(&column("email"));
        team.mine(&column("a"));
        team.mine(&column("b"));
        let ticket = "schema-snapshots/ticket.toml";
        team.project.remove(&team.folder("_a"));
        team.project.replace(ticket, &column("a"), "");
        team.run(["makemigrations"]).code(0);
        team.repo.commit_all("b alone");
        team.run(["migrate"]).code(0);
        database.execute("INSERT INTO ticket (id, state) VALUES (1, 'open')");
        let kept = team.folder("_b");
        team.merge_main();
        let arguments: &[&str] = if is_later { &["rebase", "--files-only"] } else { &["rebase", "--yes"] };
        team.run(arguments).code(0);
        team.commit_merge();
        if is_later {
            let refused = team.run(["migrate"]);
            refused.code(1).stderr_contains("out of order");
            team.follow(&refused, "hint: ").code(0);
        }
        assert_eq!(team.folder("_b"), kept);
        team.run(["migrate"]).code(0);
        team.is_sound();
        assert_eq!(database.value("SELECT count(*) FROM ticket"), "1");
    }
}
