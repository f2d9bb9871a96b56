//! Why the runner refuses or fails, in words for the person who has to do something about it. Must not print.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use makemigrations_gate::{
    Finding, quoted,
    wording::{below, counted, listed},
};

use crate::engine::Refusal;
use crate::failure::Failure;
use crate::holder::Holder;
use crate::url::Dialect;

/// What kind of thing went wrong; the command line turns it into its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A check failed: the migrations are not as they were recorded or applied.
    Check,
    /// A setting or an argument is wrong.
    Usage,
    /// The database, or the machine, said no.
    Database,
    /// Somebody else holds the migration lock.
    Locked,
}

/// Why the runner refused or failed.
///
/// `Display` and `Debug` are the same text: the message, and below it `hint:` with what to do, where that is known. So
/// it reads well also where an application returns it from `main`.
#[non_exhaustive]
pub enum Error {
    /// The text is not the URL of a database.
    Url {
        /// What is wrong with it. Has no part of the URL.
        problem: String,
    },
    /// A connection is asked for in a way that cannot be honoured, outside of the URL: by variables of the environment, in
    /// a service file, by what they add up to.
    Connection {
        /// What is wrong. Has no value of any of them.
        problem: String,
    },
    /// This program was built without the support of the database.
    NotBuilt {
        /// What would be needed.
        dialect: Dialect,
    },
    /// No connection.
    Connect {
        /// Where to, without the password.
        url: String,
        /// What was said.
        message: String,
    },
    /// The folder of a SQLite database is not there. Its file would be made, its folder is not.
    NoFolder {
        /// The database.
        url: String,
        /// The folder.
        folder: PathBuf,
        /// Whether something else has its path.
        is_file: bool,
    },
    /// The server is older than every supported one.
    ServerVersion {
        /// Where it is, without the password.
        url: String,
        /// Its version, such as `12.22`.
        version: String,
    },
    /// The server is a standby, a read replica: it takes no changes.
    Standby {
        /// Where it is, without the password.
        url: String,
    },
    /// Transactions are read-only, by a setting of the role, the database or the URL.
    ReadOnly {
        /// The database, without the password.
        url: String,
    },
    /// Migrations of the program are not applied in the database.
    NotMigrated {
        /// Names of their folders.
        migrations: Vec<String>,
    },
    /// The role may not make a scratch database.
    NoScratch {
        /// The database beside which it would be, without the password.
        url: String,
        /// The role.
        role: String,
    },
    /// Others use the database.
    InUse {
        /// Its name.
        database: String,
        /// Who, as far as it is known.
        users: Vec<String>,
        /// What to do.
        hint: &'static str,
    },
    /// The database refused something other than a migration.
    Database {
        /// What was being done.
        doing: String,
        /// What it said.
        refusal: Refusal,
    },
    /// The operating system refused.
    Io {
        /// What was being done.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        source: std::io::Error,
    },
    /// A migration failed.
    Migration(Box<Failure>),
    /// The lock is held by somebody else, and stayed so for the whole waiting time.
    Locked {
        /// Who holds it, as far as the database knows.
        holder: Option<Box<Holder>>,
        /// How long it was waited for.
        waited: Duration,
    },
    /// The session that has the lock outlives the program that took it: only a pooler does that.
    LockKept {
        /// Who took it.
        holder: Box<Holder>,
    },
    /// The lock cannot be taken, or cannot be freed, for a reason that waiting does not change.
    Lock {
        /// Why.
        problem: String,
        /// What to do.
        hint: &'static str,
    },
    /// The gate could not look at the migrations.
    Gate(makemigrations_gate::Error),
    /// The migrations are not as their lock file says.
    Findings(Vec<Finding>),
    /// Diesel does not read the migrations.
    Source {
        /// What it said.
        message: String,
    },
    /// The migrations that the program was built with are not as their lock file says.
    Embedded {
        /// One line per difference.
        differences: Vec<String>,
    },
    /// A newer version of this tool has written the history of migrations.
    NewerHistory {
        /// What this version does not understand of it.
        what: String,
        /// The newest version that wrote it; empty where none is recorded.
        written_by: String,
    },
    /// Applied migrations were edited afterwards.
    Edited {
        /// Names of their folders.
        migrations: Vec<String>,
    },
    /// Migrations are applied that are not there any more.
    Gone {
        /// Their names, or versions where no name is known.
        migrations: Vec<String>,
    },
    /// The server has the database for itself.
    ServersOwn {
        /// Its name.
        database: String,
    },
    /// The history is that of another project or application.
    OtherHistory {
        /// The name of the database.
        database: String,
    },
    /// There is something in the database, and no history.
    NoHistory {
        /// The name of the database.
        database: String,
        /// Some of it, by name.
        objects: Vec<String>,
    },
    /// Migrations that are not here any more were applied before one that is.
    Interleaved {
        /// The name of the oldest of them.
        absent: String,
        /// Those that are here and were applied after it, newest first.
        after: Vec<String>,
        /// The newest one that is here and was applied before it.
        before: Option<String>,
    },
    /// The history stores no `down.sql` of migrations that are not here.
    NotStored {
        /// Their names, or versions where no name is known.
        migrations: Vec<String>,
    },
    /// Pending migrations come before applied ones.
    OutOfOrder {
        /// Names of the pending ones.
        migrations: Vec<String>,
        /// Name of the newest applied one.
        newest: String,
    },
    /// Some of the migrations are applied that a squashed one stands for, and some are not.
    PartlyApplied {
        /// Name of the squashed one.
        squashed: String,
        /// Those that are.
        applied: Vec<String>,
        /// Those that are not.
        missing: Vec<String>,
    },
    /// The migrations are written for another database.
    Dialect {
        /// Of the lock file.
        recorded: String,
        /// Of the database.
        database: Dialect,
    },
    /// There is no migration of that version.
    UnknownTarget {
        /// The version.
        version: String,
    },
    /// `migrate` was asked to go back.
    Backwards {
        /// What would have to be reverted, newest first.
        migrations: Vec<String>,
    },
    /// More would be reverted than was agreed to.
    NotAgreed {
        /// What was applied in the meantime, newest first.
        migrations: Vec<String>,
    },
    /// A migration without a `down.sql`.
    NoWayBack {
        /// Name of its folder.
        migration: String,
    },
}

