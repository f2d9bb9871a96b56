//! What `check` and `verify` say of a squashed migration: it is what it stands for, or the difference is named.

use makemigrations_tests::database::Engine;

use crate::support::{SNAPSHOT, Team, line};

#[test]
fn what_was_changed_by_hand_is_found_before_and_after_the_merge() {
    let team = Team::new(Engine::Sqlite);
    team.run(["squash", "1", "5"]).code(0);
    let script = format!("{}/squashed.sql", team.folder("squashed_0001_0005"));
    team.project.replace(&script, "\"street\"", "\"road\"");
    team.run(["check"]).code(1).stderr_contains("M001").stderr_contains("squashed.sql");
    team.run(["seal"]).code(1).stderr_contains("--reason TEXT");
    team.run(["seal", "6", "--reason", "as they say here"]).code(0);
    let record = format!("{}/operations.toml", team.folder("squashed_0001_0005"));
    assert!(team.project.read(&record).contains("manual = true\n"));
    team.run(["check"]).code(0);
    // Declared it may be, and is found to do something else all the same.
    let verified = team.run(["verify"]);
    verified.code(1).stderr_contains("squashed.sql` does not do what the migrations do that it stands for");
    team.project.replace(&script, "\"road\"", "\"street\"");
    team.run(["seal"]).code(0);
    team.run(["verify"]).code(0).stderr_contains("squashed: `2026-12-01-");
    team.merges();
    team.run(["check"]).code(0);
    team.project.append(&script, "DROP TABLE house;\n");
    team.run(["check"]).code(1).stderr_contains("M001").stderr_contains("squashed.sql");
    team.run(["migrate"]).code(1).stderr_contains("squashed.sql");
}

#[test]
fn a_record_that_was_tampered_with_is_found() {
    for (old, new, found) in [
        ("    \"2026-12-01-000300-0003_note\",\n", "", "so some are left out"),
        ("0005_index\",\n", "0009_index\",\n", "0009_index`"),
        ("-0001_initial\",\n", "-0000_initial\",\n", "which is not before it"),
    ] {
        let team = Team::new(Engine::Sqlite);
        team.run(["squash", "1", "5"]).code(0);
        let folder = team.folder("squashed_0001_0005");
        team.project.replace(&format!("{folder}/operations.toml"), old, new);
        let sum = |text: &str| makemigrations_gate::sum(text.as_bytes()).to_string();
        let record = team.project.read(&format!("{folder}/operations.toml"));
        let lock = team.project.read("migrations/migrations.lock");
        let name = folder.strip_prefix("migrations/").unwrap();
        let lines: Vec<String> = lock
            .lines()
            .map(|line| match line.ends_with(&format!("{name}/operations.toml")) {
                true => format!("{}  {name}/operations.toml\n", sum(&record)),
                false => format!("{line}\n"),
            })
            .collect();
        team.project.write("migrations/migrations.lock", lines.concat());
        let checked = team.run(["check"]);
        checked.code(1).stderr_contains("M021").stderr_contains(found).stderr_contains("cargo xtask squash");
    }
}

#[test]
fn two_that_stand_for_the_same_are_found_where_they_meet() {
    let team = Team::new(Engine::Sqlite);
    team.run(["squash", "1", "3"]).code(0);
    team.repo.commit_all("theirs");
    team.repo.git(["switch", "--quiet", "--create", "other", "main"]);
    team.project.append(SNAPSHOT, line("own", ""));
    team.makes("own");
    team.run(["squash", "2", "5"]).code(0);
    team.run(["check"]).code(0);
    team.repo.commit_all("ours");
    team.repo.git(["switch", "--quiet", "--force-create", "main", "mine"]);
    team.repo.git(["switch", "--quiet", "other"]);
    let refused = team.repo.try_git(["merge", "--no-edit", "main"]);
    assert_ne!(refused.code, Some(0));
    let rebased = team.run(["rebase"]);
    rebased.code(1).stderr_contains("-0007_squashed_0002_0005` stands for migrations that `2026-12-01-");
    rebased.stderr_contains("hint: delete yours");
    // As it says.
    team.project.remove(&team.folder("squashed_0002_0005"));
    team.run(["rebase"]).code(0);
    team.repo.commit_all("merged");
    team.run(["check"]).code(0);
}

#[test]
fn a_hot_fix_of_what_it_stands_for_has_to_be_in_it() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        let folder = team.by_hand("seed", "INSERT INTO house (id, street) VALUES (1, 'a');", "DELETE FROM house;");
        team.merges();
        let squashed = format!("migrations/{}", team.squashes("1", "6"));
        // Nobody's SQL is changed by an edit of `down.sql`.
        team.project.write(&format!("{folder}/down.sql"), "DELETE FROM house WHERE id = 1;\n");
        team.run(["seal", "6", "--override", "--reason", "only its own row"]).code(0);
        team.run(["check"]).code(0);
        team.project.write(&format!("{folder}/up.sql"), "INSERT INTO house (id, street) VALUES (1, 'b');\n");
        team.run(["seal", "6", "--override", "--reason", "wrong street"]).code(0);
        let checked = team.run(["check"]);
        checked.code(1).stderr_contains("M021").stderr_contains("0006_seed` was changed after it was merged");
        checked.stderr_contains("make the same change in `squashed.sql`, then `cargo xtask seal");
        team.project.replace(&format!("{squashed}/squashed.sql"), "(1, 'a')", "(1, 'b')");
        team.run(["seal", "7", "--override", "--reason", "as in 0006"]).code(0);
        team.run(["check"]).code(0);
        let database = team.database("hot_fix");
        team.on(&database, ["migrate"]).code(0).stderr_contains("squashed 0001-0006 in one");
        assert_eq!(database.column("SELECT street FROM house"), ["b"]);
        team.is_whole(&database);
    }
}

#[test]
fn what_was_hot_fixed_before_is_taken_as_it_is() {
    let team = Team::new(Engine::Sqlite);
    let folder = team.folder("-0002_ticket");
    team.project.append(&format!("{folder}/up.sql"), "INSERT INTO ticket (id, title) VALUES (7, 'fixed');\n");
    team.run(["seal", "2", "--override", "--reason", "a row for everybody"]).code(0);
    team.merges();
    team.run(["squash", "1", "5"]).code(0);
    team.run(["check"]).code(0);
    team.merges();
    let database = team.database("fixed");
    team.on(&database, ["migrate"]).code(0).stderr_contains("squashed 0001-0005 in one");
    assert_eq!(database.column("SELECT title FROM ticket"), ["fixed"]);
    team.is_whole(&database);
}
