//! `ddl_lock_timeout`, `ddl_retries` and progress, as the command line shows them. It must not test what the runner's own
//! tests do.

use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres;

use crate::setup::Setup;

fn busy(settings: &str) -> (Setup, ::postgres::Client) {
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.migrate();
    setup.ticket("priority = { type = \"integer\", nullable = true }\n");
    setup.settings(&format!("dialect = \"postgres\"\n{settings}"));
    let mut report = postgres::client(setup.database.url());
    report.batch_execute("SET application_name = 'monthly report'; BEGIN; SELECT count(*) FROM ticket").unwrap();
    (setup, report)
}

#[test]
fn who_is_in_the_way_is_said_and_the_exit_code_is_that_of_the_database() {
    let (setup, mut report) = busy("ddl_lock_timeout = \"300ms\"\nddl_retries = 1\n");
    let pid: i32 = report.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let finished = setup.run(["migrate"]);
    finished.code(3).stderr_contains("lock timeout").stderr_contains("it was tried 2 times");
    finished.stderr_contains(&format!("in the way: session {pid} of `postgres` (application `monthly report`, "));
    finished.stderr_contains("try 1 of 1 comes in").stderr_contains(&format!("pg_terminate_backend({pid})"));
    finished.stderr_contains("nothing of it stays in the database");
    report.batch_execute("ROLLBACK").unwrap();
    setup.run(["migrate"]).code(0).lacks("in the way");

    report.batch_execute("BEGIN; SELECT count(*) FROM ticket").unwrap();
    let back = setup.run(["migrate:down", "--yes"]);
    back.code(3).stderr_contains("it was tried 2 times").stderr_contains("`cargo xtask migrate:down`");
    report.batch_execute("ROLLBACK").unwrap();
    setup.run(["migrate:down", "--yes"]).code(0);
}

#[test]
fn without_a_terminal_progress_is_a_plain_line_and_quiet_has_none() {
    let setup = Setup::with_ticket(Engine::Postgres);
    setup.migrate();
    let written = setup.next(&["--empty", "--name", "batches"]);
    let block = "DO $$ BEGIN FOR i IN 1..300 LOOP RAISE NOTICE 'filled % of 300 batches', i; PERFORM pg_sleep(0.01); END LOOP; END $$;\n";
    setup.write(&format!("migrations/{written}/up.sql"), block);
    setup.run(["seal"]).code(0);
    let finished = setup.run(["migrate"]);
    finished.code(0).stderr_contains(&format!("{written}: filled 1 of 300 batches (0 s)\n"));
    finished.stderr_contains(&format!("{written}: filled 300 of 300 batches ("));
    assert!(finished.stderr.matches("filled").count() <= 3, "{}", finished.stderr);
    setup.run(["migrate:down", "--yes"]).code(0);
    setup.run(["migrate", "-q"]).code(0).lacks("filled");
}
