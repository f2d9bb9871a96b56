//! SQL of a squashed migration that people changed: with a reason that every report names, or a finding. Must not say what
//! the change may be: `verify` compares that.

use makemigrations_tests::database::Engine;

use crate::support::{SNAPSHOT, Team, line};

const WHY: &str = "PostgreSQL 18 needs it; see \"ops\" #42";

/// A squashed migration with one more table in its script, not sealed: its folder.
fn changed(team: &Team) -> String {
    team.run(["squash", "1", "5"]).code(0);
    let folder = team.folder("squashed_0001_0005");
    team.project.append(&format!("{folder}/squashed.sql"), "CREATE TABLE extra (id integer);\n");
    folder
}

/// Writes the checksum of a file into the lock file, as somebody can without the tool.
fn rerecord(team: &Team, path: &str) {
    let sum = makemigrations_gate::sum(team.project.read(path).as_bytes());
    let path = path.strip_prefix("migrations/").unwrap();
    let lock = team.project.read("migrations/migrations.lock");
    let lines = lock.lines().map(|line| match line.ends_with(&format!("  {path}")) {
        true => format!("{sum}  {path}\n"),
        false => format!("{line}\n"),
    });
    team.project.write("migrations/migrations.lock", lines.collect::<String>());
}

#[test]
fn the_reason_is_asked_for_and_every_report_names_it() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        let folder = changed(&team);
        let name = folder.strip_prefix("migrations/").unwrap();
        team.run(["check"]).code(1).stderr_contains("M001").stderr_contains("squashed.sql");
        let before = team.project.read("migrations/migrations.lock");
        for arguments in [vec!["seal"], vec!["seal", name]] {
            let refused = team.run(arguments);
            refused.code(1).stderr_contains(&format!("`{name}/squashed.sql` is not what the 5 migrations do"));
            refused.stderr_contains(&format!("`cargo xtask seal {name} --reason TEXT`"));
            refused.stderr_contains("-0001_initial 2026-12-01-000500-0005_index`");
        }
        assert_eq!(team.project.read("migrations/migrations.lock"), before);
        team.run(["seal", name, "--reason", WHY]).code(0).stderr_contains(WHY);
        let checked = team.run(["check"]);
        checked
            .code(0)
            .stderr_contains("M017")
            .stderr_contains("squashed.sql` was changed by hand")
            .stderr_contains(WHY);
        team.merges();
        team.project.append(SNAPSHOT, line("later", ""));
        team.makes("later");
        team.run(["check"]).code(0).stderr_contains("M017").stderr_contains(WHY);
        let database = team.database("declared");
        team.on(&database, ["showmigrations"])
            .code(0)
            .stdout_contains(&format!("(squashed.sql changed by hand: {WHY})"));
        team.on(&database, ["showmigrations", "--format", "json"])
            .code(0)
            .stdout_contains("\"manual_reason\": \"Postgre");
        team.on(&database, ["migrate", "--plan"])
            .code(0)
            .stdout_contains(&format!("(squashed.sql changed by hand: {WHY})"));
        team.on(&database, ["migrate", "--plan", "--format", "json"]).code(0).stdout_contains("\"manual_reason\"");
        team.run(["sqlmigrate", "6"]).code(0).stdout_contains(&format!("-- Changed by hand: {WHY}\n"));
        let verified = team.on(&database, ["verify"]);
        verified.code(1).stderr_contains(WHY).stderr_contains("squashed.sql` does not do what the migrations do");
        let migrated = team.on(&database, ["migrate"]);
        migrated.code(0).stderr_contains("squashed 0001-0005 in one").stderr_contains(WHY);
        // Where it has run already, it does not run again.
        team.on(&database, ["migrate"]).code(0).lacks(WHY);
        team.on(&database, ["showmigrations"]).code(0).stdout_contains(WHY);
    }
}

#[test]
fn a_reason_that_says_nothing_is_none() {
    let team = Team::new(Engine::Sqlite);
    let folder = changed(&team);
    let files = |team: &Team| {
        [format!("{folder}/operations.toml"), "migrations/migrations.lock".to_owned()]
            .map(|file| team.project.read(&file))
    };
    let before = files(&team);
    for reason in ["", "  ", "\u{200b}\u{2060}", "...", "\u{3164}"] {
        team.run(["seal", "6", "--reason", reason]).code(2).stderr_contains("the reason is empty");
        assert_eq!(files(&team), before, "{reason:?}");
    }
    // Nor is one that was written past `seal`.
    team.run(["seal", "6", "--reason", "meant"]).code(0);
    let record = format!("{folder}/operations.toml");
    for (old, new) in [("\"meant\"", "\"\u{200b}\""), ("\"\u{200b}\"", "\"\"")] {
        team.project.replace(&record, old, new);
        rerecord(&team, &record);
        team.run(["check"]).code(1).stderr_contains("M017").stderr_contains("and no reason is declared");
    }
}

