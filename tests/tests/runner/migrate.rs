//! Applying and reverting on both engines: what runs, what is recorded, what is refused. It must not test the lock.

use crate::support::{Log, Migrations, applied, connect, names, run_of};
use makemigrations_run::{
    self as run, DatabaseUrl, Direction, Error, ErrorKind, MigrateOptions, Notice, RevertOptions, Source, State, Target,
};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::postgres::{ENCODED_PASSWORD, PASSWORD, Server, major};

fn both(name: &str, test: impl Fn(Engine, &Database)) {
    for engine in Engine::ALL {
        test(engine, &Database::new(engine, name));
    }
}

fn has_table(database: &Database, name: &str) -> bool {
    let catalog = match database.engine() {
        Engine::Postgres => "pg_tables WHERE schemaname = 'public' AND tablename",
        Engine::Sqlite => "sqlite_master WHERE name",
    };
    database.value(&format!("SELECT count(*) FROM {catalog} = '{name}'")) == "1"
}

fn version(version: &str) -> Target {
    Target::Version(version.to_owned())
}

#[test]
fn up_to_the_latest_and_back_to_nothing() {
    both("up_and_down", |engine, database| {
        let migrations = Migrations::tables(engine, "abc");
        assert_eq!(names(&migrations.migrate(database).unwrap()), ["0001_a", "0002_b", "0003_c"]);
        assert_eq!(applied(database), ["0001", "0002", "0003"]);
        assert_eq!(run_of(database, "0002"), "applied closed");
        assert!(migrations.migrate(database).unwrap().done.is_empty());

        assert_eq!(names(&migrations.revert(database, Target::Back(1)).unwrap()), ["0003_c"]);
        assert_eq!(names(&migrations.revert(database, version("0001")).unwrap()), ["0002_b"]);
        assert_eq!(applied(database), ["0001"]);
        assert_eq!(names(&migrations.revert(database, Target::Zero).unwrap()), ["0001_a"]);
        assert!(migrations.revert(database, Target::Back(1)).unwrap().done.is_empty());
        assert!(applied(database).is_empty() && !has_table(database, "a"));
        assert_eq!(migrations.migrate(database).unwrap().done.len(), 3);
    });
}

#[test]
fn only_what_was_agreed_to_is_reverted() {
    both("agreed", |engine, database| {
        let migrations = Migrations::tables(engine, "abc");
        migrations.migrate(database).unwrap();
        let revert = |target, versions: &[&str]| {
            let agreed = Some(versions.iter().map(|version| (*version).to_owned()).collect());
            migrations.revert_with(database, &RevertOptions { target, agreed, ..RevertOptions::default() })
        };
        let refused = revert(version("0001"), &["0002"]).unwrap_err();
        assert!(matches!(&refused, Error::NotAgreed { migrations } if *migrations == ["0003_c"]), "{refused}");
        assert_eq!(refused.kind(), ErrorKind::Check);
        assert_eq!(applied(database), ["0001", "0002", "0003"]);
        assert_eq!(names(&revert(version("0001"), &["0002", "0003"]).unwrap()), ["0003_c", "0002_b"]);
        // Somebody else was faster: less than agreed to is left to do.
        assert!(revert(version("0001"), &["0002", "0003"]).unwrap().done.is_empty());
    });
}

