//! What `showmigrations` says of migrations whose last run did not end well, and that the next `migrate` does that. It must
//! not kill anything itself, other tests do.

use makemigrations_tests::database::Engine;
use serde_json::{Value, json};

use crate::setup::Setup;

/// A table, and a migration that builds an index of it outside of a transaction.
fn with_index(definition: &str) -> (Setup, String) {
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.migrate();
    let name = setup.hand_written("index", definition, "DROP INDEX CONCURRENTLY IF EXISTS ticket_title");
    setup.write(&format!("migrations/{name}/metadata.toml"), "run_in_transaction = false\n");
    setup.run(["seal"]).code(0);
    (setup, name)
}

/// As a run leaves it that was killed, or that failed.
fn was_left(setup: &Setup, name: &str, state: &str) {
    let version: String = name.chars().take(22).filter(|c| *c != '-').collect();
    setup.database.execute(&format!(
        "INSERT INTO __makemigrations_history (version, name, state, started_at, tool_version) \
         VALUES ('{version}', '{name}', '{state}', now(), '0.1.0')"
    ));
}

fn listed(setup: &Setup) -> Value {
    let finished = setup.run(["showmigrations", "--format", "json"]);
    let document: Value = serde_json::from_str(&finished.code(0).stdout).unwrap();
    document["migrations"][1].clone()
}

const INDEX: &str = "CREATE INDEX CONCURRENTLY ticket_title ON ticket (title);";
const INVALID: &str = "CREATE INDEX ticket_title ON ticket (title); \
                       UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ticket_title'::regclass";

fn is_valid(setup: &Setup) -> String {
    setup.database.value("SELECT indisvalid FROM pg_index WHERE indexrelid = 'ticket_title'::regclass")
}

#[test]
fn an_invalid_index_is_shown_and_built_again() {
    for state in [Some("running"), Some("failed"), None] {
        let (setup, name) = with_index(INDEX);
        setup.database.execute(INVALID);
        if let Some(state) = state {
            was_left(&setup, &name, state);
        }
        let shown = setup.run(["showmigrations"]);
        shown
            .code(0)
            .stdout_contains(&format!("pending       {name}  (invalid, "))
            .stdout_contains("`public.ticket_title`");
        shown.stdout_contains("the next `migrate` removes");
        assert_eq!((&listed(&setup)["run"], &listed(&setup)["next"]), (&json!("invalid"), &json!("rebuild")));
        setup.run(["migrate"]).code(0).stderr_contains("half-made");
        assert_eq!(is_valid(&setup), "t");
        setup.run(["showmigrations"]).code(0).lacks("invalid").lacks("pending");
    }
}

#[test]
fn an_index_of_another_definition_is_never_taken_for_this_one() {
    let (setup, name) =
        with_index("CREATE INDEX CONCURRENTLY IF NOT EXISTS ticket_title ON ticket (lower(title)) WHERE id > 5;");
    setup.database.execute("CREATE INDEX ticket_title ON ticket (title)");
    setup.run(["showmigrations"]).code(0).stdout_contains("the next `migrate` refuses: `public.ticket_title` is there");
    assert_eq!(listed(&setup)["next"], "refuse");
    let refused = setup.run(["migrate"]);
    refused.code(3).stderr_contains(&name).stderr_contains("USING btree (title)").stderr_contains("IF NOT EXISTS");
    for (there, is_taken) in [
        ("CREATE INDEX ticket_title ON ticket (lower(title)) WHERE id > 4", false),
        ("CREATE UNIQUE INDEX ticket_title ON ticket (lower(title)) WHERE id > 5", false),
        ("CREATE TABLE ticket_title (id integer)", false),
        ("CREATE INDEX ticket_title ON ticket (lower((title)::text)) WHERE (id > (5)::integer)", true),
    ] {
        setup.database.execute("DROP INDEX ticket_title");
        setup.database.execute(there);
        setup.run(["migrate"]).code(if is_taken { 0 } else { 3 });
        if there.contains("TABLE") {
            setup.database.execute("DROP TABLE ticket_title; CREATE INDEX ticket_title ON ticket (id)");
        }
    }
    setup.run(["showmigrations"]).code(0).lacks("pending");
}

#[test]
fn what_an_interrupted_run_had_done_is_recorded() {
    let (setup, name) = with_index(INDEX);
    setup.database.execute("CREATE INDEX ticket_title ON ticket (title)");
    was_left(&setup, &name, "running");
    let shown = setup.run(["showmigrations"]);
    shown.code(0).stdout_contains(&format!("pending       {name}  (interrupted while running, started at "));
    shown.stdout_contains("`public.ticket_title` is there and complete: the next `migrate` records it");
    assert_eq!((&listed(&setup)["run"], &listed(&setup)["next"]), (&json!("interrupted"), &json!("record")));
    setup.run(["migrate"]).code(0).stderr_contains("is there and complete");
    // A rollback that was interrupted after its work as well.
    setup.database.execute("DROP INDEX ticket_title");
    setup.run(["migrate:down", "--yes"]).code(0);
    setup.run(["showmigrations"]).code(0).stdout_contains("pending ");
}

