//! PostgreSQL: the session, and migrations in it. Must not know what the tables of the runner are.

mod index;
mod lock;
mod pipeline;
mod recreate;
mod scratch;
mod session;
mod tls;

use std::collections::BTreeSet;

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationConnection;
use diesel::pg::Pg;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use tokio::runtime::{Builder, Runtime};

use super::diesel::{Row, bind, perform, refusal};
use super::{Engine, Recovery, Refusal, Stop, Words};
use crate::error::Error;
use crate::history::RunState;
use crate::holder::Holder;
use crate::source::{Migration, Origin, migrations};
use crate::url::{DatabaseUrl, Dialect, SERVERS_OWN, Server};
use crate::work::{Plan, Work};

pub(super) use recreate::create;
pub(super) use scratch::{make as scratch, remove_all as remove_scratch};

static WORDS: Words = Words {
    time: "TIMESTAMPTZ",
    // `now()` is the beginning of the transaction.
    now: "clock_timestamp()",
    shown: |column| format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"),
};

type Connection = AsyncConnectionWrapper<AsyncPgConnection>;

/// A PostgreSQL database.
struct Postgres {
    url: DatabaseUrl,
    server: Server,
    connection: Connection,
    /// Process of the session on the server.
    session: i32,
    /// The halves of the lock's key.
    key: [u32; 2],
    held: bool,
    /// SQL that takes back what a migration changed in the session.
    clean: String,
    /// Drives the connection, also while nothing is asked of it. Dropped last.
    runtime: Runtime,
}

pub(super) fn open(url: &DatabaseUrl, server: &Server) -> Result<Box<dyn Engine>, Error> {
    Ok(Box::new(connect(url, server)?))
}

fn connect(url: &DatabaseUrl, server: &Server) -> Result<Postgres, Error> {
    let connect = |message: String| Error::Connect { url: url.to_string(), message: url.redact(&message) };
    let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("makemigrations").enable_all().build();
    let runtime = runtime.map_err(|error| connect(error.to_string()))?;
    let inner = runtime.block_on(session::connect(server)).map_err(connect)?;
    // The wrapper waits on the runtime in which it is made.
    let entered = runtime.enter();
    let mut connection = Connection::from(inner);
    drop(entered);
    let refused = |error| connect(refusal(url, &error).to_string());
    if let Some(version) = session::unsupported_version(&mut connection).map_err(refused)? {
        return Err(Error::ServerVersion { url: url.to_string(), version });
    }
    let session::Started { session, database, clean } = session::start(&mut connection).map_err(refused)?;
    let key = lock::key(&database);
    Ok(Postgres { url: url.clone(), server: server.clone(), connection, session, key, held: false, clean, runtime })
}

impl Engine for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn words(&self) -> &'static Words {
        &WORDS
    }

    fn redact(&self, text: &str) -> String {
        self.url.redact(text)
    }

    fn query(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<Vec<Row>, Refusal> {
        bind::<Pg>(sql, parameters).load(&mut self.connection).map_err(|error| refusal(&self.url, &error))
    }

    fn execute(&mut self, sql: &str, parameters: &[Option<&str>]) -> Result<(), Refusal> {
        let query = bind::<Pg>(sql, parameters);
        query.execute(&mut self.connection).map(drop).map_err(|error| refusal(&self.url, &error))
    }

    fn batch(&mut self, sql: &str) -> Result<(), Refusal> {
        self.connection.batch_execute(sql).map_err(|error| refusal(&self.url, &error))
    }

    fn has_table(&mut self, name: &str) -> Result<bool, Refusal> {
        let rows = self.query("SELECT to_regclass($1)::text", &[Some(name)])?;
        Ok(rows.first().is_some_and(|row| row.get(0).is_some()))
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
        let sql = "SELECT attname::text FROM pg_attribute \
                   WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped";
        let rows = self.query(sql, &[Some(table)])?;
        Ok(rows.iter().filter_map(|row| row.text(0)).collect())
    }

    fn create_versions(&mut self) -> Result<(), Refusal> {
        self.connection.setup().map(drop).map_err(|error| refusal(&self.url, &error))
    }

    fn migrations(&self, origin: &Origin<'_>) -> Result<Vec<Migration>, String> {
        migrations::<Pg>(origin)
    }

    fn perform(&mut self, work: &Work<'_>) -> Result<(), Stop> {
        let entered = self.runtime.enter();
        let result = perform(&mut self.connection, &self.url, &self.clean, work);
        drop(entered);
        if result.is_err() {
            // What ran outside Diesel's transaction can have opened one; a warning where it has not.
            drop(self.batch("ROLLBACK"));
        }
        let clean = self.clean.clone();
        let cleaned = self.batch(&clean).map_err(|refusal| Stop { statement: None, refusal });
        result.and(cleaned)
    }

    fn recover(&mut self, work: &Work<'_>, last: RunState) -> Result<Recovery, Refusal> {
        match work.plan() {
            Plan::Outside([statement]) => index::recover(self, statement.text, last),
            Plan::Outside(_) | Plan::Inside(_) | Plan::Own { .. } => Ok(Recovery::Nothing),
        }
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

    fn session(&self) -> Option<i32> {
        Some(self.session)
    }
}