#[test]
fn up_to_a_version_and_the_plan_of_either_way() {
    both("target", |engine, database| {
        let migrations = Migrations::tables(engine, "abcd");
        migrations.migrate_to(database, version("0002")).unwrap();
        assert_eq!(applied(database), ["0001", "0002"]);

        let plan = |target| {
            let steps = run::plan(&mut connect(database), &migrations.source(), &target).unwrap();
            steps.into_iter().map(|step| (step.name, step.direction)).collect::<Vec<_>>()
        };
        let (up, down) = (Direction::Up, Direction::Down);
        assert_eq!(plan(version("0003")), [("0003_c".to_owned(), up)]);
        assert_eq!(plan(Target::Zero), [("0002_b".to_owned(), down), ("0001_a".to_owned(), down)]);
        assert_eq!(plan(Target::Back(1)), [("0002_b".to_owned(), down)]);
        assert_eq!(plan(version("0002")), []);

        let error = migrations.migrate_to(database, version("0001")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(matches!(error, Error::Backwards { migrations } if migrations == ["0002_b"]));
        let error = migrations.migrate_to(database, version("0007")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    });
}

#[test]
fn looking_writes_nothing() {
    both("looking", |engine, database| {
        let migrations = Migrations::tables(engine, "ab");
        let pending = |name: &str| (name.to_owned(), State::Pending);
        assert_eq!(migrations.status(database), [pending("0001_a"), pending("0002_b")]);
        run::plan(&mut connect(database), &migrations.source(), &Target::Latest).unwrap();
        assert_eq!(run::holder(&mut connect(database)).unwrap(), None);
        match engine {
            Engine::Postgres => {
                assert_eq!(database.value("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0")
            }
            Engine::Sqlite => assert!(!std::path::Path::new(database.url().trim_start_matches("sqlite://")).exists()),
        }
    });
}

#[test]
fn a_role_that_may_only_read_sees_the_status() {
    let database = Database::new(Engine::Postgres, "reader");
    let migrations = Migrations::tables(Engine::Postgres, "ab");
    migrations.migrate_to(&database, version("0001")).unwrap();
    let reads = match major() {
        13 => "SELECT ON ALL TABLES IN SCHEMA public",
        _ => "pg_read_all_data",
    };
    database.execute(&format!(
        "CREATE ROLE reader LOGIN PASSWORD 'read'; GRANT {reads} TO reader;
         ALTER ROLE reader SET default_transaction_read_only = on"
    ));
    let url = database.url().replace(&format!("postgres:{ENCODED_PASSWORD}"), "reader:read");
    let mut reader = run::Database::connect(&DatabaseUrl::parse(&url).unwrap()).unwrap();
    let status = run::status(&mut reader, &migrations.source()).unwrap();
    let states: Vec<_> = status.entries.iter().map(|entry| entry.state).collect();
    assert_eq!(states, [State::Applied, State::Pending]);
    let error = run::migrate(&mut reader, &migrations.source(), &MigrateOptions::default(), &mut ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Database);
}

#[test]
fn a_failing_migration_is_named_and_leaves_nothing() {
    both("failing", |engine, database| {
        let up = "CREATE TABLE b (id integer);\n\nINSERT INTO b VALUES (1);\n-- why\nALTER TABLE\n  missing ADD COLUMN x integer;\n";
        let migrations = Migrations::tables(engine, "a").add("0002_b", up, None);
        let mut log = Log::default();
        let error = migrations.migrate_with(database, &MigrateOptions::default(), &mut log).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database);
        assert_eq!(log.steps, ["1/2 0001_a", "2/2 0002_b"]);
        let Error::Migration(failure) = &error else { panic!("{error}") };
        assert_eq!(failure.statement.as_deref(), Some("ALTER TABLE\n  missing ADD COLUMN x integer"));
        // PostgreSQL may say where in the statement.
        assert_eq!(failure.line, Some(5));
        assert_eq!(
            (failure.migration.as_str(), failure.before.as_slice()),
            ("0002_b", ["0001_a".to_owned()].as_slice())
        );
        assert!(failure.undone && failure.refusal.message.contains("missing"), "{error}");
        assert!(!has_table(database, "b"));
        assert_eq!(applied(database), ["0001"]);
        assert_eq!(run_of(database, "0002"), "failed closed");

        let mut migrations = migrations;
        migrations.write("0002_b", "up.sql", "CREATE TABLE b (id integer);");
        migrations.migrate(database).unwrap();
        assert_eq!(applied(database), ["0001", "0002"]);
    });
}

#[test]
fn an_error_without_a_place_still_names_its_statement() {
    both("duplicate", |engine, database| {
        let up = "CREATE TABLE a (id integer);\nINSERT INTO a VALUES (1), (1);\nCREATE UNIQUE INDEX a_id ON a (id);\nSELECT 1;";
        let error = Migrations::new(engine).add("0001_a", up, None).migrate(database).unwrap_err();
        let Error::Migration(failure) = &error else { panic!("{error}") };
        assert_eq!((failure.line, failure.statement.as_deref()), (Some(3), Some("CREATE UNIQUE INDEX a_id ON a (id)")));
    });
}

#[test]
fn a_check_at_the_commit_fails_the_migration() {
    both("deferred", |engine, database| {
        let up = "CREATE TABLE a (id integer PRIMARY KEY, b integer REFERENCES a DEFERRABLE INITIALLY DEFERRED);
                  INSERT INTO a VALUES (1, 2);";
        let error = Migrations::new(engine).add("0001_a", up, None).migrate(database).unwrap_err();
        let Error::Migration(failure) = &error else { panic!("{error}") };
        assert!(failure.undone && failure.statement.is_none(), "{error}");
        assert!(applied(database).is_empty() && !has_table(database, "a"));
        assert_eq!(run_of(database, "0001"), "failed closed");
    });
}

#[test]
fn a_failing_way_back_leaves_the_migration_applied() {
    both("down_fails", |engine, database| {
        let down = "DROP TABLE b;\nDROP TABLE missing;";
        let migrations = Migrations::tables(engine, "a").add("0002_b", "CREATE TABLE b (id integer);", Some(down));
        migrations.migrate(database).unwrap();
        let error = migrations.revert(database, Target::Zero).unwrap_err();
        let Error::Migration(failure) = &error else { panic!("{error}") };
        assert_eq!((failure.line, failure.direction), (Some(2), Direction::Down));
        assert_eq!(applied(database), ["0001", "0002"]);
        assert!(has_table(database, "b"));
    });
}

#[test]
fn one_without_a_way_back_stops_the_revert_before_it_starts() {
    both("no_way_back", |engine, database| {
        let migrations = Migrations::new(engine).add("0001_a", "CREATE TABLE a (id integer);", None);
        let migrations = migrations.add("0002_b", "CREATE TABLE b (id integer);", Some("DROP TABLE b;"));
        migrations.migrate(database).unwrap();
        let error = migrations.revert(database, Target::Zero).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Check);
        assert!(error.message().contains("`0001_a`"), "{error}");
        assert_eq!(applied(database), ["0001", "0002"]);
    });
}

#[test]
fn an_edited_applied_migration_is_refused_by_name() {
    both("edited", |engine, database| {
        let mut migrations = Migrations::tables(engine, "ab");
        migrations.migrate(database).unwrap();
        // Recorded again: only the history knows.
        migrations.write("0001_a", "up.sql", "CREATE TABLE a (id bigint);");
        let migrations = migrations.add("0003_c", "CREATE TABLE c (id integer);", Some("DROP TABLE c;"));
        let error = migrations.migrate(database).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Check);
        assert!(matches!(&error, Error::Edited { migrations } if migrations == &["0001_a"]), "{error}");
        assert_eq!(applied(database), ["0001", "0002"]);
        assert_eq!(migrations.status(database)[0].1, State::Edited);
        // What is reverted is as it was applied.
        assert_eq!(names(&migrations.revert(database, version("0001")).unwrap()), ["0002_b"]);
        assert_eq!(migrations.revert(database, Target::Zero).unwrap_err().kind(), ErrorKind::Check);
    });
}

