//! A real PostgreSQL server for the tests of one process. It must not look at what is in the databases.

mod installation;
mod keeper;
mod package;
mod pooler;
mod process;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

use installation::Installation;
pub use keeper::keep;
pub use pooler::{Mode, Pooler};
use process::{as_owner_of, give_away, run};

/// The password of every test database; no output of the product may contain it.
pub const PASSWORD: &str = "correct/horse@battery";
/// The password as it stands in a URL.
pub const ENCODED_PASSWORD: &str = "correct%2Fhorse%40battery";

/// Speed instead of durability, room for many processes, and the same answers on every machine.
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
max_connections = 200
fsync = off
synchronous_commit = off
full_page_writes = off
timezone = 'UTC'
";

/// The version for which nothing else is said: that of Debian 12, with what most servers have today.
const USUAL: u32 = 15;

/// How often a start is tried again when somebody else took the free port first.
const ATTEMPTS: u32 = 5;

/// The major version that the tests of this process run on: the variable `TEST_POSTGRES`, else 15. Its newest minor version is
/// taken that is installed; where none is, the newest one of the registry of npm.
///
/// # Panics
/// When the variable is not a number.
#[must_use]
pub fn major() -> u32 {
    std::env::var("TEST_POSTGRES").map_or(USUAL, |text| text.parse().expect("`TEST_POSTGRES` is a major version: `18`"))
}

/// A text without what only newer servers know than those of this process: without its lines that end in `since N`, a major
/// version.
#[must_use]
pub fn known_lines(text: &str) -> String {
    let is_known = |line: &&str| {
        let since = line.rsplit_once(" since ").and_then(|(_, version)| version.trim_end().parse::<u32>().ok());
        since.is_none_or(|since| since <= major())
    };
    text.split_inclusive('\n').filter(is_known).collect()
}

/// A running server on a port of its own, stopped and deleted when it is dropped or the process ends in whatever way.
#[derive(Debug)]
pub struct Server {
    port: u16,
    folder: PathBuf,
    version: String,
    installation: Installation,
    /// Stops the server when its standard input ends, which no kind of death of this process can prevent.
    keeper: Child,
}

impl Server {
    /// The server that all tests of this process share; the first call starts it.
    ///
    /// # Panics
    /// When PostgreSQL is not there and cannot be fetched (the message says what is missing), or does not start.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
        SERVER.get_or_init(|| Self::try_start(major())).as_ref().unwrap_or_else(|error| panic!("{error}"))
    }

    /// A server for one test, for what disturbs others: a restart, full connections.
    ///
    /// # Panics
    /// As [`Server::shared`].
    #[must_use]
    pub fn start() -> Self {
        Self::start_version(major())
    }

    /// A server of another major version, for what depends on it.
    ///
    /// # Panics
    /// As [`Server::shared`].
    #[must_use]
    pub fn start_version(major: u32) -> Self {
        Self::try_start(major).unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_start(major: u32) -> Result<Self, String> {
        let installation = Installation::of(major)?;
        let folder = TempDir::with_prefix("makemigrations-postgres-").map_err(|error| error.to_string())?;
        give_away(folder.path())?;
        // From here on the keeper deletes the folder, since nothing is dropped when a process is killed.
        let folder = folder.keep();
        let keeper = keeper::spawn(&folder, &installation)?;
        initialize(&installation, &folder)?;
        let port = start(&installation, &folder)?;
        Ok(Self { port, folder, version: installation.version.clone(), installation, keeper })
    }

    /// A standby of the server, which streams from it. It begins with a copy of the files of the server, which stands still
    /// meanwhile: what is fetched from the registry of npm has no `pg_basebackup`.
    ///
    /// # Panics
    /// As [`Server::shared`], and when the server does not stop and start again.
    #[must_use]
    pub fn standby(&self) -> Self {
        self.try_standby().unwrap_or_else(|error| panic!("{error}"))
    }

    fn try_standby(&self) -> Result<Self, String> {
        let installation = Installation::of(major())?;
        let folder = TempDir::with_prefix("makemigrations-postgres-").map_err(|error| error.to_string())?;
        give_away(folder.path())?;
        let folder = folder.keep();
        let keeper = keeper::spawn(&folder, &installation)?;
        let mut copy = as_owner_of(&folder, Path::new("cp"))?;
        copy.arg("-R").arg(data(&self.folder)).arg(data(&folder));
        self.control(&["stop", "--mode=fast"])?;
        let copied = run(copy);
        self.control(&["start"])?;
        copied?;
        write(&data(&folder).join("standby.signal"), "")?;
        let configuration = data(&folder).join("postgresql.auto.conf");
        let text = fs::read_to_string(&configuration).map_err(|error| error.to_string())?;
        let primary = format!("host=127.0.0.1 port={} user=postgres password={PASSWORD}", self.port);
        let own = format!("primary_conninfo = '{primary}'\nunix_socket_directories = '{}'\n", folder.display());
        write(&configuration, &(text + &own))?;
        let port = start(&installation, &folder)?;
        Ok(Self { port, folder, version: installation.version.clone(), installation, keeper })
    }

    /// Ends the server as if its machine had failed, and starts it again on the same port.
    ///
    /// # Panics
    /// When it does not start.
    pub fn crash(&self) {
        self.control(&["restart", "--mode=immediate"]).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Starts or stops the server, always on its own port.
    fn control(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command = as_owner_of(&self.folder, &self.installation.program("pg_ctl"))?;
        command.args(arguments).args(["--wait", "--silent", "--pgdata"]).arg(data(&self.folder));
        if arguments.first() != Some(&"stop") {
            command.arg("--log").arg(self.folder.join("log")).arg(format!("--options=-p {}", self.port));
        }
        run(command)
    }

    /// The server's version, such as `15.18`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The port it listens on, on 127.0.0.1 and at [`Self::socket`].
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its local socket.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.folder
    }

    /// Writes a file into the folder of its data, which nobody else may read, as the server itself.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn write(&self, file: &str, text: &str) {
        let lines = text.trim().lines().map(|line| format!("('{line}')")).collect::<Vec<_>>().join(", ");
        let program = format!("umask 077; cat > {file}");
        client(&self.url("postgres"))
            .batch_execute(&format!("COPY (SELECT * FROM (VALUES {lines}) lines) TO PROGRAM '{program}'"))
            .unwrap_or_else(|error| panic!("write `{file}`: {error}"));
    }

    /// Makes it offer encryption with a certificate and its key, and accept certificates of clients that `authority` has
    /// signed.
    ///
    /// # Panics
    /// When the server refuses.
    pub fn encrypt(&self, certificate: &str, key: &str, authority: Option<&str>) {
        self.write("server.crt", certificate);
        self.write("server.key", key);
        let mut client = client(&self.url("postgres"));
        let mut set = |sql: &str| client.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        if let Some(authority) = authority {
            self.write("authority.crt", authority);
            set("ALTER SYSTEM SET ssl_ca_file = 'authority.crt'");
        }
        set("ALTER SYSTEM SET ssl = on");
        set("SELECT pg_reload_conf()");
        let is_on = |client: &mut postgres::Client| {
            client.query_one("SHOW ssl", &[]).is_ok_and(|row| row.get::<_, String>(0) == "on")
        };
        while !is_on(&mut client) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// The URL of a database of the server, whether it exists or not.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{ENCODED_PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }

    /// Creates an empty database and gives its URL. The name is `prefix` with a number that makes it unique.
    ///
    /// # Panics
    /// When the server refuses.
    #[must_use]
    pub fn database(&self, prefix: &str) -> String {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("{prefix}_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        client(&self.url("postgres"))
            .batch_execute(&format!("CREATE DATABASE \"{name}\""))
            .unwrap_or_else(|error| panic!("create database `{name}`: {error}"));
        self.url(&name)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            panic!("the server's keeper: {error}");
        }
    }
}

