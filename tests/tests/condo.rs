//! Condo, end to end on both engines: snapshots to one migration, to a database, back to nothing, and up again.

use makemigrations_tests::catalog::{Catalog, declared, user_objects};
use makemigrations_tests::command::makemigrations;
use makemigrations_tests::condo;
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::project::Project;

#[test]
fn condo_on_postgres() {
    main_job(Engine::Postgres);
}

#[test]
fn condo_on_sqlite() {
    main_job(Engine::Sqlite);
}

fn main_job(engine: Engine) {
    let project = Project::new(engine);
    let snapshots = condo::snapshots(engine);
    for (name, text) in &snapshots {
        project.write(&format!("schema-snapshots/{name}"), text);
    }
    let database = Database::new(engine, "condo");
    let run = |arguments: &[&str]| makemigrations(&project, arguments).env("DATABASE_URL", database.url()).run();

    run(&["makemigrations"]).code(0);
    assert_eq!(project.migrations(), ["2026-11-23-141200-0001_initial"]);
    run(&["makemigrations", "--check"]).code(0);

    let expected = declared(engine, snapshots.iter().map(|(_, text)| text.as_str()));
    let counts: Vec<_> =
        expected.counts().into_iter().filter(|(kind, _)| ["tables", "foreign keys"].contains(kind)).collect();
    assert_eq!(counts, [("tables", 311), ("foreign keys", 597)]);

    run(&["migrate"]).code(0);
    Catalog::of(&database).assert_same(&expected);
    run(&["makemigrations", "--check"]).code(0);
    // No git here: outside CI that is a warning.
    run(&["check"]).code(0);

    // Nothing is in the tables, so nothing is lost and nothing is asked.
    run(&["migrate:down", "--to", "zero"]).code(0);
    assert_eq!(user_objects(&database), Vec::<String>::new());

    run(&["migrate"]).code(0);
    Catalog::of(&database).assert_same(&expected);
}
