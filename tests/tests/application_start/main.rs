//! Applications that migrate at their start, or only look whether that has been done: many at once, asynchronous ones, roles
//! that may only read. It must not test the command line.

mod examples;

use std::path::Path;
use std::time::{Duration, Instant};

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use makemigrations_run::{Error, MigrateOptions, Observer, Step, Target, run, run_with, verify};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres::{ENCODED_PASSWORD, Server, client};

use examples::{LOCK, MIGRATIONS, migrate, migrate_and_verify, open, start};

const SQLITE: EmbeddedMigrations = embed_migrations!("../crates/run/tests/migrations");
const SQLITE_LOCK: &str = include_str!("../../../crates/run/tests/migrations/migrations.lock");

fn of(engine: Engine) -> (&'static EmbeddedMigrations, &'static str) {
    match engine {
        Engine::Postgres => (&MIGRATIONS, LOCK),
        Engine::Sqlite => (&SQLITE, SQLITE_LOCK),
    }
}

#[test]
fn of_many_instances_one_migrates_and_all_of_them_start() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "many");
        let (migrations, lock) = of(engine);
        let done: usize = std::thread::scope(|scope| {
            let all: Vec<_> =
                (0..16).map(|_| scope.spawn(|| run(database.url(), migrations, lock).unwrap().done.len())).collect();
            all.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(done, 2);
        assert_eq!(verify(database.url(), migrations, lock).unwrap().newer, Vec::<String>::new());
    }
}

/// Somebody whose migration takes long.
struct Slow;

impl Observer for Slow {
    fn started(&mut self, _: &Step, _: usize, _: usize) {
        std::thread::sleep(Duration::from_secs(3));
    }
}

#[test]
fn the_wait_for_another_instance_is_bounded_and_where_nothing_is_pending_there_is_none() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "bounded");
        let (migrations, lock) = of(engine);
        let options = MigrateOptions { lock_timeout: Duration::from_millis(300), ..MigrateOptions::default() };
        std::thread::scope(|scope| {
            let slow =
                scope.spawn(|| run_with(database.url(), migrations, lock, &MigrateOptions::default(), &mut Slow));
            std::thread::sleep(Duration::from_secs(1));
            let start = Instant::now();
            let error = run_with(database.url(), migrations, lock, &options, &mut ()).unwrap_err();
            assert!(matches!(error, Error::Locked { .. }), "{error}");
            assert!(start.elapsed() < Duration::from_secs(3));
            assert_eq!(slow.join().unwrap().unwrap().done.len(), 2);
        });
        // Nobody has to wait for a holder who has nothing to do for them.
        if engine == Engine::Postgres {
            let mut holder = client(database.url());
            let key = "SELECT pg_advisory_lock(('x' || left(encode(sha256(convert_to('makemigrations lock 1:' || current_database(), 'UTF8')), 'hex'), 16))::bit(64)::bigint)";
            holder.batch_execute(key).unwrap();
            assert!(run_with(database.url(), migrations, lock, &options, &mut ()).unwrap().done.is_empty());
        }
    }
}

