//! A rebase that plays commits again of which a later one replaces migrations of an earlier one: a second thought, a
//! squash, SQL sealed later. It must not state what a single commit becomes: `onto` does.

use makemigrations_tests::database::Engine;

use super::support::{Team, column, columns};

/// Plays the branch again on `main`, and settles every stop with the command; says how often git stopped.
fn rebase(team: &Team) -> usize {
    let mut stops = 0;
    let mut rebased = team.repo.try_git(["rebase", "main"]);
    while rebased.code != Some(0) {
        stops += 1;
        assert!(stops <= 5, "{}{}", rebased.stdout, rebased.stderr);
        team.run(["rebase", "--dry-run"]).code(0);
        team.run(["rebase", "--yes"]).code(0);
        team.repo.git(["add", "--all"]);
        team.run(["check", "--staged"]).code(0);
        rebased = team.repo.try_git(["rebase", "--continue"]);
    }
    stops
}

#[test]
fn a_second_thought_in_a_later_commit() {
    for engine in Engine::ALL {
        let team = Team::with_database(engine);
        team.mine(&column("priority"));
        team.repo.commit_all("mine");
        team.run(["migrate"]).code(0);
        team.run(["migrate:down", "--yes"]).code(0);
        team.project.remove(&team.folder("_ticket_priority"));
        team.mine(&column("note"));
        team.repo.commit_all("second thought");
        team.mine(&column("size"));
        team.repo.commit_all("more");
        team.run(["migrate"]).code(0);
        team.theirs(&column("email"));
        assert_eq!(rebase(&team), 3);
        let expected = ["0001_initial", "0002_user_email", "0003_ticket_priority_ticket_note", "0004_ticket_size"];
        assert_eq!(team.names(), expected);
        let database = team.database.as_ref().unwrap();
        team.is_sound();
        assert_eq!(columns(database, "ticket"), ["id", "note", "priority", "size", "state"]);
        assert_eq!(team.repo.git(["status", "--porcelain"]), "");
    }
}

#[test]
fn a_squash_in_a_later_commit() {
    let team = Team::with_database(Engine::Sqlite);
    for name in ["a", "b"] {
        team.mine(&column(name));
        team.repo.commit_all(name);
    }
    team.run(["migrate"]).code(0);
    team.run(["squash", "--yes", "--name", "both"]).code(0);
    team.repo.commit_all("squashed");
    team.theirs(&column("email"));
    assert_eq!(rebase(&team), 3);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_both"]);
    team.is_sound();
}

#[test]
fn what_a_later_commit_takes_back_is_gone() {
    let team = Team::with_database(Engine::Sqlite);
    let before = team.project.read("schema-snapshots/ticket.toml");
    team.mine(&column("a"));
    team.repo.commit_all("a");
    team.project.remove(&team.folder("_ticket_a"));
    team.project.write("schema-snapshots/ticket.toml", before);
    team.run(["makemigrations"]).code(0);
    team.repo.commit_all("never mind");
    team.theirs(&column("email"));
    let mut rebased = team.repo.try_git(["rebase", "main"]);
    team.run(["rebase", "--yes"]).code(0);
    team.repo.git(["add", "--all"]);
    rebased.code = team.repo.try_git(["rebase", "--continue"]).code;
    assert_ne!(rebased.code, Some(0));
    team.run(["rebase", "--yes"]).code(0);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email"]);
    team.repo.git(["add", "--all"]);
    // Nothing is left of the commit.
    team.repo.git(["rebase", "--skip"]);
    team.is_sound();
}

#[test]
fn sql_that_is_sealed_in_a_later_commit() {
    let team = Team::with_database(Engine::Sqlite);
    team.mine(&column("a"));
    team.repo.commit_all("a");
    let name = team.folder("_ticket_a");
    team.project.append(&format!("{name}/up.sql"), "UPDATE \"ticket\" SET \"a\" = 'new';\n");
    team.run(["seal", &name["migrations/".len()..]]).code(0);
    team.repo.commit_all("sealed");
    team.theirs(&column("email"));
    assert_eq!(rebase(&team), 2);
    assert_eq!(team.names(), ["0001_initial", "0002_user_email", "0003_ticket_a"]);
    let sql = team.project.read(&format!("{}/up.sql", team.folder("_ticket_a")));
    assert!(sql.contains("'new'"), "{sql}");
    team.is_sound();
}

/// Two clocks said the same, and two people made the same change in their own way.
#[test]
fn one_name_for_two_migrations() {
    for command in ["merge", "rebase"] {
        let team = Team::with_database(Engine::Sqlite);
        let snapshot = team.project.read("schema-snapshots/ticket.toml");
        let theirs = format!("{snapshot}size = {{ type = \"text\", nullable = true }}\n");
        let mine = format!("{snapshot}size = {{ type = \"text\", nullable = true, default = \"small\" }}\n");
        let make = |snapshot: &str, more: &[&str]| {
            team.project.write("schema-snapshots/ticket.toml", snapshot);
            let arguments = [&["makemigrations"], more].concat();
            team.command(arguments).env("MAKEMIGRATIONS_NOW", "2026-12-24T00:00:00Z").run().code(0);
        };
        make(&mine, &[]);
        let folder = team.folder("_ticket_size");
        team.repo.commit_all("mine");
        team.run(["migrate"]).code(0);
        team.on_main(|| make(&theirs, &[]));
        assert_eq!(team.repo.try_git([command, "main"]).code, Some(1));
        let refused = team.run(["rebase"]);
        refused.code(1).stderr_contains("both sides made a migration").stderr_contains("--abort");
        // What the hints say.
        team.repo.git([command, "--abort"]);
        team.run(["migrate:down", "--yes"]).code(0);
        team.project.remove(&folder);
        make(&mine, &["--name", "mine"]);
        team.repo.commit_all("another name");
        team.run(["migrate"]).code(0);
        team.merge_main();
        team.project.write("schema-snapshots/ticket.toml", &mine);
        team.run(["rebase", "--yes"]).code(0);
        assert_eq!(team.names(), ["0001_initial", "0002_ticket_size", "0003_mine"]);
        team.commit_merge();
        team.is_sound();
    }
}
