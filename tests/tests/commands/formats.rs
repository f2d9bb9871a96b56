//! `--format`, `--color`, `-q` and `-v`: what other programs read, and what people see.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::Engine;
use makemigrations_tests::project::Project;
use serde_json::{Value, json};

use crate::setup::{Setup, next, snapshot_ticket};

/// A project whose gate finds one edited file.
fn edited() -> (Project, String) {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    let name = next(&project, &[]);
    project.append(&format!("migrations/{name}/up.sql"), "-- edited\n");
    (project, name)
}

#[test]
fn json_is_one_document() {
    let (project, name) = edited();
    for arguments in
        [&["check", "--format", "json"][..], &["--format", "json", "check"], &["--format=json", "check", "-q"]]
    {
        let finished = project.run(arguments);
        let document: serde_json::Value = serde_json::from_str(&finished.code(1).stdout).unwrap();
        let finding = &document["findings"][0];
        assert_eq!(finding["id"], "M001");
        assert_eq!(finding["severity"], "error");
        assert_eq!(finding["migration"], name.as_str());
        assert_eq!(finding["path"], format!("migrations/{name}/up.sql"));
        assert!(finding["message"].as_str().unwrap().contains(&name));
        assert!(finding["hint"].as_str().is_some_and(|hint| !hint.is_empty()));
    }
}

#[test]
fn json_is_a_document_without_findings_too() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    next(&project, &[]);
    let finished = project.run(["check", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&finished.code(0).stdout).unwrap();
    assert!(document["findings"].as_array().is_some());
}

/// Whatever goes wrong, standard output stays JSON.
#[test]
fn json_is_a_document_when_a_migration_is_missing_or_a_snapshot_is_bad() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    for (more, code) in [("", 1), ("a = \"intger\"\n", 2)] {
        snapshot_ticket(&project, more);
        let finished = project.run(["check", "--format", "json"]);
        let document: Result<serde_json::Value, _> = serde_json::from_str(&finished.code(code).stdout);
        assert!(document.is_ok_and(|document| document["findings"].is_array()), "{}", finished.stdout);
    }
}

#[test]
fn github_gets_annotations() {
    let (project, name) = edited();
    let finished = project.run(["check", "--format", "github"]);
    finished.code(1).stdout_contains(&format!("::error file=migrations/{name}/up.sql"));
    assert!(finished.stdout.lines().all(|line| line.starts_with("::")), "{}", finished.stdout);

    // A mistake in a snapshot has a line.
    snapshot_ticket(&project, "a = \"intger\"\n");
    for command in ["makemigrations", "check"] {
        let finished = project.run([command, "--format", "github"]);
        if command == "makemigrations" {
            finished.code(2).stdout_contains("::error file=schema-snapshots/ticket.toml,line=6,");
        }
        assert!(finished.stdout.lines().all(|line| line.starts_with("::")), "{}", finished.stdout);
    }
}

#[test]
fn people_read_id_place_and_next_command() {
    let (project, name) = edited();
    let finished = project.run(["check"]);
    finished.code(1).stderr_contains("M001").stderr_contains(&name).stderr_contains("hint:");
    assert_eq!(finished.stdout, "");
}

#[test]
fn colours_are_only_for_those_who_want_them() {
    let (project, _) = edited();
    let run = |arguments: &[&str], no_color: &str| {
        makemigrations(&project, [&["check"], arguments].concat()).env("NO_COLOR", no_color).run()
    };
    let is_coloured = |arguments: &[&str], no_color: &str| run(arguments, no_color).stderr.contains('\u{1b}');
    assert!(!is_coloured(&[], ""));
    assert!(!is_coloured(&[], "1"));
    assert!(!is_coloured(&["--color", "never"], ""));
    assert!(is_coloured(&["--color", "always"], ""));
    project.run(["check", "--color", "sometimes"]).code(2);
    snapshot_ticket(&project, "a = \"intger\"\n");
    for arguments in [&["makemigrations"][..], &["makemigrations", "--color=never"]] {
        project.run(arguments).code(2).lacks("\u{1b}");
    }
    assert!(project.run(["makemigrations", "--color=always"]).code(2).stderr.contains('\u{1b}'));
}

#[test]
fn a_list_is_a_document_as_well() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    let document = |arguments: &[&str]| -> Value {
        let finished = setup.run([arguments, &["--format", "json"]].concat());
        finished.code(0);
        serde_json::from_str(&finished.stdout).unwrap()
    };
    let name = "2026-11-23-141200-0001_initial";
    let step = json!({ "direction": "up", "instead_of": [], "name": name, "version": "202611231412000001" });
    for arguments in [&["showmigrations", "--plan"][..], &["migrate", "--plan"]] {
        assert_eq!(document(arguments), json!({ "format": 1, "steps": [step] }));
    }
    let listed = |state| json!({ "name": name, "override": null, "state": state, "version": "202611231412000001" });
    assert_eq!(document(&["showmigrations"]), json!({ "format": 1, "migrations": [listed("pending")] }));
    setup.migrate();
    assert_eq!(document(&["showmigrations"]), json!({ "format": 1, "migrations": [listed("applied")] }));
    assert_eq!(document(&["verify"]), json!({ "format": 1, "differences": [], "unknown": [] }));
}

#[test]
fn quiet_says_only_what_is_wrong() {
    for engine in Engine::ALL {
        let setup = Setup::new(engine);
        snapshot_ticket(&setup, "");
        for command in ["makemigrations", "migrate", "migrate:down", "migrate"] {
            let finished = setup.run([command, "-q"]);
            finished.code(0);
            assert_eq!(finished.stdout + &finished.stderr, "", "{command}");
        }
        // Data is no chatter.
        setup.run(["-q", "showmigrations"]).code(0).stdout_contains("initial");
        setup.run(["sqlmigrate", "1", "--quiet"]).code(0).stdout_contains("CREATE TABLE");
        snapshot_ticket(&setup, "a = \"integer\"\n");
        setup.run(["makemigrations", "-q"]).code(2).stderr_contains("--backfill ticket.a=");
        setup.run(["makemigrations", "-q", "-v"]).code(2);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_crash() {
    let setup = Setup::with_ticket(Engine::Sqlite);
    let program = makemigrations_tests::environment::program("makemigrations-under-test");
    let line = format!("'{}' sqlmigrate 1 | head -c 1 > /dev/null; '{0}' --help | true", program.display());
    let shell = makemigrations_tests::command::Command::new(std::path::Path::new("sh"), &setup);
    shell.args(["-c", &line]).run().code(0).lacks("panicked");
}