#[test]
fn a_database_that_is_not_as_expected_is_named() {
    for engine in Engine::ALL {
        let database = Database::new(engine, "expected");
        let (migrations, lock) = of(engine);
        let missing = |error: Error| match error {
            Error::NotMigrated { migrations } => migrations.len(),
            error => panic!("{error}"),
        };
        if engine == Engine::Postgres {
            assert_eq!(missing(verify(database.url(), migrations, lock).unwrap_err()), 2);
            assert_eq!(missing(start(&mut async_connection(database.url())).unwrap_err()), 2);
            assert_eq!(database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
        }
        run(database.url(), migrations, lock).unwrap();
        let both = |database: &Database| match engine {
            Engine::Postgres => start(&mut async_connection(database.url())).map_err(|error| error.to_string()),
            Engine::Sqlite => {
                let path = database.url().trim_start_matches("sqlite://");
                let mut connection = <diesel::SqliteConnection as diesel::Connection>::establish(path).unwrap();
                makemigrations_run::verify_on(&mut connection, migrations, lock).map_err(|error| error.to_string())
            }
        };
        let all = |database: &Database| {
            let found = verify(database.url(), migrations, lock).map_err(|error| error.to_string());
            assert_eq!(found, both(database));
            found
        };
        assert_eq!(all(&database).unwrap().newer, Vec::<String>::new());
        // A newer program has migrated it.
        database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20991231000000')");
        assert_eq!(all(&database).unwrap().newer, ["20991231000000"]);
        database.execute("DELETE FROM __diesel_schema_migrations WHERE version LIKE '2099%'");
        // Somebody else's in between.
        database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20000101000000')");
        assert!(all(&database).unwrap_err().contains("not among the migrations"));
        database.execute("DELETE FROM __diesel_schema_migrations WHERE version LIKE '2000%'");
        // Applied with other SQL.
        database.execute("UPDATE __makemigrations_history SET up_checksum = 'x', checksum = 'x'");
        assert!(all(&database).unwrap_err().contains("edited after it was applied"));
        database.execute("DROP TABLE __makemigrations_history; DELETE FROM __diesel_schema_migrations WHERE version LIKE '2026112409%'");
        assert!(all(&database).unwrap_err().contains("the database lacks"));
    }
}

fn async_connection(
    url: &str,
) -> diesel_async::async_connection_wrapper::AsyncConnectionWrapper<diesel_async::AsyncPgConnection> {
    <_ as diesel::Connection>::establish(url).unwrap()
}

#[test]
fn a_runtime_is_not_blocked() {
    let database = Database::new(Engine::Postgres, "asynchronous");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first =
        MigrateOptions { target: Target::Version("202611231412000001".to_owned()), ..MigrateOptions::default() };
    run_with(database.url(), &MIGRATIONS, LOCK, &first, &mut ()).unwrap();
    let mut holder = client(database.url());
    holder.batch_execute("BEGIN; LOCK TABLE ticket").unwrap();
    runtime.block_on(async {
        let work = tokio::spawn(migrate_and_verify_unit(database.url().to_owned()));
        // The only thread of the runtime goes on while the migration waits for somebody's lock.
        let mut ticks = 0;
        while ticks < 40 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            ticks += 1;
        }
        assert!(!work.is_finished());
        tokio::task::spawn_blocking(move || holder.batch_execute("COMMIT").unwrap()).await.unwrap();
        work.await.unwrap();
    });
    assert_eq!(database.value("SELECT count(*) FROM __diesel_schema_migrations"), "2");
}

async fn migrate_and_verify_unit(url: String) {
    migrate_and_verify(url).await.map(drop).unwrap();
}

#[test]
fn a_role_that_may_only_read_and_a_standby_can_start() {
    let server = Server::start();
    let url = server.database("reading");
    client(&url)
        .batch_execute("CREATE ROLE reader LOGIN PASSWORD 'correct/horse@battery'; REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO reader; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader")
        .unwrap();
    let reader = url.replacen(&format!("postgres:{ENCODED_PASSWORD}@"), &format!("reader:{ENCODED_PASSWORD}@"), 1);
    assert!(matches!(verify(&reader, &MIGRATIONS, LOCK).unwrap_err(), Error::NotMigrated { .. }));
    migrate(&url).unwrap();
    verify(&reader, &MIGRATIONS, LOCK).unwrap();
    start(&mut async_connection(&reader)).unwrap();
    assert!(run(&reader, &MIGRATIONS, LOCK).unwrap().done.is_empty());
    let standby = server.standby();
    let replica = standby.url(url.rsplit('/').next().unwrap());
    verify(&replica, &MIGRATIONS, LOCK).unwrap();
    start(&mut async_connection(&replica)).unwrap();
    assert!(run(&replica, &MIGRATIONS, LOCK).unwrap().done.is_empty());
}

#[test]
fn a_sqlite_database_is_migrated_on_its_own_connection() {
    let mut connection = open(":memory:", &SQLITE, SQLITE_LOCK).unwrap();
    makemigrations_run::verify_on(&mut connection, &SQLITE, SQLITE_LOCK).unwrap();
}

#[test]
fn the_examples_are_those_of_the_documentation() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let page = std::fs::read_to_string(root.join("docs/application-start.md")).unwrap();
    let source = std::fs::read_to_string(root.join("tests/tests/application_start/examples.rs")).unwrap();
    let examples: Vec<_> = source.split("// example: ").skip(1).collect();
    assert_eq!(examples.len(), page.matches("```rust\n").count());
    for example in examples {
        let (name, rest) = example.split_once('\n').unwrap();
        let code = rest.split_once("// end").unwrap().0.replace("pub(crate) ", "");
        assert!(
            page.contains(&format!("```rust\n{code}```")),
            "`{name}` is not in the page as it is in the test:\n{code}"
        );
    }
}
