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
    /// The lock file in it.
    pub(super) lock: Option<Lock>,
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
        let mut path = format!("{}{}", self.repository.prefix, settings.migrations);
        if !self.has(commit, &path)? {
            path = self.moved_from(commit)?.unwrap_or(path);
        }
        let mut lock = self.lock(commit, &path)?;
        let here = format!("{}{}", self.repository.prefix, self.settings.migrations);
        if lock.is_none() && here != path && self.has(commit, &here)? {
            // Nothing was recorded yet, so no setting had to say where the migrations are: those of a project that is adopted.
            settings.migrations.clone_from(&self.settings.migrations);
            lock = self.lock(commit, &here)?;
            path = here;
        }
        Ok(Place { settings, apps: workspace.apps, path, lock })
    }

    fn has(&mut self, commit: &str, path: &str) -> Result<bool, Unknown> {
        Ok(self.objects.get(&format!("{commit}:{path}"))?.is_some())
    }

    fn lock(&mut self, commit: &str, folder: &str) -> Result<Option<Lock>, Unknown> {
        let text = self.objects.text(commit, &format!("{folder}/{LOCK_FILE}"))?;
        Ok(text.map(|text| Lock::parse(&text).0))
    }

    /// Where the migrations were before the whole project was moved inside the repository: a folder with a lock file that
    /// is not there any more, and of whose migrations one is here by name.
    fn moved_from(&mut self, commit: &str) -> Result<Option<String>, Unknown> {
        let listing = self.repository.read(&["ls-tree", "-r", "-z", "--full-tree", "--name-only", commit])?;
        let listing = String::from_utf8_lossy(&listing);
        let folders = listing.split_terminator('\0').filter_map(|path| path.strip_suffix(LOCK_FILE)?.strip_suffix('/'));
        for folder in folders.filter(|folder| !self.repository.top().join(folder).exists()) {
            let Some(lock) = self.lock(commit, folder)? else { continue };
            let now = self.repository.folder.join(&self.settings.migrations);
            if lock.migrations().any(|migration| now.join(migration).exists()) {
                return Ok(Some(folder.to_owned()));
            }
        }
        Ok(None)
    }
}
