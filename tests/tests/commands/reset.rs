//! `reset`: what it drops, what it keeps, what it refuses. It must not reset a database that is not the test's own.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::Engine;

use crate::setup::{Setup, next, snapshot_ticket, wait_until};

/// A migrated database with a row and a table that no migration knows.
fn used(engine: Engine) -> Setup {
    let setup = Setup::with_ticket(engine);
    setup.migrate();
    setup.database.execute("INSERT INTO ticket (id, title) VALUES (1, 'a'); CREATE TABLE other (id integer);");
    setup
}

#[track_caller]
fn is_new(setup: &Setup) {
    assert_eq!(setup.tables(), ["ticket"]);
    assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "0");
    setup.run(["showmigrations"]).code(0).lacks("pending");
}

#[track_caller]
fn is_untouched(setup: &Setup) {
    assert_eq!(setup.tables(), ["other", "ticket"]);
    assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "1");
}

#[test]
fn everything_is_dropped_and_applied_again() {
    for engine in Engine::ALL {
        let setup = used(engine);
        setup.run(["reset", "--yes"]).code(0).stderr_contains("1 migration applied");
        is_new(&setup);
        setup.run(["reset", "--yes", "-q"]).code(0).lacks("migration");
        is_new(&setup);
    }
}

/// What blocks `migrate` is what `reset` is there for.
#[test]
fn an_applied_migration_may_be_another_one_now() {
    for engine in Engine::ALL {
        let setup = used(engine);
        let name = setup.migrations().remove(0);
        setup.remove(&format!("migrations/{name}"));
        snapshot_ticket(&setup.project, "priority = { type = \"integer\", nullable = true }\n");
        next(&setup.project, &["--name", "another"]);
        setup.run(["migrate"]).code(1);
        setup.run(["reset", "--yes"]).code(0);
        is_new(&setup);
        assert_eq!(setup.database.value("SELECT count(priority) FROM ticket"), "0");
    }
}

#[test]
fn without_a_terminal_the_command_that_agrees_is_printed() {
    for engine in Engine::ALL {
        let setup = used(engine);
        let refused = setup.run(["reset"]);
        refused.code(2).stderr_contains("`cargo xtask reset --yes`").stderr_contains("database `");
        setup.run(["reset", "--force"]).code(2).stderr_contains("`cargo xtask reset --force --yes`");
        is_untouched(&setup);
    }
    let setup = used(Engine::Postgres);
    let name = setup.database.url().rsplit('/').next().unwrap();
    setup.run(["reset"]).code(2).stderr_contains(&format!("database `{name}` on `127.0.0.1`"));
    let by_flag = makemigrations(&setup.project, ["reset", "--database-url", setup.database.url()]).run();
    by_flag.code(2).stderr_contains("`cargo xtask --database-url URL reset --yes`");
}

#[test]
fn in_ci_and_elsewhere_it_is_refused_unless_forced() {
    for engine in Engine::ALL {
        let setup = used(engine);
        let refused = setup.command(["reset", "--yes"]).env("CI", "true").run();
        refused.code(2).stderr_contains("CI").stderr_contains("`cargo xtask reset --force --yes`");
        is_untouched(&setup);
        setup.command(["reset", "--yes", "--force"]).env("CI", "true").run().code(0);
        is_new(&setup);
    }
    let setup = Setup::with_ticket(Engine::Postgres);
    for host in ["db.example.com", "10.0.0.1", "localhost,db.example.com"] {
        let url = format!("postgres://app@{host}/shop");
        let refused = makemigrations(&setup.project, ["reset", "--yes"]).env("DATABASE_URL", url).run();
        refused.code(2).stderr_contains("not on this machine").stderr_contains(host.split(',').next().unwrap());
    }
}

/// Nothing is dropped for migrations that could not be applied again.
#[test]
fn broken_migrations_drop_nothing() {
    for engine in Engine::ALL {
        let setup = used(engine);
        let name = setup.migrations().remove(0);
        setup.append(&format!("migrations/{name}/up.sql"), "-- edited\n");
        setup.run(["reset", "--yes"]).code(1).stderr_contains("M001");
        is_untouched(&setup);
    }
}

#[test]
fn a_database_that_is_not_there_is_created() {
    for engine in Engine::ALL {
        let setup = Setup::with_ticket(engine);
        let url = format!("{}_missing", setup.database.url());
        let run = |command: &[&str]| makemigrations(&setup.project, command).env("DATABASE_URL", &url).run();
        run(&["reset", "--yes"]).code(0).stderr_contains("1 migration applied");
        run(&["showmigrations"]).code(0).stdout_contains("applied");
    }
}