#[test]
fn a_declared_edit_is_said_and_not_refused() {
    both("override", |engine, database| {
        let mut migrations = Migrations::tables(engine, "a");
        migrations.migrate(database).unwrap();
        let before = database.value("SELECT checksum FROM __makemigrations_history");
        migrations.write("0001_a", "up.sql", "CREATE TABLE a (id bigint);");
        migrations.lock().add_override("0001_a", "hot fix");
        migrations.write_lock();
        let mut log = Log::default();
        migrations.migrate_with(database, &MigrateOptions::default(), &mut log).unwrap();
        let (migration, reason) = ("0001_a".to_owned(), "hot fix".to_owned());
        assert_eq!(log.notices, [Notice::Overridden { migration, reason }]);
        assert_eq!(database.value("SELECT checksum FROM __makemigrations_history"), before);
    });
}

#[test]
fn files_that_are_not_as_recorded_are_refused_before_anything_runs() {
    both("unrecorded", |engine, database| {
        let migrations = Migrations::tables(engine, "ab");
        migrations.folder().append("0002_b/up.sql", "-- changed\n");
        for result in [migrations.migrate(database), migrations.revert(database, Target::Zero)] {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Check);
            assert!(error.to_string().contains("M001") && error.to_string().contains("0002_b/up.sql"), "{error}");
        }
        let rows = match engine {
            Engine::Postgres => "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
            Engine::Sqlite => "SELECT count(*) FROM sqlite_master",
        };
        assert_eq!(database.value(rows), "0");
    });
}

