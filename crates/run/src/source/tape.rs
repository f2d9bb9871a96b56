//! The texts of a migration that Diesel only offers to run. Must not run them.

use std::any::Any;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::connection::{BoxableConnection, SimpleConnection};
use diesel_migrations::MigrationError;

use super::Migration;

/// A connection that writes down what it is given to run.
#[derive(Default)]
struct Tape(String);

impl SimpleConnection for Tape {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        self.0.push_str(query);
        Ok(())
    }
}

impl<DB: Backend> BoxableConnection<DB> for Tape {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// A migration with its texts.
pub(super) fn copy<DB: Backend>(migration: &dyn diesel::migration::Migration<DB>) -> Result<Migration, String> {
    let mut up = Tape::default();
    migration.run(&mut up).map_err(|error| error.to_string())?;
    let mut down = Tape::default();
    let down = match migration.revert(&mut down) {
        Ok(()) => Some(down.0),
        Err(error) if matches!(error.downcast_ref(), Some(MigrationError::NoMigrationRevertFile)) => None,
        // Diesel keeps the type of this one to itself. Only what is run has to say something.
        Err(error) if error.to_string().contains("empty migration") => Some(String::new()),
        Err(error) => return Err(error.to_string()),
    };
    Ok(Migration {
        version: migration.name().version().to_string(),
        name: migration.name().to_string(),
        in_transaction: migration.metadata().run_in_transaction(),
        up: up.0,
        down,
        operations: None,
    })
}
