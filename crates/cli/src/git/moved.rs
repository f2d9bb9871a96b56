//! Where migrations were before their folder, their application or the whole project was moved. Must not judge a move.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_gate::{Folder, Lock, Sum};

use super::{Source, Unknown, at_commit::CommitReader, index::Index, listing::Listing};
use crate::settings::Settings;

impl CommitReader<'_> {
    /// Where the project was in a commit in which it is not where it is here: the folder of its `Cargo.toml`, with a `/` at
    /// its end unless empty.
    pub(super) fn project_moved_from(&mut self, commit: &str) -> Result<Option<String>, Unknown> {
        let mut best: Option<(usize, String)> = None;
        for (folder, before) in self.recorded(commit)? {
            if self.is_kept(commit, &folder, &before)? {
                continue;
            }
            let mut count = 0;
            for settings in self.here.all {
                count += self.held(settings, &before)?;
            }
            if count > best.as_ref().map_or(0, |(most, _)| *most) {
                best = Some((count, self.project_of(commit, &folder)?));
            }
        }
        Ok(best.map(|(_, root)| root))
    }

    /// The folder that the migrations of the application at hand were in: one that nobody keeps, and that no other new
    /// application has more of. `there` has the folders of the applications in the commit.
    pub(super) fn moved_from(
        &mut self,
        commit: &str,
        there: &BTreeMap<String, Settings>,
    ) -> Result<Option<String>, Unknown> {
        let mut folders = self.recorded(commit)?;
        let listing = self.listing(commit)?;
        for folder in there.keys().filter(|folder| listing.migrations(folder).next().is_some()) {
            // Not recorded yet: known by name only.
            let before = || Before { names: listing.migrations(folder).map(str::to_owned).collect(), lock: None };
            folders.entry(folder.clone()).or_insert_with(before);
        }
        let is_new = |settings: &&Settings| !there.values().any(|other| other.app == settings.app);
        let rivals: Vec<&Settings> =
            self.here.all.iter().filter(|other| other.app != self.here.settings.app).filter(is_new).collect();
        let mut best: Option<(usize, String)> = None;
        for (folder, before) in folders {
            let is_kept = match there.get(&folder) {
                Some(owner) => {
                    let is_taken = |other: &Settings| other.app != self.here.settings.app && self.path(other) == folder;
                    self.here
                        .all
                        .iter()
                        .any(|other| (other.app == owner.app && other.app != self.here.settings.app) || is_taken(other))
                }
                None => self.is_kept(commit, &folder, &before)?,
            };
            if is_kept {
                continue;
            }
            let count = self.held(self.here.settings, &before)?;
            if count <= best.as_ref().map_or(0, |(most, _)| *most) {
                continue;
            }
            let mut is_another_s = false;
            for rival in &rivals {
                is_another_s |= self.held(rival, &before)? > count;
            }
            if !is_another_s {
                best = Some((count, folder));
            }
        }
        Ok(best.map(|(_, folder)| folder))
    }

    /// The folders of a commit that have a lock file.
    fn recorded(&mut self, commit: &str) -> Result<BTreeMap<String, Before>, Unknown> {
        let listing = self.listing(commit)?;
        let mut found = BTreeMap::new();
        for folder in listing.recorded() {
            if let Some(lock) = self.lock(commit, folder)? {
                let names = lock.migrations().map(str::to_owned).collect();
                found.insert(folder.to_owned(), Before { names, lock: Some(lock) });
            }
        }
        Ok(found)
    }

    /// Whether the folder of another project stays what it was: with all its migrations, beside the `Cargo.toml` that it
    /// belongs to. Then this one has a copy, and did not come from there.
    fn is_kept(&mut self, commit: &str, folder: &str, before: &Before) -> Result<bool, Unknown> {
        let manifest = format!("{}Cargo.toml", self.project_of(commit, folder)?);
        let was_there = self.listing(commit)?.has(&manifest);
        if was_there && !self.is_here(&manifest)? {
            return Ok(false);
        }
        for migration in &before.names {
            if !self.is_here(&format!("{folder}/{migration}/up.sql"))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The folder, with a `/` at its end unless empty, of the `Cargo.toml` that a folder of migrations belongs to: the
    /// nearest one above it whose settings name it, else the nearest one.
    fn project_of(&mut self, commit: &str, folder: &str) -> Result<String, Unknown> {
        let listing = self.listing(commit)?;
        let mut roots: Vec<&str> = folder.match_indices('/').map(|(end, _)| &folder[..=end]).collect();
        roots.insert(0, "");
        let roots: Vec<&str> =
            roots.into_iter().rev().filter(|root| listing.has(&format!("{root}Cargo.toml"))).collect();
        for root in &roots {
            let manifest = format!("{root}Cargo.toml");
            let text = self.objects.text(commit, &manifest)?.unwrap_or_default();
            let workspace = Settings::read(&manifest, &text).0;
            let mut applications = workspace.of_app(None).into_iter().chain(workspace.apps.values().cloned());
            if applications.any(|settings| format!("{root}{}", settings.migrations) == folder) {
                return Ok((*root).to_owned());
            }
        }
        Ok(roots.first().copied().unwrap_or_default().to_owned())
    }

    fn path(&self, settings: &Settings) -> String {
        format!("{}{}", self.repository.prefix, settings.migrations)
    }

    /// Whether a file, named as the repository does, is here.
    fn is_here(&mut self, path: &str) -> Result<bool, Unknown> {
        if self.present.is_none() {
            self.present = match self.here.source {
                Source::WorkTree => return Ok(self.repository.top().join(path).exists()),
                Source::Index => Some(Listing::staged(self.repository)?),
                Source::Commit(commits) => Some(Listing::of(self.repository, &commits.tree)?),
            };
        }
        Ok(self.present.as_ref().is_some_and(|present| present.has(path)))
    }

    /// How many of the migrations an application has here: by name, or with the same files under another one.
    fn held(&mut self, settings: &Settings, before: &Before) -> Result<usize, Unknown> {
        let folder = match self.here.source {
            // What cannot be read is said where it is checked.
            Source::WorkTree => Folder::read_inside(&self.repository.folder, &settings.migrations).unwrap_or_default(),
            Source::Index => Index::read(self.repository)?.migrations(self.objects, &settings.migrations)?,
            Source::Commit(commits) => {
                let index = Index::of_commit(self.repository, &commits.tree)?;
                index.migrations(self.objects, &settings.migrations)?
            }
        };
        let sums = |name: &str| -> BTreeMap<String, Sum> {
            folder.files(name).into_iter().flatten().map(|(file, content)| (file.clone(), content.sum())).collect()
        };
        let contents: BTreeSet<_> = folder.migrations().map(sums).collect();
        let has = |name: &&String| {
            let files = before.lock.as_ref().and_then(|lock| lock.files(name));
            folder.files(name).is_some() || files.is_some_and(|files| contents.contains(files))
        };
        Ok(before.names.iter().filter(has).count())
    }
}

/// A folder of migrations as a commit has it.
struct Before {
    names: BTreeSet<String>,
    lock: Option<Lock>,
}
