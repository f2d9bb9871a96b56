//! What the runner needs of a database, and which engine gives it. The only folder where one database differs from
//! another; must not know what a migration run consists of.

mod leftover;
mod perform;
mod row;

#[cfg_attr(not(feature = "postgres"), path = "absent.rs")]
mod postgres;
#[cfg_attr(not(feature = "sqlite"), path = "absent.rs")]
mod sqlite;

use std::collections::BTreeSet;
use std::fmt;

use crate::error::Error;
use crate::history::RunState;
use crate::holder::Holder;
use crate::progress::{Blocker, Progress};
use crate::source::{Migration, Origin};
use crate::timeouts::Timeouts;
use crate::url::{DatabaseAddress, DatabaseUrl, Dialect};
use crate::work::Work;

pub(crate) use leftover::Leftover;
pub(crate) use row::Row;
#[cfg(feature = "sqlite")]
pub(crate) use sqlite::Sqlite;

/// A connection, seen by the runner.
///
/// SQL that is given here works in every dialect, with the parameters `$1`, `$2`, ... in the order of their first use.
pub(crate) trait Engine {
    fn dialect(&self) -> Dialect;

    /// The words in which the dialects differ.
    fn words(&self) -> &'static Words;

    /// Where it is, without the password.
    fn place(&self) -> String;

    /// The text without the password of the URL.
    fn redact(&self, text: &str) -> String;

