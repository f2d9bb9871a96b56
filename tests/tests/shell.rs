//! Completion and manual pages in real shells: bash and zsh on a terminal, fish, which completes without one. It must not look
//! into the scripts.

#![cfg(unix)]

use std::path::Path;

use makemigrations_tests::command::{Command, Finished};
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::project::Project;
use makemigrations_tests::tools;

/// A migration, a renamed column, two applications, and scripts of yarn.
fn project() -> Project {
    let project = Project::new(Engine::Sqlite);
    let columns = "id = { type = \"integer\", primary_key = true }\ntitle = \"text\"\n";
    project.snapshot("ticket", &format!("[tables.ticket.columns]\n{columns}"));
    project.run(["makemigrations"]).code(0);
    project.replace("schema-snapshots/ticket.toml", "title", "subject");
    project.write("package.json", "{ \"scripts\": { \"migrate\": \"cargo xtask migrate\" } }\n");
    project
}

fn script(project: &Project, shell: &str) -> String {
    let printed = project.run(["completions", shell]);
    printed.code(0);
    let name = format!("completions.{shell}");
    project.write(&name, &printed.stdout);
    name
}

/// Types each text at the prompt of a shell, and waits for what has to come of it.
fn converse(project: &Project, shell: &[&str], start: &str, talk: &[(&str, &str)]) -> Finished {
    let program = tools::shell(shell[0]);
    let converse = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/terminal/converse.py");
    let mut arguments = vec![converse.display().to_string(), "200".to_owned(), program.display().to_string()];
    arguments.extend(shell[1..].iter().map(|argument| (*argument).to_owned()));
    arguments.push("--".to_owned());
    // Each waits for what the one before it has to become, the first one for the prompt.
    let waits = ["[?2004h", "issourced"].into_iter().chain(talk.iter().map(|(_, expected)| *expected));
    let lines = talk.iter().map(|(typed, _)| format!("\\x15{typed}\\t"));
    let types = [format!("{start}; echo is''sourced\\r")].into_iter().chain(lines).chain(["\\x15exit\\r".to_owned()]);
    arguments.extend(waits.zip(types).flat_map(|(wait, keys)| [wait.to_owned(), keys]));
    let command = Command::new(Path::new("python3"), project).args(arguments).env("TERM", "xterm");
    let finished = command.run();
    assert!(!finished.stdout.contains("not asked"), "{}", finished.stdout);
    finished
}

/// What is typed, and how the line ends then.
const TALK: [(&str, &str); 11] = [
    ("cargo xtask migrate:d", "own "),
    ("cargo xtask migrate:down --st", "eps "),
    ("cargo +nightly xtask showm", "igrations "),
    ("cargo xtask -q sqlmigrate in", "itial "),
    ("cargo xtask migrate --to=zer", "o "),
    ("cargo xtask migrate --to 00", "01 "),
    ("cargo xtask makemigrations --rename ticket.ti", "tle:"),
    ("cargo xtask makemigrations --rename ticket.title:", "subject "),
    ("cargo xtask makemigrations --backfill ticket.su", "bject="),
    ("cargo xtask inspect --domain-map Carg", "o.toml "),
    ("makemigrations hooks ins", "tall "),
];

/// Cargo's own completion, or somebody's, goes on; so do yarn's scripts.
const OTHERS: [(&str, &str); 3] =
    [("cargo own_wo", "rd_of_cargo"), ("yarn migrate --fake-i", "nitial "), ("yarn run migrate --pl", "an ")];

#[test]
fn bash_completes() {
    let project = project();
    let script = script(&project, "bash");
    let own = "_own() { COMPREPLY=(own_word_of_cargo); }; complete -F _own cargo";
    let talk = [&TALK[..], &OTHERS].concat();
    converse(&project, &["bash", "--norc", "--noprofile", "-i"], &format!("{own}; source ./{script}"), &talk);
}

