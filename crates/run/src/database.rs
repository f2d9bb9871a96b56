//! A connection to a database. Must not know what migrations are.

use std::fmt;

use crate::engine::{self, Engine};
use crate::error::{Context, Error};
use crate::url::{DatabaseUrl, Dialect};

/// A connection to a database.
///
/// It blocks. From asynchronous code, use it on a thread of its own (`tokio::task::spawn_blocking`).
pub struct Database {
    url: DatabaseUrl,
    engine: Box<dyn Engine>,
}

impl Database {
    /// Connects. A SQLite file that is not there is not created before something is to be written to it; until then
    /// it looks like an empty database.
    ///
    /// # Errors
    /// When the database does not answer within ten seconds (or the URL's `connect_timeout`), or refuses.
    pub fn connect(url: &DatabaseUrl) -> Result<Self, Error> {
        Ok(Self { url: url.clone(), engine: engine::open(url)? })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// What somebody should know of the connection who trusts it: a server on another machine that was not asked to prove who
    /// it is.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let unsafe_ = self.engine.warning().map(|what| {
            format!(
                "the connection to `{}` {what}\nhint: add `sslmode=verify-full` to its URL, and `sslrootcert=system` or the \
                 file of the certificate that is trusted",
                self.url
            )
        });
        unsafe_.into_iter().collect()
    }

    /// The kind of the database.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.engine.dialect()
    }

    /// The one number that a query gives, such as `SELECT count(*) FROM ticket`.
    ///
    /// # Errors
    /// When the database refuses, or the result is not one whole number.
    pub fn count(&mut self, sql: &str) -> Result<i64, Error> {
        let sql = sql.trim().trim_end_matches(';');
        let rows = self.engine.user_query(&format!("SELECT CAST(({sql}\n) AS TEXT)"), &[]).doing("count rows")?;
        rows.first().and_then(|row| row.get(0)?.parse().ok()).ok_or_else(|| Error::Database {
            doing: "count rows".to_owned(),
            refusal: engine::Refusal::new("the result is not a whole number"),
        })
    }

    /// The rows of a query. Every column has to be text: on PostgreSQL nothing else can be read as such, so cast it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>, Error> {
        let rows = self.engine.user_query(sql, &[]).doing("query the database")?;
        Ok(rows.into_iter().map(engine::Row::into_texts).collect())
    }

    /// Runs a script as it is: several statements as one text.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn execute(&mut self, script: &str) -> Result<(), Error> {
        self.engine.user_batch(script).doing("run a script")
    }

    pub(crate) fn engine(&mut self) -> &mut dyn Engine {
        self.engine.as_mut()
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("url", &self.url).finish_non_exhaustive()
    }
}