#[test]
fn postgres_keeps_what_belongs_to_the_database_itself() {
    let setup = used(Engine::Postgres);
    let name = setup.database.url().rsplit('/').next().unwrap().to_owned();
    let facts = "SELECT datname || pg_get_userbyid(datdba) || pg_encoding_to_char(encoding) || datcollate || datctype \
                 || datconnlimit FROM pg_database WHERE datname = current_database()";
    let settings = "SELECT unnest(setconfig) FROM pg_db_role_setting \
                    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())";
    setup.database.execute(&format!(
        "CREATE ROLE \"owner of {name}\"; ALTER DATABASE \"{name}\" OWNER TO \"owner of {name}\"; \
         ALTER DATABASE \"{name}\" CONNECTION LIMIT 50; \
         ALTER DATABASE \"{name}\" SET search_path = public, \"a b\"; \
         ALTER DATABASE \"{name}\" SET app.words = 'it''s, one text'; \
         ALTER DATABASE \"{name}\" SET default_transaction_isolation = 'repeatable read'"
    ));
    let before = (setup.database.value(facts), setup.database.column(settings));
    assert_eq!(before.1.len(), 3);
    setup.run(["reset", "--yes"]).code(0);
    is_new(&setup);
    assert_eq!((setup.database.value(facts), setup.database.column(settings)), before);
    let left = format!("SELECT count(*) FROM pg_database WHERE datname LIKE '{name}\\_%'");
    assert_eq!(setup.database.value(&left), "0");
}

#[test]
fn sessions_of_others_are_named_and_ended_only_when_forced() {
    let setup = used(Engine::Postgres);
    let application = format!("{}?application_name=the-application", setup.database.url());
    let mut session = ::postgres::Client::connect(&application, ::postgres::NoTls).unwrap();
    let pid: i32 = session.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    let refused = setup.run(["reset", "--yes"]);
    refused.code(3).stderr_contains(&format!("session {pid}")).stderr_contains("the-application");
    refused.stderr_contains("`cargo xtask reset --force`");
    is_untouched(&setup);
    setup.run(["reset", "--yes", "--force"]).code(0);
    assert!(session.simple_query("SELECT 1").is_err());
    is_new(&setup);
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_has_the_file_open_is_named() {
    use std::io::Read;
    use std::process::{Command, Stdio};

    let setup = used(Engine::Sqlite);
    let path = setup.database.url().trim_start_matches("sqlite://").to_owned();
    let mut program = Command::new("sh");
    program.args(["-c", "exec 3<\"$0\"; echo open; read line", &path]);
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 5]).unwrap();
    let refused = setup.run(["reset", "--yes"]);
    refused.code(3).stderr_contains(&format!("process {}", child.id())).stderr_contains("`cargo xtask reset --force`");
    is_untouched(&setup);
    setup.run(["reset", "--yes", "--force"]).code(0);
    is_new(&setup);
    drop(child.stdin.take());
    child.wait().unwrap();
}

/// The files beside a SQLite database would bring back what is gone.
#[test]
fn nothing_of_a_sqlite_database_stays() {
    let setup = used(Engine::Sqlite);
    let path = setup.database.url().trim_start_matches("sqlite://").to_owned();
    setup.database.execute("PRAGMA journal_mode = WAL; INSERT INTO ticket (id, title) VALUES (2, 'b');");
    for suffix in ["-wal", "-shm", "-journal"] {
        std::fs::write(format!("{path}{suffix}"), "what a killed process has left").unwrap();
    }
    setup.run(["reset", "--yes", "--force"]).code(0);
    is_new(&setup);
    assert_eq!(setup.database.value("PRAGMA journal_mode"), "delete");
    for suffix in ["-wal", "-journal"] {
        assert!(!std::fs::exists(format!("{path}{suffix}")).unwrap(), "{suffix}");
    }
}

/// The owner of a database may drop it, and need not be allowed to create one.
#[test]
fn a_role_that_may_not_create_databases_loses_nothing() {
    let setup = Setup::with_ticket(Engine::Postgres);
    let name = setup.database.url().rsplit('/').next().unwrap().to_owned();
    setup.database.execute(&format!(
        "CREATE ROLE \"{name}\" LOGIN PASSWORD '{}'; ALTER DATABASE \"{name}\" OWNER TO \"{name}\"; \
         ALTER DATABASE \"{name}\" SET search_path = public",
        makemigrations_tests::postgres::PASSWORD
    ));
    let url = setup.database.url().replace("//postgres:", &format!("//{name}:"));
    let run = |command: &[&str]| makemigrations(&setup.project, command).env("DATABASE_URL", &url).run();
    run(&["migrate"]).code(0);
    setup.database.execute("INSERT INTO ticket (id, title) VALUES (1, 'a'); CREATE TABLE other (id integer);");
    run(&["reset", "--yes"]).code(3).stderr_contains("permission denied to create database");
    is_untouched(&setup);
    setup.database.execute(&format!("ALTER ROLE \"{name}\" CREATEDB"));
    run(&["reset", "--yes"]).code(0);
    is_new(&setup);
}

