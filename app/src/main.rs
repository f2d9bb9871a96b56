//! A small housing service on SQLite: migrates its own database at start, then works with it through Diesel.
//! It must not touch the schema itself: what the tables look like is said in `schema-snapshots/`.

mod schema;
mod tickets;

use std::error::Error;
use std::io::Write;

use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// The migrations and what is recorded of them, as they were when the program was built.
const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../migrations");
const LOCK: &str = include_str!(env!("MAKEMIGRATIONS_LOCK"));

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| "target/housing.sqlite3".to_owned());
    // Several instances may start at once: one migrates, the others wait for it.
    let report = makemigrations_run::run(&path, &MIGRATIONS, LOCK)?;
    let mut connection = SqliteConnection::establish(&path)?;
    diesel::sql_query("PRAGMA foreign_keys = ON").execute(&mut connection)?;

    let mut out = std::io::stdout().lock();
    writeln!(out, "{} migrations applied", report.done.len())?;
    let property = tickets::example_property(&mut connection)?;
    let ticket = tickets::open(&mut connection, property, "the lift is stuck")?;
    writeln!(out, "ticket {} opened: {} ({})", ticket.id, ticket.title, ticket.status)?;
    for (address, title) in tickets::open_by_address(&mut connection)? {
        writeln!(out, "{address}: {title}")?;
    }
    Ok(())
}
