//! Input stays where it is: what is no plain file is not read, what is not read is not taken for deleted, and no SQL text
//! of a snapshot leaves its place.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use makemigrations_tests::command::Command;
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::project::Project;

use crate::setup::next;

const TABLE: &str = "[tables.t.columns]\nid = { type = \"integer\", primary_key = true }\nv = \"text\"\n";

fn project() -> Project {
    let project = Project::new(Engine::Sqlite);
    project.snapshot("main", TABLE);
    next(&project, &[]);
    project
}

fn pipe(project: &Project, path: &str) {
    Command::new(std::path::Path::new("mkfifo"), project).args([path]).run().code(0);
}

/// Every command that reads snapshots says what is wrong, and writes nothing.
#[track_caller]
fn refused(project: &Project, said: &str) {
    let migrations = project.migrations();
    for arguments in [&["makemigrations", "--no-input"][..], &["makemigrations", "--check"], &["check"]] {
        let finished = project.run(arguments);
        assert!(matches!(finished.code, Some(1 | 2)), "{arguments:?}: {}", finished.stderr);
        finished.stderr_contains(said);
        assert_eq!(project.migrations(), migrations);
    }
}

#[test]
fn what_is_no_plain_file_is_no_snapshot() {
    let file = "schema-snapshots/main.toml";
    type Breaking<'a> = (&'static str, &'a dyn Fn(&Project));
    let breaking: [Breaking<'_>; 7] = [
        ("a link that leads nowhere", &|project| symlink("nowhere.toml", project.join(file)).unwrap()),
        ("a named pipe", &|project| pipe(project, file)),
        ("a socket", &|project| drop(UnixListener::bind(project.join(file)).unwrap())),
        ("`main.toml` cannot name a domain", &|project| fs::create_dir(project.join(file)).unwrap()),
        ("a link, expected a plain file", &|project| {
            project.write("elsewhere.toml", format!("format = 1\n{TABLE}"));
            symlink("../elsewhere.toml", project.join(file)).unwrap();
        }),
        ("a link that leads out of the workspace", &|project| symlink("/dev/zero", project.join(file)).unwrap()),
        ("larger than 16 MiB", &|project| {
            fs::File::create(project.join(file)).unwrap().set_len(20 * 1024 * 1024).unwrap();
        }),
    ];
    for (said, break_it) in breaking {
        let project = project();
        fs::remove_file(project.join(file)).unwrap();
        break_it(&project);
        refused(&project, said);
    }
}

#[test]
fn a_domain_in_a_folder_is_read_file_by_file() {
    let project = project();
    fs::create_dir(project.join("schema-snapshots/other")).unwrap();
    symlink("gone", project.join("schema-snapshots/other/a.toml")).unwrap();
    refused(&project, "`schema-snapshots/other/a.toml` is not read: it is a link that leads nowhere");
    fs::remove_file(project.join("schema-snapshots/other/a.toml")).unwrap();
    fs::create_dir(project.join("schema-snapshots/other/a.toml")).unwrap();
    refused(&project, "`schema-snapshots/other/a.toml` is not read: it is a folder, expected a file");
    fs::remove_dir_all(project.join("schema-snapshots/other")).unwrap();
    symlink("gone", project.join("schema-snapshots/other")).unwrap();
    refused(&project, "`schema-snapshots/other` is not read: it is a link that leads nowhere");
    // Dotfiles are editors' locks.
    fs::rename(project.join("schema-snapshots/other"), project.join("schema-snapshots/.#other")).unwrap();
    project.run(["makemigrations", "--check"]).code(0);
}

#[test]
fn the_folder_of_snapshots_is_a_folder() {
    let project = project();
    fs::rename(project.join("schema-snapshots"), project.join("moved")).unwrap();
    symlink("moved", project.join("schema-snapshots")).unwrap();
    refused(&project, "`schema-snapshots` is not read: it is a link");
    fs::remove_file(project.join("schema-snapshots")).unwrap();
    project.write("schema-snapshots", "");
    refused(&project, "`schema-snapshots` is not read: it is a file");
}

