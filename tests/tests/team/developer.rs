//! One developer: a clone, a database, and what is in both. It must not decide what to do next.

use std::collections::BTreeMap;
use std::path::Path;

use makemigrations_tests::database::{Database, Engine};
use makemigrations_tests::git::Repo;
use makemigrations_tests::merged::sum;
use makemigrations_tests::project::Project;
use makemigrations_tests::random::Sketch;

use crate::world::Override;

pub(crate) struct Developer {
    pub(crate) name: &'static str,
    pub(crate) repo: Repo,
    pub(crate) project: Project,
    pub(crate) database: Database,
    /// The landing that the local `main` is at.
    pub(crate) main: usize,
    pub(crate) branch: Option<Branch>,
    /// How far the clock is behind, in hours.
    pub(crate) behind: u64,
    /// The text of each migration that the database ran, by version.
    ran: BTreeMap<String, Ran>,
}

/// A branch that is not merged.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) name: String,
    /// The newest landing that it contains.
    pub(crate) base: usize,
    /// What the snapshots say.
    pub(crate) wanted: Sketch,
    /// What the migrations amount to.
    pub(crate) recorded: Sketch,
    /// The commits, oldest first. A rebase plays them again by their messages.
    pub(crate) commits: Vec<Commit>,
    /// Whether main has been merged into it: its commits are no line any more.
    pub(crate) is_merged_into: bool,
    /// Whether something is not committed.
    pub(crate) is_dirty: bool,
    /// Declared here.
    pub(crate) overrides: Vec<Override>,
    /// Whether a migration of it was written by hand.
    pub(crate) is_by_hand: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Commit {
    pub(crate) message: String,
    pub(crate) sketch: Sketch,
    /// The landing that it stands on.
    pub(crate) base: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Ran {
    /// When, and the checksum of the history: another run has another one.
    when: String,
    sums: BTreeMap<String, String>,
}

impl Developer {
    pub(crate) fn new(engine: Engine, name: &'static str, origin: &Repo, behind: u64) -> Self {
        let repo = origin.clone_with(&[]);
        Self {
            name,
            project: Project::at(&repo),
            repo,
            database: Database::new(engine, name),
            main: 0,
            branch: None,
            behind,
            ran: BTreeMap::new(),
        }
    }

    pub(crate) fn branch(&self) -> &Branch {
        self.branch.as_ref().expect("a branch")
    }

    pub(crate) fn branch_mut(&mut self) -> &mut Branch {
        self.branch.as_mut().expect("a branch")
    }

    /// The versions that are applied, oldest first.
    pub(crate) fn applied(&self) -> Vec<String> {
        self.database.column("SELECT version FROM __diesel_schema_migrations ORDER BY version")
    }

    /// The migration with a version, when it is here.
    pub(crate) fn named(&self, version: &str) -> Option<String> {
        self.project.migrations().into_iter().find(|name| crate::world::version(name) == version)
    }

    /// Notes what the database has run by now.
    pub(crate) fn look(&mut self) {
        let rows = self.database.rows(
            "SELECT version, cast(started_at AS text) || coalesce(checksum, '') FROM __makemigrations_history \
             WHERE state = 'applied'",
        );
        let mut ran = BTreeMap::new();
        for row in rows {
            let [Some(version), Some(when)] = row.as_slice() else { panic!("a row of the history: {row:?}") };
            let known = self.ran.get(version).filter(|known| known.when == *when).cloned();
            let known = known.unwrap_or_else(|| Ran { when: when.clone(), sums: self.sums(version) });
            ran.insert(version.clone(), known);
        }
        self.ran = ran;
    }

    /// The applied migrations of which other text is here than was run.
    pub(crate) fn differing(&self) -> Vec<String> {
        let differs = |(version, ran): (&String, &Ran)| {
            let name = self.named(version)?;
            (self.sums(version) != ran.sums).then_some(name)
        };
        self.ran.iter().filter_map(differs).collect()
    }

    fn sums(&self, version: &str) -> BTreeMap<String, String> {
        let Some(name) = self.named(version) else { return BTreeMap::new() };
        let folder = self.project.join(&format!("migrations/{name}"));
        sums(&folder)
    }
}

/// The checksum of each SQL file of a folder, by name.
fn sums(folder: &Path) -> BTreeMap<String, String> {
    let files = makemigrations_tests::folder::files(folder).into_iter().filter(|file| file.ends_with(".sql"));
    files.map(|file| (file.clone(), sum(&std::fs::read(folder.join(&file)).expect("a file that is there")))).collect()
}
