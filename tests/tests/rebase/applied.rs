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
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.mine(&column("priority"));
        team.repo.commit_all("mine");
        team.run(["migrate"]).code(0);
        let database = team.database.as_ref().unwrap();
        database.execute("INSERT INTO ticket (id, state, priority) VALUES (1, 'new', 'high')");
        team.theirs(&column("email"));
        team.merge_main();
        let files = team.project.files();
        team.run(["rebase"]).code(1).stderr_contains("cargo xtask rebase --yes");
        assert_eq!(team.project.files(), files);
        assert_eq!(database.value("SELECT priority FROM ticket"), "high");
        team.run(["rebase", "--yes"]).code(0);
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
