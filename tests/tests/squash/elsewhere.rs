//! A squashed migration under Diesel's own harness, and on branches that others overtake.

use diesel::Connection;
use diesel::backend::Backend;
use diesel::sqlite::SqliteConnection;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use makemigrations_tests::catalog::Catalog;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::structure::structure;

use crate::support::{SNAPSHOT, Team, line};

/// What `diesel migration run` does. An application that embeds the folder has the same files: Diesel reads no other.
#[track_caller]
fn diesel_runs(team: &Team, database: &Database) -> usize {
    let source = FileBasedMigrations::from_path(team.project.join("migrations")).unwrap();
    fn run<DB: Backend>(connection: &mut impl MigrationHarness<DB>, source: FileBasedMigrations) -> usize {
        connection.run_pending_migrations(source).unwrap().len()
    }
    match database.engine() {
        Engine::Postgres => {
            run(&mut AsyncConnectionWrapper::<AsyncPgConnection>::establish(database.url()).unwrap(), source)
        }
        Engine::Sqlite => {
            run(&mut SqliteConnection::establish(database.url().trim_start_matches("sqlite://")).unwrap(), source)
        }
    }
}

#[test]
fn diesel_itself_gets_to_the_same_schema() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        let old = team.database("old");
        assert_eq!(diesel_runs(&team, &old), 5);
        team.squashes("1", "5");
        let (fresh, squashed) = (team.database("fresh"), team.database("squashed"));
        assert_eq!(diesel_runs(&team, &old), 1);
        assert_eq!(diesel_runs(&team, &fresh), 6);
        team.on(&squashed, ["migrate"]).code(0).stderr_contains("squashed 0001-0005 in one");
        assert_eq!(diesel_runs(&team, &squashed), 0);
        for database in [&old, &fresh] {
            // The bookkeeping of the runner is not Diesel's.
            team.on(database, ["migrate"]).code(0).stderr_contains("applied by another tool");
            Catalog::of(database).assert_same(&Catalog::of(&squashed));
            assert_eq!(structure(database), structure(&squashed));
            team.is_whole(database);
        }
    }
}

#[test]
fn reset_and_drift_take_the_short_way() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        team.squashes("1", "5");
        let database = team.database("reset");
        team.on(&database, ["reset", "--yes"]).code(0).stderr_contains("squashed 0001-0005 in one");
        team.is_whole(&database);
        team.on(&database, ["drift"]).code(0);
        team.on(&database, ["verify"])
            .code(0)
            .stderr_contains("up: 6 migrations")
            .stderr_contains("squashed: `2026-12-01-");
        team.on(&database, ["verify", "--last", "1"]).code(0).stderr_contains("squashed: `2026-12-01-");
        database.execute("DROP INDEX ticket_remark_idx");
        team.on(&database, ["drift"]).code(1);
    }
}

/// Commits on `main` a migration of somebody else.
fn theirs(team: &Team) {
    team.repo.git(["switch", "--quiet", "main"]);
    team.project.append(SNAPSHOT, line("theirs", ""));
    team.makes("theirs");
    team.repo.commit_all("theirs");
    team.repo.git(["switch", "--quiet", "mine"]);
}

#[test]
fn overtaken_before_it_is_merged_it_moves_and_stands_for_the_same() {
    for command in [["rebase"].as_slice(), &["makemigrations", "--merge"]] {
        for engine in Engine::ALL {
            let team = Team::new(engine);
            let local = team.database("local");
            team.run(["squash", "1", "5"]).code(0);
            team.on(&local, ["migrate"]).code(0);
            team.repo.commit_all("squashed");
            let script =
                |team: &Team| team.project.read(&format!("{}/squashed.sql", team.folder("squashed_0001_0005")));
            let before = script(&team);
            theirs(&team);
            assert_ne!(team.repo.try_git(["merge", "--no-edit", "main"]).code, Some(0));
            team.on(&local, command).code(0).stderr_contains("-0006_squashed_0001_0005 -> 2026-12-01-");
            assert_eq!(script(&team), before);
            let record = team.project.read(&format!("{}/operations.toml", team.folder("-0007_squashed_0001_0005")));
            assert!(record.contains("number = 7\n") && record.contains("-0001_initial\",\n"), "{record}");
            team.repo.commit_all("merged");
            team.run(["check"]).code(0);
            team.on(&local, ["migrate"]).code(0);
            team.is_whole(&local);
            let fresh = team.database("fresh");
            team.on(&fresh, ["migrate"]).code(0).stderr_contains("squashed 0001-0005 in one");
            team.is_whole(&fresh);
        }
    }
}

#[test]
fn ones_own_come_on_top_of_one_that_others_merged() {
    let team = Team::new(Engine::Sqlite);
    team.project.append(SNAPSHOT, line("own", ""));
    team.makes("own");
    let local = team.database("local");
    team.on(&local, ["migrate"]).code(0);
    team.repo.commit_all("own");
    team.repo.git(["switch", "--quiet", "main"]);
    team.repo.git(["switch", "--quiet", "--create", "squash", "main"]);
    team.run(["squash", "1", "5"]).code(0);
    team.repo.commit_all("squashed");
    team.repo.git(["switch", "--quiet", "--force-create", "main"]);
    team.repo.git(["switch", "--quiet", "mine"]);
    assert_ne!(team.repo.try_git(["merge", "--no-edit", "main"]).code, Some(0));
    team.on(&local, ["rebase"]).code(0).stderr_contains("-0006_own -> 2026-12-01-").stderr_contains("-0007_own");
    team.repo.commit_all("merged");
    team.run(["check"]).code(0);
    team.is_whole(&local);
}

#[test]
fn adopted_ones_are_in_it_word_for_word() {
    for engine in Engine::ALL {
        let team = Team::empty(engine);
        let write = |name: &str, up: &str, down: &str| {
            team.project.write(&format!("migrations/{name}/up.sql"), up);
            team.project.write(&format!("migrations/{name}/down.sql"), down);
        };
        let create = "CREATE TABLE house (id integer PRIMARY KEY NOT NULL, street text NOT NULL);\n";
        write("2024-01-01-000000_house", create, "DROP TABLE house;\n");
        write("2024-01-02-000000_ticket", "CREATE TABLE ticket (title text)", "DROP TABLE ticket;\n");
        let database = team.database("adopted");
        team.on(&database, ["adopt", "--files"]).code(0);
        team.merges();
        team.by_hand("seed", "INSERT INTO ticket (title) VALUES ('a');", "DELETE FROM ticket;");
        team.merges();
        let squashed = team.squashes("house", "seed");
        let script = team.project.read(&format!("migrations/{squashed}/squashed.sql"));
        assert!(script.contains(create) && script.contains("CREATE TABLE ticket (title text)\n;\n"), "{script}");
        team.on(&database, ["migrate"]).code(0).stderr_contains("in one");
        assert_eq!(database.column("SELECT title FROM ticket"), ["a"]);
        team.is_whole(&database);
    }
}
