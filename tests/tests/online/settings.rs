//! The setting, the flags, and what is refused. It must not run a migration.

use makemigrations_tests::database::Engine;
use makemigrations_tests::project::Project;

use crate::support::{BEFORE, started};

fn with_index() -> String {
    BEFORE.replace("title = { type", "title = { index = true, type")
}

fn newest_up(project: &Project) -> String {
    project.read(&format!("migrations/{}/up.sql", project.migrations().pop().unwrap()))
}

#[test]
fn the_setting_is_the_default_and_a_flag_beats_it() {
    let (project, _database) = started("setting");
    project.settings("dialect = \"postgres\"\nonline = true\n");
    project.snapshot("app", &with_index());
    project.run(["makemigrations", "--no-online", "--dry-run"]).code(0).lacks("CONCURRENTLY");
    project.run(["makemigrations"]).code(0);
    assert!(newest_up(&project).contains("CREATE INDEX CONCURRENTLY"));
    assert!(
        newest_up(&project).contains("-- locks ticket: SHARE UPDATE EXCLUSIVE while the index is built, nobody waits")
    );
}

#[test]
fn batches_are_as_set() {
    let (project, _database) = started("batches");
    project.settings("dialect = \"postgres\"\nonline = { batch_size = 77, pause_ms = 0, default = false }\n");
    project.snapshot("app", &BEFORE.replace("title = { type = \"text\", nullable = true }", "title = \"text\""));
    let flags = ["makemigrations", "--online", "--backfill", "ticket.title=''", "--dry-run"];
    project.run(flags).code(0).stdout_contains("OFFSET 76 LIMIT 1");
    project.settings("dialect = \"postgres\"\nonline = { batch_size = 0, pause = 1 }\n");
    let refused = project.run(["makemigrations"]);
    refused.code(2).stderr_contains("`online.batch_size` has to be a number").stderr_contains("unknown key `pause`");
}

#[test]
fn sqlite_has_nothing_of_the_kind() {
    let project = Project::new(Engine::Sqlite);
    project.snapshot("app", BEFORE);
    project.run(["makemigrations"]).code(0);
    project.snapshot("app", &with_index());
    project.run(["makemigrations", "--online"]).code(2).stderr_contains("`--online` is for PostgreSQL");
    project.settings("dialect = \"sqlite\"\nonline = true\n");
    project.run(["makemigrations"]).code(0);
}

#[test]
fn what_has_no_such_form_is_refused_with_the_way_out() {
    for (from, to, reason) in [
        ("owner = \"bigint\"", "owner = \"numeric\"", "from bigint to numeric rewrites the rows"),
        (
            "owner = \"bigint\"",
            "owner = \"bigint\"\ntwice = { type = \"bigint\", generated = { sql = \"owner * 2\", stored = true } }",
            "a stored computed column rewrites the rows",
        ),
        ("owner = \"bigint\"", "owner = \"bigint\"\nserial = { type = \"bigserial\" }", "a new column that counts"),
        (
            "[tables.log",
            "[[tables.ticket.exclusions]]\nname = \"one\"\nusing = \"gist\"\nelements = [{ expression = \"int8range(id, id, '[]')\", \
             with = \"&&\" }]\n\n[tables.log",
            "exclusion constraint one of ticket",
        ),
        ("id = { type = \"bigint\", primary_key = true }\nowner", "id = { type = \"bigint\" }\nowner", ""),
    ] {
        let (project, _database) = started("refused");
        project.snapshot("app", &BEFORE.replacen(from, to, 1));
        let written = project.run(["makemigrations", "--online", "--no-input"]);
        if reason.is_empty() {
            written.code(0);
            continue;
        }
        written.code(2).stderr_contains(reason).stderr_contains("makemigrations --no-online");
        assert_eq!(project.migrations().len(), 1);
        project.run(["makemigrations", "--no-online", "--no-input"]).code(0);
    }
}
