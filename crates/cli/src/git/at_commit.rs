//! The workspace as a commit has it: its settings, and where its migrations are. Must not know which commits count.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use makemigrations_gate::{LOCK_FILE, Lock};

use super::{Objects, Repository, Source, Unknown, listing::Listing};
use crate::settings::Settings;

/// The workspace as it is here.
pub(crate) struct WorkingTree<'a> {
    /// The settings of the application at hand.
    pub(crate) settings: &'a Settings,
    /// Those of every application.
    pub(crate) all: &'a [Settings],
    /// Which files count as those that are here.
    pub(crate) source: &'a Source,
}

/// What a commit says about the workspace.
pub(super) struct WorkspaceAtCommit {
    /// The settings of the application at hand. One that is not there yet had those of the workspace.
    pub(super) settings: Settings,
    /// The folders of the applications that are not here any more, inside the repository.
    pub(super) gone: BTreeMap<String, Settings>,
    /// The folder of migrations inside the repository: as the settings name it, or where it was before it was moved.
    pub(super) path: String,
    /// The lock file in it.
    pub(super) lock: Option<Lock>,
}

/// The commits of a repository, each looked at once.
pub(super) struct CommitReader<'a> {
    pub(super) repository: &'a Repository,
    pub(super) objects: &'a mut Objects,
    pub(super) here: &'a WorkingTree<'a>,
    places: BTreeMap<String, Rc<WorkspaceAtCommit>>,
    listings: BTreeMap<String, Rc<Listing>>,
    /// The files that are here, where they are not those on disk.
    pub(super) present: Option<Listing>,
}

impl<'a> CommitReader<'a> {
    pub(super) fn new(repository: &'a Repository, objects: &'a mut Objects, here: &'a WorkingTree<'a>) -> Self {
        Self { repository, objects, here, places: BTreeMap::new(), listings: BTreeMap::new(), present: None }
    }

    /// The workspace in a commit, which is given by its id.
    pub(super) fn at(&mut self, commit: &str) -> Result<Rc<WorkspaceAtCommit>, Unknown> {
        if let Some(place) = self.places.get(commit) {
            return Ok(Rc::clone(place));
        }
        let place = Rc::new(self.read(commit)?);
        self.places.insert(commit.to_owned(), Rc::clone(&place));
        Ok(place)
    }

    /// Every branch that the setting `base` has named so far, up to a commit.
    pub(super) fn bases(&mut self, head: &str) -> Result<BTreeSet<String>, Unknown> {
        let manifest = self.manifest();
        let log = self.repository.read_at_top(&["rev-list", "--full-history", head, "--", &manifest])?;
        let mut found = BTreeSet::new();
        for commit in String::from_utf8_lossy(&log).lines() {
            let text = self.objects.text(commit, &manifest)?.unwrap_or_default();
            let workspace = Settings::read(&manifest, &text).0;
            found.extend(self.of_app(&workspace).base);
        }
        Ok(found)
    }

    /// The settings of the application at hand among those of a workspace, else the workspace's own.
    fn of_app(&self, workspace: &Settings) -> Settings {
        workspace.of_app(self.here.settings.app.as_deref()).unwrap_or_else(|| workspace.clone())
    }

    fn read(&mut self, commit: &str) -> Result<WorkspaceAtCommit, Unknown> {
        let here = format!("{}{}", self.repository.prefix, self.here.settings.migrations);
        let (mut root, mut manifest) = (self.repository.prefix.clone(), self.manifest());
        let mut text = self.objects.text(commit, &manifest)?;
        if text.is_none()
            && !self.has(commit, &here)?
            && let Some(moved) = self.project_moved_from(commit)?
        {
            manifest = format!("{moved}Cargo.toml");
            text = self.objects.text(commit, &manifest)?;
            root = moved;
        }
        let workspace = Settings::read(&manifest, &text.unwrap_or_default()).0;
        let mut there = BTreeMap::new();
        for settings in workspace.of_app(None).into_iter().chain(workspace.apps.values().cloned()) {
            there.insert(format!("{root}{}", settings.migrations), settings);
        }
        let gone = self.gone(commit, &there)?;
        let mut settings = self.of_app(&workspace);
        let path = format!("{root}{}", settings.migrations);
        // An application that is new has the folder of the workspace only when it took that over.
        let is_known = settings.app == self.here.settings.app;
        let found = if (is_known || path == here) && self.has(commit, &path)? {
            Some(path)
        } else {
            let moved = self.moved_from(commit, &there)?;
            if let Some(before) = moved.as_ref().and_then(|path| there.get(path)) {
                settings.migrations.clone_from(&before.migrations);
            }
            moved
        };
        let lock = found.as_ref().map_or(Ok(None), |path| self.lock(commit, path))?;
        match found {
            Some(path) if lock.is_some() || path == here || !self.has(commit, &here)? => {
                Ok(WorkspaceAtCommit { settings, gone, path, lock })
            }
            Some(_) | None => {
                // Nothing was recorded yet, so no setting had to say where the migrations are: those of a project that is
                // adopted.
                settings.migrations.clone_from(&self.here.settings.migrations);
                let lock = self.lock(commit, &here)?;
                Ok(WorkspaceAtCommit { settings, gone, path: here, lock })
            }
        }
    }

    fn manifest(&self) -> String {
        format!("{}Cargo.toml", self.repository.prefix)
    }

    /// The folders, of those that were there, with migrations of applications that are not here any more.
    fn gone(
        &mut self,
        commit: &str,
        there: &BTreeMap<String, Settings>,
    ) -> Result<BTreeMap<String, Settings>, Unknown> {
        let mut gone = BTreeMap::new();
        for (path, settings) in there {
            if !self.here.all.iter().any(|here| here.app == settings.app) && self.has(commit, path)? {
                gone.insert(path.clone(), settings.clone());
            }
        }
        Ok(gone)
    }

    /// Whether a commit has migrations in a folder.
    ///
    /// # Errors
    /// When nobody can look into it.
    fn has(&mut self, commit: &str, path: &str) -> Result<bool, Unknown> {
        if self.objects.get(&format!("{commit}:{path}/{LOCK_FILE}"))?.is_some() {
            return Ok(true);
        }
        let listing = self.listing(commit)?;
        if let Some(what) = listing.behind(path) {
            return Err(Unknown::new(
                format!("`{path}` is {what} in {}, so git cannot say what was in it", super::short(commit)),
                "keep migrations as plain files of the repository that uses them",
            ));
        }
        Ok(listing.migrations(path).next().is_some())
    }

    /// All files of a commit. What has a lock file where it belongs does without.
    pub(super) fn listing(&mut self, commit: &str) -> Result<Rc<Listing>, Unknown> {
        if let Some(listing) = self.listings.get(commit) {
            return Ok(Rc::clone(listing));
        }
        let listing = Rc::new(Listing::of(self.repository, commit)?);
        self.listings.insert(commit.to_owned(), Rc::clone(&listing));
        Ok(listing)
    }

    pub(super) fn lock(&mut self, commit: &str, folder: &str) -> Result<Option<Lock>, Unknown> {
        let text = self.objects.text(commit, &format!("{folder}/{LOCK_FILE}"))?;
        Ok(text.map(|text| Lock::parse(&text).0))
    }
}
