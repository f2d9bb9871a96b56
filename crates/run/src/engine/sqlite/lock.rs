//! The migration lock of a SQLite database: a lock of the operating system on a file beside it, which dies with the
//! process. Must not touch the database.
//!
//! The file says who holds the lock: a migration that has written much keeps everybody from reading the database.
//!
//! The file stays when the lock is given back: who deletes it can delete it from under somebody who has just opened it,
//! and then two hold "the" lock.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{io, process};
use crate::error::Error;
use crate::holder::Holder;
use crate::identity;

/// What is added to the name of the database's file.
const SUFFIX: &str = ".makemigrations-lock";
/// How long a process has to end in order, before it is killed, and after that.
const PATIENCE: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(50);

pub(super) struct Lock {
    path: PathBuf,
    held: Option<File>,
}

impl Lock {
    /// The lock of the database in that file, which is there. The same for all names of the file.
    pub(super) fn beside(database: &Path) -> Result<Self, Error> {
        let database = database.canonicalize().map_err(|error| io("find", database, error))?;
        let mut name = database.file_name().unwrap_or_default().to_owned();
        name.push(SUFFIX);
        Ok(Self { path: database.with_file_name(name), held: None })
    }

    pub(super) fn try_lock(&mut self) -> Result<bool, Error> {
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(&self.path);
        let file = open.map_err(|error| io("open the lock file", &self.path, error))?;
        let locked = self.try_on(&file)?;
        if locked {
            self.held = Some(file);
        }
        Ok(locked)
    }

    pub(super) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Whether anybody holds the lock, without creating its file.
    pub(super) fn is_taken(&self) -> Result<bool, Error> {
        match OpenOptions::new().write(true).open(&self.path) {
            Ok(file) => self.try_on(&file).map(|locked| !locked),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io("open the lock file", &self.path, error)),
        }
    }

    pub(super) fn unlock(&mut self) -> Result<(), Error> {
        match self.held.take() {
            Some(file) => {
                let emptied = file.set_len(0).map_err(|error| io("empty", &self.path, error));
                file.unlock().map_err(|error| io("unlock", &self.path, error)).and(emptied)
            }
            None => Ok(()),
        }
    }

    /// Writes down who holds the lock, which this process does.
    pub(super) fn write_holder(&mut self, holder: &Holder) -> Result<(), Error> {
        let Some(file) = &mut self.held else { return Ok(()) };
        let fields = [
            ("host", holder.host.clone()),
            ("pid", holder.pid.map(|pid| pid.to_string())),
            ("user", holder.user.clone()),
            ("since", holder.since.clone()),
            ("tool", holder.tool.clone()),
        ];
        let known = fields.into_iter().filter_map(|(name, value)| Some((name, value?.replace(['\r', '\n'], " "))));
        let text: String = known.map(|(name, value)| format!("{name} {value}\n")).collect();
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(text.as_bytes()));
        written.map_err(|error| io("write", &self.path, error))
    }

    /// Who holds the lock, as the holder has written it down; where the system lets others read it.
    pub(super) fn written_holder(&self) -> Option<Holder> {
        let text = std::fs::read_to_string(&self.path).ok()?;
        let field = |name: &str| {
            let mut fields = text.lines().filter_map(|line| line.split_once(' '));
            fields.find(|(found, _)| *found == name).map(|(_, value)| value.to_owned())
        };
        let pid = field("pid")?.parse().ok()?;
        let (host, user) = (field("host"), field("user"));
        Some(Holder { host, pid: Some(pid), user, since: field("since"), tool: field("tool"), ..Holder::default() })
    }

    /// Ends the process that holds the lock.
    pub(super) fn end(&self, holder: &Holder) -> Result<(), Error> {
        let refuse = |problem: String, hint| Err(Error::Lock { problem, hint });
        let Some(pid) = holder.pid else {
            return refuse(
                "it is not known which process holds the migration lock".to_owned(),
                "look for the process that has the lock file open, with `lsof` for example, and end it",
            );
        };
        if holder.host != identity::host() {
            let host = holder.host.as_deref().unwrap_or("an unknown machine");
            return refuse(format!("process {pid}, which holds the migration lock, runs on `{host}`"), "end it there");
        }
        // The table is written after the lock is taken: for a moment it still names somebody before.
        if pid == std::process::id() || process::has_open(pid, &self.path) == Some(false) {
            return refuse(
                format!("process {pid} is written down as the holder of the migration lock, and does not hold it"),
                "wait a moment and run it again",
            );
        }
        for signal in [process::Signal::Terminate, process::Signal::Kill] {
            process::send(signal, pid)?;
            let start = Instant::now();
            while start.elapsed() < PATIENCE {
                if !self.is_taken()? {
                    return Ok(());
                }
                sleep(POLL);
            }
        }
        refuse(format!("process {pid}, which holds the migration lock, does not end"), "look what keeps it, and end it")
    }

    fn try_on(&self, file: &File) -> Result<bool, Error> {
        match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(io("lock", &self.path, error)),
        }
    }
}
