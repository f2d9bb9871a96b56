//! Where a database is: the text of a setting to a [`DatabaseUrl`]. Must not let a password out again, in whatever form
//! and however broken the text is.

mod parameters;
mod parts;
mod passfile;
mod resolve;
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "a URL is read and shown in every build"))]
mod server;
mod service;
mod sqlite;
mod surroundings;
mod uri;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::Error;

pub(crate) use server::Server;
#[cfg(feature = "postgres")]
pub(crate) use server::{Binding, Host, HostName, Roots, SessionTarget, Tls, TlsMode, TlsVersion};
pub(crate) use sqlite::File;
use surroundings::Surroundings;

pub use makemigrations_sql::Dialect;

/// The databases that every PostgreSQL server has for itself.
pub(crate) const SERVERS_OWN: [&str; 3] = ["postgres", "template0", "template1"];

/// Where a database is, and with what password it opens.
///
/// `Display` and `Debug` leave the password and all parameters out.
///
/// ```
/// use makemigrations_run::DatabaseUrl;
///
/// let url = DatabaseUrl::parse("postgres://app:secret@db.example.com/shop")?;
/// assert_eq!(url.to_string(), "postgres://app@db.example.com:5432/shop");
/// assert!(!url.is_local());
/// # Ok::<(), makemigrations_run::Error>(())
/// ```
#[derive(Clone)]
pub struct DatabaseUrl {
    place: DatabaseAddress,
}

#[derive(Clone)]
pub(crate) enum DatabaseAddress {
    Postgres(Box<Server>),
    Sqlite(File),
}

