//! What there is: the server, its main as the test knows it, the developers, and the log. It must not do a step.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::rc::Rc;

use makemigrations_tests::command::{Command, Finished, makemigrations};
use makemigrations_tests::database::Engine;
use makemigrations_tests::folder::Folder;
use makemigrations_tests::git::Repo;
use makemigrations_tests::project::Project;
use makemigrations_tests::random::{Chance, Flags, Sketch};

use crate::developer::Developer;

/// Edits that need what not every server has.
const WITHOUT: [&str; 1] = ["toggle_extension"];
/// So many edits are made before the first migration.
const FIRST: usize = 25;

pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) chance: Chance,
    pub(crate) without: Vec<String>,
    #[expect(dead_code, reason = "the clones' server: its folder has to stay")]
    origin: Repo,
    /// The clone in which continuous integration and the merge queue work.
    pub(crate) queue: Project,
    pub(crate) queue_repo: Repo,
    pub(crate) developers: Vec<Developer>,
    /// What main was, from the first commit on.
    pub(crate) landings: Vec<Landing>,
    /// How often everything was done.
    pub(crate) counts: BTreeMap<&'static str, usize>,
    log: Rc<RefCell<Vec<String>>>,
    minutes: u64,
}

/// Main after something came to it.
#[derive(Clone, Debug)]
pub(crate) struct Landing {
    pub(crate) commit: String,
    pub(crate) sketch: Sketch,
    /// The files of each migration.
    pub(crate) migrations: BTreeMap<String, BTreeMap<String, Vec<u8>>>,
    pub(crate) overrides: Vec<Override>,
}

/// A merged migration that was changed with a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Override {
    pub(crate) migration: String,
    pub(crate) reason: String,
}

impl World {
    pub(crate) fn new(engine: Engine, seed: u64, log: Rc<RefCell<Vec<String>>>) -> Self {
        let mut chance = Chance::new(seed);
        let without: Vec<String> = WITHOUT.iter().map(|name| (*name).to_owned()).collect();
        let mut sketch = Sketch::new(engine);
        for _ in 0..FIRST {
            sketch.edit(&mut chance, &without);
        }
        let origin = Repo::bare();
        let queue_repo = origin.clone_with(&[]);
        let queue = Project::with_settings(&queue_repo, &format!("dialect = \"{}\"\n", engine.name()));
        queue.write(".gitignore", "target/\n");
        queue.write("README.md", "A product.\n");
        let nothing = Sketch::new(engine);
        let (files, flags) = sketch.snapshots(&nothing);
        write(&queue, &files);
        let mut arguments = vec!["makemigrations".to_owned(), "--no-input".to_owned()];
        arguments.extend(flag_arguments(&flags));
        makemigrations(&queue, arguments).env("MAKEMIGRATIONS_NOW", "2026-11-30T00:00:00Z").run().code(0);
        let commit = queue_repo.commit_all("initial");
        queue_repo.git(["push", "--quiet", "origin", "HEAD:main"]);
        queue_repo.git(["fetch", "--quiet"]);
        queue_repo.git(["remote", "set-head", "origin", "main"]);
        let developers = [("anna", 0), ("bela", 0), ("cleo", 1), ("dora", 60)]
            .map(|(name, behind)| Developer::new(engine, name, &origin, behind));
        let landing = Landing { commit, sketch, migrations: files_of(&queue), overrides: Vec::new() };
        let mut world = Self {
            engine,
            chance,
            without,
            origin,
            queue,
            queue_repo,
            developers: developers.into(),
            landings: vec![landing],
            counts: BTreeMap::new(),
            log,
            minutes: 0,
        };
        for who in 0..world.developers.len() {
            world.run(who, ["migrate"]).code(0);
            world.developers[who].look();
        }
        world
    }

    /// Begins a line of the log.
    pub(crate) fn line(&self, text: String) {
        self.log.borrow_mut().push(text);
    }

    /// Takes the last line back: nothing was done.
    pub(crate) fn unline(&self) {
        self.log.borrow_mut().pop();
    }

    /// Adds to the last line of the log.
    pub(crate) fn note(&self, text: &str) {
        if let Some(line) = self.log.borrow_mut().last_mut() {
            line.push_str("; ");
            line.push_str(text);
        }
    }