#[test]
fn a_failed_migration_says_that_it_runs_again() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        setup.migrate();
        let name = setup.hand_written("wrong", "INSERT INTO nowhere VALUES (1);", "SELECT 1;");
        setup.run(["migrate"]).code(3);
        let shown = setup.run(["showmigrations"]);
        shown.code(0).stdout_contains(&format!("pending       {name}  (failed, started at "));
        shown.stdout_contains("the next `migrate` runs it again");
        assert_eq!((&listed(&setup)["run"], &listed(&setup)["next"]), (&json!("failed"), &json!("apply_again")));
    }
}

#[test]
fn a_migration_that_runs_says_who_runs_it() {
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.migrate();
    let name = setup.hand_written("long", "SELECT pg_sleep(60);", "SELECT 1;");
    let mut running = setup.command(["migrate"]).spawn();
    let is_there = "SELECT count(*) FROM __makemigrations_history WHERE state = 'running'";
    while setup.database.value(is_there) == "0" {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let shown = setup.run(["showmigrations"]);
    shown
        .code(0)
        .stdout_contains(&format!("pending       {name}  (running, started at "))
        .stdout_contains("waits for it");
    assert_eq!(listed(&setup)["next"], "wait");
    running.kill();
    drop(running.wait());
}

#[test]
fn statements_outside_of_a_transaction_are_found_in_the_catalogue() {
    let create = "CREATE TABLE log (at date NOT NULL) PARTITION BY RANGE (at); \
                  CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2026-01-01') TO ('2027-01-01'); \
                  CREATE TYPE state AS ENUM ('new', 'old'); ALTER TABLE ticket ADD CONSTRAINT c CHECK (id > 0) NOT VALID";
    let pending = "UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 'log_1'::regclass";
    let copy = "CREATE INDEX ticket_pkey_ccnew ON ticket (id); \
                UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ticket_pkey_ccnew'::regclass";
    let gone = "SELECT count(*) FROM pg_inherits WHERE inhrelid = 'log_1'::regclass";
    let copies = "SELECT count(*) FROM pg_class WHERE relname ~ '_ccnew'";
    let labels = "SELECT count(*) FROM pg_enum WHERE enumlabel = 'done'";
    let valid = "SELECT convalidated::text FROM pg_constraint WHERE conname = 'c'";
    let rows = "SELECT count(*) FROM ticket";
    let block = "DO $$ BEGIN INSERT INTO ticket VALUES (1, 'a') ON CONFLICT DO NOTHING; COMMIT; END $$;";
    for (statement, before, next, query, expected) in [
        ("ALTER TABLE log DETACH PARTITION log_1 CONCURRENTLY;", pending, "finish", gone, "0"),
        ("ALTER TABLE log DETACH PARTITION log_1 CONCURRENTLY;", "SELECT 1", "apply_again", gone, "0"),
        (
            "ALTER TABLE log DETACH PARTITION log_1 CONCURRENTLY;",
            "ALTER TABLE log DETACH PARTITION log_1",
            "record",
            gone,
            "0",
        ),
        ("REINDEX TABLE CONCURRENTLY ticket;", copy, "rebuild", copies, "0"),
        ("REINDEX INDEX CONCURRENTLY ticket_pkey;", copy, "rebuild", copies, "0"),
        ("ALTER TYPE state ADD VALUE 'done' AFTER 'new';", "ALTER TYPE state ADD VALUE 'done'", "record", labels, "1"),
        ("ALTER TYPE state ADD VALUE 'done' AFTER 'new';", "SELECT 1", "apply_again", labels, "1"),
        (
            "ALTER TYPE state RENAME VALUE 'new' TO 'done';",
            "ALTER TYPE state RENAME VALUE 'new' TO 'done'",
            "record",
            labels,
            "1",
        ),
        (
            "ALTER TABLE ticket VALIDATE CONSTRAINT c;",
            "ALTER TABLE ticket VALIDATE CONSTRAINT c",
            "record",
            valid,
            "true",
        ),
        ("ALTER TABLE ticket VALIDATE CONSTRAINT c;", "SELECT 1", "apply_again", valid, "true"),
        ("DROP INDEX CONCURRENTLY ticket_title;", "SELECT 1", "record", copies, "0"),
        (block, "INSERT INTO ticket VALUES (1, 'a')", "apply_again", rows, "1"),
    ] {
        let (setup, name) = with_index(statement);
        setup.database.execute(create);
        setup.database.execute(before);
        was_left(&setup, &name, "running");
        assert_eq!(listed(&setup)["next"], next, "{statement} after {before}");
        setup.run(["migrate"]).code(0);
        assert_eq!(setup.database.value(query), expected, "{statement} after {before}");
        setup.run(["showmigrations"]).code(0).lacks("running").lacks("invalid");
    }
}

#[test]
fn an_invalid_index_that_no_migration_builds_is_a_warning() {
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.migrate();
    setup.database.execute(INVALID);
    let shown = setup.run(["showmigrations"]);
    shown.code(0).stderr_contains("index `public.ticket_title` is invalid");
    shown.stderr_contains("`REINDEX INDEX CONCURRENTLY public.ticket_title`");
    let document: Value = serde_json::from_str(&setup.run(["showmigrations", "--format", "json"]).stdout).unwrap();
    assert_eq!(document["invalid_indexes"], json!(["public.ticket_title"]));
}
