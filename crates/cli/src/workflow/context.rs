//! What every command starts from: the workspace, its settings, what git says. Must not do any command's work.

use std::path::{Path, PathBuf};

use makemigrations_gate::{LOCK_FILE, Lock};
use makemigrations_plan::{
    diagnostic::{Diagnostic, Severity},
    model::Dialect,
};

use super::database;
use crate::{
    environment::Environment,
    error::{CliError, Result},
    git::{
        Commits, Objects, Repository, Unknown, WorkingTree,
        base::{self, Merged},
        state,
    },
    settings::Settings,
    terminal::{Terminal, report::Texts},
    workspace::{lock::FolderLock, members::Members, root, view::View, write_journal::WriteJournal},
};

/// What every command starts from.
pub(crate) struct Context<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) terminal: &'a Terminal,
    pub(crate) root: PathBuf,
    /// Those of the application at hand.
    pub(crate) settings: Settings,
    /// Those of the workspace, with all its applications.
    workspace: Settings,
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
        looked_at: LookedAt<'_>,
    ) -> Result<Self> {
        let root = root::find(environment)?;
        let repository = || {
            Repository::discover(&root, environment)
                .map_err(|unknown| CliError::usage(unknown.reason).hint(unknown.hint))
        };
        let mut policy = None;
        let view = match looked_at {
            LookedAt::Disk => View::disk(&root),
            LookedAt::Staged => View::staged(&repository()?)?,
            LookedAt::Commit { tree, base } => {
                let repository = repository()?.without_work_tree();
                let commits = commits(&repository, environment, tree, base)?;
                policy = settings_at(&repository, &commits.base)?;
                View::commit(&repository, commits)?
            }
        };
        let view = view.for_commands_in(&root, &environment.folder);
        const MANIFEST: &str = "Cargo.toml";
        let text = match policy {
            Some(text) => text,
            None => view.bytes(MANIFEST)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default(),
        };
        let (settings, errors) = Settings::read(MANIFEST, &text);
        if !errors.is_empty() {
            terminal.diagnostics(&errors, &Texts::from([(MANIFEST, text.as_str())]));
            return Err(CliError::usage(format!("the settings in `{MANIFEST}` cannot be used")));
        }
        let workspace = settings.clone();
        Ok(Self { environment, terminal, root, settings, workspace, database_url, view })
    }

    /// The same for an application: the named one, else the workspace's own migrations, else the only one there is.
    pub(crate) fn for_app(mut self, name: Option<&str>) -> Result<Self> {
        let known: Vec<&str> = self.workspace.apps.keys().map(String::as_str).collect();
        let chosen = match name {
            Some(name) if known.contains(&name) => Some(name),
            Some(name) => {
                let hint = match known.as_slice() {
                    [] => "the setting `apps` names the applications of a workspace".to_owned(),
                    known => format!("the applications are {}", listed(known)),
                };
                return Err(CliError::usage(format!("no application is called `{name}`")).hint(hint));
            }
            None if known.is_empty() || self.has_own()? => None,
            None => match known.as_slice() {
                [only] => Some(*only),
                several => {
                    let flags = several.iter().map(|app| format!("`--app {app}`")).collect::<Vec<_>>().join(" or ");
                    return Err(CliError::usage(format!(
                        "the workspace has several applications: {}",
                        listed(several)
                    ))
                    .hint(format!("say which: {flags}")));
                }
            },
        };
        self.settings = self.workspace.of_app(chosen).unwrap_or_default();
        Ok(self)
    }

    /// The settings of every application, those of the workspace's own migrations first, when there are any.
    pub(crate) fn applications(&self) -> Result<Vec<Settings>> {
        let own = if self.workspace.apps.is_empty() || self.has_own()? { self.workspace.of_app(None) } else { None };
        Ok(own.into_iter().chain(self.workspace.apps.values().cloned()).collect())
    }

    /// The workspace as git has to know it; `all` is what [`Context::applications`] gives.
    pub(crate) fn here<'s>(&'s self, all: &'s [Settings]) -> WorkingTree<'s> {
        WorkingTree { settings: &self.settings, all, source: self.view.source() }
    }

    /// Whether the workspace has migrations beside those of its applications. A folder that holds theirs,
    /// `migrations/postgres`, may be nobody's own.
    fn has_own(&self) -> Result<bool> {
        let own = &self.workspace.migrations;
        if self.workspace.apps.values().any(|app| app.migrations == *own) {
            return Ok(false);
        }
        let Some(entries) = self.view.entries(own)? else { return Ok(false) };
        let holds_others = self.workspace.apps.values().any(|app| Path::new(&app.migrations).starts_with(own));
        Ok(!holds_others || entries.iter().any(|entry| entry.name == LOCK_FILE))
    }

    /// The migrations folder on disk.
    pub(crate) fn migrations(&self) -> PathBuf {
        self.root.join(&self.settings.migrations)
    }

    /// Where a command that writes migrations says what it is about to name.
    pub(crate) fn write_journal(&self) -> WriteJournal {
        journal(&self.root, &self.settings.migrations)
    }

    /// Finishes what commands have begun to name that were killed, in every application, and says so.
    ///
    /// # Errors
    /// When a file cannot be renamed.
    pub(crate) fn finish_writing(&self) -> Result<()> {
        // What is wrong with the applications, the command itself says.
        for settings in self.applications().unwrap_or_default() {
            let journal = journal(&self.root, &settings.migrations);
            if !journal.is_there() {
                continue;
            }
            // A command that is still at it is waited for.
            let guard = FolderLock::acquire(&self.root.join(&settings.migrations), self.terminal)?;
            if journal.finish(&guard)? {
                let folder = &settings.migrations;
                self.terminal.say(&format!("note: finished what a command that was killed had begun in `{folder}`"));
            }
        }
        Ok(())
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
            // A commit is data: what database this machine has is not asked.
            (None, None) if self.view.source().commits().is_some() => Ok(Dialect::Sqlite),
            (None, None) => Ok(database::configured(self)?.map_or(Dialect::Sqlite, |url| database::dialect(&url))),
        }
    }

    /// The members' snapshots that belong to the application at hand.
    pub(crate) fn members(&self) -> Result<Members> {
        let apps: Vec<&str> = self.workspace.apps.keys().map(String::as_str).collect();
        Ok(Members::read(&self.root, &self.view, &apps)?.of_app(self.settings.app.as_deref()))
    }

    /// What git knows to be merged.
    pub(crate) fn merged(&self) -> Merged {
        match self.applications() {
            Ok(all) => merged(self.environment, &self.root, &self.here(&all)),
            Err(error) => {
                let hint = "make the files of the workspace readable";
                Merged::unknown(Unknown::new(error.message, hint), self.environment)
            }
        }
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

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What a command looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LookedAt<'a> {
    /// The files on disk.
    Disk,
    /// What is staged.
    Staged,
    /// A commit, as data, with another one that says what is merged and what is allowed.
    Commit { tree: &'a str, base: Option<&'a str> },
}

