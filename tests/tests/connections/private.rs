//! What stays private: passwords in what is no URL, values of rows, and a `.env` that is not the workspace's. It must not
//! test where a database is.

use makemigrations_tests::command::makemigrations;
use makemigrations_tests::database::{Database, Engine};

use crate::setup::Setup;

const SECRET: &str = "hunter2zq9";

#[test]
fn what_is_no_url_is_not_repeated_and_makes_no_file() {
    let setup = Setup::new(Engine::Sqlite);
    for text in [
        format!("postgres:app:{SECRET}"),
        format!("postgresql:{SECRET}"),
        format!("POSTGRES:{SECRET}"),
        format!("postgres//app:{SECRET}"),
        format!("postgres:/app:{SECRET}"),
        format!("app:{SECRET}"),
        format!("mysql:{SECRET}"),
        format!("sqlite:postgres:app:{SECRET}"),
        format!("host=localhost password={SECRET}"),
        format!("host=localhost user={SECRET}"),
        format!("service={SECRET}"),
    ] {
        setup.project.write(".env", format!("DATABASE_URL='{text}'\n"));
        let by_file = makemigrations(&setup.project, ["migrate", "-v"]).run();
        setup.project.remove(".env");
        let by_flag = makemigrations(&setup.project, ["migrate", "-v", "--database-url", &text]).run();
        for finished in [by_file, by_flag, setup.run(&text, &["migrate", "-v"])] {
            finished.code(2).lacks(SECRET);
        }
        let files = setup.project.files();
        assert!(!files.iter().any(|file| file.contains(SECRET)), "{text}: {files:?}");
    }
}

#[test]
fn a_path_with_such_characters_is_still_a_path() {
    let setup = Setup::new(Engine::Sqlite);
    for (text, file) in
        [("sqlite://a:b.db", "a:b.db"), ("sqlite://c%3Dd.db", "c=d.db"), ("plain name.db", "plain name.db")]
    {
        setup.run(text, &["migrate"]).code(0);
        assert!(setup.project.files().iter().any(|found| found == file), "{text}");
    }
}

#[test]
fn an_env_file_that_is_there_and_cannot_be_read_is_an_error() {
    let setup = Setup::new(Engine::Sqlite);
    let path = setup.project.join(".env");
    let run = || makemigrations(&setup.project, ["migrate"]).run();
    let refused = |what: &str| {
        run().code(2).stderr_contains(".env").stderr_contains(what);
        assert!(!setup.project.join("target/dev.sqlite3").exists(), "{what}");
    };
    std::os::unix::fs::symlink(".env", &path).unwrap();
    refused("cannot be read");
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("nowhere", &path).unwrap();
    refused("cannot be read");
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    refused("is not a plain file");
    std::fs::remove_dir(&path).unwrap();
    std::fs::write(&path, b"DATABASE_URL=\xff\xfe.db\n").unwrap();
    refused("cannot be read");
    std::fs::write(&path, "OTHER=a b\n").unwrap();
    refused(".env:1");
    // With a name from elsewhere nothing is missing.
    assert_eq!(setup.run("other.db", &["migrate"]).code, Some(0));
    std::fs::write(&path, "DATABASE_URL=named.db\n").unwrap();
    run().code(0);
    assert!(setup.project.join("named.db").is_file());
}

#[test]
fn an_env_file_above_the_workspace_is_not_read() {
    let outer = makemigrations_tests::folder::Folder::temporary();
    let setup = Setup::new(Engine::Sqlite);
    for file in setup.project.files() {
        outer.write(&format!("inner/{file}"), std::fs::read(setup.project.join(&file)).unwrap());
    }
    outer.write(".env", "DATABASE_URL=above.db\n");
    let inner = makemigrations_tests::project::Project::at(&outer.folder("inner"));
    makemigrations(&inner, ["migrate"]).run().code(0).stderr_contains("DATABASE_URL` is not set");
    assert!(!outer.join("above.db").exists() && !inner.join("above.db").exists());
}

#[test]
fn values_of_rows_are_shown_when_they_are_asked_for() {
    let setup = Setup::new(Engine::Postgres);
    let database = Database::new(Engine::Postgres, "values");
    setup.run(database.url(), &["migrate"]).code(0);
    database.execute(&format!("INSERT INTO ticket VALUES (1, '{SECRET}'), (2, '{SECRET}')"));
    setup.run(database.url(), &["makemigrations", "--empty", "--name", "one_each", "--no-input"]).code(0);
    let name = setup.project.migrations().pop().unwrap();
    setup.project.write(&format!("migrations/{name}/up.sql"), "CREATE UNIQUE INDEX one ON ticket (title);\n");
    setup.project.write(&format!("migrations/{name}/down.sql"), "DROP INDEX one;\n");
    setup.run(database.url(), &["seal"]).code(0);
    let run = |arguments: &[&str], ci: &str| setup.command(database.url(), arguments).env("CI", ci).run();
    run(&["migrate"], "")
        .code(3)
        .stderr_contains("could not create unique index")
        .stderr_contains("`-v`")
        .lacks(SECRET);
    run(&["migrate", "-v"], "").code(3).stderr_contains(&format!("detail: Key (title)=({SECRET})"));
    for arguments in
        [&["migrate"][..], &["migrate", "-v"], &["migrate", "--format", "github"], &["migrate", "--format", "json"]]
    {
        run(arguments, "true").code(3).lacks(SECRET);
    }
    run(&["migrate", "-vv"], "true").code(3).stderr_contains(SECRET);
}
