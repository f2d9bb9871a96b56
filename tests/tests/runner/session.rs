//! The session in which migrations run: what one of them changes, the next one does not see. It must not test what is
//! recorded.

use crate::support::{Migrations, applied, connect};
use makemigrations_run::{self as run, DatabaseUrl, Error, Target};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres;

/// A table rebuild, as the planner writes it.
const REBUILD: &str = "PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
CREATE TABLE new_parent (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO new_parent SELECT id, 'x' FROM parent;
DROP TABLE parent;
ALTER TABLE new_parent RENAME TO parent;
COMMIT;
PRAGMA foreign_keys = ON;";

const PARENT_AND_CHILD: &str = "CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child (id integer PRIMARY KEY, parent integer REFERENCES parent ON DELETE CASCADE);
INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1);";

#[test]
fn settings_of_a_postgresql_migration_do_not_reach_the_next_one() {
    let set = "SET search_path = pg_catalog; SET TimeZone = 'Asia/Tokyo'; SET ROLE pg_monitor;
               SET standard_conforming_strings = off; SET lock_timeout = '1s'; SET LOCAL statement_timeout = '9s';";
    let show = "CREATE TABLE seen AS SELECT current_setting('search_path') AS path, current_setting('TimeZone') AS zone,
                current_user::text AS who, current_setting('standard_conforming_strings') AS strings,
                current_setting('lock_timeout') AS locks, current_setting('statement_timeout') AS statements,
                current_setting('client_connection_check_interval', true) AS checks, current_setting('application_name') AS name";
    let inside = Migrations::new(Engine::Postgres).add("0001_set", set, None).add("0002_show", show, None);
    let outside = Migrations::new(Engine::Postgres)
        .add_outside(
            "0001_set",
            "SELECT set_config('search_path', 'pg_catalog', false), set_config('TimeZone', 'Asia/Tokyo', false)",
            "SELECT 1",
        )
        .add("0002_show", show, None);
    for migrations in [inside, outside] {
        let database = Database::new(Engine::Postgres, "settings");
        migrations.migrate(&database).unwrap();
        assert_eq!(applied(&database), ["0001", "0002"]);
        let seen = database.rows("SELECT * FROM seen").remove(0);
        let seen = seen.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>();
        // PostgreSQL 13 has no such setting.
        let checks = if postgres::major() < 14 { "" } else { "2s" };
        assert_eq!(seen, ["\"$user\", public", "UTC", "postgres", "on", "5s", "0", checks, "makemigrations"]);
    }
}

