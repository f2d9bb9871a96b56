//! The README's walk through a day's work, run as it is written.
//! It must not add steps of its own: what the reader types is all there is.

use std::path::Path;
use std::process::Command;

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::environment;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;

/// One command of a `console` block with what the block says of its result.
struct Step<'a> {
    command: &'a str,
    code: i32,
    shows: Vec<&'a str>,
}

#[test]
fn the_day_s_work_of_the_readme() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md")).unwrap();
    let section = readme.split("\n## ").find(|section| section.starts_with("A day's work")).unwrap();
    let project = Project::with_settings(&Folder::temporary(), "");
    project.write(".gitignore", "/target\n");
    let repo = Repo::init(&project);
    repo.config("user.name", "Reader");
    repo.config("user.email", "reader@example.org");
    repo.commit_all("an empty workspace");
    let mut run = 0;
    for (language, block) in blocks(section) {
        if language == "toml" {
            project.write("schema-snapshots/ticket.toml", block);
            continue;
        }
        assert_eq!(language, "console", "a block that no one runs:\n{block}");
        for step in steps(block) {
            let (code, output) = execute(&project, step.command);
            assert_eq!(code, step.code, "$ {}\n{output}", step.command);
            for text in step.shows {
                assert!(output.contains(text), "$ {}\nlacks `{text}`\n{output}", step.command);
            }
            run += 1;
        }
    }
    assert!(run >= 14, "only {run} commands were found in the README");
}

fn execute(project: &Project, command: &str) -> (i32, String) {
    if let Some(arguments) = command.strip_prefix("cargo xtask ") {
        let finished = makemigrations(project, arguments.split_whitespace()).run();
        return (finished.code.unwrap(), finished.stdout + &finished.stderr);
    }
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(project.path());
    environment::pin(&mut shell);
    let output = shell.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&text).into_owned())
}

fn steps(block: &str) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { command, code: 0, shows: Vec::new() });
            continue;
        }
        let step = steps.last_mut().expect("a block starts with a command");
        match line.strip_prefix("? exit ") {
            Some(code) => step.code = code.parse().unwrap(),
            None => step.shows.push(line),
        }
    }
    steps
}

/// The fenced blocks with their language.
fn blocks(section: &str) -> Vec<(&str, &str)> {
    let parts: Vec<_> = section.split("```").collect();
    parts.chunks(2).filter_map(|pair| pair.get(1)).map(|block| block.split_once('\n').unwrap()).collect()
}
