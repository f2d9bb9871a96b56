//! Questions on a real terminal: what is asked, in which order, and what becomes of the answers. It must not look at
//! colours.

use std::path::Path;

use makemigrations_tests::command::{Command, Finished};
use makemigrations_tests::database::Engine;
use makemigrations_tests::environment;
use makemigrations_tests::project::Project;

use crate::setup::next;

const ID: &str = "id = { type = \"integer\", primary_key = true }\n";
const DOWN: &str = "\\x1b[B";

/// Runs `makemigrations` on a terminal of so many columns: waits for each text, then types.
#[track_caller]
fn converse(project: &Project, columns: usize, flags: &[&str], talk: &[(&str, &str)]) -> Finished {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/terminal/converse.py");
    let program = environment::program("makemigrations-under-test");
    let mut arguments = vec![script.display().to_string(), columns.to_string(), program.display().to_string()];
    arguments.push("makemigrations".to_owned());
    arguments.extend(flags.iter().map(|flag| (*flag).to_owned()));
    arguments.push("--".to_owned());
    arguments.extend(talk.iter().flat_map(|(text, keys)| [(*text).to_owned(), (*keys).to_owned()]));
    let finished = Command::new(Path::new("python3"), project).args(arguments).env("TERM", "xterm").run();
    finished.code(0);
    assert!(!finished.stdout.contains("not asked"), "{}", finished.stdout);
    finished
}

fn project(before: &str, after: &str) -> Project {
    let project = Project::new(Engine::Sqlite);
    project.snapshot("main", before);
    next(&project, &[]);
    project.snapshot("main", after);
    project
}

#[track_caller]
fn last_up(project: &Project) -> String {
    project.read(&format!("migrations/{}/up.sql", project.migrations().pop().unwrap()))
}

#[test]
fn one_question_for_each_that_goes_and_answers_settle_others() {
    let table = |columns: &str| format!("[tables.t.columns]\n{ID}{columns}");
    let project = project(
        &table("vip = \"boolean\"\nold = \"boolean\"\n"),
        &table("is_vip = \"boolean\"\ngold = { type = \"boolean\", default = false }\n"),
    );
    let talk = [("`t.vip` goes", "\\r"), ("`t.old` goes and `gold` comes", &format!("{DOWN}\\r"))];
    let finished = converse(&project, 140, &[], &talk.map(|(text, keys)| (text, keys)));
    assert!(finished.stdout.ends_with("exit 0\n"), "{}", finished.stdout);
    let up = last_up(&project);
    assert!(up.contains("RENAME COLUMN \"vip\" TO \"is_vip\"") && up.contains("DROP COLUMN \"old\""), "{up}");
}

#[test]
fn an_answer_that_cannot_be_is_asked_again_and_what_a_rename_needs_comes_after_it() {
    let project = project(
        &format!("[tables.customer.columns]\n{ID}name = \"text\"\n"),
        &format!("[tables.client.columns]\n{ID}name = \"text\"\nsize = \"integer\"\n"),
    );
    let talk = [("was it renamed", "\\r"), ("what do existing rows get", "'abc'\\r"), ("is no integer", "7\\r")];
    let finished = converse(&project, 140, &[], &talk);
    assert!(finished.stdout.ends_with("exit 0\n"), "{}", finished.stdout);
    let up = last_up(&project);
    assert!(up.contains("RENAME TO \"client\"") && up.contains('7'), "{up}");
}

#[test]
fn nobody_is_held_there() {
    let before = format!("[tables.t.columns]\n{ID}name = \"text\"\n");
    let after = format!("[tables.t.columns]\n{ID}title = \"text\"\nsize = \"integer\"\n");
    type Stop<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let stops: [Stop<'_>; 4] = [
        (&[("was it renamed", "\\x1b[A\\r")], &["stopped, nothing is written"]),
        (
            &[("was it renamed", "\\r"), ("what do existing rows get", "stop\\r")],
            &["stopped, nothing is written", "cargo xtask makemigrations --rename t.name:title"],
        ),
        (
            &[("was it renamed", "\\r"), ("what do existing rows get", "nullable\\r")],
            &["is to be nullable", "size = { type = \"integer\", nullable = true }"],
        ),
        (&[("was it renamed", "\\x03")], &[]),
    ];
    for (talk, said) in stops {
        let project = project(&before, &after);
        let files = project.files();
        let finished = converse(&project, 140, &[], talk);
        assert!(finished.stdout.ends_with("exit 130\n"), "{}", finished.stdout);
        for text in said {
            assert!(finished.stdout.replace("\n  ", " ").contains(text), "{text}: {}", finished.stdout);
        }
        assert_eq!(project.files(), files);
    }
}

#[test]
fn a_narrow_terminal_gets_short_lines() {
    let project = project(
        &format!("[tables.t.columns]\n{ID}a_column_with_a_long_name = \"text\"\n"),
        &format!("[tables.t.columns]\n{ID}another_column_with_a_long_name = \"text\"\n"),
    );
    let keys = format!("{DOWN}{DOWN}{DOWN}\\r");
    let finished = converse(&project, 40, &[], &[("was it", &keys)]);
    let question = finished.stdout.split("\\x1b[?25h").next().unwrap();
    for line in question.lines().filter(|line| !line.contains("\\x1b")) {
        let words = line.split_whitespace().map(|word| word.chars().count()).max().unwrap_or_default();
        assert!(line.chars().count() <= 40.max(words + 3), "{line}");
    }
    // Moving down and round draws each choice again on its own line.
    assert!(finished.stdout.ends_with("exit 0\n"), "{}", finished.stdout);
    assert!(last_up(&project).contains("RENAME"));
}
