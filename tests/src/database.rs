//! A fresh database on either engine, and what tests ask of it. It must not use the product's own connections.

use rusqlite::types::ValueRef;

use crate::folder::Folder;
use crate::postgres::{self, Server};

/// A database engine; most end-to-end tests run once for each of [`Engine::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    /// A real server, see [`Server::shared`].
    Postgres,
    /// A file.
    Sqlite,
}

impl Engine {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Postgres, Self::Sqlite];

    /// The value of the setting `dialect`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
        }
    }
}

/// An empty database of its own for one test.
#[derive(Debug)]
pub struct Database {
    engine: Engine,
    url: String,
    /// SQLite's file is in it.
    folder: Folder,
}

/// Every method panics, with the query, when the database refuses.
impl Database {
    /// Creates one. `name` helps to find it in a log and need not be unique.
    #[must_use]
    pub fn new(engine: Engine, name: &str) -> Self {
        let folder = Folder::temporary();
        let url = match engine {
            Engine::Postgres => Server::shared().database(name),
            Engine::Sqlite => format!("sqlite://{}", folder.join(&format!("{name}.sqlite3")).display()),
        };
        Self { engine, url, folder }
    }

    /// Its engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Its URL, as the command line takes it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The rows of a query, each value as text, `None` for NULL; bytes as hexadecimal digits after `\x`.
    #[must_use]
    pub fn rows(&self, query: &str) -> Vec<Vec<Option<String>>> {
        match self.engine {
            Engine::Postgres => postgres::query_rows(&self.url, query),
            Engine::Sqlite => sqlite_rows(&self.sqlite(), query).unwrap_or_else(|error| panic!("{error}\n{query}")),
        }
    }

    /// The values of a query's only column.
    #[must_use]
    pub fn column(&self, query: &str) -> Vec<String> {
        let value = |row: Vec<Option<String>>| match <[Option<String>; 1]>::try_from(row) {
            Ok([value]) => value.unwrap_or_else(|| panic!("NULL\n{query}")),
            Err(row) => panic!("{} columns\n{query}", row.len()),
        };
        self.rows(query).into_iter().map(value).collect()
    }

    /// The only value of a query.
    #[must_use]
    pub fn value(&self, query: &str) -> String {
        match <[String; 1]>::try_from(self.column(query)) {
            Ok([value]) => value,
            Err(values) => panic!("{} rows\n{query}", values.len()),
        }
    }

    /// Runs statements; on SQLite with `PRAGMA foreign_keys = ON`, as an application has it.
    pub fn execute(&self, statements: &str) {
        let failed = match self.engine {
            Engine::Postgres => {
                postgres::client(&self.url).batch_execute(statements).err().map(|error| format!("{error:?}"))
            }
            Engine::Sqlite => self.sqlite().execute_batch(statements).err().map(|error| error.to_string()),
        };
        if let Some(error) = failed {
            panic!("{error}\n{statements}");
        }
    }

    /// A connection to SQLite's file.
    pub(crate) fn sqlite(&self) -> rusqlite::Connection {
        assert_eq!(self.engine, Engine::Sqlite);
        let path = self.url.trim_start_matches("sqlite://");
        debug_assert!(self.folder.path().is_dir());
        rusqlite::Connection::open(path)
            .and_then(|connection| connection.pragma_update(None, "foreign_keys", true).map(|()| connection))
            .unwrap_or_else(|error| panic!("`{path}`: {error}"))
    }
}

fn sqlite_rows(connection: &rusqlite::Connection, query: &str) -> rusqlite::Result<Vec<Vec<Option<String>>>> {
    let mut statement = connection.prepare(query)?;
    let width = statement.column_count();
    let rows = statement.query_map([], |row| (0..width).map(|index| row.get_ref(index).map(text)).collect())?;
    rows.collect()
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Some(bytes.iter().fold("\\x".to_owned(), |hex, byte| format!("{hex}{byte:02x}"))),
    }
}