#[test]
fn an_applied_migration_that_is_gone_is_refused_by_name() {
    both("gone", |engine, database| {
        let mut migrations = Migrations::tables(engine, "abc");
        migrations.migrate(database).unwrap();
        migrations.remove("0002_b");
        let error = migrations.migrate(database).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Check);
        assert!(matches!(&error, Error::Gone { migrations } if migrations == &["0002_b"]), "{error}");
        assert_eq!(migrations.status(database)[1], ("0002_b".to_owned(), State::Unknown));
        assert_eq!(names(&migrations.revert(database, Target::Back(1)).unwrap()), ["0003_c"]);
        assert_eq!(migrations.revert(database, Target::Back(1)).unwrap_err().kind(), ErrorKind::Check);
    });
}

#[test]
fn a_late_migration_is_refused_and_the_newer_one_can_be_reverted() {
    both("late", |engine, database| {
        let migrations =
            Migrations::tables(engine, "a").add("0003_c", "CREATE TABLE c (id integer);", Some("DROP TABLE c;"));
        migrations.migrate(database).unwrap();
        let migrations = migrations.add("0002_b", "CREATE TABLE b (id integer);", None);
        let error = migrations.migrate(database).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Check);
        assert!(error.message().contains("`0002_b`") && error.message().contains("`0003_c`"), "{error}");
        assert!(error.hint().unwrap().contains("cargo xtask rebase"));
        assert_eq!(migrations.status(database)[1].1, State::OutOfOrder);
        migrations.revert(database, Target::Back(1)).unwrap();
        assert_eq!(names(&migrations.migrate(database).unwrap()), ["0002_b", "0003_c"]);
    });
}

#[test]
fn the_wrong_dialect_is_refused() {
    for (of_folder, of_database) in [(Engine::Sqlite, Engine::Postgres), (Engine::Postgres, Engine::Sqlite)] {
        let database = Database::new(of_database, "dialect");
        let migrations = Migrations::tables(of_folder, "a");
        let error = migrations.migrate(&database).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert!(error.message().contains("sqlite") && error.message().contains("postgres"), "{error}");
        assert_eq!(run::status(&mut connect(&database), &migrations.source()).unwrap_err().kind(), ErrorKind::Usage);
    }
}

#[test]
fn a_fake_run_only_records() {
    both("fake", |engine, database| {
        let migrations =
            Migrations::tables(engine, "ab").add_outside("0003_c", "CREATE TABLE c (id integer)", "DROP TABLE c");
        let options = MigrateOptions { fake: true, ..MigrateOptions::default() };
        assert_eq!(migrations.migrate_with(database, &options, &mut ()).unwrap().done.len(), 3);
        assert_eq!(applied(database), ["0001", "0002", "0003"]);
        assert!(!has_table(database, "a") && !has_table(database, "c"));
    });
}

#[test]
fn what_another_tool_did_is_taken_over_loudly() {
    both("adopted", |engine, database| {
        let migrations = Migrations::tables(engine, "abc");
        migrations.migrate_to(database, version("0002")).unwrap();
        // `diesel migration revert`, `diesel migration run`, and something that is not in the folder.
        database.execute("DELETE FROM __makemigrations_history WHERE version = '0001'");
        database.execute("DELETE FROM __diesel_schema_migrations WHERE version = '0002'; DROP TABLE b;");
        let mut log = Log::default();
        migrations.migrate_with(database, &MigrateOptions::default(), &mut log).unwrap();
        let one = |name: &str| vec![name.to_owned()];
        let notices = [Notice::Forgotten { migrations: one("0002_b") }, Notice::Adopted { migrations: one("0001_a") }];
        assert_eq!(log.notices, notices);
        assert_eq!(applied(database), ["0001", "0002", "0003"]);
    });
}

