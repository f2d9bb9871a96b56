//! A program on a generated `schema.rs`: a row of every type of the snapshots is written and read through Diesel, on real databases.
//! It must not declare a table itself.

mod postgres;
mod sqlite;

use std::path::Path;

use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::golden;
use makemigrations_tests::project::Project;

/// A database with the tables of `tests/data/every-type`, whose `schema.rs` there is the one of its snapshot.
#[track_caller]
fn migrated(engine: Engine) -> Database {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/every-type").join(engine.name());
    let project = Project::new(engine);
    project.settings(&format!(
        "dialect = \"{}\"\nschema_rs = {{ path = \"src/schema.rs\", enums = \"rust\" }}\n",
        engine.name()
    ));
    project.write("schema-snapshots/every.toml", std::fs::read_to_string(folder.join("snapshot.toml")).unwrap());
    project.run(["makemigrations"]).code(0).lacks("is left out");
    golden::check(&folder.join("schema.rs"), &project.read("src/schema.rs"));
    let database = Database::new(engine, "every_type");
    project.run(["migrate", "--database-url", database.url()]).code(0);
    database
}