#[test]
fn a_schema_of_the_user_s_name_does_not_hide_the_tables() {
    let database = Database::new(Engine::Postgres, "user_schema");
    let migrations = Migrations::new(Engine::Postgres).add("0001_a", "CREATE SCHEMA postgres;", None);
    migrations.migrate(&database).unwrap();
    let migrations = migrations.add("0002_b", "CREATE TABLE b (id integer);", None);
    migrations.migrate(&database).unwrap();
    assert_eq!(database.column("SELECT version FROM public.__diesel_schema_migrations ORDER BY 1"), ["0001", "0002"]);
    assert_eq!(database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'postgres'"), "1");
}

#[test]
fn a_migration_that_releases_the_lock_stops_the_run() {
    let database = Database::new(Engine::Postgres, "released");
    let migrations = Migrations::tables(Engine::Postgres, "a")
        .add_outside("0002_b", "SELECT pg_advisory_unlock_all()", "SELECT 1")
        .add("0003_c", "CREATE TABLE c (id integer);", None);
    let error = migrations.migrate(&database).unwrap_err();
    assert!(matches!(error, Error::Lock { .. }), "{error}");
    assert_eq!(applied(&database), ["0001", "0002"]);
}

#[test]
fn a_transaction_that_a_postgresql_migration_leaves_open_is_ended() {
    let database = Database::new(Engine::Postgres, "open");
    let migrations = Migrations::new(Engine::Postgres).add_outside("0001_a", "BEGIN", "SELECT 1");
    // One statement that leaves a transaction open: whatever becomes of it, the next run finds no session in one.
    let first = migrations.migrate(&database);
    assert!(first.is_ok() || applied(&database).is_empty(), "{first:?}");
    let migrations = migrations.add("0002_b", "CREATE TABLE b (id integer);", None);
    drop(migrations.migrate(&database));
    let open = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()";
    assert_eq!(database.value(open), "0");
}

#[test]
fn an_index_is_built_concurrently() {
    let database = Database::new(Engine::Postgres, "concurrently");
    let migrations = Migrations::tables(Engine::Postgres, "a").add_outside(
        "0002_index",
        "-- an index\nCREATE INDEX CONCURRENTLY a_id ON a (id);\n",
        "DROP INDEX CONCURRENTLY a_id;",
    );
    // Somebody waits for the lock all the while, and must not keep it from being built.
    std::thread::scope(|scope| {
        let others: Vec<_> =
            (0..4).map(|_| scope.spawn(|| migrations.migrate(&database).unwrap().done.len())).collect();
        let done: usize = others.into_iter().map(|other| other.join().unwrap()).sum();
        assert_eq!(done, 2);
    });
    assert_eq!(database.value("SELECT count(*) FROM pg_indexes WHERE indexname = 'a_id'"), "1");
    migrations.revert(&database, Target::Back(1)).unwrap();
    assert_eq!(applied(&database), ["0001"]);
}

#[test]
fn a_statement_of_a_postgresql_migration_can_have_anything_in_it() {
    let database = Database::new(Engine::Postgres, "anything");
    let atomic = match postgres::major() {
        // It has functions in strings only.
        13 => "",
        _ => "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;",
    };
    let mut up = "CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN RETURN ';'::text = ';'; END $body$;
        CREATE TABLE t (a int[], b text DEFAULT E'it\\'s; x', \"c;d\" int);
        CREATE RULE r AS ON DELETE TO t DO ALSO (SELECT 1; SELECT 2); /* ; */ -- ;\n"
        .to_owned();
    up.insert_str(0, atomic);
    for number in 0..2000 {
        up += &format!("INSERT INTO t (\"c;d\") VALUES ({number});\n");
    }
    Migrations::new(Engine::Postgres).add("0001_a", &up, None).migrate(&database).unwrap();
    assert_eq!(
        database.value(
            "SELECT string_agg(\"c;d\"::text, ',') = (SELECT string_agg(n::text, ',') FROM \
                               generate_series(0, 1999) n) FROM t"
        ),
        "t"
    );
}

#[test]
fn a_sqlite_rebuild_keeps_the_rows_of_children_and_their_protection() {
    let database = Database::new(Engine::Sqlite, "rebuild");
    let orphan = "INSERT INTO child VALUES (2, 7);";
    let migrations = Migrations::new(Engine::Sqlite)
        .add("0001_a", PARENT_AND_CHILD, None)
        .add_outside("0002_b", REBUILD, REBUILD)
        // Leaves protection off.
        .add_outside("0003_c", "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;", "SELECT 1;")
        .add("0004_d", orphan, None);
    let error = migrations.migrate(&database).unwrap_err();
    assert!(error.message().contains("FOREIGN KEY constraint failed"), "{error}");
    assert_eq!(applied(&database), ["0001", "0002", "0003"]);
    assert_eq!(database.value("SELECT count(*) FROM child"), "1");
    assert_eq!(database.value("SELECT name FROM parent"), "x");
}

#[test]
fn a_sqlite_rebuild_that_fails_leaves_nothing() {
    let database = Database::new(Engine::Sqlite, "rebuild_fails");
    let failing = REBUILD.replace("COMMIT;", "INSERT INTO new_parent SELECT 1;\nCOMMIT;");
    let migrations = Migrations::new(Engine::Sqlite).add("0001_a", PARENT_AND_CHILD, None);
    let migrations = migrations.add_outside("0002_b", &failing, REBUILD);
    let error = migrations.migrate(&database).unwrap_err();
    let Error::Migration(failure) = &error else { panic!("{error}") };
    assert_eq!((failure.line, failure.undone), (Some(7), true));
    assert_eq!(applied(&database), ["0001"]);
    assert_eq!(crate::support::run_of(&database, "0002"), "failed closed");
    assert_eq!(database.column("SELECT name FROM sqlite_master WHERE name LIKE '%parent'"), ["parent"]);
    assert_eq!(database.value("SELECT count(*) FROM child"), "1");
}

#[test]
fn a_sqlite_rebuild_can_be_reverted() {
    let database = Database::new(Engine::Sqlite, "rebuild_down");
    let down = REBUILD.replace(", name text NOT NULL", "").replace("id, 'x'", "id");
    let migrations = Migrations::new(Engine::Sqlite).add("0001_a", PARENT_AND_CHILD, None);
    let migrations = migrations.add_outside("0002_b", REBUILD, &down);
    migrations.migrate(&database).unwrap();
    migrations.revert(&database, Target::Back(1)).unwrap();
    assert_eq!(applied(&database), ["0001"]);
    assert_eq!(database.value("SELECT count(*) FROM pragma_table_info('parent')"), "1");
    migrations.migrate(&database).unwrap();
    assert_eq!(applied(&database), ["0001", "0002"]);
}

#[test]
fn a_database_in_memory_lives_as_long_as_its_connection() {
    let migrations = Migrations::tables(Engine::Sqlite, "ab");
    let mut database = run::Database::connect(&DatabaseUrl::parse("sqlite::memory:").unwrap()).unwrap();
    let options = run::MigrateOptions::default();
    assert_eq!(run::migrate(&mut database, &migrations.source(), &options, &mut ()).unwrap().done.len(), 2);
    assert_eq!(run::migrate(&mut database, &migrations.source(), &options, &mut ()).unwrap().done.len(), 0);
    assert_eq!(database.count("SELECT count(*) FROM a").unwrap(), 0);
}

#[test]
fn one_file_has_one_lock_under_all_its_names() {
    let database = Database::new(Engine::Sqlite, "names");
    let migrations = Migrations::tables(Engine::Sqlite, "a");
    migrations.migrate(&database).unwrap();
    let path = std::path::PathBuf::from(database.url().trim_start_matches("sqlite://"));
    let link = path.with_file_name("link.sqlite3");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let mut through_link = run::Database::connect(&DatabaseUrl::parse(link.to_str().unwrap()).unwrap()).unwrap();
    run::migrate(&mut through_link, &migrations.source(), &run::MigrateOptions::default(), &mut ()).unwrap();
    let folder = path.parent().unwrap();
    assert!(folder.join("names.sqlite3.makemigrations-lock").exists());
    assert!(!folder.join("link.sqlite3.makemigrations-lock").exists());
}

#[test]
fn the_session_says_who_it_is() {
    let database = Database::new(Engine::Postgres, "session");
    let connection = connect(&database);
    let sessions =
        "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert_eq!(postgres::query_rows(database.url(), sessions), [[Some("makemigrations".to_owned())]]);
    drop(connection);
}

#[test]
fn an_owner_without_privileges_can_migrate_and_unlock() {
    let database = Database::new(Engine::Postgres, "owner");
    let name = database.value("SELECT current_database()");
    database.execute(&format!(
        "CREATE ROLE plain_owner LOGIN PASSWORD 'plain'; ALTER DATABASE \"{name}\" OWNER TO plain_owner"
    ));
    let url = database.url().replace(&format!("postgres:{}@", postgres::ENCODED_PASSWORD), "plain_owner:plain@");
    let url = DatabaseUrl::parse(&url).unwrap();
    let migrations = Migrations::tables(Engine::Postgres, "ab");
    let mut connection = run::Database::connect(&url).unwrap();
    run::migrate(&mut connection, &migrations.source(), &run::MigrateOptions::default(), &mut ()).unwrap();
    assert_eq!(run::unlock(&mut connection, true).unwrap(), run::Unlocked::Free);
    assert_eq!(applied(&database), ["0001", "0002"]);
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = DatabaseUrl::parse(&format!("postgres://127.0.0.1:{port}/a?connect_timeout=1")).unwrap();
    let error = run::Database::connect(&url).unwrap_err();
    assert!(error.message().contains("no answer within 1 s"), "{error}");
}

#[test]
fn several_hosts_are_tried_in_order() {
    let database = Database::new(Engine::Postgres, "hosts");
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let url = database.url().replace("@", &format!("@127.0.0.1:{closed},"));
    assert_eq!(run::Database::connect(&DatabaseUrl::parse(&url).unwrap()).unwrap().count("SELECT 1").unwrap(), 1);
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let folder = makemigrations_tests::folder::Folder::temporary();
    folder.write("text.sqlite3", "this is not a database, and long enough to be seen as something else than one");
    folder.write("file", "");
    let migrations = Migrations::tables(Engine::Sqlite, "a");
    for name in ["text.sqlite3", "file/below.sqlite3", ""] {
        let url = DatabaseUrl::parse(folder.join(name).to_str().unwrap()).unwrap();
        let result = run::Database::connect(&url).and_then(|mut database| {
            run::migrate(&mut database, &migrations.source(), &run::MigrateOptions::default(), &mut ())
        });
        let error = result.unwrap_err();
        assert_eq!(error.kind(), run::ErrorKind::Database, "{error}");
        assert!(error.message().contains(folder.path().to_str().unwrap()), "{error}");
    }
}
