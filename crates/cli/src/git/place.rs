//! The workspace as a commit has it: its settings, and where its migrations are. Must not know which commits count.

use std::{collections::BTreeMap, rc::Rc};

use makemigrations_gate::{LOCK_FILE, Lock};

use super::{Objects, Repository, Unknown};
use crate::settings::Settings;

/// What a commit says about the workspace.
pub(super) struct Place {
    /// The settings of the application at hand. One that is not there yet had those of the workspace.
    pub(super) settings: Settings,
    /// The applications of the workspace.
    pub(super) apps: BTreeMap<String, Settings>,
    /// The folder of migrations inside the repository: as the settings name it, or where it was before it was moved.
    pub(super) path: String,
    /// The text of the lock file in it.
    pub(super) lock: Option<String>,
}

/// The commits of a repository, each looked at once.
pub(super) struct Past<'a> {
    pub(super) repository: &'a Repository,
    pub(super) objects: &'a mut Objects,
    /// The settings as they are here.
    pub(super) settings: &'a Settings,
    places: BTreeMap<String, Rc<Place>>,
}

impl<'a> Past<'a> {
    pub(super) fn new(repository: &'a Repository, objects: &'a mut Objects, settings: &'a Settings) -> Self {
        Self { repository, objects, settings, places: BTreeMap::new() }
    }

    /// The workspace in a commit, which is given by its id.
    pub(super) fn at(&mut self, commit: &str) -> Result<Rc<Place>, Unknown> {
        if let Some(place) = self.places.get(commit) {
            return Ok(Rc::clone(place));
        }
        let place = Rc::new(self.read(commit)?);
        self.places.insert(commit.to_owned(), Rc::clone(&place));
        Ok(place)
    }

    fn read(&mut self, commit: &str) -> Result<Place, Unknown> {
        let manifest = format!("{}Cargo.toml", self.repository.prefix);
        let text = self.objects.text(commit, &manifest)?.unwrap_or_default();
        let workspace = Settings::read(&manifest, &text).0;
        let mut settings = workspace.of_app(self.settings.app.as_deref()).unwrap_or_else(|| workspace.clone());
        let path = format!("{}{}", self.repository.prefix, settings.migrations);
        let is_there = self.objects.get(&format!("{commit}:{path}"))?.is_some();
        let moved = if is_there { None } else { self.moved_from(commit)? };
        let path = moved.unwrap_or(path);
        let lock = self.objects.text(commit, &format!("{path}/{LOCK_FILE}"))?;
        let here = format!("{}{}", self.repository.prefix, self.settings.migrations);
        if lock.is_none() && here != path && self.objects.get(&format!("{commit}:{here}"))?.is_some() {
            // Nothing was recorded yet, so no setting had to say where the migrations are: those of a project that is adopted.
            settings.migrations.clone_from(&self.settings.migrations);
            let lock = self.objects.text(commit, &format!("{here}/{LOCK_FILE}"))?;
            return Ok(Place { settings, apps: workspace.apps, path: here, lock });
        }
        Ok(Place { settings, apps: workspace.apps, path, lock })
    }

    /// Where the migrations were before the whole project was moved inside the repository: a folder with a lock file that
    /// is not there any more, and of whose migrations one is here by name.
    fn moved_from(&mut self, commit: &str) -> Result<Option<String>, Unknown> {
        let listing = self.repository.read(&["ls-tree", "-r", "-z", "--full-tree", "--name-only", commit])?;
        let listing = String::from_utf8_lossy(&listing);
        let folders = listing.split_terminator('\0').filter_map(|path| path.strip_suffix(LOCK_FILE)?.strip_suffix('/'));
        for folder in folders.filter(|folder| !self.repository.top().join(folder).exists()) {
            let Some(text) = self.objects.text(commit, &format!("{folder}/{LOCK_FILE}"))? else { continue };
            let now = self.repository.folder.join(&self.settings.migrations);
            if Lock::parse(&text).0.migrations().any(|migration| now.join(migration).exists()) {
                return Ok(Some(folder.to_owned()));
            }
        }
        Ok(None)
    }
}
