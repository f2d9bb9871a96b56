//! PostgreSQL: the session, and migrations in it. Must not know what the tables of the runner are.

mod connect;
mod connection;
mod driver;
mod leftover;
mod lock;
mod name;
mod pooler;
mod recreate;
mod running;
mod scratch;
mod session;
mod tables;
mod tls;
mod watch;
mod wrong_index;

use std::collections::BTreeSet;

use diesel::migration::CREATE_MIGRATIONS_TABLE;
use diesel::pg::Pg;
use tokio::runtime::{Builder, Runtime};

use super::perform::{perform, sql_version};
use super::{Engine, Leftover, ReadOnly, Refusal, Row, Stop, Words};
use crate::error::Error;
use crate::history::RunState;
use crate::holder::Holder;
use crate::progress::Progress;
use crate::source::{Migration, Origin, migrations};
use crate::timeouts::Timeouts;
use crate::url::{DatabaseUrl, Dialect, SERVERS_OWN, Server};
use crate::work::{Plan, Work};

use connect::Protection;
use connection::Connection;
pub(super) use recreate::create;
use running::Running;
pub(super) use scratch::{make as scratch, remove_all as remove_scratch};

static WORDS: Words = Words {
    time: "TIMESTAMPTZ",
    // `now()` is the beginning of the transaction.
    now: "clock_timestamp()",
    shown: |column| format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"),
};

/// Where names without a schema are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SearchPath {
    /// In PostgreSQL's own schema only: nobody else can put a function or an operator there.
    Own,
    /// As the role, the database or the URL has it.
    Session,
}

/// A PostgreSQL database.
struct Postgres {
    url: DatabaseUrl,
    server: Server,
    connection: Connection,
    /// Process of the session on the server.
    session: i32,
    /// The server's version, as `server_version_num` has it.
    version_number: u32,
    endpoint: connect::Endpoint,
    /// The halves of the lock's key.
    key: [u32; 2],
    held: bool,
    /// The schema of the runner's tables.
    schema: String,
    /// What is set now, where that is known.
    search_path: Option<SearchPath>,
    /// SQL that takes back what a migration changed in the session.
    clean: String,
    /// Drives the connection, also while nothing is asked of it. Dropped last.
    _runtime: Runtime,
}

pub(super) fn open(url: &DatabaseUrl, server: &Server) -> Result<Box<dyn Engine>, Error> {
    Ok(Box::new(connect(url, server)?))
}

fn connect(url: &DatabaseUrl, server: &Server) -> Result<Postgres, Error> {
    let connect = |message: String| match pooler::is_changing(&message) {
        true => pooler::refused(),
        false => Error::Connect { url: url.to_string(), message: url.redact(&message) },
    };
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("makemigrations").enable_all().build();
    let runtime = runtime.map_err(|error| connect(error.to_string()))?;
    let connected = runtime.block_on(connect::connect(server)).map_err(connect)?;
    if let Some(version) = session::unsupported_version(&connected.facts) {
        return Err(Error::ServerVersion { url: url.to_string(), version });
    }
    let seen = pooler::refuse(&runtime, server, &connected)?;
    let connect::Connected { connection, endpoint, facts, schema } = connected;
    let connection = connection.redacting(url);
    let clean = session::start(&connection).map_err(|refusal| connect(refusal.to_string()))?;
    let (session, version_number, key) = (facts.pid, facts.version_number, lock::key(&facts.database));
    let (url_of_engine, server) = (url.clone(), server.clone());
    let mut engine = Postgres {
        url: url_of_engine,
        server,
        connection,
        session,
        version_number,
        endpoint,
        key,
        held: false,
        schema,
        search_path: Some(SearchPath::Session),
        clean,
        _runtime: runtime,
    };
    pooler::await_end(&mut engine, &seen);
    Ok(engine)
}

impl Postgres {
    fn send(&mut self, sql: &str) -> Result<(), Refusal> {
        self.connection.batch(sql)
    }

