//! What the tests of the runner share: a migrations folder with its lock file, an observer that remembers, the runner in
//! a process of its own. It must not judge anything but the history, which has to be right after every test.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use makemigrations_gate::{Lock, sum};
use makemigrations_run::{
    self as run, Activity, DatabaseUrl, Error, Holder, MigrateOptions, Notice, Observer, Progress, Report, Retry,
    RevertOptions, Source, Step, Target,
};
use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::folder::Folder;

/// A migrations folder.
pub(crate) struct Migrations {
    folder: Folder,
    dialect: &'static str,
    lock: Lock,
}

impl Migrations {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { folder: Folder::temporary(), dialect: engine.name(), lock: Lock::new(engine.name()) }
    }

    /// Tables `a`, `b`, ... in a migration each, `0001_a`, `0002_b`, ...
    pub(crate) fn tables(engine: Engine, names: &str) -> Self {
        names.chars().fold(Self::new(engine), |migrations, name| {
            let number = migrations.count() + 1;
            migrations.add(
                &format!("{number:04}_{name}"),
                &format!("CREATE TABLE {name} (id integer PRIMARY KEY);"),
                Some(&format!("DROP TABLE {name};")),
            )
        })
    }

    fn count(&self) -> usize {
        self.lock.migrations().count()
    }

    pub(crate) fn add(mut self, name: &str, up: &str, down: Option<&str>) -> Self {
        self.write(name, "up.sql", up);
        if let Some(down) = down {
            self.write(name, "down.sql", down);
        }
        self.write_lock();
        self
    }

    /// One that Diesel runs outside a transaction.
    pub(crate) fn add_outside(self, name: &str, up: &str, down: &str) -> Self {
        let mut migrations = self.add(name, up, Some(down));
        migrations.write(name, "metadata.toml", "run_in_transaction = false\n");
        migrations.write_lock();
        migrations
    }

    /// Writes a file and records it.
    pub(crate) fn write(&mut self, migration: &str, file: &str, content: &str) {
        self.folder.write(&format!("{migration}/{file}"), content);
        self.lock.record(migration, file, sum(content.as_bytes()));
        self.write_lock();
    }

    pub(crate) fn remove(&mut self, migration: &str) {
        self.folder.remove(migration);
        self.lock.remove(migration);
        self.write_lock();
    }

    pub(crate) fn lock(&mut self) -> &mut Lock {
        &mut self.lock
    }

    pub(crate) fn write_lock(&self) {
        self.folder.write("migrations.lock", self.lock.render());
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn source(&self) -> Source<'_> {
        assert_eq!(self.lock.dialect(), Some(self.dialect));
        Source::Folder(self.folder.path())
    }

    pub(crate) fn migrate(&self, database: &Database) -> Result<Report, Error> {
        self.migrate_to(database, Target::Latest)
    }

    pub(crate) fn migrate_to(&self, database: &Database, target: Target) -> Result<Report, Error> {
        self.migrate_with(database, &MigrateOptions { target, ..MigrateOptions::default() }, &mut Log::default())
    }

    pub(crate) fn migrate_with(
        &self,
        database: &Database,
        options: &MigrateOptions,
        observer: &mut dyn Observer,
    ) -> Result<Report, Error> {
        run::migrate(&mut connect(database), &self.source(), options, observer)
    }

    pub(crate) fn revert(&self, database: &Database, target: Target) -> Result<Report, Error> {
        self.revert_with(database, &RevertOptions { target, ..RevertOptions::default() })
    }

    pub(crate) fn revert_with(&self, database: &Database, options: &RevertOptions) -> Result<Report, Error> {
        run::revert(&mut connect(database), &self.source(), options, &mut Log::default())
    }

    pub(crate) fn status(&self, database: &Database) -> Vec<(String, run::State)> {
        let status = run::status(&mut connect(database), &self.source()).unwrap();
        status.entries.into_iter().map(|entry| (entry.name, entry.state)).collect()
    }
}

pub(crate) fn connect(database: &Database) -> run::Database {
    run::Database::connect(&DatabaseUrl::parse(database.url()).unwrap()).unwrap()
}

/// Names of what ran, in order.
pub(crate) fn names(report: &Report) -> Vec<&str> {
    report.done.iter().map(|done| done.name.as_str()).collect()
}