    fn query(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<Vec<Row>, Refusal>;

    fn execute(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<(), Refusal>;

    /// Runs statements in the words of the dialect, all of them as one text.
    fn batch(&mut self, sql: &str) -> Result<(), Refusal>;

    /// A query of somebody else: names mean what they mean in the session. Those above are the runner's own, and on
    /// PostgreSQL see nothing but its catalogue and the runner's tables.
    fn user_query(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<Vec<Row>, Refusal>;

    /// Statements of somebody else, all of them as one text.
    fn user_batch(&mut self, sql: &str) -> Result<(), Refusal>;

    /// Whether a table of the runner is there. Fails where something is that is not this tool's.
    fn has_table(&mut self, name: &str) -> Result<bool, Refusal>;

    /// Whether the server has the database for itself.
    fn is_servers_own(&mut self) -> Result<bool, Refusal>;

    /// What somebody has made in the database, other than the tables of the runner: a few names of it.
    fn objects(&mut self) -> Result<Vec<String>, Refusal>;

    /// The names of a table's columns.
    fn columns(&mut self, table: &str) -> Result<BTreeSet<String>, Refusal>;

    /// Creates Diesel's table of versions, in Diesel's words.
    fn create_versions(&mut self) -> Result<(), Refusal>;

    /// The migrations of a source, as Diesel reads them, in no order.
    fn migrations(&self, origin: &Origin<'_>) -> Result<Vec<Migration>, String>;

    /// Runs a migration with the record of it, and leaves the session as it was before, also after an error. Of statements
    /// that take long it tells what they are doing.
    fn perform(&mut self, work: &Work<'_>, timeouts: &Timeouts, progress: &mut dyn FnMut(Progress))
    -> Result<(), Stop>;

    /// Looks at what is there of a migration that does not run in a transaction. `last` is how its last run ended, where it
    /// had one and is not applied. Changes nothing.
    fn look(&mut self, work: &Work<'_>, last: Option<RunState>) -> Result<Leftover, Refusal>;

    /// Indexes that are invalid, and nobody builds: nothing uses them, and every write has to keep them up.
    fn invalid_indexes(&mut self) -> Result<Vec<String>, Refusal>;

    /// Why nothing can be changed in the database, if so.
    fn read_only(&mut self) -> Result<Option<ReadOnly>, Refusal>;

    /// Takes the lock if nobody has it. May create what the lock lives in, and the database of a file.
    fn try_lock(&mut self) -> Result<bool, Error>;

    /// Whether the lock is still held by this session.
    fn holds_lock(&mut self) -> Result<bool, Error>;

    /// Gives the lock back; without effect when it is not held.
    fn unlock(&mut self) -> Result<(), Error>;

    /// What the engine itself knows of who holds the lock now, added to what the lock's row says. `None` when nobody
    /// holds it.
    fn holder(&mut self, row: Option<Holder>) -> Result<Option<Holder>, Error>;

    /// Who holds the lock, where that is written down outside of the database. `None` where it is not, or nobody does.
    fn holder_outside(&mut self) -> Result<Option<Holder>, Error>;

    /// Writes down outside of the database who holds the lock, which this session does, where others may be unable to read
    /// it inside.
    fn write_holder_outside(&mut self, holder: &Holder) -> Result<(), Error>;

    /// Whether the database can be read: who holds the lock may keep everybody out.
    fn is_readable(&mut self) -> Result<bool, Error>;

    /// Ends the holder's session or process, and returns when it is gone.
    fn end(&mut self, holder: &Holder) -> Result<(), Error>;

    /// Makes the database anew, empty, while this session has the lock, which may be lost with it. Unless it is forced it
    /// refuses when others use the database.
    fn recreate(&mut self, is_forced: bool) -> Result<(), Error>;

    /// What is not safe about the connection, said of it.
    fn warning(&self) -> Option<&'static str>;

    /// The session of the server, where there is such a thing.
    fn session(&self) -> Option<i32>;
}

/// Opens a connection.
pub(crate) fn open(url: &DatabaseUrl) -> Result<Box<dyn Engine>, Error> {
    match url.place() {
        DatabaseAddress::Postgres(server) => postgres::open(url, server),
        DatabaseAddress::Sqlite(file) => sqlite::open(url, file),
    }
}

/// The migrations in a program, as Diesel reads them for whichever database it was built for.
pub(crate) fn embedded_migrations(
    migrations: &diesel_migrations::EmbeddedMigrations,
) -> Result<Vec<Migration>, String> {
    let origin = Origin::Embedded(migrations);
    #[cfg(feature = "postgres")]
    let read = crate::source::migrations::<diesel::pg::Pg>(&origin);
    #[cfg(not(feature = "postgres"))]
    let read = crate::source::migrations::<diesel::sqlite::Sqlite>(&origin);
    read
}

/// Creates the database of the URL where a server has none of that name; says whether it did.
pub(crate) fn create(url: &DatabaseUrl) -> Result<bool, Error> {
    match url.place() {
        DatabaseAddress::Postgres(server) => postgres::create(url, server),
        // Its file comes with the first thing that is written.
        DatabaseAddress::Sqlite(_) => Ok(false),
    }
}

/// Makes an empty database beside the one of the URL: where it is, and what drops it.
pub(crate) fn scratch(url: &DatabaseUrl) -> Result<(DatabaseUrl, Box<dyn Temporary>), Error> {
    match url.place() {
        DatabaseAddress::Postgres(server) => postgres::scratch(url, server),
        DatabaseAddress::Sqlite(file) => sqlite::scratch(url, file),
    }
}

/// Drops what [`scratch`] made in this process, and lets it make no more.
pub(crate) fn remove_scratch() {
    postgres::remove_scratch();
    sqlite::remove_scratch();
}

/// A database that goes when this is dropped. Connections to it have to be closed before.
pub(crate) trait Temporary {}

/// The words in which the dialects differ.
#[derive(Debug)]
pub(crate) struct Words {
    /// The type of a point in time.
    pub(crate) time: &'static str,
    /// The present, also inside a transaction.
    pub(crate) now: &'static str,
    /// A column of that type as text: UTC, ISO 8601.
    pub(crate) shown: fn(&str) -> String,
}

/// Why a database refused, in its own words; never with the password of the URL.
///
/// `Display` leaves [`detail`](Self::detail) out: it holds values of rows, which have no place in the log of an application
/// or of CI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The message.
    pub message: String,
    /// PostgreSQL's details, such as the values of a row that is in the way.
    pub detail: Option<String>,
    /// PostgreSQL's hint.
    pub hint: Option<String>,
    /// Where in the statement, in characters from 1.
    pub position: Option<usize>,
    pub(crate) sqlstate: Option<[u8; 5]>,
    /// Whether the connection was lost before there was an answer.
    pub is_lost: bool,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), detail: None, hint: None, position: None, sqlstate: None, is_lost: false }
    }

    /// PostgreSQL's code of the error, `SQLSTATE`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        std::str::from_utf8(self.sqlstate.as_ref()?).ok()
    }

    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite has no such codes"))]
    pub(crate) fn with_code(self, code: &str) -> Self {
        Self { sqlstate: code.as_bytes().try_into().ok(), ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, " ({hint})"))
    }
}

/// Why nothing can be changed in a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite has neither"))]
pub(crate) enum ReadOnly {
    /// The server follows another one.
    Standby,
    /// The session's transactions are read-only, by a setting of the role, the database or the URL.
    Session,
}

/// Where a migration stopped.
#[derive(Debug)]
pub(crate) struct Stop {
    /// Index of the statement, where that is known.
    pub(crate) statement: Option<usize>,
    pub(crate) refusal: Box<Refusal>,
    /// Who was in the way, as far as that was seen.
    pub(crate) blockers: Vec<Blocker>,
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self { statement: None, refusal: Box::new(refusal), blockers: Vec::new() }
    }
}
