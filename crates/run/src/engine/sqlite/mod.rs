//! SQLite: the session, and migrations in it. Must not know what the tables of the runner are.
//!
//! The session enforces foreign keys, as applications do. A migration may turn that off for itself, and a table rebuild
//! has to; whatever it does to the settings in [`KEPT`] is taken back when it has ended, in whatever way.
//!
//! The database's file is not created before the lock is taken: looking at a database that is not there must leave
//! nothing behind.

mod lock;
mod process;
mod query;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::migration::MigrationConnection;
use diesel::sqlite::{Sqlite as Backend, SqliteConnection};
use diesel::{Connection as _, RunQueryDsl};

use super::perform::{Executor, perform, sql_version};
use super::{Engine, Leftover, ReadOnly, Refusal, Row, Stop, Temporary, Words};
use crate::error::{Context, Error};
use crate::history::RunState;
use crate::holder::Holder;
use crate::progress::Progress;
use crate::script::Statement;
use crate::source::{Migration, Origin, migrations};
use crate::timeouts::Timeouts;
use crate::url::{self, DatabaseUrl, Dialect, File};
use crate::work::Work;
use lock::Lock;
use query::{bind, refusal};

/// The migration lock does not keep applications out: a statement waits for their transactions.
const SESSION: &str = "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON";

/// While somebody has the lock, only a look is taken whether the database can be read.
const SHORT_WAIT: &str = "PRAGMA busy_timeout = 500";

/// Reads the file.
const LOOK: &str = "SELECT name FROM sqlite_master LIMIT 1";

/// The settings that a migration may change for itself only.
const KEPT: [&str; 6] = [
    "busy_timeout",
    "foreign_keys",
    "ignore_check_constraints",
    "legacy_alter_table",
    "recursive_triggers",
    "writable_schema",
];

/// SQLite's name for a file of its own making, deleted when the connection ends.
const TEMPORARY: &str = "";

const MEMORY: &str = ":memory:";

/// What is added to the name of a database's file, in the order in which the files are deleted: the others without the
/// first are leftovers to SQLite, and the first without the others can be a database that has lost something.
const FILES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

static WORDS: Words =
    Words { time: "TEXT", now: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')", shown: |column| column.to_owned() };

/// A SQLite database.
pub(crate) struct Sqlite<'a> {
    url: DatabaseUrl,
    connection: Connection<'a>,
    place: DatabaseFile,
    /// SQL that sets what is [`KEPT`] as it is between migrations.
    settings: String,
    /// The same as it was before, in a connection that belongs to somebody else.
    original: Option<String>,
}

enum Connection<'a> {
    Own(Box<SqliteConnection>),
    Borrowed(&'a mut SqliteConnection),
}

enum DatabaseFile {
    /// Nobody else can reach it.
    Private,
    /// A file that is not there; the connection goes to an empty database in its place.
    Missing(PathBuf),
    File(Lock),
}

pub(super) fn open(url: &DatabaseUrl, file: &File) -> Result<Box<dyn Engine>, Error> {
    if let File::Path(path) = file {
        refuse_missing_folder(url, path)?;
    }
    let (connection, place) = match file {
        File::Memory => (connect(url, MEMORY)?, DatabaseFile::Private),
        File::Temporary => (connect(url, TEMPORARY)?, DatabaseFile::Private),
        File::Path(path) if path.exists() => (connect_file(url, path)?, DatabaseFile::File(Lock::beside(path)?)),
        File::Path(path) => (connect(url, MEMORY)?, DatabaseFile::Missing(path.clone())),
    };
    let mut engine = Sqlite::new(url.clone(), Connection::Own(Box::new(connection)), place);
    engine.start().map_err(|refusal| Error::Connect { url: url.to_string(), message: refusal.to_string() })?;
    Ok(Box::new(engine))
}

/// The file is made where there is none. Its folder is not: a slip in the path would look like a database that is empty.
fn refuse_missing_folder(url: &DatabaseUrl, path: &Path) -> Result<(), Error> {
    let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    if folder.is_dir() {
        return Ok(());
    }
    Err(Error::NoFolder { url: url.to_string(), folder: folder.to_owned(), is_file: folder.exists() })
}

/// A database of the connection's own: SQLite deletes its file itself, also when the process is killed.
pub(super) fn scratch(_: &DatabaseUrl, _: &File) -> Result<(DatabaseUrl, Box<dyn Temporary>), Error> {
    Ok((DatabaseUrl::temporary(), Box::new(SelfDeleting)))
}

pub(super) fn remove_scratch() {}

struct SelfDeleting;