    /// Makes the next statement find what it means.
    fn search_in(&mut self, path: SearchPath) -> Result<(), Refusal> {
        if self.search_path != Some(path) {
            self.send(match path {
                SearchPath::Own => tables::OWN_PATH,
                SearchPath::Session => "RESET search_path",
            })?;
            self.search_path = Some(path);
        }
        Ok(())
    }
}

impl Engine for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
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
        self.search_in(SearchPath::Own)?;
        let sql = tables::qualified(&self.schema, sql);
        self.connection.query(&sql, parameters).map_err(pooler::explained)
    }

    fn execute(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<(), Refusal> {
        self.search_in(SearchPath::Own)?;
        let sql = tables::qualified(&self.schema, sql);
        self.connection.query(&sql, parameters).map(drop)
    }

    fn batch(&mut self, sql: &str) -> Result<(), Refusal> {
        self.search_in(SearchPath::Own)?;
        self.send(&tables::qualified(&self.schema, sql))
    }

    fn user_query(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<Vec<Row>, Refusal> {
        self.search_in(SearchPath::Session)?;
        self.connection.query(sql, parameters).map_err(pooler::explained)
    }

    fn user_batch(&mut self, sql: &str) -> Result<(), Refusal> {
        self.search_in(SearchPath::Session)?;
        self.search_path = None;
        self.send(sql)
    }

    fn has_table(&mut self, name: &str) -> Result<bool, Refusal> {
        // Who has the lock is about to write.
        let is_written = self.held;
        tables::is_there(self, name, is_written)
    }

    fn is_servers_own(&mut self) -> Result<bool, Refusal> {
        let rows = self.query("SELECT current_database()::text", &[])?;
        Ok(rows.first().and_then(|row| row.get(0)).is_some_and(|name| SERVERS_OWN.contains(&name)))
    }

    fn objects(&mut self) -> Result<Vec<String>, Refusal> {
        // What an extension has made goes and comes with it.
        let rows = self.query(
            "SELECT name FROM ( \
             SELECT 'pg_class'::regclass AS class, oid, relnamespace AS schema, relname::text AS name FROM pg_class \
             WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S') \
             AND relname NOT IN ('__diesel_schema_migrations', '__makemigrations_lock') \
             UNION ALL SELECT 'pg_proc'::regclass, oid, pronamespace, proname::text FROM pg_proc \
             UNION ALL SELECT 'pg_type'::regclass, oid, typnamespace, typname::text FROM pg_type \
             WHERE typtype IN ('d', 'e', 'r')) AS object \
             JOIN pg_namespace AS schema ON schema.oid = object.schema \
             WHERE schema.nspname !~ '^pg_' AND schema.nspname <> 'information_schema' AND NOT EXISTS (\
             SELECT FROM pg_depend WHERE classid = object.class AND objid = object.oid AND deptype = 'e') \
             ORDER BY name LIMIT 3",
            &[],
        )?;
        Ok(rows.iter().filter_map(|row| row.text(0)).collect())
    }

    fn columns(&mut self, table: &str) -> Result<BTreeSet<String>, Refusal> {
        let sql = "SELECT attname::text FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped AND attrelid = \
                   (SELECT class.oid FROM pg_class AS class JOIN pg_namespace AS namespace \
                   ON namespace.oid = class.relnamespace WHERE namespace.nspname = $1 AND class.relname = $2)";
        let schema = self.schema.clone();
        let rows = self.query(sql, &[Some(&schema), Some(table)])?;
        Ok(rows.iter().filter_map(|row| row.text(0)).collect())
    }

    fn create_versions(&mut self) -> Result<(), Refusal> {
        self.batch(CREATE_MIGRATIONS_TABLE)
    }

    fn migrations(&self, origin: &Origin<'_>) -> Result<Vec<Migration>, String> {
        migrations::<Pg>(origin)
    }

    fn perform(
        &mut self,
        work: &Work<'_>,
        timeouts: &Timeouts,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), Stop> {
        self.search_in(SearchPath::Session)?;
        self.search_path = None;
        let record = tables::qualified(&self.schema, &format!("{};\n{}", work.record(), sql_version(work)));
        // What the migration changed in the session does not reach the record.
        let record = format!("{} {} {record}", self.clean, tables::OWN_PATH);
        let place = (&self.server, &self.endpoint, self.session);
        let mut running = Running::new(&self.connection, &self.url, place, timeouts, progress);
        let result = perform(&mut running, &record, work).map_err(|stop| Stop { blockers: running.blockers(), ..stop });
        if result.is_err() {
            // What ran outside of a transaction can have opened one; a warning where it has not.
            drop(self.send("ROLLBACK"));
        }
        let cleaned = self.send(&self.clean.clone()).map_err(Stop::from);
        result.and(cleaned)
    }

    fn look(&mut self, work: &Work<'_>, last: Option<RunState>) -> Result<Leftover, Refusal> {
        match work.plan() {
            Plan::Outside([statement]) => match wrong_index::problem(self.version_number, statement.text) {
                Some(problem) => Ok(Leftover::Unsafe { problem }),
                None => leftover::look(self, statement.text, last),
            },
            Plan::Outside(_) | Plan::Inside(_) | Plan::Own { .. } => Ok(Leftover::Nothing),
        }
    }

    fn invalid_indexes(&mut self) -> Result<Vec<String>, Refusal> {
        let rows = self.query(
            "SELECT format('%I.%I', namespace.nspname, class.relname) FROM pg_index AS index \
             JOIN pg_class AS class ON class.oid = index.indexrelid \
             JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace \
             WHERE NOT index.indisvalid AND class.relkind = 'i' AND namespace.nspname !~ '^pg_' AND NOT EXISTS (\
             SELECT FROM pg_stat_progress_create_index AS building WHERE building.index_relid = class.oid) ORDER BY 1",
            &[],
        )?;
        Ok(rows.iter().filter_map(|row| row.text(0)).collect())
    }

    fn read_only(&mut self) -> Result<Option<ReadOnly>, Refusal> {
        let rows =
            self.query("SELECT pg_is_in_recovery()::text, current_setting('default_transaction_read_only')", &[])?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(match (row.get(0), row.get(1)) {
            (Some("true"), _) => Some(ReadOnly::Standby),
            (_, Some("on")) => Some(ReadOnly::Session),
            _ => None,
        })
    }

    fn try_lock(&mut self) -> Result<bool, Error> {
        lock::try_lock(self)
    }

    fn holds_lock(&mut self) -> Result<bool, Error> {
        lock::is_mine(self)
    }

    fn unlock(&mut self) -> Result<(), Error> {
        lock::unlock(self)
    }

    fn holder(&mut self, row: Option<Holder>) -> Result<Option<Holder>, Error> {
        lock::holder(self, row)
    }

    fn holder_outside(&mut self) -> Result<Option<Holder>, Error> {
        Ok(None)
    }

    fn write_holder_outside(&mut self, _: &Holder) -> Result<(), Error> {
        Ok(())
    }

    fn is_readable(&mut self) -> Result<bool, Error> {
        Ok(true)
    }

    fn end(&mut self, holder: &Holder) -> Result<(), Error> {
        lock::end(self, holder)
    }

    fn recreate(&mut self, is_forced: bool) -> Result<(), Error> {
        recreate::recreate(self, is_forced)
    }

    fn warning(&self) -> Option<&'static str> {
        match self.endpoint.protection {
            Protection::Local | Protection::Verified => None,
            Protection::Plain => Some("is not encrypted: whoever is on the way can read and change all of it"),
            Protection::Encrypted => {
                Some("is encrypted, but the server has not proven who it is: its certificate was not looked at")
            }
        }
    }

    fn session(&self) -> Option<i32> {
        Some(self.session)
    }
}
