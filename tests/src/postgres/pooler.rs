//! A real PgBouncer in front of a server. It must not know what goes through it.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::process::{as_owner_of, give_away};
use super::{ENCODED_PASSWORD, PASSWORD, Server, free_port};
use crate::tools;

/// For how long a client keeps a session of the server: PgBouncer's `pool_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As long as it is connected.
    Session,
    /// For a transaction.
    Transaction,
    /// For a statement.
    Statement,
}

/// A running PgBouncer, stopped when it is dropped.
#[derive(Debug)]
pub struct Pooler {
    port: u16,
    process: Child,
    _folder: TempDir,
}

impl Pooler {
    /// Starts one. `settings` are lines of its configuration.
    ///
    /// # Panics
    /// When no PgBouncer is installed (the message says how to install it), or it does not start.
    #[must_use]
    pub fn start(server: &Server, mode: Mode, settings: &str) -> Self {
        tools::need(&["pgbouncer"], || program().is_some());
        let program = program().unwrap_or_else(|| {
            panic!(
                "no `pgbouncer` in PATH or /usr/sbin\n\
                 hint: apt-get install -y --no-install-recommends pgbouncer    (Debian, Ubuntu)\nhint: brew install pgbouncer    (macOS)"
            )
        });
        let folder = TempDir::with_prefix("makemigrations-pgbouncer-").expect("a temporary folder");
        give_away(folder.path()).expect("a user who may run it");
        let port = free_port().expect("a free port");
        let mode = match mode {
            Mode::Session => "session",
            Mode::Transaction => "transaction",
            Mode::Statement => "statement",
        };
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres password='{PASSWORD}'\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = {mode}\nignore_startup_parameters = extra_float_digits\n{settings}\n",
            server.port()
        );
        let path = folder.path().join("pgbouncer.ini");
        std::fs::write(&path, configuration).expect("a writable temporary folder");
        let mut command = as_owner_of(folder.path(), &program).expect("a user who may run it");
        command.arg("-q").arg(&path).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let mut pooler = Self { port, process, _folder: folder };
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = pooler.process.try_wait().expect("a child process");
            assert!(
                ended.is_none() && start.elapsed() < Duration::from_secs(20),
                "pgbouncer does not start: {ended:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        pooler
    }

    /// The URL of a database behind it.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{ENCODED_PASSWORD}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // It fails only where the process has ended already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Debian puts it where only root looks.
fn program() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&folders).chain([Path::new("/usr/sbin").to_owned()]);
    folders.map(|folder| folder.join("pgbouncer")).find(|program| program.is_file())
}