#[test]
fn a_reason_is_for_the_sql_that_it_was_given_for() {
    let team = Team::new(Engine::Sqlite);
    let folder = changed(&team);
    let (script, record) = (format!("{folder}/squashed.sql"), format!("{folder}/operations.toml"));
    team.run(["seal", "6", "--reason", "first"]).code(0);
    team.project.append(&script, "CREATE TABLE more (id integer);\n");
    team.run(["check"]).code(1).stderr_contains("M001");
    team.run(["seal"]).code(1).stderr_contains("--reason TEXT");
    rerecord(&team, &script);
    let checked = team.run(["check"]);
    checked.code(1).stderr_contains("M017").stderr_contains("the reason was declared for an earlier change: first");
    team.run(["seal", "6", "--reason", "second"]).code(0);
    team.run(["check"]).code(0).stderr_contains("declared: second").lacks("first");
    // The same reason goes with the same SQL, and another one takes its place.
    team.run(["seal", "6"]).code(0);
    team.run(["seal", "6", "--reason", "third"]).code(0);
    team.run(["check"]).code(0).stderr_contains("declared: third").lacks("second");
    // Where the change is taken back, there is nothing to declare.
    team.project.replace(&script, "CREATE TABLE extra (id integer);\nCREATE TABLE more (id integer);\n", "");
    team.run(["seal", "6", "--reason", "none"]).code(2).stderr_contains("needs no reason");
    team.run(["seal"]).code(0);
    assert!(!team.project.read(&record).contains("manual"), "{}", team.project.read(&record));
    team.run(["check"]).code(0).lacks("M017");
}

#[test]
fn what_is_declared_past_the_tool_has_no_reason() {
    for declared in [
        "manual = true\n",
        "manual = true\nmanual_reason = \"mine\"\n",
        "manual_reason = \"mine\"\nmanual_sum = \"0\"\n",
    ] {
        let team = Team::new(Engine::Sqlite);
        let folder = changed(&team);
        let (script, record) = (format!("{folder}/squashed.sql"), format!("{folder}/operations.toml"));
        team.project.replace(&record, "replaces = [", &format!("{declared}replaces = ["));
        team.run(["seal"]).code(1);
        for file in [&script, &record] {
            rerecord(&team, file);
        }
        let checked = team.run(["check"]);
        checked.code(1).stderr_contains("M017").stderr_contains("squashed.sql` was changed by hand");
    }
}

#[test]
fn a_record_that_only_one_of_its_readers_understands_is_found() {
    let team = Team::new(Engine::Sqlite);
    team.run(["squash", "1", "5"]).code(0);
    let folder = team.folder("squashed_0001_0005");
    let (up, record) = (format!("{folder}/up.sql"), format!("{folder}/operations.toml"));
    let text = team.project.read(&record);
    let (head, list) = text.split_once("replaces = [").unwrap();
    team.project.write(&record, format!("{head}replaces = [{}\n", list.replace(['\n', ' '], "")));
    team.project.append(&up, "DROP TABLE house;\n");
    for file in [&up, &record] {
        rerecord(&team, file);
    }
    let checked = team.run(["check"]);
    checked.code(1).stderr_contains("M017").stderr_contains("operations.toml` is not as makemigrations writes it");
    checked.stderr_contains("cargo xtask squash 2026-12-01-000100-0001_initial");
}

#[test]
fn blanks_count_and_line_ends_do_not() {
    let team = Team::new(Engine::Sqlite);
    team.run(["squash", "1", "5"]).code(0);
    let script = format!("{}/squashed.sql", team.folder("squashed_0001_0005"));
    let text = team.project.read(&script);
    team.project.write(&script, text.replace('\n', "\r\n"));
    team.run(["seal"]).code(0).stderr_contains("nothing to seal");
    team.run(["check"]).code(0).lacks("M017");
    team.project.write(&script, format!("{text}\n"));
    team.run(["seal"]).code(1).stderr_contains("--reason TEXT");
    rerecord(&team, &script);
    team.run(["check"]).code(1).stderr_contains("M017").stderr_contains("no reason is declared");
}

