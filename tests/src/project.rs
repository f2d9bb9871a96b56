//! A scratch workspace with settings and snapshots, in which the command line runs. It must not write migrations
//! itself: those come from the command line.

use std::ffi::OsStr;
use std::ops::Deref;

use crate::command::{Finished, makemigrations};
use crate::database::Engine;
use crate::folder::Folder;

/// A workspace without members; a [`Folder`] with a few more words.
#[derive(Clone, Debug)]
pub struct Project {
    folder: Folder,
}

impl Deref for Project {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

impl Project {
    /// A workspace in a new temporary folder, with nothing but the dialect in its settings.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self::with_settings(&Folder::temporary(), &format!("dialect = \"{}\"\n", engine.name()))
    }

    /// A workspace in `folder` (a repository's, for example) whose `[workspace.metadata.makemigrations]` is `settings`.
    #[must_use]
    pub fn with_settings(folder: &Folder, settings: &str) -> Self {
        let project = Self { folder: folder.clone() };
        project.settings(settings);
        project
    }

    /// The workspace that `folder` holds already.
    #[must_use]
    pub fn at(folder: &Folder) -> Self {
        Self { folder: folder.clone() }
    }

    /// Replaces the settings; with them the whole of `Cargo.toml`.
    pub fn settings(&self, settings: &str) {
        self.write(
            "Cargo.toml",
            format!("[workspace]\nresolver = \"3\"\nmembers = []\n\n[workspace.metadata.makemigrations]\n{settings}"),
        );
    }

    /// Writes `schema-snapshots/<domain>.toml`; the line `format = 1` is added.
    pub fn snapshot(&self, domain: &str, text: &str) {
        self.write(&format!("schema-snapshots/{domain}.toml"), format!("format = 1\n\n{text}"));
    }

    /// Runs the command line in the project.
    #[track_caller]
    #[must_use]
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Finished {
        makemigrations(self, arguments).run()
    }

    /// The names of the migrations, in the order in which they run.
    #[must_use]
    pub fn migrations(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .files()
            .iter()
            .filter_map(|file| file.strip_prefix("migrations/")?.split_once('/').map(|(name, _)| name.to_owned()))
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.dedup();
        names
    }
}