impl DatabaseUrl {
    /// Reads `postgres://`, `postgresql://`, `sqlite:///absolute/path`, `sqlite://relative/path`, `sqlite::memory:` or a
    /// bare path of a SQLite file.
    ///
    /// What a URL of PostgreSQL does not say is completed as libpq does it: from a service file, the variables of the
    /// environment (`PGHOST`, `PGSSLMODE` ...), and the password file.
    ///
    /// # Errors
    /// When it is none of these, or asks for something that cannot be honoured. The message repeats nothing of the text,
    /// since any of it can be the password.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_with(text, &BTreeMap::new())
    }

    /// The same with more variables of libpq (`PGPASSWORD` ...), which count where the environment has none of their name.
    ///
    /// # Errors
    /// As [`DatabaseUrl::parse`].
    pub fn parse_with(text: &str, variables: &BTreeMap<String, String>) -> Result<Self, Error> {
        Self::read(text, || Surroundings::of_process(variables))
    }

    fn read(text: &str, surroundings: impl FnOnce() -> Surroundings) -> Result<Self, Error> {
        let text = text.trim();
        let place = match text.split_once("://") {
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "postgres" | "postgresql" => {
                    DatabaseAddress::Postgres(Box::new(resolve::server(rest, &surroundings())?))
                }
                "sqlite" => DatabaseAddress::Sqlite(File::from_url(rest)?),
                scheme => return Err(unknown(scheme)),
            },
            None if looks_like_a_server(text) => {
                return Err(Error::url(
                    "it looks like a server's address without `postgres://`; the path of a SQLite file with a `:` or a `=` in \
                     it is written `sqlite://path`",
                ));
            }
            None => DatabaseAddress::Sqlite(match text.split_at_checked(7) {
                Some((scheme, rest)) if scheme.eq_ignore_ascii_case("sqlite:") => File::from_url(rest)?,
                _ => File::from_path(text)?,
            }),
        };
        Ok(Self { place })
    }

    /// The same, with the relative path of a SQLite file starting at `folder`.
    #[must_use]
    pub fn relative_to(self, folder: &Path) -> Self {
        match self.place {
            DatabaseAddress::Sqlite(File::Path(path)) => {
                Self { place: DatabaseAddress::Sqlite(File::Path(folder.join(path))) }
            }
            _ => self,
        }
    }

    /// What is set for a connection and does not do what somebody may think who set it.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        match &self.place {
            DatabaseAddress::Postgres(server) => &server.warnings,
            DatabaseAddress::Sqlite(_) => &[],
        }
    }

    /// A SQLite file, whatever its name looks like.
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only SQLite tells the file of a connection"))]
    pub(crate) fn file(path: PathBuf) -> Self {
        Self { place: DatabaseAddress::Sqlite(File::Path(path)) }
    }

    /// A SQLite database of the connection's own.
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "only SQLite has such a thing"))]
    pub(crate) fn temporary() -> Self {
        Self { place: DatabaseAddress::Sqlite(File::Temporary) }
    }

    /// Another database of the server; of SQLite the same.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "only a server has several databases"))]
    pub(crate) fn beside(&self, database: &str) -> Self {
        match &self.place {
            DatabaseAddress::Postgres(server) => {
                Self { place: DatabaseAddress::Postgres(Box::new(server.with_database(database))) }
            }
            DatabaseAddress::Sqlite(_) => self.clone(),
        }
    }

    /// Whether it is a database that a PostgreSQL server has for itself, by its name.
    #[must_use]
    pub fn is_servers_own(&self) -> bool {
        !self.dialect().is_embedded() && SERVERS_OWN.contains(&self.database().as_str())
    }

    /// The kind of the database.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.place {
            DatabaseAddress::Postgres(_) => Dialect::Postgres,
            DatabaseAddress::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Whether the database is on this machine: a file, a local socket, or an address of the machine itself.
    #[must_use]
    pub fn is_local(&self) -> bool {
        match &self.place {
            DatabaseAddress::Postgres(server) => server.is_local(),
            DatabaseAddress::Sqlite(_) => true,
        }
    }

    /// The server, of several the first. `None` for SQLite.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        match &self.place {
            DatabaseAddress::Postgres(server) => Some(server.hosts[0].name.to_string()),
            DatabaseAddress::Sqlite(_) => None,
        }
    }

    /// The name of the database; for SQLite its path, or `:memory:`.
    #[must_use]
    pub fn database(&self) -> String {
        match &self.place {
            DatabaseAddress::Postgres(server) => server.database().to_owned(),
            DatabaseAddress::Sqlite(file) => file.to_string(),
        }
    }

    /// The text with the password of this URL replaced by `***`, for texts that come from elsewhere.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        match &self.place {
            DatabaseAddress::Postgres(server) => server.redact(text),
            DatabaseAddress::Sqlite(_) => text.to_owned(),
        }
    }

    pub(crate) fn place(&self) -> &DatabaseAddress {
        &self.place
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            DatabaseAddress::Postgres(server) => write!(f, "postgres://{server}"),
            DatabaseAddress::Sqlite(file @ (File::Memory | File::Temporary)) => write!(f, "sqlite:{file}"),
            DatabaseAddress::Sqlite(file) => write!(f, "sqlite://{file}"),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

fn unknown(scheme: &str) -> Error {
    // A scheme is letters; anything else could be the start of somebody's password.
    let named = !scheme.is_empty() && scheme.len() <= 16 && scheme.chars().all(|c| c.is_ascii_alphanumeric());
    if named {
        Error::url(format!("`{scheme}://` is not supported"))
    } else {
        Error::url("it starts with no known scheme")
    }
}

/// Whether a text without a scheme has what only a server's address has: it would be taken for a path, and printed. What
/// has a `:` after a single word can be any scheme with a slash forgotten, and what follows it a password.
fn looks_like_a_server(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let (path, is_sqlite) = match lower.strip_prefix("sqlite:") {
        Some(rest) => (rest.trim_start_matches('/'), true),
        None => (lower.as_str(), false),
    };
    let has_password = path.find('@').is_some_and(|at| path[..at].contains(':')) && !has_drive(text);
    let is_scheme = |start: &str| !start.is_empty() && !start.contains(['/', '\\']);
    let has_scheme = !is_sqlite && !has_drive(text) && path.split_once(':').is_some_and(|(start, _)| is_scheme(start));
    let words = ["password", "host", "hostaddr", "user", "dbname", "service", "passfile"];
    let has_words =
        path.split_whitespace().filter_map(|word| word.split_once('=')).any(|(word, _)| words.contains(&word));
    let has_start =
        ["postgres:", "postgresql:", "postgres//", "postgresql//"].iter().any(|start| path.starts_with(start));
    has_start || path.contains("password=") || has_words || has_password || (has_scheme && path != ":memory:")
}

/// `C:\` and `C:/`, where they are paths.
fn has_drive(text: &str) -> bool {
    let bytes = text.as_bytes();
    cfg!(windows)
        && bytes.len() > 2
        && bytes[0].is_ascii_alphabetic()
        && bytes[1] == b':'
        && matches!(bytes[2], b'\\' | b'/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        DatabaseUrl::parse(text).map_or_else(|error| format!("error: {error}"), |url| url.to_string())
    }

    #[test]
    fn the_documented_forms_are_read() {
        assert_eq!(shown("postgres://app:pw@db:5433/shop?sslmode=require"), "postgres://app@db:5433/shop");
        assert_eq!(shown("postgresql://app@[::1]/shop"), "postgres://app@[::1]:5432/shop");
        assert_eq!(shown("POSTGRES://db/shop"), "postgres://db:5432/shop");
        assert_eq!(shown("sqlite:///abs/with%20space.db"), "sqlite:///abs/with space.db");
        assert_eq!(shown("sqlite://relative/path.db"), "sqlite://relative/path.db");
        assert_eq!(shown("sqlite::memory:"), "sqlite::memory:");
        assert_eq!(shown(" dev%20.sqlite3 "), "sqlite://dev%20.sqlite3");
    }

    #[test]
    fn a_broken_url_says_nothing_of_itself() {
        let broken = [
            "postgres://app:hunter2",
            "postgres://app:hunter2@db:port/shop",
            "postgres://app:hun/ter2@db/shop",
            "postgres://app:1/hunter2@db/shop",
            "postgres://app:p@hunter2@db/shop",
            "postgres://app:hunter2%zz@db/shop",
            "postgres://db/shop?password=a&hunter2=x",
            "postgres://db/shop?hunter2",
            "postgres://db/shop?sslmode=hunter2",
            "postgres:app:hunter2@db/shop",
            "postgres:/app:hunter2@db/shop",
            "app:hunter2@db/shop",
            "host=db password=hunter2",
            "hunter2!x://a",
            "sqlite://a.db?key=hunter2",
            "mysql://app:hunter2@db/shop",
            "postgres:app:hunter2",
            "postgresql:hunter2",
            "Postgres:hunter2",
            "postgres//app:hunter2",
            "app:hunter2",
            "sqlite:postgres:app:hunter2",
            "host=db service=hunter2",
        ];
        for text in broken {
            let error = DatabaseUrl::parse(text).expect_err(text);
            let all = format!("{error} {error:?} {}", error.hint().unwrap_or_default());
            assert!(!all.contains("hunter2") && !all.contains("ter2"), "{text}: {all}");
            assert_eq!(error.kind(), crate::ErrorKind::Usage, "{text}");
        }
        assert!(shown("mysql://a").contains("`mysql://` is not supported"));
        assert!(shown("").starts_with("error"));
    }

    #[test]
    fn no_form_of_the_password_is_shown() {
        let url = DatabaseUrl::parse("postgres://app:p%40ss%2Fword@db/shop").unwrap();
        assert!(!format!("{url} {url:?}").contains("word"));
        assert_eq!(url.redact("tried p@ss/word and p%40ss%2Fword"), "tried *** and ***");
        let url = DatabaseUrl::parse("postgres://db/shop?user=app&password=p%40ssword").unwrap();
        assert_eq!(format!("{url} {url:?}"), "postgres://app@db:5432/shop DatabaseUrl(postgres://app@db:5432/shop)");
        assert_eq!(url.redact("p@ssword"), "***");
    }

    proptest! {
        /// `zq9` stands for a password that somebody wrote into the URL as it is.
        #[test]
        fn nothing_of_a_password_is_ever_shown(
            password in r"[0-9/?]{0,3}[a-z0-9@:/?#%&=,\\[\\] .]{0,6}zq9[a-z0-9@:/?#%&=,\\[\\] .]{0,6}",
            form in prop::sample::select(vec![
                "postgres://app:PW@db:5432/shop?sslmode=require",
                "postgresql://app:PW@/shop",
                "postgres://app:PW@db",
                "postgres:/app:PW@db/shop",
                "app:PW@db/shop",
                "postgres://db/shop?user=app&password=PW",
            ]),
        ) {
            let shown = match DatabaseUrl::parse(&form.replace("PW", &password)) {
                Ok(url) => format!("{url} {url:?} {:?} {}", url.host(), url.database()),
                Err(error) => format!("{error} {error:?}"),
            };
            // What follows a `&` in an unescaped parameter is another parameter, for everybody.
            let divides = form.ends_with("=PW") && password.contains('&');
            prop_assert!(divides || !shown.contains("zq9"), "{}", shown);
        }

        #[test]
        fn no_text_makes_it_panic(text in "(postgres://|sqlite://|sqlite:)?[a-z@:/?#%&=,\\[\\]é.]{0,30}") {
            if let Ok(url) = DatabaseUrl::parse(&text) {
                prop_assert!(!url.to_string().is_empty() && !url.database().is_empty());
            }
        }
    }

    #[test]
    fn only_this_machine_is_local() {
        let local = |text| DatabaseUrl::parse(text).unwrap().is_local();
        assert!(local("postgres://localhost/a") && local("postgres://127.0.0.2/a") && local("postgres://[::1]/a"));
        assert!(local("postgres:///a?host=/var/run/postgresql") && local("postgres://%2Fvar%2Frun/a") && local("a.db"));
        assert!(!local("postgres://db/a") && !local("postgres://localhost,db/a"));
        assert!(!local("postgres://localhost/a?hostaddr=10.0.0.1"));
    }
}
