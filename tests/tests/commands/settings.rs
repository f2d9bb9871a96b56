//! Settings, the database URL and where it comes from.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::project::Project;

use crate::setup::{next, snapshot_ticket, tables};

#[test]
fn folders_can_be_set() {
    let settings = "dialect = \"sqlite\"\nsnapshots = \"db/wanted\"\nmigrations = \"db/migrations\"\n";
    let project = Project::with_settings(&Folder::temporary(), settings);
    project.write("db/wanted/ticket.toml", "format = 1\n[tables.ticket.columns]\nid = \"integer\"\n");
    project.run(["makemigrations"]).code(0);
    let expected = ["down.sql", "operations.toml", "up.sql"]
        .map(|file| format!("db/migrations/2026-11-23-141200-0001_initial/{file}"));
    let written: Vec<_> = project.files().into_iter().filter(|name| name.starts_with("db/migrations/2")).collect();
    assert_eq!(written, expected);
    assert!(project.exists("db/migrations/migrations.lock") && !project.exists("migrations"));
    project.run(["check"]).code(0);
}

#[test]
fn wrong_settings_are_errors_with_their_place() {
    for (setting, message) in [
        ("migration = \"a\"", "did you mean `migrations`?"),
        ("dialect = \"mysql\"", "mysql"),
        ("dialect = \"oracle\"", "oracle"),
        ("snapshots = 1", "snapshots"),
        ("migrations = \"../outside\"", "migrations"),
        ("lint = { ban-drop-colum = \"off\" }", "did you mean `ban-drop-column`"),
        ("lint = { transaction-nesting = \"off\" }", "`transaction-nesting` stays an error"),
        ("lint = { ban-drop-column = 1 }", "the level of `ban-drop-column` has to be"),
        ("lint = true", "setting `lint` has to be a table"),
        ("lock_timeout = \"5s\"", "did you mean `ddl_lock_timeout`?"),
        ("ddl_lock_timeout = \"5 seconds\"", "setting `ddl_lock_timeout` has to be a time such as `\"500ms\"`"),
        ("ddl_lock_timeout = 5", "setting `ddl_lock_timeout` has to be a time"),
        ("statement_timeout = \"-1s\"", "setting `statement_timeout` has to be a time"),
        ("ddl_retries = -1", "setting `ddl_retries` has to be a number from 0 to 1000"),
        ("ddl_retries = \"10\"", "setting `ddl_retries` has to be a number"),
    ] {
        let project = Project::with_settings(&Folder::temporary(), &format!("{setting}\n"));
        snapshot_ticket(&project, "");
        for command in ["makemigrations", "check", "migrate", "showmigrations"] {
            let finished = project.run([command]);
            finished.code(2).stderr_contains(message).stderr_contains("Cargo.toml:6:").stderr_contains(setting);
        }
        assert!(!project.exists("migrations"), "{setting}");
    }
}

#[test]
fn the_dialect_is_the_lock_file_s_then_the_url_s_then_sqlite() {
    let project = Project::with_settings(&Folder::temporary(), "");
    snapshot_ticket(&project, "");
    let dry = |url: Option<&str>| {
        let command = makemigrations(&project, ["makemigrations"]);
        url.into_iter().fold(command, |command, url| command.env("DATABASE_URL", url)).run().code(0);
        let lock = project.read("migrations/migrations.lock");
        lock.lines().find_map(|line| line.strip_prefix("# dialect: ")).unwrap().to_owned()
    };
    assert_eq!(dry(None), "sqlite");
    project.remove("migrations");
    assert_eq!(dry(Some("postgres://somebody@localhost/x")), "postgres");
    // From now on the lock file says it.
    snapshot_ticket(&project, "more = { type = \"integer\", nullable = true }\n");
    assert_eq!(dry(Some("sqlite://x.sqlite3")), "postgres");
    assert_eq!(project.migrations().len(), 2);
}

#[test]
fn a_dialect_that_is_not_the_migrations_is_refused() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    next(&project, &[]);
    snapshot_ticket(&project, "more = { type = \"integer\", nullable = true }\n");
    project.settings("dialect = \"postgres\"\n");
    let before = project.files();
    for command in ["makemigrations", "check"] {
        let finished = project.run([command]);
        assert!([Some(1), Some(2)].contains(&finished.code), "{command}: {:?}\n{}", finished.code, finished.stderr);
        finished.stderr_contains("sqlite").stderr_contains("postgres");
    }
    project.run(["makemigrations"]).code(2);
    assert_eq!(project.files(), before);
}

