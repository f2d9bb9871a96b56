//! A migrator in a process of its own, which can be killed. It must not try again: whoever starts it does.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use makemigrations_run::{
    self as run, DatabaseUrl, MigrateOptions, RevertOptions, Source, Target, Timeouts, migrate, revert,
};
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder as Temporary;
use makemigrations_tests::postgres::Server;

use crate::migrations::Folder;

const URL: &str = "CHAOS_URL";
const FOLDER: &str = "CHAOS_FOLDER";
const DIRECTION: &str = "CHAOS_DIRECTION";

/// Which way it migrates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// A database of one run.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) url: String,
    /// SQLite's file is in it.
    _folder: Option<Temporary>,
}

pub(crate) fn database(engine: Engine, server: Option<&Server>) -> Database {
    match (engine, server) {
        (Engine::Postgres, Some(server)) => Database { url: server.database("chaos"), _folder: None },
        (Engine::Postgres, None) => panic!("no server"),
        (Engine::Sqlite, _) => {
            let folder = Temporary::temporary();
            Database { url: format!("sqlite://{}", folder.join("chaos.sqlite3").display()), _folder: Some(folder) }
        }
    }
}

/// The process.
#[derive(Debug)]
pub(crate) struct Migrator(Child);

impl Migrator {
    /// Starts it. `limit` is the most that it may write to a file, in blocks of the shell's `ulimit -f`.
    pub(crate) fn start(folder: &Folder, database: &Database, direction: Direction, limit: Option<u64>) -> Self {
        let program = std::env::current_exe().unwrap();
        let mut command = match limit {
            Some(limit) => {
                // Ignored, a write beyond the limit fails as one on a full disk does.
                let mut command = Command::new("sh");
                command.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"")).arg("sh").arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"]);
        command.env(URL, &database.url).env(FOLDER, folder.path()).env(DIRECTION, format!("{direction:?}"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
    }

    /// Waits for its end; panics when that does not come.
    pub(crate) fn wait(&mut self, patience: Duration) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            if start.elapsed() > patience {
                self.kill();
                panic!("a migrator hangs:\n{}", self.said());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it has said of its errors; after its end.
    pub(crate) fn said(&mut self) -> String {
        let mut text = String::new();
        if let Some(mut pipe) = self.0.stderr.take() {
            pipe.read_to_string(&mut text).unwrap();
        }
        text
    }
}

/// What the test named `child` does.
pub(crate) fn child() {
    let (Ok(url), Ok(folder), Ok(direction)) = (std::env::var(URL), std::env::var(FOLDER), std::env::var(DIRECTION))
    else {
        return;
    };
    let mut database = run::Database::connect(&DatabaseUrl::parse(&url).unwrap()).unwrap();
    let source = Source::Folder(Path::new(&folder));
    let timeouts = Timeouts { ddl_lock_timeout: Duration::from_millis(150), ddl_retries: 4, statement_timeout: None };
    let report = match direction.as_str() {
        "Down" => {
            let options = RevertOptions { target: Target::Zero, timeouts, ..RevertOptions::default() };
            revert(&mut database, &source, &options, &mut ())
        }
        _ => {
            let options = MigrateOptions { timeouts, ..MigrateOptions::default() };
            migrate(&mut database, &source, &options, &mut ())
        }
    };
    report.unwrap();
}
