//! What `squash` writes, what it leaves, and what it refuses; hand-written SQL in between.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;

use crate::support::{SNAPSHOT, Team, line};

#[test]
fn one_more_migration_comes_and_no_line_goes() {
    let team = Team::new(Engine::Postgres);
    let before = team.project.read("migrations/migrations.lock");
    let shown = team.run(["squash", "1", "--dry-run"]);
    shown.code(0).stdout_contains("0006_squashed_0001_0005/squashed.sql\n").stdout_contains("CREATE TABLE \"house\"");
    assert_eq!(team.project.read("migrations/migrations.lock"), before);
    let squashed = team.run(["squash", "1"]);
    squashed.code(0).stderr_contains("stands for 5 migrations, which stay: 5 operations become 2");
    let folder = team.folder("-0006_squashed_0001_0005");
    let files: Vec<String> = team.project.files().into_iter().filter(|file| file.starts_with(&folder)).collect();
    let expected = ["down.sql", "operations.toml", "squashed.sql", "up.sql"].map(|file| format!("{folder}/{file}"));
    assert_eq!(files, expected);
    // What it says of itself; the state is theirs.
    let record = team.project.read(&format!("{folder}/operations.toml"));
    assert!(record.contains("replaces = [\n    \"2026-12-01-000100-0001_initial\",\n"), "{record}");
    assert!(!record.contains("[[operations]]"), "{record}");
    // A rename and what was altered are in the creation.
    let script = team.project.read(&format!("{folder}/squashed.sql"));
    assert!(
        script.contains("\"remark\"") && !script.contains("\"note\"") && !script.contains("ALTER TABLE"),
        "{script}"
    );
    for file in ["up.sql", "down.sql"] {
        let text = team.project.read(&format!("{folder}/{file}"));
        let sql: Vec<&str> = text.lines().filter(|line| !line.is_empty() && !line.starts_with("--")).collect();
        assert_eq!(sql, ["SELECT 1;"], "{text}");
    }
    let after = team.project.read("migrations/migrations.lock");
    let kept: Vec<&str> = after.lines().filter(|line| !line.contains("0006_squashed")).collect();
    assert_eq!(kept, before.lines().collect::<Vec<_>>());
    assert_eq!(after.lines().count(), before.lines().count() + 4);
    team.run(["check"]).code(0);
    team.run(["makemigrations"]).code(0).stderr_contains("no changes");
}

#[test]
fn sqlmigrate_prints_what_runs_and_when() {
    let team = Team::new(Engine::Sqlite);
    team.squashes("initial", "index");
    let printed = team.run(["sqlmigrate", "6"]);
    printed.code(0).stdout_contains("-- Runs where none of its 5 migrations is applied, instead of them");
    printed.stdout_contains("BEGIN;\n").stdout_contains("CREATE TABLE \"ticket\"").stdout_contains("\nCOMMIT;");
    team.run(["sqlmigrate", "6", "--backwards"]).code(0).stdout_contains("SELECT 1;").lacks("DROP");
}

#[test]
fn what_is_merged_and_what_is_not_are_not_mixed() {
    let team = Team::new(Engine::Sqlite);
    for name in ["a", "b"] {
        team.project.append(SNAPSHOT, line(name, ""));
        team.makes(name);
    }
    let files = team.project.files();
    let mixed = team.run(["squash", "4", "6"]);
    mixed.code(1).stderr_contains("0006_a` is not merged, and others of the range are");
    mixed.stderr_contains("`cargo xtask squash`").stderr_contains("-0004_remark 2026-12-01-000500-0005_index`");
    team.run(["squash", "5", "5"]).code(2).stderr_contains("nothing to squash");
    team.run(["squash", "9"]).code(2).stderr_contains("none of your own migrations is called `9`");
    assert_eq!(team.project.files(), files);
    // The merged ones on top of one's own; then one's own, which leave it alone.
    team.run(["squash", "1", "5"]).code(0).stderr_contains("-0008_squashed_0001_0005");
    team.run(["squash", "6", "8"]).code(1).stderr_contains("0008_squashed_0001_0005` stands for merged migrations");
    team.run(["squash", "6", "7", "--name", "ab"]).code(0);
    let names: Vec<String> = team.project.migrations().iter().skip(5).map(|name| name[18..].to_owned()).collect();
    assert_eq!(names, ["0006_ab", "0007_squashed_0001_0005"]);
    team.run(["check"]).code(0);
    let database = team.database("both");
    team.on(&database, ["migrate"]).code(0).stderr_contains("squashed 0001-0005 in one");
    team.is_whole(&database);
}