/// A record of one dialect among those of the other, as a copied folder gives it.
#[test]
fn a_record_of_the_other_dialect_is_named() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    let name = next(&project, &[]);
    project.replace(&format!("migrations/{name}/operations.toml"), "dialect = \"sqlite\"", "dialect = \"postgres\"");
    // Gate findings come before errors of replay.
    project.run(["check"]).code(1).stderr_contains("M001").stderr_contains(&name);
    let finished = project.run(["makemigrations"]);
    assert_ne!(finished.code, Some(0));
    finished.stderr_contains(&name);
}

#[test]
fn the_url_is_the_flag_s_then_the_variable_s_then_the_file_s() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    next(&project, &[]);
    let databases = [(); 3].map(|()| Database::new(Engine::Sqlite, "url"));
    let [flag, variable, file] = &databases;
    project.write(".env", format!("# the development database\nexport DATABASE_URL=\"{}\"\nOTHER=1\n", file.url()));
    let run = |arguments: &[&str], set: bool| {
        let command = makemigrations(&project, [&["migrate"], arguments].concat());
        let command = if set { command.env("DATABASE_URL", variable.url()) } else { command };
        command.run().code(0);
        databases.iter().map(|database| tables(database).len()).collect::<Vec<_>>()
    };
    assert_eq!(run(&["--database-url", flag.url()], true), [1, 0, 0]);
    assert_eq!(run(&[], true), [1, 1, 0]);
    assert_eq!(run(&[], false), [1, 1, 1]);
    // An empty variable is not set.
    makemigrations(&project, ["migrate"]).env("DATABASE_URL", "").run().code(0);
    assert!(!project.exists("target"));
}

#[test]
fn the_variable_s_name_can_be_set() {
    let project =
        Project::with_settings(&Folder::temporary(), "dialect = \"sqlite\"\ndatabase_url_env = \"SHOP_DATABASE\"\n");
    snapshot_ticket(&project, "");
    next(&project, &[]);
    let (right, wrong) = (Database::new(Engine::Sqlite, "right"), Database::new(Engine::Sqlite, "wrong"));
    let command = makemigrations(&project, ["migrate"]).env("DATABASE_URL", wrong.url());
    command.env("SHOP_DATABASE", right.url()).run().code(0);
    assert_eq!((tables(&right).len(), tables(&wrong).len()), (1, 0));
}

#[test]
fn without_a_url_there_is_a_development_database_but_never_in_ci() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    next(&project, &[]);
    for command in [&["migrate"][..], &["migrate:down"], &["showmigrations"], &["migrate:unlock"]] {
        let finished = makemigrations(&project, command).env("CI", "true").run();
        finished.code(2).stderr_contains("DATABASE_URL");
    }
    assert!(!project.exists("target"));
    project.run(["migrate"]).code(0).stderr_contains("target/dev.sqlite3");
    assert!(project.exists("target/dev.sqlite3"));
    // The same one from anywhere inside.
    let inside = project.folder("src/deep");
    makemigrations(&inside, ["migrate:down"]).run().code(0);
    assert!(!inside.exists("target"));
    // `CI=false` is how people turn it off.
    makemigrations(&project, ["migrate"]).env("CI", "false").run().code(0);
}

#[test]
fn postgres_has_no_default_database() {
    let project = Project::new(Engine::Postgres);
    snapshot_ticket(&project, "");
    next(&project, &[]);
    project.run(["migrate"]).code(2).stderr_contains("DATABASE_URL");
}

#[test]
fn a_sqlite_file_is_created_wherever_its_folder_is() {
    let project = Project::new(Engine::Sqlite);
    snapshot_ticket(&project, "");
    next(&project, &[]);
    let absolute = project.join("new/absolute/a.sqlite3").display().to_string();
    for (url, path) in [
        (format!("sqlite://{absolute}"), "new/absolute/a.sqlite3"),
        ("sqlite://new/relative/b.sqlite3".to_owned(), "new/relative/b.sqlite3"),
        ("new/bare/c.sqlite3".to_owned(), "new/bare/c.sqlite3"),
    ] {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        project.run(["migrate", "--database-url", &url]).code(3).stderr_contains(&format!("{folder}` is not there"));
        assert!(!project.exists(folder), "{url}");
        std::fs::create_dir_all(project.join(folder)).unwrap();
        project.run(["migrate", "--database-url", &url]).code(0);
        assert!(project.exists(path), "{url}");
    }
    // A database in memory starts empty and ends with the process.
    project.run(["migrate", "--database-url", "sqlite::memory:"]).code(0);
    assert!(!project.exists(":memory:"));
}
