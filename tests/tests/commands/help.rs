//! Every help text is a golden file, and what is not a command says so.

use std::path::Path;

use makemigrations_tests::database::Engine;
use makemigrations_tests::golden;
use makemigrations_tests::project::Project;

const COMMANDS: [&str; 22] = [
    "makemigrations",
    "build",
    "seal",
    "check",
    "migrate",
    "migrate:down",
    "migrate:unlock",
    "rebase",
    "squash",
    "reset",
    "inspect",
    "drift",
    "verify",
    "lint",
    "showmigrations",
    "sqlmigrate",
    "schema",
    "schema-json",
    "hooks",
    "init",
    "adopt",
    "completions",
];

fn path(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/help/{}.txt", name.replace(':', "-")))
}

/// Clap ends some empty lines with blanks, which no file of this repository has.
fn check(name: &str, help: &str) {
    let lines: String = help.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    golden::check(&path(name), &lines);
}

#[test]
fn help_texts_are_golden() {
    let project = Project::new(Engine::Sqlite);
    let help = project.run(["--help"]);
    help.code(0);
    check("help", &help.stdout);
    for command in COMMANDS {
        assert!(help.stdout.contains(&format!("  {command} ")), "{command}");
        let long = project.run([command, "--help"]);
        assert_eq!(long.code(0).stderr, "");
        check(command, &long.stdout);
    }
}

/// Help needs no workspace.
#[test]
fn help_is_there_anywhere() {
    let nowhere = makemigrations_tests::folder::Folder::temporary();
    let run = |arguments: &[&str]| makemigrations_tests::command::makemigrations(&nowhere, arguments).run();
    run(&["migrate", "--help"]).code(0);
    run(&["--version"]).code(0);
    run(&[]).code(2);
    run(&["makemigrations"]).code(2).stderr_contains("hint:");
}

#[test]
fn what_is_unknown_is_wrong_usage() {
    let project = Project::new(Engine::Sqlite);
    for arguments in
        [&["makemigration"][..], &["makemigrations", "--chek"], &["migrate", "extra"], &["--frmat=json", "check"]]
    {
        project.run(arguments).code(2);
    }
    project.run(["makemigration"]).code(2).stderr_contains("makemigrations");
}

/// The contract names more commands and flags than this version has: each says so, and does nothing.
#[test]
fn what_comes_later_says_so() {
    let project = Project::new(Engine::Sqlite);
    project.snapshot("ticket", "[tables.ticket.columns]\nid = \"integer\"\n");
    let before = project.files();
    project.run(["report"]).code(2).stderr_contains("report").stderr_contains("not supported yet");
    assert_eq!(project.files(), before);
}
