//! A standby, and roles that may only read: what is refused, and what works all the same. It must not test who owns the tables.

use makemigrations_tests::command::{Finished, makemigrations};
use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres::{ENCODED_PASSWORD, Server, client, query_rows};

use crate::setup::Setup;

fn run(setup: &Setup, url: &str, arguments: &[&str]) -> Finished {
    makemigrations(&setup.project, arguments).env("DATABASE_URL", url).run()
}

/// Waits until a standby has what the primary has now.
fn caught_up(primary: &str, standby: &str) {
    // What is committed need not be written yet: the servers of the tests do not wait for that.
    let wanted = query_rows(primary, "SELECT pg_current_wal_insert_lsn()::text").remove(0).remove(0).unwrap();
    let sql = format!("SELECT (pg_last_wal_replay_lsn() >= '{wanted}')::text");
    while query_rows(standby, &sql).remove(0).remove(0).as_deref() != Some("true") {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn a_standby_is_looked_at_and_never_migrated() {
    let setup = Setup::with_ticket(Engine::Postgres);
    let primary = Server::start();
    let url = primary.database("replicated");
    let standby = primary.standby();
    let replica = standby.url(url.rsplit('/').next().unwrap());
    run(&setup, &url, &["migrate"]).code(0);
    caught_up(&url, &replica);
    run(&setup, &replica, &["showmigrations"]).code(0).stdout_contains("applied ");
    for arguments in [
        &["migrate"][..],
        &["migrate:down", "--yes"],
        &["migrate:down", "--to", "zero", "--yes"],
        &["migrate:unlock", "--force"],
    ] {
        let finished = run(&setup, &replica, arguments);
        finished.code(3).stderr_contains("is a standby, a read replica: it takes no changes");
        finished.stderr_contains("target_session_attrs=primary");
    }
    run(&setup, &replica, &["reset", "--force", "--yes"]).code(3).stderr_contains("standby");
    setup.ticket("priority = { type = \"integer\", nullable = true }\n");
    run(&setup, &replica, &["showmigrations"]).code(0).stdout_contains("pending ");
    run(&setup, &replica, &["migrate", "--plan"]).code(0).stdout_contains("apply ");
    run(&setup, &replica, &["migrate"]).code(3).stderr_contains("standby").lacks(ENCODED_PASSWORD);
    let drift = run(&setup, &replica, &["drift", "--scratch-url", &primary.url("postgres")]);
    drift.code(0).stderr_contains("no drift");
    run(&setup, &url, &["migrate"]).code(0);
}

#[test]
fn a_role_that_may_only_read_looks_and_nothing_more() {
    let setup = Setup::with_ticket(Engine::Postgres);
    let server = Server::start();
    let url = server.database("reader");
    let name = url.rsplit('/').next().unwrap();
    let grants = format!(
        "CREATE ROLE reader LOGIN PASSWORD 'correct/horse@battery'; REVOKE ALL ON SCHEMA public FROM PUBLIC; \
         GRANT USAGE ON SCHEMA public TO reader; REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC; \
         ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader"
    );
    client(&url).batch_execute(&grants).unwrap();
    let reader = url.replacen(&format!("postgres:{ENCODED_PASSWORD}@"), &format!("reader:{ENCODED_PASSWORD}@"), 1);
    // Before there is anything, and after.
    run(&setup, &reader, &["showmigrations"]).code(0).stdout_contains("pending ");
    run(&setup, &url, &["migrate"]).code(0);
    run(&setup, &reader, &["showmigrations"]).code(0).stdout_contains("applied ").lacks("pending");
    run(&setup, &reader, &["drift", "--scratch-url", &server.url("postgres")]).code(0).stderr_contains("no drift");
    run(&setup, &reader, &["drift"])
        .code(3)
        .stderr_contains("`reader` may not create databases")
        .stderr_contains("--scratch-url");
    setup.ticket("priority = { type = \"integer\", nullable = true }\n");
    run(&setup, &reader, &["migrate"]).code(3);
    assert_eq!(query_rows(&url, "SELECT count(*)::text FROM __diesel_schema_migrations"), [[Some("1".to_owned())]]);

    client(&url).batch_execute("ALTER ROLE reader SET default_transaction_read_only = on").unwrap();
    run(&setup, &reader, &["showmigrations"]).code(0).stdout_contains("pending ");
    run(&setup, &reader, &["migrate"]).code(3).stderr_contains("default_transaction_read_only");
}