#[test]
fn the_other_files_are_bound_as_well() {
    let team = Team::new(Engine::Sqlite);
    team.run(["squash", "1", "5"]).code(0);
    let up = format!("{}/up.sql", team.folder("squashed_0001_0005"));
    team.project.append(&up, "DROP TABLE house;\n");
    team.run(["seal"]).code(1).stderr_contains("/up.sql` is not what").stderr_contains("--reason TEXT");
    rerecord(&team, &up);
    team.run(["check"]).code(1).stderr_contains("M017").stderr_contains("/up.sql` was changed by hand");
}

#[test]
fn one_that_was_merged_without_a_reason_is_shown_and_can_get_one() {
    for declared in ["", "manual = true\n"] {
        let team = Team::new(Engine::Sqlite);
        let folder = changed(&team);
        let (script, record) = (format!("{folder}/squashed.sql"), format!("{folder}/operations.toml"));
        team.project.replace(&record, "replaces = [", &format!("{declared}replaces = ["));
        for file in [&script, &record] {
            rerecord(&team, file);
        }
        team.merges();
        let checked = team.run(["check"]);
        checked.code(0).stderr_contains("M017").stderr_contains("changed by hand without a declared reason");
        team.run(["seal", "6", "--reason", "late"]).code(1).stderr_contains("--override --reason TEXT");
        team.run(["seal", "6", "--override", "--reason", "late"]).code(0);
        team.run(["check"]).code(0).stderr_contains("M017").stderr_contains("that was declared: late");
        team.merges();
        team.run(["check"]).code(0).stderr_contains("that was declared: late");
        // What is declared stays.
        team.project.replace(&record, "manual_reason = \"late\"\n", "");
        rerecord(&team, &record);
        team.run(["check"]).code(1).stderr_contains("M014").stderr_contains("operations.toml");
    }
}

#[test]
fn rebase_keeps_the_reason() {
    let team = Team::new(Engine::Sqlite);
    let folder = changed(&team);
    team.run(["seal", "6", "--reason", "kept"]).code(0);
    team.repo.commit_all("mine");
    let before = team.project.read(&format!("{folder}/squashed.sql"));
    team.repo.git(["switch", "--quiet", "main"]);
    team.project.append(SNAPSHOT, line("theirs", ""));
    team.makes("theirs");
    team.repo.commit_all("theirs");
    team.repo.git(["switch", "--quiet", "mine"]);
    assert_ne!(team.repo.try_git(["merge", "--no-edit", "main"]).code, Some(0));
    team.run(["rebase"]).code(0);
    team.repo.commit_all("merged");
    let folder = team.folder("-0007_squashed_0001_0005");
    assert_eq!(team.project.read(&format!("{folder}/squashed.sql")), before);
    team.run(["check"]).code(0).stderr_contains("declared: kept");
}

#[test]
fn verify_counts_the_rows_of_both_ways() {
    for engine in Engine::ALL {
        let team = Team::new(engine);
        team.by_hand("seed", "INSERT INTO house (id, street) VALUES (1, 'a');", "DELETE FROM house;");
        team.merges();
        team.run(["squash", "1", "6"]).code(0);
        let database = team.database("rows");
        team.on(&database, ["verify"]).code(0).stderr_contains("does what the migrations do");
        let script = format!("{}/squashed.sql", team.folder("squashed_0001_0006"));
        team.project.append(&script, "INSERT INTO house (id, street) VALUES (2, 'b');\n");
        team.run(["seal", "7", "--reason", "one more"]).code(0);
        let verified = team.on(&database, ["verify"]);
        verified.code(1).stdout_contains("rows of \"house\": 1 without it, 2 with it").stderr_contains("one more");
    }
}

#[test]
fn only_squashed_sql_and_merged_migrations_have_reasons() {
    let team = Team::new(Engine::Sqlite);
    team.run(["makemigrations", "--empty", "--name", "own"]).code(0);
    let folder = team.folder("-0006_own");
    team.project.write(&format!("{folder}/up.sql"), "DELETE FROM house;\n");
    team.run(["seal", "6", "--reason", "why"])
        .code(2)
        .stderr_contains("needs no reason")
        .stderr_contains("cargo xtask seal");
    team.run(["seal", "6"]).code(0);
    team.run(["check"]).code(0);
    let record = format!("{folder}/operations.toml");
    team.project.append(&record, "manual_reason = \"why\"\n");
    team.run(["seal", "6"]).code(1).stderr_contains("operations.toml` was edited");
}