impl Temporary for SelfDeleting {}

impl<'a> Sqlite<'a> {
    /// The database of an application's connection, which gets its settings back at the end.
    pub(crate) fn borrow(connection: &'a mut SqliteConnection) -> Result<Self, Error> {
        let mut engine =
            Self::new(DatabaseUrl::file(":memory:".into()), Connection::Borrowed(connection), DatabaseFile::Private);
        let connect = |refusal: Refusal| Error::Connect { url: "sqlite".to_owned(), message: refusal.to_string() };
        // First, and without a look into the file: from here on others are waited for.
        engine.original = Some(engine.settings().map_err(connect)?);
        engine.start().map_err(connect)?;
        let rows = engine.query("SELECT file FROM pragma_database_list WHERE name = 'main'", &[]).map_err(connect)?;
        if let Some(path) = rows.first().and_then(|row| row.text(0)).filter(|path| !path.is_empty()) {
            engine.place = DatabaseFile::File(Lock::beside(Path::new(&path))?);
            engine.url = DatabaseUrl::file(path.into());
        }
        Ok(engine)
    }

    fn new(url: DatabaseUrl, connection: Connection<'a>, place: DatabaseFile) -> Self {
        Self { url, connection, place, settings: String::new(), original: None }
    }

    fn start(&mut self) -> Result<(), Refusal> {
        let is_locked = self.is_locked_by_others();
        self.batch(if is_locked { SHORT_WAIT } else { SESSION })?;
        // Nothing is read from the file before: it may be something else than a database.
        match self.query(LOOK, &[]) {
            // A migration that has written more than fits into its memory keeps readers out as well. Who has the lock can
            // be told all the same.
            Err(refusal) if is_locked && is_busy(&refusal) => {}
            found => drop(found?),
        }
        self.batch(SESSION)?;
        self.settings = self.settings()?;
        Ok(())
    }

    /// Whether somebody else has the migration lock. Where that cannot be told, nobody has.
    fn is_locked_by_others(&self) -> bool {
        matches!(&self.place, DatabaseFile::File(lock) if !lock.is_held() && lock.is_taken().unwrap_or(false))
    }

    /// SQL that sets what is [`KEPT`] as it is now.
    fn settings(&mut self) -> Result<String, Refusal> {
        KEPT.iter().try_fold(String::new(), |sql, name| {
            let rows = self.query(&format!("PRAGMA {name}"), &[])?;
            let value = rows.first().and_then(|row| row.text(0)).unwrap_or_default();
            Ok(format!("{sql}PRAGMA {name} = {value};"))
        })
    }

    fn is_in_transaction(&mut self) -> bool {
        let status = AnsiTransactionManager::transaction_manager_status_mut(self.connection.get());
        matches!(status.transaction_depth(), Ok(Some(_)))
    }

    /// The start of another connection.
    fn restart(&mut self) -> Result<(), Error> {
        self.start().map_err(|refusal| Error::Connect { url: self.url.to_string(), message: refusal.to_string() })
    }

    /// The database's file, whatever links lead to it.
    fn file(&self) -> Result<Option<PathBuf>, Error> {
        match (&self.place, self.url.place()) {
            (DatabaseFile::File(_), url::DatabaseAddress::Sqlite(File::Path(path))) => {
                path.canonicalize().map(Some).map_err(|error| io("find", path, error))
            }
            _ => Ok(None),
        }
    }

    /// Fails when another process has the database's file open, or is in the middle of a transaction.
    fn refuse_in_use(&mut self, path: &Path) -> Result<(), Error> {
        let mut users: Vec<String> = process::users(path).iter().map(|pid| format!("process {pid}")).collect();
        if users.is_empty() && self.batch("PRAGMA busy_timeout = 1000; BEGIN EXCLUSIVE; ROLLBACK").is_err() {
            users.push("somebody who is in a transaction".to_owned());
        }
        if users.is_empty() {
            return Ok(());
        }
        let hint = "end it first; `cargo xtask reset --force` deletes the file from under it";
        Err(Error::InUse { database: path.display().to_string(), users, hint })
    }

    /// Creates the database's file if need be. `None` where there is none.
    fn lock(&mut self) -> Result<Option<&mut Lock>, Error> {
        if let DatabaseFile::Missing(path) = &self.place {
            let path = path.clone();
            self.connection = Connection::Own(Box::new(connect_file(&self.url, &path)?));
            self.place = DatabaseFile::File(Lock::beside(&path)?);
            self.restart()?;
        }
        match &mut self.place {
            DatabaseFile::File(lock) => Ok(Some(lock)),
            DatabaseFile::Private | DatabaseFile::Missing(_) => Ok(None),
        }
    }
}

