//! What keeps the gate from looking at the migrations at all.
//!
//! What it says about them once it has looked is a [`Finding`](crate::Finding), never an error.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// The migrations could not be read.
#[derive(Debug)]
pub enum Error {
    /// The operating system said no.
    Io {
        /// What was to be read.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// There is no migrations folder.
    NoFolder {
        /// The folder from which it was looked for, upwards.
        start: PathBuf,
    },
    /// The folder that the settings name is not there.
    SettingNamesNothing {
        /// The `Cargo.toml` with the setting.
        manifest: PathBuf,
        /// The folder it names.
        folder: PathBuf,
    },
    /// The setting is written in a way that this crate, which has no TOML parser, does not read.
    SettingNotRead {
        /// The `Cargo.toml` with the setting.
        manifest: PathBuf,
        /// Its line, from 1.
        line: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => write!(f, "cannot read `{}`: {source}", path.display()),
            Self::NoFolder { start } => write!(
                f,
                "no folder `migrations` in `{}` or above it\nhint: `cargo xtask makemigrations` writes the first one; in a \
                 published package it has to lie inside the package",
                start.display()
            ),
            Self::SettingNamesNothing { manifest, folder } => write!(
                f,
                "no folder `{}`, which `migrations` in `{}` names\nhint: correct the setting, or run `cargo xtask \
                 makemigrations`, which creates the folder",
                folder.display(),
                manifest.display()
            ),
            Self::SettingNotRead { manifest, line } => write!(
                f,
                "`migrations` at `{}:{line}` cannot be read by the build script\nhint: write `migrations = \"...\"` on a \
                 line of its own below `[workspace.metadata.makemigrations]`",
                manifest.display()
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::NoFolder { .. } | Self::SettingNamesNothing { .. } | Self::SettingNotRead { .. } => None,
        }
    }
}
