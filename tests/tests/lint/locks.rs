//! `lint --locks`: what is printed is what a real server takes. It must not look at rules.

use makemigrations_tests::database::{Database, Engine};

use crate::setup::Branch;

#[test]
fn locks_are_those_that_the_server_takes() {
    let branch = Branch::new();
    branch.snapshot("size = { type = \"integer\", nullable = true, index = true }\n");
    branch.next(&[]);
    branch.by_hand("UPDATE ticket SET size = 1 WHERE id = 1;\nCOMMENT ON TABLE ticket IS 'x';\nSELECT 1;\n");
    let database = Database::new(Engine::Postgres, "lint");
    let measured = branch.with_url(database.url(), &["lint", "--locks"]);
    measured.code(0).stdout_contains("ACCESS EXCLUSIVE on ticket: reads and writes wait");
    measured
        .stdout_contains("SHARE on ticket: writes wait")
        .stdout_contains("ROW EXCLUSIVE on ticket: no reads or writes wait");
    measured.stdout_contains("SHARE UPDATE EXCLUSIVE on ticket").stdout_contains("nothing more");
    // The database itself has seen nothing of it, and the scratch database is gone.
    assert_eq!(
        database.column("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'"),
        Vec::<String>::new()
    );
    let left = "SELECT datname::text FROM pg_database WHERE datname LIKE current_database() || '\\_mm\\_%'";
    assert_eq!(database.column(left), Vec::<String>::new());
}

#[test]
fn a_statement_that_fails_is_named() {
    let branch = Branch::new();
    let name = branch.by_hand("SELECT 1;\nALTER TABLE nothing ADD COLUMN a text;\n");
    let database = Database::new(Engine::Postgres, "lint");
    let failed = branch.with_url(database.url(), &["lint", "--locks"]);
    failed.code(3).stderr_contains(&format!("`{name}/up.sql`, line 2"));
    branch.run(["lint", "--locks"]).code(2).stderr_contains("no PostgreSQL server is named");
}

#[test]
fn scratch_databases_can_be_made_elsewhere() {
    let branch = Branch::new();
    branch.by_hand("ALTER TABLE ticket ADD COLUMN a text;\n");
    let database = Database::new(Engine::Postgres, "lint");
    branch
        .run(["lint", "--locks", "--scratch-url", database.url()])
        .code(0)
        .stdout_contains("ACCESS EXCLUSIVE on ticket");
}