impl Drop for Sqlite<'_> {
    fn drop(&mut self) {
        if let Some(original) = self.original.take() {
            // It fails only where the connection is of no use to its owner either.
            drop(self.batch(&original));
        }
    }
}

impl Connection<'_> {
    fn get(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Borrowed(connection) => connection,
        }
    }
}

impl Engine for Sqlite<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn place(&self) -> String {
        self.url.to_string()
    }

    fn redact(&self, text: &str) -> String {
        self.url.redact(text)
    }

    fn query(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<Vec<Row>, Refusal> {
        let query = bind::<Backend>(sql, parameters);
        query.load(self.connection.get()).map_err(|error| refusal(&self.url, &error))
    }

    fn execute(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<(), Refusal> {
        let query = bind::<Backend>(sql, parameters);
        query.execute(self.connection.get()).map(drop).map_err(|error| refusal(&self.url, &error))
    }

    fn batch(&mut self, sql: &str) -> Result<(), Refusal> {
        self.connection.get().batch_execute(sql).map_err(|error| refusal(&self.url, &error))
    }

    fn user_query(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<Vec<Row>, Refusal> {
        self.query(sql, parameters)
    }

    fn user_batch(&mut self, sql: &str) -> Result<(), Refusal> {
        self.batch(sql)
    }

    fn has_table(&mut self, name: &str) -> Result<bool, Refusal> {
        let rows = self.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name = $1", &[Some(name)])?;
        Ok(!rows.is_empty())
    }

    fn is_servers_own(&mut self) -> Result<bool, Refusal> {
        Ok(false)
    }

    fn objects(&mut self) -> Result<Vec<String>, Refusal> {
        let rows = self.query(
            "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND tbl_name NOT IN ('__diesel_schema_migrations', '__makemigrations_lock') ORDER BY name LIMIT 3",
            &[],
        )?;
        Ok(rows.iter().filter_map(|row| row.text(0)).collect())
    }

    fn columns(&mut self, table: &str) -> Result<BTreeSet<String>, Refusal> {
        let rows = self.query("SELECT name FROM pragma_table_info($1)", &[Some(table)])?;
        Ok(rows.iter().filter_map(|row| row.text(0)).collect())
    }

    fn create_versions(&mut self) -> Result<(), Refusal> {
        self.connection.get().setup().map(drop).map_err(|error| refusal(&self.url, &error))
    }

    fn migrations(&self, origin: &Origin<'_>) -> Result<Vec<Migration>, String> {
        migrations::<Backend>(origin)
    }

    fn perform(&mut self, work: &Work<'_>, _: &Timeouts, _: &mut dyn FnMut(Progress)) -> Result<(), Stop> {
        let was_in_transaction = self.is_in_transaction();
        let record = format!("{};\n{}", work.record(), sql_version(work));
        let mut running = Running { connection: self.connection.get(), url: &self.url };
        let result = perform(&mut running, &record, work);
        if result.is_err() && !was_in_transaction {
            // A script with its own transaction stops with that open. Where it had none this is refused, as it should be.
            drop(self.batch("ROLLBACK"));
        }
        let settings = self.settings.clone();
        let restored = self.batch(&settings).map_err(Stop::from);
        result.and(restored)
    }

    fn look(&mut self, _: &Work<'_>, _: Option<RunState>) -> Result<Leftover, Refusal> {
        Ok(Leftover::Nothing)
    }

    fn invalid_indexes(&mut self) -> Result<Vec<String>, Refusal> {
        Ok(Vec::new())
    }

    fn read_only(&mut self) -> Result<Option<ReadOnly>, Refusal> {
        Ok(None)
    }

    fn try_lock(&mut self) -> Result<bool, Error> {
        self.lock()?.map_or(Ok(true), Lock::try_lock)
    }

    fn holds_lock(&mut self) -> Result<bool, Error> {
        Ok(self.lock()?.is_none_or(|lock| lock.is_held()))
    }

    fn unlock(&mut self) -> Result<(), Error> {
        self.lock()?.map_or(Ok(()), Lock::unlock)
    }

    fn holder(&mut self, row: Option<Holder>) -> Result<Option<Holder>, Error> {
        match &self.place {
            DatabaseFile::File(lock) if lock.is_taken()? => Ok(Some(row.unwrap_or_default())),
            DatabaseFile::File(_) | DatabaseFile::Private | DatabaseFile::Missing(_) => Ok(None),
        }
    }

    fn holder_outside(&mut self) -> Result<Option<Holder>, Error> {
        match &self.place {
            DatabaseFile::File(lock) if lock.is_taken()? => Ok(lock.written_holder()),
            DatabaseFile::File(_) | DatabaseFile::Private | DatabaseFile::Missing(_) => Ok(None),
        }
    }

    fn write_holder_outside(&mut self, holder: &Holder) -> Result<(), Error> {
        let now = self.query(&format!("SELECT {}", WORDS.now), &[]);
        let since = now.ok().and_then(|rows| rows.first()?.text(0));
        match &mut self.place {
            DatabaseFile::File(lock) => lock.write_holder(&Holder { since, ..holder.clone() }),
            DatabaseFile::Private | DatabaseFile::Missing(_) => Ok(()),
        }
    }

    fn is_readable(&mut self) -> Result<bool, Error> {
        if !self.is_locked_by_others() {
            return Ok(true);
        }
        let found = self.batch(SHORT_WAIT).and_then(|()| self.query(LOOK, &[]));
        let settings = self.settings.clone();
        self.batch(&settings).doing("set up the session")?;
        match found {
            Err(refusal) if is_busy(&refusal) => Ok(false),
            found => found.map(|_| true).doing("read the database"),
        }
    }

    fn end(&mut self, holder: &Holder) -> Result<(), Error> {
        match &self.place {
            DatabaseFile::File(lock) => lock.end(holder),
            DatabaseFile::Private | DatabaseFile::Missing(_) => Ok(()),
        }
    }

    fn recreate(&mut self, is_forced: bool) -> Result<(), Error> {
        let Some(path) = self.file()? else {
            self.connection = Connection::Own(Box::new(connect(&self.url, MEMORY)?));
            return self.restart();
        };
        if !is_forced {
            self.refuse_in_use(&path)?;
        }
        // The connection is closed before its file goes.
        self.connection = Connection::Own(Box::new(connect(&self.url, MEMORY)?));
        for suffix in FILES {
            let mut name = path.clone().into_os_string();
            name.push(suffix);
            match std::fs::remove_file(&name) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io("delete", name, error)),
                Ok(()) | Err(_) => {}
            }
        }
        self.connection = Connection::Own(Box::new(connect_file(&self.url, &path)?));
        self.restart()
    }

    fn warning(&self) -> Option<&'static str> {
        None
    }

    fn session(&self) -> Option<i32> {
        None
    }
}

