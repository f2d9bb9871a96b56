//! The test support itself: a helper that lies makes every test that uses it worthless.

use std::net::TcpStream;
use std::path::Path;

use makemigrations_tests::command::Command;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::golden;
use makemigrations_tests::postgres::{self, Server};
use makemigrations_tests::project::Project;

#[test]
fn databases_are_empty_and_separate() {
    for engine in Engine::ALL {
        let (first, second) = (Database::new(engine, "same"), Database::new(engine, "same"));
        first.execute("CREATE TABLE a (b integer, c text); INSERT INTO a VALUES (7, NULL);");
        second.execute("CREATE TABLE a (b integer)");
        assert_eq!(first.rows("SELECT b, c FROM a"), [[Some("7".to_owned()), None]]);
        assert_eq!(second.value("SELECT count(*) FROM a"), "0");
    }
}

#[test]
#[should_panic(expected = "no_such_table")]
fn a_refused_query_fails_the_test() {
    Database::new(Engine::Sqlite, "refused").execute("DELETE FROM no_such_table");
}

#[test]
fn a_dropped_server_is_stopped_and_deleted() {
    let server = Server::start();
    let url = server.database("gone");
    let folder = postgres::query_rows(&url, "SHOW data_directory")[0][0].clone().unwrap();
    let port = postgres::query_rows(&url, "SHOW port")[0][0].clone().unwrap();
    let address = format!("127.0.0.1:{port}");
    assert!(TcpStream::connect(&address).is_ok());
    assert!(!server.version().is_empty());
    drop(server);
    assert!(TcpStream::connect(&address).is_err());
    assert!(!Path::new(&folder).exists(), "{folder}");
}

/// What a machine without PostgreSQL gets: every version that is supported at its end, fetched where it is not installed.
#[test]
fn every_supported_server_can_be_started() {
    for major in [13, 15, 18] {
        let server = Server::start_version(major);
        let version = server.version().to_owned();
        assert!(version.starts_with(&format!("{major}.")), "{version}");
        let url = server.database("supported");
        let said = postgres::query_rows(&url, "SHOW server_version")[0][0].clone().unwrap();
        assert!(said.starts_with(&version), "{said}");
        // Libraries that come in the same package, and PostgreSQL's own extensions.
        postgres::client(&url)
            .batch_execute(
                "CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist; CREATE EXTENSION hstore",
            )
            .unwrap();
    }
}

#[test]
fn a_wrong_password_is_refused() {
    let url = Server::shared().url("postgres").replace(postgres::ENCODED_PASSWORD, "wrong");
    assert!(::postgres::Client::connect(&url, ::postgres::NoTls).is_err());
}

#[test]
fn the_environment_is_pinned() {
    let output = Command::new(Path::new("env"), &Folder::temporary()).env("ADDED", "yes").run();
    output.code(0).stdout_contains("ADDED=yes\n").stdout_contains("MAKEMIGRATIONS_NOW=");
    output.lacks("CARGO_MANIFEST_DIR").lacks("\nCI=").lacks("DATABASE_URL").lacks("GITHUB_");
}

#[test]
#[should_panic(expected = "horse")]
fn a_password_in_the_output_fails_the_test() {
    let shown = Command::new(Path::new("echo"), &Folder::temporary()).args([postgres::PASSWORD]).run();
    shown.code(0);
}

#[test]
#[should_panic(expected = "expected: exit code 0")]
fn a_wrong_exit_code_fails_the_test() {
    Command::new(Path::new("false"), &Folder::temporary()).run().code(0);
}

#[test]
fn repositories_branch_merge_and_clone() {
    let repo = Repo::new();
    repo.write("a/b.txt", "one\n");
    let first = repo.commit_all("first");
    repo.branch("side");
    repo.append("a/b.txt", "two\n");
    repo.rename("a/b.txt", "a/c.txt");
    repo.commit_all("second");
    repo.checkout("main");
    assert_eq!(repo.read("a/b.txt"), "one\n");
    repo.write("d.txt", "");
    repo.commit_all("third");
    repo.merge("side");
    assert_eq!(repo.files(), ["a/c.txt", "d.txt"]);
    assert_eq!(repo.git(["merge-base", "HEAD^1", "HEAD^2"]), first);

    let shallow = repo.clone_with(&["--depth=1"]);
    assert_eq!(shallow.git(["rev-parse", "--is-shallow-repository"]), "true");
    assert_eq!(shallow.head(), repo.head());
    assert_eq!(shallow.git(["rev-parse", "--abbrev-ref", "origin/HEAD"]), "origin/main");

    let worktree = repo.worktree("other");
    worktree.remove("d.txt");
    worktree.commit_all("fourth");
    assert_eq!(repo.git(["log", "-1", "--format=%s", "other"]), "fourth");
    assert!(repo.exists("d.txt"));
}

#[test]
fn line_ends_follow_the_repository_only() {
    let repo = Repo::new();
    repo.write("a.txt", "a\n");
    repo.commit_all("first");
    assert_eq!(repo.clone_with(&[]).read_bytes("a.txt"), b"a\n");
    assert_eq!(repo.clone_with(&["--config", "core.autocrlf=true"]).read_bytes("a.txt"), b"a\r\n");
}

#[test]
fn a_conflict_is_not_a_failure_of_git() {
    let repo = Repo::new();
    repo.write("a.txt", "base\n");
    repo.commit_all("base");
    repo.branch("side");
    repo.write("a.txt", "side\n");
    repo.commit_all("side");
    repo.checkout("main");
    repo.write("a.txt", "main\n");
    repo.commit_all("main");
    repo.try_git(["merge", "side"]).code(1).stdout_contains("CONFLICT");
}

#[test]
fn projects_are_workspaces() {
    let project = Project::new(Engine::Sqlite);
    project.snapshot("ticket", "[tables.ticket.columns]\nid = \"uuid\"\n");
    project.write("migrations/2026-01-01-000000-0001_b/up.sql", "");
    project.write("migrations/2026-01-01-000000-0001_b/down.sql", "");
    project.write("migrations/migrations.lock", "");
    assert_eq!(project.migrations(), ["2026-01-01-000000-0001_b"]);
    let metadata = Command::new(Path::new("cargo"), &project).args(["metadata", "--offline", "--no-deps"]).run();
    metadata.code(0).stdout_contains("\"dialect\":\"sqlite\"");
    assert!(metadata.golden_stdout().contains("[ROOT]/target"));
}

#[test]
#[should_panic(expected = "-old\n+new")]
fn a_golden_file_that_differs_fails_the_test() {
    let folder = Folder::temporary();
    folder.write("golden.txt", "same\nold\n");
    golden::check(&folder.join("golden.txt"), "same\nnew\n");
}

#[test]
#[should_panic(expected = "UPDATE_GOLDEN=1")]
fn a_golden_file_that_is_missing_fails_the_test() {
    golden::check(&Folder::temporary().join("golden.txt"), "text\n");
}
