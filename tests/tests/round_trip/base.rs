//! A database that is used for many pairs, one after the other. It must not know what a migration is for.

use makemigrations_tests::database::Engine;
use makemigrations_tests::postgres::{self, Server};
use makemigrations_tests::random::EXTENSIONS;
use makemigrations_tests::structure;
use rusqlite::types::ValueRef;

/// Everything that a pair can have made.
const EMPTY: &str = r"
DO $$
DECLARE found text;
BEGIN
    FOR found IN SELECT extname FROM pg_extension WHERE extname <> 'plpgsql' LOOP
        EXECUTE format('DROP EXTENSION %I CASCADE', found);
    END LOOP;
    FOR found IN SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', found);
    END LOOP;
    CREATE SCHEMA public;
END
$$";

/// A connection to a database of its own.
pub(crate) enum Base {
    Postgres(::postgres::Client),
    Sqlite(rusqlite::Connection),
}

/// Why a database refused.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    /// Whether rows are the reason, and not the statement.
    pub(crate) of_rows: bool,
}

impl Base {
    pub(crate) fn new(engine: Engine) -> Self {
        match engine {
            Engine::Postgres => {
                let mut client = postgres::client(&Server::shared().database("round_trip"));
                client.batch_execute("SET client_min_messages = error").expect("a setting");
                Self::Postgres(client)
            }
            Engine::Sqlite => Self::Sqlite(memory()),
        }
    }

    /// Whether the server has all extensions that pairs use.
    pub(crate) fn has_extensions(&mut self) -> bool {
        let rows = self.rows("SELECT name FROM pg_available_extensions").expect("a list of names");
        EXTENSIONS.iter().all(|name| rows.iter().any(|row| row[0].as_deref() == Some(*name)))
    }

    fn engine(&self) -> Engine {
        match self {
            Self::Postgres(_) => Engine::Postgres,
            Self::Sqlite(_) => Engine::Sqlite,
        }
    }

    /// Takes everything out.
    pub(crate) fn empty(&mut self) {
        match self {
            Self::Postgres(client) => client.batch_execute(EMPTY).expect("an empty database"),
            Self::Sqlite(connection) => *connection = memory(),
        }
    }

    /// Runs statements, each for itself.
    pub(crate) fn execute(&mut self, sql: &str) -> Result<(), Refusal> {
        match self {
            Self::Postgres(client) => client.batch_execute(sql).map_err(|error| of_postgres(&error)),
            Self::Sqlite(connection) => connection.execute_batch(sql).map_err(|error| of_sqlite(&error)),
        }
    }

    /// Runs a migration as Diesel does. After a refusal the database is as it was before.
    pub(crate) fn migrate(&mut self, sql: &str, in_transaction: bool) -> Result<(), Refusal> {
        if !in_transaction {
            let done = self.execute(sql);
            if done.is_err() {
                self.end_left_open();
            }
            return done;
        }
        self.execute("BEGIN")?;
        let done = self.execute(sql).and_then(|()| self.execute("COMMIT"));
        if done.is_err() {
            self.end_left_open();
        }
        done
    }

    fn end_left_open(&mut self) {
        match self {
            Self::Postgres(client) => client.batch_execute("ROLLBACK").expect("the end of a transaction"),
            Self::Sqlite(connection) if connection.is_autocommit() => {}
            Self::Sqlite(connection) => connection.execute_batch("ROLLBACK").expect("the end of a transaction"),
        }
        if let Self::Sqlite(connection) = self {
            connection.pragma_update(None, "foreign_keys", true).expect("a setting");
        }
    }

    /// Runs statements with foreign keys and triggers asleep.
    pub(crate) fn load(&mut self, sql: &str) -> Result<(), Refusal> {
        let (before, after) = match self.engine() {
            Engine::Postgres => ("SET session_replication_role = replica", "RESET session_replication_role"),
            Engine::Sqlite => ("PRAGMA foreign_keys = OFF", "PRAGMA foreign_keys = ON"),
        };
        self.execute(before)?;
        let done = self.execute(sql);
        self.execute(after)?;
        done
    }

    /// The rows of a query as text.
    pub(crate) fn rows(&mut self, query: &str) -> Result<Vec<Vec<Option<String>>>, Refusal> {
        match self {
            Self::Postgres(client) => {
                let messages = client.simple_query(query).map_err(|error| of_postgres(&error))?;
                let rows = messages.iter().filter_map(|message| match message {
                    ::postgres::SimpleQueryMessage::Row(row) => {
                        Some((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect())
                    }
                    _ => None,
                });
                Ok(rows.collect())
            }
            Self::Sqlite(connection) => sqlite_rows(connection, query).map_err(|error| of_sqlite(&error)),
        }
    }

    /// What the catalogue says.
    pub(crate) fn structure(&mut self) -> Result<Vec<String>, Refusal> {
        let engine = self.engine();
        Ok(structure::lines(engine, self.rows(structure::query(engine))?))
    }
}

fn memory() -> rusqlite::Connection {
    let connection = rusqlite::Connection::open_in_memory().expect("memory");
    connection.pragma_update(None, "foreign_keys", true).expect("a setting");
    connection
}

fn of_postgres(error: &::postgres::Error) -> Refusal {
    let Some(error) = error.as_db_error() else { return Refusal { message: error.to_string(), of_rows: false } };
    let detail = error.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
    let code = error.code().code();
    // Broken constraints, values that do not fit, and what a script itself refuses.
    // A text that is no `tsquery` or `tsvector` is a syntax error to PostgreSQL.
    let of_search = code == "42601" && ["tsquery", "tsvector"].iter().any(|name| error.message().contains(name));
    let of_rows = code.starts_with("23") || code.starts_with("22") || code == "P0001" || of_search;
    Refusal { message: format!("{}{detail} [{code}]", error.message()), of_rows }
}

fn of_sqlite(error: &rusqlite::Error) -> Refusal {
    let of_rows = error.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation);
    Refusal { message: error.to_string(), of_rows }
}

fn sqlite_rows(connection: &rusqlite::Connection, query: &str) -> rusqlite::Result<Vec<Vec<Option<String>>>> {
    let mut statement = connection.prepare(query)?;
    let width = statement.column_count();
    let text = |value: ValueRef<'_>| match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    };
    let rows = statement.query_map([], |row| (0..width).map(|index| row.get_ref(index).map(text)).collect())?;
    rows.collect()
}