/// Remembers what it is told.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) notices: Vec<Notice>,
    pub(crate) holders: Vec<Option<Holder>>,
    pub(crate) steps: Vec<String>,
    pub(crate) activities: Vec<Activity>,
    pub(crate) retries: Vec<Retry>,
}

impl Observer for Log {
    fn waiting(&mut self, holder: Option<&Holder>, _waited: Duration) {
        self.holders.push(holder.cloned());
    }

    fn started(&mut self, step: &Step, index: usize, total: usize) {
        self.steps.push(format!("{index}/{total} {}", step.name));
    }

    fn progress(&mut self, progress: &Progress) {
        self.activities.push(progress.activity.clone());
    }

    fn retrying(&mut self, retry: &Retry) {
        self.retries.push(retry.clone());
    }

    fn notice(&mut self, notice: &Notice) {
        self.notices.push(notice.clone());
    }
}

/// The versions that are applied; panics unless the history says the same. One query: on PostgreSQL the last words of a
/// killed client may still be on their way.
pub(crate) fn applied(database: &Database) -> Vec<String> {
    let query = "SELECT v.version, h.version FROM __diesel_schema_migrations v \
                 FULL JOIN (SELECT version FROM __makemigrations_history WHERE state = 'applied') h \
                 ON v.version = h.version ORDER BY 1";
    let rows = database.rows(query);
    assert!(rows.iter().all(|row| row[0] == row[1]), "Diesel's versions and the history: {rows:?}");
    rows.into_iter().filter_map(|mut row| row.remove(0)).collect()
}

/// State of the last run of a migration, and whether its times are there.
pub(crate) fn run_of(database: &Database, version: &str) -> String {
    let query = format!(
        "SELECT state || CASE WHEN finished_at IS NULL THEN ' open' ELSE ' closed' END \
         FROM __makemigrations_history WHERE version = '{version}'"
    );
    database.column(&query).join(", ")
}

const URL: &str = "RUNNER_TEST_URL";
const FOLDER: &str = "RUNNER_TEST_FOLDER";
const ACTION: &str = "RUNNER_TEST_ACTION";

/// What the runner's process does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    /// Applies everything.
    Migrate,
    /// Reverts everything.
    Revert,
    /// Takes the lock, says so, and waits to be killed.
    Hold,
}

/// The runner in a process of its own: the test program once more, with the test named `child` only.
pub(crate) fn spawn(database: &Database, migrations: &Migrations, action: Action) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env(URL, database.url()).env(FOLDER, migrations.path()).env(ACTION, format!("{action:?}"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until the process prints that a migration starts; false when it ends without. Keep what is returned: who
/// prints into a closed pipe dies.
pub(crate) fn starts(child: &mut Child, migration: &str) -> (bool, Lines<BufReader<ChildStdout>>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let found = lines.by_ref().map_while(Result::ok).any(|line| line.contains(&format!("started {migration}")));
    (found, lines)
}

/// A process that holds the lock.
pub(crate) fn spawn_holder(database: &Database, migrations: &Migrations) -> Child {
    let mut child = spawn(database, migrations, Action::Hold);
    assert!(starts(&mut child, "").0, "the process ended before it started a migration");
    child
}

/// What the test named `child` does.
pub(crate) fn child() {
    let (Ok(url), Ok(folder), Ok(action)) = (std::env::var(URL), std::env::var(FOLDER), std::env::var(ACTION)) else {
        return;
    };
    let mut database = run::Database::connect(&DatabaseUrl::parse(&url).unwrap()).unwrap();
    let source = Source::Folder(Path::new(&folder));
    let mut observer = Announcer { holds: action == "Hold" };
    let result = match action.as_str() {
        "Revert" => {
            let options = RevertOptions { target: Target::Zero, ..RevertOptions::default() };
            run::revert(&mut database, &source, &options, &mut observer)
        }
        _ => run::migrate(&mut database, &source, &MigrateOptions::default(), &mut observer),
    };
    let report = result.unwrap();
    println!("done {}", names(&report).join(" "));
}

struct Announcer {
    holds: bool,
}

impl Observer for Announcer {
    fn started(&mut self, step: &Step, _index: usize, _total: usize) {
        println!("started {}", step.name);
        if self.holds {
            loop {
                std::thread::park();
            }
        }
    }
}
