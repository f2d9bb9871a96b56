//! A database of its own for a while, beside another one. Must not touch that one.

use std::fmt;

use crate::database::Database;
use crate::engine::{self, Temporary};
use crate::error::Error;
use crate::url::DatabaseUrl;

/// An empty database that goes with the value: on PostgreSQL one more on the same server, on SQLite a temporary file.
///
/// What a killed process leaves behind on a server, the next one removes.
pub struct Scratch {
    /// Closed before the database is dropped, since fields are dropped in their order.
    database: Database,
    _guard: Box<dyn Temporary>,
}

impl Scratch {
    /// Makes one. Nothing of the database of `url` changes; on a server the role has to be allowed to create databases.
    ///
    /// # Errors
    /// When the server cannot be reached, or does not let the role create one.
    pub fn beside(url: &DatabaseUrl) -> Result<Self, Error> {
        let (url, guard) = engine::scratch(url)?;
        // When this fails, the guard is dropped.
        Ok(Self { database: Database::connect(&url)?, _guard: guard })
    }

    /// The connection to it.
    pub fn database(&mut self) -> &mut Database {
        &mut self.database
    }

    /// Drops every scratch database of this process, and lets it make no more: for a process that is about to end while
    /// another of its threads still uses one.
    pub fn remove_all() {
        engine::remove_scratch();
    }
}

impl fmt::Debug for Scratch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scratch").field("database", &self.database).finish_non_exhaustive()
    }
}
