//! The scripts of `package.json` with a real yarn, in a workspace as the README describes it: `cargo xtask` is a member
//! of three lines. It must not judge what the commands do; other tests do.

use makemigrations_tests::command::{Command, Finished};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::{tools, xtask};

#[test]
fn yarn_runs_the_commands() {
    let name = if cfg!(windows) { "yarn.cmd" } else { "yarn" };
    let yarn = tools::npm("yarn@1").join("node_modules/.bin").join(name);
    let project = Folder::temporary();
    xtask::workspace(&project);
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    project.write("package.json", std::fs::read(repository.join("package.json")).unwrap());
    let run = |arguments: &[&str]| -> Finished {
        let command = Command::new(&yarn, &project).args(["--silent"]).args(arguments);
        let command = xtask::variables().into_iter().fold(command, |command, (name, value)| command.env(name, value));
        command.env("DATABASE_URL", "sqlite://dev.sqlite3").run()
    };
    let columns = "format = 1\n\n[tables.ticket.columns]\nid = { type = \"integer\", primary_key = true }\n";
    project.write("schema-snapshots/ticket.toml", columns);
    run(&["makemigrations"]).code(0);
    assert!(project.exists("migrations/2026-11-23-141200-0001_initial/up.sql"));
    run(&["migrate"]).code(0);
    assert!(project.exists("dev.sqlite3"));

    // Flags and exit codes come through.
    project.append("schema-snapshots/ticket.toml", "priority = \"integer\"\n");
    run(&["makemigrations"]).code(2).stderr_contains("--backfill ticket.priority=<SQL>");
    run(&["makemigrations", "--backfill", "ticket.priority=0"]).code(0);
    run(&["migrate"]).code(0);
    run(&["migrate:down"]).code(0).stderr_contains("ticket_priority");
    run(&["migrate:unlock"]).code(0);
    run(&["check"]).code(0);
}