#[test]
fn zsh_completes() {
    let project = project();
    let script = script(&project, "zsh");
    let own = "zle_highlight=(suffix:none); autoload -Uz compinit; compinit -u -D; _own() { compadd own_word_of_cargo }; compdef _own cargo";
    let talk = [&TALK[..], &OTHERS].concat();
    converse(&project, &["zsh", "-f", "-i"], &format!("{own}; source ./{script}"), &talk);
}

#[test]
fn fish_completes() {
    let project = project();
    let script = script(&project, "fish");
    let fish = tools::shell("fish");
    let complete = |line: &str| {
        let text = format!("complete -c cargo -a own_word_of_cargo; source ./{script}; complete -C '{line}'");
        let finished = Command::new(&fish, &project).args(["--no-config", "-c", &text]).run();
        finished.code(0);
        let first = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
        finished.stdout.lines().map(first).collect::<Vec<_>>()
    };
    for (typed, end) in TALK.iter().chain(&OTHERS) {
        let typed_word = typed.rsplit(' ').next().unwrap();
        let word = format!("{typed_word}{}", end.trim_end());
        let found = complete(typed);
        // fish offers what comes after `=` of an option alone.
        let value = word.split_once('=').filter(|_| word.starts_with("--")).map_or(word.as_str(), |(_, value)| value);
        assert!(found.iter().any(|found| found == &word || found == value), "{typed}: {found:?}");
    }
}

/// Nothing is said, and nothing is wrong, where there is nothing to complete.
#[test]
fn nothing_is_offered_where_nothing_can_be_read() {
    let nowhere = Folder::temporary();
    let run = |arguments: &[&str]| makemigrations_tests::command::makemigrations(&nowhere, arguments).run();
    assert!(run(&["complete", "--", "mig"]).code(0).stdout.contains("migrate:down\t"));
    for words in [&["migrate", "--to", ""][..], &["--app", ""], &["nonsense", "--x", "--rename", "a.b:"], &[]] {
        let found = run(&[&["complete", "--"], words].concat());
        assert_eq!((found.code(0).stderr.as_str(), found.stdout.contains("initial")), ("", false), "{words:?}");
    }
    let broken = project();
    broken.append("schema-snapshots/ticket.toml", "nonsense");
    assert_eq!(broken.run(["complete", "--", "makemigrations", "--backfill", "t"]).code(0).stdout, "");
}

#[test]
fn applications_have_their_own_migrations() {
    let folder = Folder::temporary();
    let settings = "dialect = \"sqlite\"\n[workspace.metadata.makemigrations.apps]\n\
                    web = { migrations = \"web/migrations\", snapshots = \"web/snapshots\" }\n\
                    api = { migrations = \"api/migrations\", snapshots = \"api/snapshots\" }\n";
    let project = Project::with_settings(&folder, settings);
    project.write(
        "web/snapshots/a.toml",
        "format = 1\n[tables.a.columns]\nid = { type = \"integer\", primary_key = true }\n",
    );
    project.run(["makemigrations", "--app", "web", "--name", "only_web"]).code(0);
    let complete = |words: &[&str]| project.run([&["complete", "--"], words].concat()).code(0).stdout.clone();
    assert_eq!(complete(&["--app", ""]), "api\tapi/migrations\nweb\tweb/migrations\n");
    assert!(complete(&["--app", "web", "migrate", "--to", "o"]).starts_with("only_web\t"));
    assert!(complete(&["migrate", "--to", "o", "--app=w"]).starts_with("--app=web\t"));
    assert_eq!(complete(&["--app=api", "migrate", "--to", "o"]), "");
}

#[test]
fn manual_pages_are_those_of_the_help() {
    let project = Project::new(Engine::Sqlite);
    project.run(["completions", "--man", "man"]).code(0).stderr_contains("manual pages");
    let page = project.read("man/makemigrations-migrate-down.1");
    assert!(page.contains("cargo xtask migrate:down") && page.contains("\\-\\-backfill"), "{page}");
    assert!(project.exists("man/makemigrations-hooks-install.1"));
    project.run(["completions"]).code(2);
    project.run(["completions", "tcsh"]).code(2).stderr_contains("possible values");
}
