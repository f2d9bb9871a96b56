//! What every command starts from: the workspace, its settings, what git says. Must not do any command's work.

use std::path::PathBuf;

use makemigrations_gate::Lock;
use makemigrations_plan::{
    diagnostic::{Diagnostic, Severity},
    model::Dialect,
};

use super::database;
use crate::{
    environment::Environment,
    error::{CliError, Result},
    git::{
        Objects, Repository,
        base::{self, Merged},
    },
    settings::Settings,
    terminal::{Terminal, report::Texts},
    workspace::{root, view::View},
};

/// What every command starts from.
pub(crate) struct Context<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) terminal: &'a Terminal,
    pub(crate) root: PathBuf,
    pub(crate) settings: Settings,
    /// `--database-url`.
    pub(crate) database_url: Option<String>,
    /// The files that the command looks at.
    pub(crate) view: View,
}

impl<'a> Context<'a> {
    pub(crate) fn open(
        environment: &'a Environment,
        terminal: &'a Terminal,
        database_url: Option<String>,
        is_staged: bool,
    ) -> Result<Self> {
        let root = root::find(environment)?;
        let view = if is_staged {
            let repository = Repository::discover(&root, environment)
                .map_err(|unknown| CliError::usage(unknown.reason).hint(unknown.hint))?;
            View::staged(&repository)?
        } else {
            View::disk(&root)
        };
        const MANIFEST: &str = "Cargo.toml";
        let text = view.bytes(MANIFEST)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let (settings, errors) = Settings::read(MANIFEST, &text);
        if !errors.is_empty() {
            terminal.diagnostics(&errors, &Texts::from([(MANIFEST, text.as_str())]));
            return Err(CliError::usage(format!("the settings in `{MANIFEST}` cannot be used")));
        }
        Ok(Self { environment, terminal, root, settings, database_url, view })
    }

    /// The migrations folder on disk.
    pub(crate) fn migrations(&self) -> PathBuf {
        self.root.join(&self.settings.migrations)
    }

    /// The dialect of the migrations: the settings', the lock file's, the database's, else SQLite.
    pub(crate) fn dialect(&self, lock: &Lock) -> Result<Dialect> {
        let recorded = lock.dialect().map(str::parse::<Dialect>).transpose();
        let recorded = recorded.map_err(|error| CliError::usage(format!("in the lock file: {error}")))?;
        match (self.settings.dialect, recorded) {
            (Some(wanted), Some(recorded)) if wanted != recorded => Err(CliError::usage(format!(
                "the setting `dialect` is `{wanted}`, and the migrations in `{}` are written for {recorded}",
                self.settings.migrations
            ))
            .hint("give each dialect a folder of its own: the setting `migrations`")),
            (Some(dialect), _) | (None, Some(dialect)) => Ok(dialect),
            (None, None) => Ok(database::configured(self)?.map_or(Dialect::Sqlite, |url| database::dialect(&url))),
        }
    }

    /// What git knows to be merged.
    pub(crate) fn merged(&self) -> Merged {
        merged(self.environment, &self.root, &self.settings)
    }

    /// Shows diagnostics, and fails with `message` when one of them is an error.
    pub(crate) fn report(&self, diagnostics: &[Diagnostic], texts: &Texts<'_>, message: &str) -> Result<()> {
        self.terminal.diagnostics(diagnostics, texts);
        match diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count() {
            0 => Ok(()),
            1 => Err(CliError::usage(format!("{message}: 1 error"))),
            count => Err(CliError::usage(format!("{message}: {count} errors"))),
        }
    }
}

/// What git knows to be merged. Not a method, so that it can run beside what reads the files.
pub(crate) fn merged(environment: &Environment, root: &std::path::Path, settings: &Settings) -> Merged {
    let found = Repository::discover(root, environment).and_then(|repository| {
        let mut objects = Objects::open(&repository)?;
        Ok(base::merged(&repository, &mut objects, settings, environment))
    });
    found.unwrap_or_else(|unknown| Merged::unknown(unknown, environment))
}