#[test]
fn a_database_that_diesel_migrated_before_is_taken_over() {
    both("diesel", |engine, database| {
        database.execute(
            "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
             run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
             INSERT INTO __diesel_schema_migrations (version) VALUES ('0001'); CREATE TABLE a (id integer);",
        );
        let migrations = Migrations::tables(engine, "ab");
        assert_eq!(migrations.status(database)[0].1, State::Applied);
        assert_eq!(names(&migrations.migrate(database).unwrap()), ["0002_b"]);
        assert_eq!(applied(database), ["0001", "0002"]);
    });
}

#[test]
fn a_folder_without_migrations_has_nothing_to_do() {
    both("nothing", |_, database| {
        let folder = makemigrations_tests::folder::Folder::temporary();
        let path = folder.join("not_there");
        let source = Source::Folder(&path);
        let report = run::migrate(&mut connect(database), &source, &MigrateOptions::default(), &mut ()).unwrap();
        assert!(report.done.is_empty());
    });
}

#[test]
fn a_migration_of_nothing_but_a_comment_is_one() {
    both("comment", |engine, database| {
        let migrations = Migrations::new(engine).add("0001_empty", "-- nothing yet\n", Some("-- nothing\n"));
        migrations.migrate(database).unwrap();
        assert_eq!(applied(database), ["0001"]);
        migrations.revert(database, Target::Zero).unwrap();
        assert!(applied(database).is_empty());
    });
}

#[test]
fn counting_gives_the_number() {
    both("count", |_, database| {
        database.execute("CREATE TABLE a (id integer); INSERT INTO a VALUES (1), (2);");
        let mut database = connect(database);
        assert_eq!(database.count("SELECT count(*) FROM a;").unwrap(), 2);
        assert_eq!(database.count("SELECT count(*) FROM a -- all").unwrap(), 2);
        assert_eq!(database.count("SELECT count(*) FROM missing").unwrap_err().kind(), ErrorKind::Database);
        assert_eq!(database.count("SELECT NULL").unwrap_err().kind(), ErrorKind::Database);
    });
}

#[test]
fn no_error_has_the_password() {
    let server = Server::shared();
    let closed = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let wrong = |url: String| {
        let error = DatabaseUrl::parse(&url).and_then(|url| run::Database::connect(&url)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Database);
        let text = format!("{error} {error:?}");
        for secret in [PASSWORD, ENCODED_PASSWORD, "horse", "hunter2"] {
            assert!(!text.contains(secret), "{text}");
        }
        text
    };
    assert!(
        wrong(server.url("postgres").replace(ENCODED_PASSWORD, "hunter2")).contains("password authentication failed")
    );
    assert!(wrong(server.url("no_such_database")).contains("no_such_database"));
    wrong(server.url(&format!("postgres?options=-c%20{ENCODED_PASSWORD}%3D1")));
    wrong(format!("postgres://app:{ENCODED_PASSWORD}@127.0.0.1:{closed}/a"));
    wrong(format!("postgres://127.0.0.1:{closed}/a?user=app&password={ENCODED_PASSWORD}"));
    wrong(format!("postgres://app:{ENCODED_PASSWORD}@no-such-host.invalid/a"));

    let database = Database::new(Engine::Postgres, "secrets");
    let up = format!("DO $$ BEGIN RAISE EXCEPTION 'it is {PASSWORD}' USING DETAIL = '{PASSWORD}'; END $$;");
    let error = Migrations::new(Engine::Postgres).add("0001_a", &up, None).migrate(&database).unwrap_err();
    let text = format!("{error:?}");
    assert!(text.contains("it is ***") && !text.contains(PASSWORD), "{text}");
}