/// The statements of one migration.
struct Running<'a> {
    connection: &'a mut SqliteConnection,
    url: &'a DatabaseUrl,
}

impl Executor for Running<'_> {
    fn begin(&mut self) -> Result<(), Refusal> {
        let begun = AnsiTransactionManager::begin_transaction(self.connection);
        begun.map_err(|error| refusal(self.url, &error))
    }

    fn prepare_outside(&mut self, _: &[Statement<'_>]) -> Result<(), Refusal> {
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Refusal> {
        let committed = AnsiTransactionManager::commit_transaction(self.connection);
        committed.map_err(|error| refusal(self.url, &error))
    }

    fn rollback(&mut self) -> Result<(), Refusal> {
        let ended = AnsiTransactionManager::rollback_transaction(self.connection);
        ended.map_err(|error| refusal(self.url, &error))
    }

    fn run_each(&mut self, statements: &[Statement<'_>]) -> Result<(), (usize, Refusal)> {
        statements.iter().enumerate().try_for_each(|(index, statement)| {
            let ran = self.connection.batch_execute(statement.text);
            ran.map_err(|error| (index, refusal(self.url, &error)))
        })
    }

    fn record(&mut self, sql: &str) -> Result<(), Refusal> {
        self.connection.batch_execute(sql).map_err(|error| refusal(self.url, &error))
    }
}

/// Whether it is about others who use the file.
fn is_busy(refusal: &Refusal) -> bool {
    refusal.message.contains("is locked")
}

fn connect_file(url: &DatabaseUrl, path: &Path) -> Result<SqliteConnection, Error> {
    // Absolute, so that nothing in the path can be taken for the beginning of a URI.
    let path = std::path::absolute(path).map_err(|error| io("find", path, error))?;
    connect(url, &path.display().to_string())
}

fn connect(url: &DatabaseUrl, path: &str) -> Result<SqliteConnection, Error> {
    let connect = |message: String| Error::Connect { url: url.to_string(), message };
    SqliteConnection::establish(path).map_err(|error| connect(error.to_string()))
}

fn io(doing: &'static str, path: impl Into<PathBuf>, source: std::io::Error) -> Error {
    Error::Io { doing, path: path.into(), source }
}