/// The commits that a person named, by their ids.
fn commits(repository: &Repository, environment: &Environment, tree: &str, base: Option<&str>) -> Result<Commits> {
    let refused = |unknown: Unknown| CliError::usage(unknown.reason).hint(unknown.hint);
    let mut objects = Objects::open(repository).map_err(refused)?;
    let mut find = |flag: &str, name: &str| {
        let found = objects.commit(name).map_err(refused)?;
        found.ok_or_else(|| {
            CliError::usage(format!("`{flag} {name}`: there is no such commit here"))
                .hint("fetch it: `git fetch origin +refs/heads/BRANCH:refs/remotes/origin/BRANCH`")
        })
    };
    let tree = find("--tree", tree)?;
    if let Some(name) = base {
        return Ok(Commits { tree, base: find("--base", name)?, base_name: name.to_owned() });
    }
    match repository.usual_base(&mut objects, environment).map_err(refused)? {
        Some((base_name, base)) => Ok(Commits { tree, base, base_name }),
        None => Err(CliError::check("nothing says what is merged: there is no base branch here")
            .hint("name it: `--base origin/main`, and fetch it with all its history")),
    }
}

/// The text with the settings of a commit. `None` where it has neither settings nor recorded migrations, so that there is
/// nothing yet that another commit could change.
fn settings_at(repository: &Repository, commit: &str) -> Result<Option<String>> {
    let refused = |unknown: Unknown| CliError::usage(unknown.reason).hint(unknown.hint);
    let mut objects = Objects::open(repository).map_err(refused)?;
    let mut text = |path: &str| objects.text(commit, &format!("{}{path}", repository.prefix)).map_err(refused);
    let manifest = text("Cargo.toml")?;
    let lock = text(&format!("{}/{LOCK_FILE}", Settings::default().migrations))?;
    Ok(manifest.filter(|manifest| lock.is_some() || Settings::are_in(manifest)))
}

/// What git knows to be merged. Not a method, so that it can run beside what reads the files.
pub(crate) fn merged(environment: &Environment, root: &Path, here: &WorkingTree<'_>) -> Merged {
    let found = Repository::discover(root, environment).and_then(|repository| {
        let is_commit = here.source.commits().is_some();
        let repository = if is_commit { repository.without_work_tree() } else { repository };
        let mut objects = Objects::open(&repository)?;
        Ok(base::merged(&repository, &mut objects, here, environment))
    });
    found.unwrap_or_else(|unknown| Merged::unknown(unknown, environment))
}

fn journal(root: &Path, migrations: &str) -> WriteJournal {
    WriteJournal::new(root, state::without_git(root, migrations).as_deref())
}