    /// Says in the log that something was done, and counts it.
    pub(crate) fn did(&mut self, what: &'static str) {
        self.note(what);
        *self.counts.entry(what).or_default() += 1;
    }

    /// One of the things that were done least often.
    pub(crate) fn rarest<T: Copy>(&mut self, things: &[T], name: fn(&T) -> &'static str) -> T {
        let count = |thing: &T| self.counts.get(name(thing)).copied().unwrap_or_default();
        let least = things.iter().map(count).min().unwrap_or_default();
        let rare: Vec<T> = things.iter().filter(|thing| count(thing) == least).copied().collect();
        self.chance.of(&rare)
    }

    pub(crate) fn newest(&self) -> usize {
        self.landings.len() - 1
    }

    pub(crate) fn main(&self) -> &Landing {
        self.landings.last().expect("main has a first commit")
    }

    /// The command line in somebody's clone, a minute later than the last time by that person's clock.
    pub(crate) fn command<A: AsRef<OsStr>>(&mut self, who: usize, arguments: impl IntoIterator<Item = A>) -> Command {
        let now = self.next_now(who);
        let developer = &self.developers[who];
        makemigrations(&developer.project, arguments)
            .env("MAKEMIGRATIONS_NOW", now)
            .env("DATABASE_URL", developer.database.url())
    }

    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(&mut self, who: usize, arguments: impl IntoIterator<Item = A>) -> Finished {
        self.command(who, arguments).run()
    }

    /// A minute later than the last time, by somebody's clock.
    pub(crate) fn next_now(&mut self, who: usize) -> String {
        self.minutes += 1;
        self.now(self.developers[who].behind)
    }

    fn now(&self, behind: u64) -> String {
        let minutes = 30 * 24 * 60 + self.minutes - 60 * behind;
        let (days, minutes) = (minutes / (24 * 60), minutes % (24 * 60));
        // Ninety days from the first of December on.
        let (month, day) = match days {
            0..31 => ("2026-12", days + 1),
            31..62 => ("2027-01", days - 30),
            _ => ("2027-02", days - 61),
        };
        format!("{month}-{day:02}T{:02}:{:02}:00Z", minutes / 60, minutes % 60)
    }

    /// The migrations that only this person has, oldest first.
    pub(crate) fn own(&self, who: usize) -> Vec<String> {
        let developer = &self.developers[who];
        let Some(branch) = &developer.branch else { return Vec::new() };
        let merged = &self.landings[branch.base].migrations;
        developer.project.migrations().into_iter().filter(|name| !merged.contains_key(name)).collect()
    }

    /// What is declared in somebody's work tree.
    pub(crate) fn overrides(&self, who: usize) -> Vec<Override> {
        let developer = &self.developers[who];
        match &developer.branch {
            Some(branch) => {
                let mut all = self.landings[branch.base].overrides.clone();
                all.extend(branch.overrides.iter().cloned());
                all
            }
            None => self.landings[developer.main].overrides.clone(),
        }
    }
}

/// A migration's version, as Diesel's table has it.
pub(crate) fn version(name: &str) -> String {
    name.split('_').next().unwrap_or_default().replace('-', "")
}

/// Answers as arguments.
pub(crate) fn flag_arguments(flags: &Flags) -> Vec<String> {
    let kinds = [("--rename", &flags.renames), ("--backfill", &flags.backfills), ("--using", &flags.usings)];
    kinds.into_iter().flat_map(|(flag, values)| values.iter().flat_map(move |v| [flag.to_owned(), v.clone()])).collect()
}

/// Writes snapshots.
pub(crate) fn write(folder: &Folder, files: &BTreeMap<&'static str, String>) {
    for (domain, text) in files {
        folder.write(&format!("schema-snapshots/{domain}.toml"), text);
    }
}

/// The files of all migrations of a work tree.
pub(crate) fn files_of(folder: &Folder) -> BTreeMap<String, BTreeMap<String, Vec<u8>>> {
    let mut all: BTreeMap<String, BTreeMap<String, Vec<u8>>> = BTreeMap::new();
    for path in folder.files() {
        let Some((migration, file)) = path.strip_prefix("migrations/").and_then(|path| path.split_once('/')) else {
            continue;
        };
        all.entry(migration.to_owned()).or_default().insert(file.to_owned(), folder.read_bytes(&path));
    }
    all
}