#[test]
fn where_git_cannot_tell_nothing_is_squashed() {
    let team = Team::new(Engine::Sqlite);
    let plain = Folder::temporary();
    for file in team.project.files().iter().filter(|file| !file.starts_with(".git/")) {
        plain.write(file, team.project.read(file));
    }
    let refused = makemigrations(&plain, ["squash", "1", "5"]).run();
    refused.code(1).stderr_contains("git");
    assert_eq!(
        plain.files(),
        team.project.files().into_iter().filter(|file| !file.starts_with(".git/")).collect::<Vec<_>>()
    );
}

#[test]
fn sql_by_hand_keeps_its_place_and_its_words() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        team.by_hand("seed", "INSERT INTO ticket (id, title) VALUES (1, 'a;b') -- the first", "DELETE FROM ticket;");
        team.project.append(SNAPSHOT, line("later", ""));
        team.makes("later");
        let update = "UPDATE ticket SET later = title;";
        team.by_hand("update", update, "UPDATE ticket SET later = NULL;");
        team.merges();
        team.squashes("1", "8");
        let script = team.project.read(&format!("{}/squashed.sql", team.folder("squashed_0001_0008")));
        let order = ["CREATE TABLE", "VALUES (1, 'a;b') -- the first\n;\n", "\"later\"", update];
        let places: Vec<usize> = order.iter().map(|text| script.find(text).unwrap()).collect();
        assert!(places.is_sorted(), "{script}");
        let database = team.database("by_hand");
        team.on(&database, ["migrate"]).code(0).stderr_contains("squashed 0001-0008 in one");
        assert_eq!(database.column("SELECT later FROM ticket"), ["a;b"]);
        team.is_whole(&database);
        let verified = team.on(&database, ["verify"]);
        verified.code(0).stderr_contains("squashed: `2026-12-01-").stderr_contains("does what the migrations do");
    }
}

#[test]
fn what_does_not_run_in_a_transaction_is_named() {
    let team = Team::new(Engine::Postgres);
    let folder = team.by_hand("outside", "CREATE INDEX CONCURRENTLY house_street ON house (street);", "SELECT 1;");
    team.project.write(&format!("{folder}/metadata.toml"), "run_in_transaction = false\n");
    team.run(["seal"]).code(0);
    team.merges();
    let files = team.project.files();
    let refused = team.run(["squash", "1"]);
    refused.code(1).stderr_contains("0006_outside` cannot be part of it: its SQL is written by hand");
    refused.stderr_contains("squash those before it and those after it");
    assert_eq!(team.project.files(), files);
    team.run(["squash", "1", "5"]).code(0);
}

#[test]
fn values_of_an_enum_become_part_of_it() {
    let team = Team::empty(Engine::Postgres);
    let snapshot = |values: &str, default: &str| {
        team.project.snapshot(
            "home",
            &format!(
                "[enums.state]\nvalues = [{values}]\n\n[tables.ticket.columns]\nid = {{ type = \"integer\", primary_key = true \
                 }}\nstate = {{ type = \"state\", default = \"{default}\" }}\n"
            ),
        );
    };
    snapshot("\"open\"", "open");
    team.makes("initial");
    snapshot("\"open\", \"closed\"", "closed");
    team.makes("closed");
    team.merges();
    let count = team.project.migrations().len();
    assert_eq!(count, 3, "the value is added before it is used");
    team.squashes("1", "3");
    let database = team.database("values");
    team.on(&database, ["migrate"]).code(0).stderr_contains("squashed 0001-0003 in one");
    team.is_whole(&database);
}