#[test]
fn the_databases_of_a_server_itself_are_never_dropped() {
    let server = makemigrations_tests::postgres::Server::start();
    let setup = Setup::with_ticket(Engine::Postgres);
    for name in ["postgres", "template1", "template0"] {
        let url = server.url(name);
        let run = |command: &[&str]| makemigrations(&setup.project, command).env("DATABASE_URL", &url).run();
        if name != "template0" {
            run(&["migrate"]).code(0);
        }
        for command in [&["reset", "--yes"][..], &["reset", "--yes", "--force"]] {
            run(command).code(2).stderr_contains(&format!("`{name}` is a database that the server has for itself"));
        }
        if name != "template0" {
            run(&["showmigrations"]).code(0).stdout_contains("applied").lacks("pending");
        }
    }
}

/// Something in it, and never migrated by this tool.
#[test]
fn a_database_without_a_history_is_dropped_only_if_forced() {
    let things = [
        (Engine::Postgres, "CREATE TABLE theirs (x integer)"),
        (Engine::Postgres, "CREATE TYPE theirs AS ENUM ('a')"),
        (Engine::Postgres, "CREATE SCHEMA apart; CREATE VIEW apart.theirs AS SELECT 1 AS x"),
        (Engine::Sqlite, "CREATE TABLE theirs (x integer)"),
        (Engine::Sqlite, "CREATE VIEW theirs AS SELECT 1 AS x"),
    ];
    for (engine, thing) in things {
        let setup = Setup::with_ticket(engine);
        setup.database.execute(thing);
        let refused = setup.run(["reset", "--yes"]);
        refused.code(2).stderr_contains("`theirs`").stderr_contains("reset --force");
        assert!(setup.tables().iter().all(|table| table != "ticket"));
        setup.run(["reset", "--yes", "--force"]).code(0);
        is_new(&setup);
        setup.run(["reset", "--yes"]).code(0);
        // Without anything in it there is nothing to lose.
        let empty = Setup::with_ticket(engine);
        empty.run(["reset", "--yes"]).code(0);
    }
}

/// Two projects whose migrations are called the same, and one whose are not.
#[test]
fn the_history_of_another_project_is_not_dropped() {
    for engine in Engine::ALL {
        let setup = used(engine);
        for table in ["ticket", "other"] {
            let other = makemigrations_tests::project::Project::new(engine);
            other.snapshot(
                "b",
                &format!("[tables.{table}.columns]\nid = {{ type = \"bigint\", primary_key = true }}\n"),
            );
            next(&other, if table == "ticket" { &[] } else { &["--name", "first"] });
            let run =
                |command: &[&str]| makemigrations(&other, command).env("DATABASE_URL", setup.database.url()).run();
            run(&["reset", "--yes"]).code(2).stderr_contains("another project or application");
            run(&["migrate:down", "--absent", "--yes"]).code(2).stderr_contains("another project or application");
            is_untouched(&setup);
        }
        setup.run(["reset", "--yes"]).code(0);
        is_new(&setup);
    }
}

/// A running migration is waited for, and is over before anything is dropped.
#[test]
fn it_waits_for_the_migration_lock() {
    let setup = used(Engine::Postgres);
    setup.hand_written("slow", "SELECT pg_sleep(2); CREATE TABLE slow (id integer);", "DROP TABLE slow;");
    let migrate = setup.command(["migrate"]).spawn();
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted \
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    wait_until("the lock is held", || setup.database.value(held) == "1");
    setup.run(["reset", "--yes", "--lock-timeout", "0"]).code(4).stderr_contains("migration lock is held");
    let reset = setup.run(["reset", "--yes"]);
    migrate.wait().code(0);
    // The session of the first is gone a moment after its lock.
    if reset.code == Some(3) {
        reset.stderr_contains("in use by");
        setup.run(["reset", "--yes"]).code(0);
    }
    assert_eq!(setup.tables(), ["slow", "ticket"]);
    assert_eq!(setup.database.value("SELECT count(*) FROM ticket"), "0");
}
