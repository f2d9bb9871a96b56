//! A squashed migration as an application has it: embedded, the migrations run that it stands for; from the folder, it runs
//! instead of them. Must not test what the command line does too.

#![cfg(feature = "sqlite")]

use std::path::Path;

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use makemigrations_run::{Database, DatabaseUrl, MigrateOptions, Observer, Report, Source, Step, migrate, run_on};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("tests/squashed");
const LOCK: &str = include_str!("squashed/migrations.lock");

/// Remembers what started, and instead of how many.
#[derive(Default)]
struct Log(Vec<(String, usize)>);

impl Observer for Log {
    fn started(&mut self, step: &Step, _index: usize, _total: usize) {
        self.0.push((step.name["2026-01-01-000000-".len()..].to_owned(), step.instead_of.len()));
    }
}

fn versions(report: &Report) -> Vec<&str> {
    report.done.iter().map(|done| done.version.as_str()).collect()
}

#[test]
fn embedded_each_runs_itself_and_from_the_folder_one_for_all() {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    let embedded = run_on(&mut connection, &MIGRATIONS, LOCK).unwrap();

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/squashed");
    let mut database = Database::connect(&DatabaseUrl::parse("sqlite::memory:").unwrap()).unwrap();
    let mut log = Log::default();
    let squashed = migrate(&mut database, &Source::Folder(&path), &MigrateOptions::default(), &mut log).unwrap();
    let expected = [("0003_squashed_0001_0002".to_owned(), 2), ("0003_squashed_0001_0002".to_owned(), 0)];
    assert_eq!(log.0, expected);
    assert_eq!(versions(&squashed), versions(&embedded));
    assert_eq!(squashed.done.len(), 3);

    diesel::sql_query("INSERT INTO a (id, b) VALUES (1, 'x')").execute(&mut connection).unwrap();
    database.execute("INSERT INTO a (id, b) VALUES (1, 'x')").unwrap();
    assert_eq!(database.rows("SELECT b FROM a").unwrap(), [[Some("x".to_owned())]]);
}