/// A connection to a database.
///
/// # Panics
/// When the server refuses.
#[must_use]
pub fn client(url: &str) -> postgres::Client {
    postgres::Client::connect(url, postgres::NoTls).unwrap_or_else(|error| panic!("connect to the database: {error}"))
}

/// The rows of a query, each value as PostgreSQL writes it, `None` for NULL.
///
/// # Panics
/// When the server refuses the query.
#[must_use]
pub fn query_rows(url: &str, query: &str) -> Vec<Vec<Option<String>>> {
    let messages = client(url).simple_query(query).unwrap_or_else(|error| panic!("{error:?}\n{query}"));
    messages
        .iter()
        .filter_map(|message| match message {
            postgres::SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect())
            }
            _ => None,
        })
        .collect()
}

fn initialize(installation: &Installation, folder: &Path) -> Result<(), String> {
    let password = folder.join("password");
    write(&password, PASSWORD)?;
    let mut command = as_owner_of(folder, &installation.program("initdb"))?;
    // `password` and not `scram-sha-256`: its hashing takes an unoptimised client longer than most tests.
    command
        .args(["--username=postgres", "--auth=password", "--encoding=UTF8", "--no-locale", "--no-sync"])
        .arg(format!("--pwfile={}", password.display()))
        .arg("--pgdata")
        .arg(data(folder));
    run(command)?;
    let configuration = data(folder).join("postgresql.conf");
    let defaults =
        fs::read_to_string(&configuration).map_err(|error| format!("`{}`: {error}", configuration.display()))?;
    let socket = if cfg!(unix) { format!("unix_socket_directories = '{}'\n", folder.display()) } else { String::new() };
    write(&configuration, &format!("{defaults}{SETTINGS}{socket}"))
}

fn start(installation: &Installation, folder: &Path) -> Result<u16, String> {
    let log = folder.join("log");
    let mut last = String::new();
    for _ in 0..ATTEMPTS {
        let port = free_port().map_err(|error| format!("no free port on 127.0.0.1: {error}"))?;
        let mut command = as_owner_of(folder, &installation.program("pg_ctl"))?;
        command.args(["start", "--wait", "--silent"]);
        command.arg("--pgdata").arg(data(folder)).arg("--log").arg(&log).arg(format!("--options=-p {port}"));
        match run(command) {
            Ok(()) => return Ok(port),
            Err(error) => last = format!("{error}\n{}", fs::read_to_string(&log).unwrap_or_default()),
        }
    }
    Err(last)
}

fn free_port() -> std::io::Result<u16> {
    TcpListener::bind(("127.0.0.1", 0))?.local_addr().map(|address| address.port())
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("`{}`: {error}", path.display()))
}