/// Not even a line of it, which the message about a mistake would show.
#[test]
fn a_file_outside_of_the_workspace_is_never_printed() {
    let outside = Folder::temporary();
    outside.write("secret", "PASSWORD = do-not-show\n");
    let project = project();
    symlink(outside.join("secret"), project.join("schema-snapshots/a.toml")).unwrap();
    for command in ["makemigrations", "check", "inspect"] {
        let finished = project.run([command]);
        assert!(!finished.stderr.contains("do-not-show") && !finished.stdout.contains("do-not-show"), "{command}");
    }
    refused(&project, "`schema-snapshots/a.toml` is not read: it is a link that leads out of the workspace");
}

#[test]
fn settings_are_a_plain_file() {
    let outside = Folder::temporary();
    outside.write("Cargo.toml", "[workspace]\nSECRET = do-not-show\n");
    let project = project();
    fs::remove_file(project.join("Cargo.toml")).unwrap();
    symlink(outside.join("Cargo.toml"), project.join("Cargo.toml")).unwrap();
    let finished = project.run(["makemigrations"]);
    finished.code(2).stderr_contains("cannot read `Cargo.toml`: it is a link that leads out of the workspace");
    assert!(!finished.stderr.contains("do-not-show"));
}

/// What stands in a statement beside other things stays one thing.
#[test]
fn pasted_text_stays_in_its_place() {
    for (table, said) in [
        (
            "indexes = [{ columns = [\"id\"], with = { fillfactor = \"70); create table evil(x int); --\" } }]",
            "expected a number, a word or a string in quotes",
        ),
        (
            "indexes = [{ columns = [\"id\"], with = { \"a = 1, b\" = 70 } }]",
            "expected the name of a storage parameter",
        ),
        (
            "indexes = [{ columns = [{ column = \"v\", opclass = \"text_ops); create table evil(x int); --\" }] }]",
            "expected the name of an operator class",
        ),
        ("indexes = [{ columns = [{ column = \"v\", opclass = \"text_ops DESC\" }] }]", "operator class"),
        (
            "exclusions = [{ name = \"e\", using = \"gist\", elements = [{ column = \"v\", with = \"=, id WITH =\" }] }]",
            "`,` outside of parentheses",
        ),
        (
            "exclusions = [{ name = \"e\", using = \"gist\", elements = [{ column = \"v\", with = \"a\" }] }]",
            "an operator",
        ),
        ("columns.w = { type = { sql = \"text, evil integer\" } }", "`,` outside of parentheses"),
        ("columns.w = { type = { sql = \"text NOT NULL\" } }", "expected a type alone"),
        ("columns.w = { type = \"text\", backfill = { sql = \"'a', v = 'b'\" } }", "`,` outside of parentheses"),
        ("columns.w = { type = \"text\", backfill = { sql = \"'a' WHERE id = 1\" } }", "another clause"),
        ("columns.w = { type = \"integer\", default = { sql = \"1,\\\"evil\\\"int\" } }", "`,` outside of parentheses"),
        ("columns.w = { type = \"text\", check = \"w <> '\" }", "not closed"),
        ("columns.w = { type = \"text\", check = \"true) /* \" }", "closes a parenthesis"),
        ("options = \"; drop table t\"", "found `;`"),
    ] {
        let project = Project::new(Engine::Postgres);
        let columns = "columns.id = { type = \"integer\", primary_key = true }\ncolumns.v = \"text\"";
        project.snapshot("main", &format!("[tables.t]\n{columns}\n{table}\n"));
        project.run(["makemigrations"]).code(2).stderr_contains(said).stderr_contains("schema-snapshots/main.toml:");
        assert!(project.migrations().is_empty());
    }
}