impl Error {
    /// What kind of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Url { .. }
            | Self::NewerHistory { .. }
            | Self::Connection { .. }
            | Self::NotBuilt { .. }
            | Self::Dialect { .. }
            | Self::UnknownTarget { .. }
            | Self::ServersOwn { .. }
            | Self::OtherHistory { .. }
            | Self::NoHistory { .. }
            | Self::Backwards { .. } => ErrorKind::Usage,
            Self::Connect { .. }
            | Self::NoFolder { .. }
            | Self::ServerVersion { .. }
            | Self::Standby { .. }
            | Self::ReadOnly { .. }
            | Self::NoScratch { .. }
            | Self::InUse { .. }
            | Self::Database { .. }
            | Self::Io { .. }
            | Self::Migration(_)
            | Self::Lock { .. } => ErrorKind::Database,
            Self::Locked { .. } | Self::LockKept { .. } => ErrorKind::Locked,
            Self::Gate(_)
            | Self::Findings(_)
            | Self::Source { .. }
            | Self::Embedded { .. }
            | Self::Edited { .. }
            | Self::Gone { .. }
            | Self::Interleaved { .. }
            | Self::NotStored { .. }
            | Self::NotMigrated { .. }
            | Self::OutOfOrder { .. }
            | Self::PartlyApplied { .. }
            | Self::NotAgreed { .. }
            | Self::NoWayBack { .. } => ErrorKind::Check,
        }
    }

    /// What went wrong, without the hint.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Url { problem } => format!("the database URL cannot be used: {problem}"),
            Self::Connection { problem } => format!("the connection cannot be made as it is asked for: {problem}"),
            Self::NotBuilt { dialect } => format!("this program was built without support for {dialect}"),
            Self::Connect { url, message } => format!("cannot connect to `{url}`: {message}"),
            Self::NoFolder { url, folder, is_file } => {
                let what = if *is_file { "is no folder" } else { "is not there" };
                format!("cannot open `{url}`: its folder `{}` {what}", folder.display())
            }
            Self::ServerVersion { url, version } => {
                format!("the server of `{url}` is PostgreSQL {version}: PostgreSQL 13 and newer are supported")
            }
            Self::Standby { url } => format!("`{url}` is a standby, a read replica: it takes no changes"),
            Self::ReadOnly { url } => {
                format!("transactions in `{url}` are read-only (`default_transaction_read_only`): it takes no changes")
            }
            Self::NotMigrated { migrations } => {
                format!("the database lacks {} of this program{}", counted(migrations), below(migrations))
            }
            Self::NoScratch { url, role } => {
                format!("cannot make a scratch database beside `{url}`: the role `{role}` may not create databases")
            }
            Self::InUse { database, users, .. } => format!("`{database}` is in use by {}", users.join(", ")),
            Self::Database { doing, refusal } => format!("cannot {doing}: {refusal}"),
            Self::Io { doing, path, source } => format!("cannot {doing} `{}`: {source}", path.display()),
            Self::Migration(failure) => failure.to_string(),
            Self::Locked { holder, waited } => locked(holder.as_deref(), *waited),
            Self::LockKept { holder } => format!(
                "the migration lock is held by a session whose program is gone: {holder}; a pooler keeps the session"
            ),
            Self::Lock { problem, .. } => problem.clone(),
            Self::Gate(error) => error.to_string(),
            Self::Findings(findings) => {
                let texts: Vec<_> = findings.iter().map(ToString::to_string).collect();
                format!("the migrations are not as their lock file says\n{}", texts.join("\n"))
            }
            Self::Source { message } => format!("Diesel does not read the migrations: {message}"),
            Self::Embedded { differences } => {
                format!("the embedded migrations are not as their lock file says: {}", differences.join("; "))
            }
            Self::NewerHistory { what, written_by } => {
                let by = if written_by.is_empty() { String::new() } else { format!(" (makemigrations {written_by})") };
                format!(
                    "a newer version of this tool{by} has written the history of migrations, and this is {}: {what}",
                    crate::VERSION
                )
            }
            Self::Edited { migrations } => format!("edited after it was applied: {}", listed(migrations)),
            Self::Gone { migrations } => format!("applied, but not among the migrations: {}", listed(migrations)),
            Self::ServersOwn { database } => {
                format!("`{database}` is a database that the server has for itself: it is never dropped")
            }
            Self::OtherHistory { database } => format!(
                "the history of migrations in `{database}` is that of another project or application: none of its \
                 migrations is one of these"
            ),
            Self::NoHistory { database, objects } => {
                format!("`{database}` is not empty, and was never migrated by this tool: it has {}", listed(objects))
            }
            Self::Interleaved { absent, after, .. } => {
                format!("`{absent}` is not among the migrations, and was applied before {}, which is", listed(after))
            }
            Self::NotStored { migrations } => format!(
                "the database has no `down.sql` of {}: it was applied by an older version of this tool, or by another one",
                listed(migrations)
            ),
            Self::OutOfOrder { migrations, newest } => {
                format!(
                    "out of order: {} would run after `{newest}`, which is newer{}",
                    counted(migrations),
                    below(migrations)
                )
            }
            Self::PartlyApplied { squashed, applied, missing } => format!(
                "`{squashed}` stands for migrations of which only some are applied\napplied: {}\nmissing: {}",
                listed(applied),
                listed(missing)
            ),
            Self::Dialect { recorded, database } => {
                format!("the migrations are written for {recorded}, and the database is {database}")
            }
            Self::UnknownTarget { version } => format!("no migration has the version `{version}`"),
            Self::Backwards { migrations } => format!("that goes down: it reverts {}", listed(migrations)),
            Self::NotAgreed { migrations } => {
                format!(
                    "nothing is reverted: applied in the meantime, so that it would go as well: {}",
                    listed(migrations)
                )
            }
            Self::NoWayBack { migration } => {
                format!("`{migration}` cannot be reverted: it has no `down.sql`, or an empty one")
            }
        }
    }

    /// What to do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Url { .. } => {
                "write `postgres://user@host/database`, `sqlite://path/to/file` or `sqlite::memory:`, special characters of \
                 a password as `%` and two hexadecimal digits"
            }
            Self::Connection { .. } => {
                concat!(
                    "what counts of libpq's parameters: ",
                    env!("CARGO_PKG_REPOSITORY"),
                    "/blob/main/docs/connections.md"
                )
            }
            Self::NotBuilt { dialect } => {
                return Some(format!("enable the feature `{dialect}` of makemigrations-run in `Cargo.toml`"));
            }
            Self::Connect { .. } => "check that the server runs, and the URL in `DATABASE_URL` or `--database-url`",
            Self::NoFolder { is_file: true, .. } => "check the path in `DATABASE_URL` or `--database-url`",
            Self::NoFolder { folder, .. } => {
                let folder = quoted(&folder.display().to_string());
                return Some(format!(
                    "check the path in `DATABASE_URL` or `--database-url`; when it is right: `mkdir -p {folder}`"
                ));
            }
            Self::ServerVersion { .. } => {
                "upgrade the server, or give the URL of a newer one in `DATABASE_URL` or `--database-url`"
            }
            Self::Standby { .. } => {
                "give the URL of the primary server in `DATABASE_URL` or `--database-url`; with several hosts add \
                 `target_session_attrs=primary`"
            }
            Self::ReadOnly { .. } => "give the URL of a role that may change the database, or take the setting back",
            Self::NotMigrated { .. } => "run the migrations before the program starts: `cargo xtask migrate`",
            Self::NoScratch { role, .. } => {
                let role = makemigrations_sql::quote_identifier(role);
                return Some(format!(
                    "let it: `ALTER ROLE {role} CREATEDB`, or give the URL of a role that may; to another server, with `--scratch-url`"
                ));
            }
            Self::Migration(failure) => return Some(failure.hint()),
            Self::Locked { .. } => {
                "`cargo xtask migrate:unlock` shows who it is, and frees the lock if nobody is there"
            }
            Self::NewerHistory { .. } => {
                "nothing is changed: build with the newer version, in `Cargo.toml` and for what you installed"
            }
            Self::LockKept { .. } => {
                "`cargo xtask migrate:unlock --force` ends the session; for the next time, give migrations a URL that goes \
                 to the server itself, or to the pooler in session mode"
            }
            Self::Lock { hint, .. } | Self::InUse { hint, .. } => hint,
            Self::Embedded { .. } => {
                "build the program again: its build script is `makemigrations_gate::build_script()`, which sees changes"
            }
            Self::Edited { .. } => {
                "restore its files (`git restore`), and put the change into a new migration: `cargo xtask makemigrations`; \
                 where it is not merged: `cargo xtask migrate:down --absent` takes back what was applied, and `cargo xtask \
                 migrate` applies what is here"
            }
            Self::Gone { .. } => {
                "`cargo xtask migrate:down --absent` takes back what was applied and is not here, with the `down.sql` that the \
                 database stores; or switch to the branch that has the folder"
            }
            Self::ServersOwn { .. } => "give the project a database of its own, and its URL",
            Self::OtherHistory { .. } => {
                "give the URL of the right database; to drop this one all the same: `cargo xtask reset --force`"
            }
            Self::NoHistory { .. } => {
                "give the URL of the right database, or keep what is there: `cargo xtask adopt`; to drop it all the same: \
                 `cargo xtask reset --force`"
            }
            Self::Interleaved { before, .. } => {
                let before = before.as_deref().unwrap_or("zero");
                return Some(format!(
                    "take all of them back, newest first: `cargo xtask migrate:down --absent --to {before}`; `cargo xtask \
                     migrate` then applies again what is here"
                ));
            }
            Self::NotStored { .. } => {
                "switch to the branch that has the folder, and there `cargo xtask migrate:down`; or make a local database anew: \
                 `cargo xtask reset`"
            }
            Self::OutOfOrder { .. } => "`cargo xtask rebase` puts your migrations on top of the others",
            Self::PartlyApplied { missing, .. } => {
                let last = missing.last().map(String::as_str).unwrap_or_default();
                return Some(format!(
                    "run the missing ones one by one: `cargo xtask migrate --to {last}`, then `cargo xtask migrate`"
                ));
            }
            Self::Dialect { .. } => {
                "give the URL of the right database, or set `migrations` to the folder of its dialect"
            }
            Self::UnknownTarget { .. } => "`cargo xtask showmigrations` lists all of them",
            Self::Backwards { .. } => "`cargo xtask migrate:down --to <migration>` reverts",
            Self::NotAgreed { .. } => "run the command again: it says what goes now",
            Self::NoWayBack { .. } => "write a new migration that undoes it: `cargo xtask makemigrations`",
            Self::Source { .. } => "`cargo xtask check` looks at every file of the folder",
            Self::Database { .. } | Self::Io { .. } | Self::Gate(_) | Self::Findings(_) => return None,
        };
        Some(hint.to_owned())
    }

    /// What the database added to its message, such as the values of a row that is in the way. It is in no other text of
    /// the error.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Database { refusal, .. } => refusal.detail.as_deref(),
            Self::Migration(failure) => failure.refusal.detail.as_deref(),
            _ => None,
        }
    }

    pub(crate) fn connection(problem: impl Into<String>) -> Self {
        Self::Connection { problem: problem.into() }
    }

    pub(crate) fn url(problem: impl Into<String>) -> Self {
        Self::Url { problem: problem.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())?;
        self.hint().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<makemigrations_gate::Error> for Error {
    fn from(error: makemigrations_gate::Error) -> Self {
        Self::Gate(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Self::Migration(Box::new(failure))
    }
}

/// Adds what was being done to what the database said.
pub(crate) trait Context<T> {
    fn doing(self, what: &str) -> Result<T, Error>;
}

impl<T> Context<T> for Result<T, Refusal> {
    fn doing(self, what: &str) -> Result<T, Error> {
        self.map_err(|refusal| Error::Database { doing: what.to_owned(), refusal })
    }
}

fn locked(holder: Option<&Holder>, waited: Duration) -> String {
    let holder = holder.map_or_else(|| "somebody else".to_owned(), ToString::to_string);
    if waited.is_zero() {
        format!("the migration lock is held by {holder}")
    } else {
        format!("the migration lock is held by {holder}, after waiting {} s for it", waited.as_secs())
    }
}
