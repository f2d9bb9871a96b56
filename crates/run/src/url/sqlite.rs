//! Where a SQLite database is. Must not touch the file system.

use std::fmt;
use std::path::PathBuf;

use super::{has_drive, parts};
use crate::error::Error;

/// A SQLite database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum File {
    Memory,
    /// One of SQLite's own making. No text leads to it.
    Temporary,
    Path(PathBuf),
}

impl File {
    /// What follows `sqlite://` or `sqlite:`.
    pub(super) fn from_url(rest: &str) -> Result<Self, Error> {
        if rest.contains('?') {
            return Err(Error::url("a SQLite URL has no parameters; write a `?` in a name as `%3F`"));
        }
        let path = parts::decode(rest)?;
        match path.strip_prefix('/') {
            Some(path) if has_drive(path) => Self::from_path(path),
            _ => Self::from_path(&path),
        }
    }

    pub(super) fn from_path(path: &str) -> Result<Self, Error> {
        match path {
            "" => Err(Error::url("it names no database")),
            ":memory:" => Ok(Self::Memory),
            path if path.contains('\0') => Err(Error::url("a path cannot have a NUL in it")),
            path => Ok(Self::Path(PathBuf::from(path))),
        }
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str(":memory:"),
            Self::Temporary => f.write_str(":temporary:"),
            Self::Path(path) => path.display().fmt(f),
        }
    }
}
