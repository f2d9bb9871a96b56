//! What is applied, what is pending, and what would run for a target. Pure: knows nothing of databases and files.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use makemigrations_gate::{Finding, Id, wording::listed};

use crate::error::Error;
use crate::history::Run;
use crate::holder::Holder;
use crate::source::squashed::{self, Squashed};
use crate::source::{Migrations, UP};

/// Which way a migration is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `up.sql`.
    Up,
    /// `down.sql`.
    Down,
}

impl Direction {
    /// The file that runs.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Up => "up.sql",
            Self::Down => "down.sql",
        }
    }
}

/// Up to where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Everything is applied.
    Latest,
    /// The migration of this Diesel version is the last one applied.
    Version(String),
    /// As many as this, the newest ones, are reverted.
    Back(usize),
    /// Nothing is applied.
    Zero,
}

/// Which applied migrations a rollback may take that are not here as they were applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// None: where one is in the way, nothing is rolled back.
    Refused,
    /// All of them, with what the history stores.
    Included,
}

/// How a migration stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is applied.
    Applied,
    /// It is applied, and was changed afterwards.
    Edited,
    /// It is applied, and is not among the migrations.
    Unknown,
    /// It is not applied.
    Pending,
    /// It is not applied, and a newer one is.
    OutOfOrder,
}

impl State {
    /// Whether the database has it.
    #[must_use]
    pub fn is_applied(self) -> bool {
        match self {
            Self::Applied | Self::Edited | Self::Unknown => true,
            Self::Pending | Self::OutOfOrder => false,
        }
    }
}

/// A migration, and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its Diesel version.
    pub version: String,
    /// Name of its folder. For an unknown one what the history says, else the version.
    pub name: String,
    /// How it stands.
    pub state: State,
    /// The last run of it that the history knows.
    pub run: Option<Run>,
    /// Why it was changed after it was merged, where that was declared.
    pub override_reason: Option<String>,
    /// Why people changed its `squashed.sql`, empty where they gave no reason. `None` where they did not, or it has none.
    pub manual_reason: Option<String>,
    /// What the next run does about it, where it is not applied.
    pub next: Option<NextAction>,
}

/// What the next run does about a migration that is not applied. `Display` is a part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextAction {
    /// It runs.
    Apply,
    /// Its last run did not end well; it runs again.
    ApplyAgain,
    /// What its last run left half-made is removed, then it runs again.
    Rebuild {
        /// What that is: invalid indexes.
        objects: Vec<String>,
    },
    /// What its last run began is ended.
    Finish {
        /// What that is.
        object: String,
    },
    /// Its last run had done its work, and it is only recorded.
    Record {
        /// What is there.
        object: String,
    },
    /// Nothing before somebody else is done with it.
    Wait {
        /// Who that is, where it is the holder of the migration lock.
        holder: Option<Box<Holder>>,
        /// The session that is at it, where that is known.
        session: Option<i32>,
    },
    /// It refuses: something else is in the way.
    Refuse {
        /// What.
        problem: String,
    },
}

impl NextAction {
    /// A stable name for programs.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::ApplyAgain => "apply_again",
            Self::Rebuild { .. } => "rebuild",
            Self::Finish { .. } => "finish",
            Self::Record { .. } => "record",
            Self::Wait { .. } => "wait",
            Self::Refuse { .. } => "refuse",
        }
    }
}

impl fmt::Display for NextAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Apply => f.write_str("the next `migrate` runs it"),
            Self::ApplyAgain => f.write_str("the next `migrate` runs it again"),
            Self::Rebuild { objects } => {
                write!(
                    f,
                    "left {} half-made, which the next `migrate` removes before it runs it again",
                    listed(objects)
                )
            }
            Self::Finish { object } => write!(f, "the next `migrate` finishes `{object}`"),
            Self::Record { object } => {
                write!(f, "`{object}` is there and complete: the next `migrate` records it")
            }
            Self::Wait { holder: Some(holder), .. } => write!(f, "held by {holder}; the next `migrate` waits for it"),
            Self::Wait { session: Some(session), .. } => {
                write!(f, "session {session} is at it; the next `migrate` waits for it")
            }
            Self::Wait { .. } => f.write_str("the next `migrate` waits for somebody else"),
            Self::Refuse { problem } => write!(f, "the next `migrate` refuses: {problem}"),
        }
    }
}

/// All migrations, and how they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Ordered by version, as they run.
    pub entries: Vec<Entry>,
    /// What the gate says about the files.
    pub findings: Vec<Finding>,
    /// Indexes of the database that are invalid, and nobody builds.
    pub invalid_indexes: Vec<String>,
}

/// A migration that is to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its Diesel version.
    pub version: String,
    /// Name of its folder.
    pub name: String,
    /// Which way.
    pub direction: Direction,
    /// The migrations in whose place its `squashed.sql` runs, by name, oldest first. Empty where it runs for itself.
    pub instead_of: Vec<String>,
    /// Why people changed that file, empty where they gave no reason. `None` where it does not run, or is as the tool wrote it.
    pub manual_reason: Option<String>,
}

impl Step {
    /// The numbers of the migrations in whose place it runs, as in `0001-0042`, where it does.
    #[must_use]
    pub fn range(&self) -> Option<String> {
        Some(squashed::range(self.instead_of.first()?, self.instead_of.last()?))
    }
}

impl Status {
    pub(crate) fn new(migrations: &Migrations, applied: &BTreeSet<String>, history: &BTreeMap<String, Run>) -> Self {
        let newest = applied.last();
        let versions: BTreeSet<_> = migrations.by_version.keys().chain(applied).collect();
        let entries = versions.into_iter().flat_map(|version| {
            let run = history.get(version);
            let unknown = || Entry {
                version: version.clone(),
                name: run.map_or_else(|| version.clone(), |run| run.name.clone()),
                state: State::Unknown,
                run: run.cloned(),
                override_reason: None,
                manual_reason: None,
                next: None,
            };
            let Some(migration) = migrations.by_version.get(version) else { return vec![unknown()] };
            let override_reason = migrations.override_reason(&migration.name).map(str::to_owned);
            let squashed = migrations.squashed.iter().find(|squashed| squashed.version == *version);
            let entry = |state, run: Option<&Run>| Entry {
                version: version.clone(),
                name: migration.name.clone(),
                state,
                run: run.cloned(),
                override_reason: override_reason.clone(),
                manual_reason: squashed.and_then(|squashed| squashed.manual_reason.clone()),
                next: None,
            };
            let pending =
                if newest.is_some_and(|newest| version < newest) { State::OutOfOrder } else { State::Pending };
            if !applied.contains(version) {
                return vec![entry(pending, run)];
            }
            if !is_edited(migrations, &migration.name, run) || override_reason.is_some() {
                return vec![entry(State::Applied, run)];
            }
            // Two branches can give their next migrations one version: that of the other one is no edit of this one.
            if run.is_some_and(|run| run.name != migration.name) {
                return vec![unknown(), entry(pending, None)];
            }
            vec![entry(State::Edited, run)]
        });
        Self { entries: entries.collect(), findings: migrations.findings.clone(), invalid_indexes: Vec::new() }
    }

    /// What runs for a target, in order. Down when the target lies behind the newest applied migration. Where none of the
    /// migrations is applied that one of `squashed` stands for, it runs in their place, unless the target is one of them.
    pub(crate) fn steps(&self, target: &Target, squashed: &[Squashed], absent: Absent) -> Result<Vec<Step>, Error> {
        let applied: Vec<_> = self.entries.iter().filter(|entry| entry.state.is_applied()).collect();
        let newest = applied.last().map(|entry| entry.version.as_str());
        let target = match target {
            Target::Latest => return self.up(None, squashed),
            Target::Zero => None,
            Target::Back(0) => return Ok(Vec::new()),
            Target::Back(count) => applied.iter().nth_back(*count).map(|entry| entry.version.as_str()),
            Target::Version(version) => {
                let known = |entry: &&Entry| entry.version == *version && entry.state != State::Unknown;
                if !self.entries.iter().any(|entry| known(&entry)) {
                    return Err(Error::UnknownTarget { version: version.clone() });
                }
                Some(version.as_str())
            }
        };
        match target {
            Some(version) if newest.is_none_or(|newest| version >= newest) => match absent {
                Absent::Refused => self.up(Some(version), squashed),
                Absent::Included => Ok(Vec::new()),
            },
            target => self.down(target, absent),
        }
    }

    fn up(&self, last: Option<&str>, squashed: &[Squashed]) -> Result<Vec<Step>, Error> {
        self.refuse(|_| true)?;
        let late = self.names(|entry| entry.state == State::OutOfOrder);
        if let (false, Some(newest)) = (late.is_empty(), self.entries.iter().rfind(|entry| entry.state.is_applied())) {
            return Err(Error::OutOfOrder { migrations: late, newest: newest.name.clone() });
        }
        let runs =
            |entry: &&Entry| entry.state == State::Pending && last.is_none_or(|last| entry.version.as_str() <= last);
        let pending: Vec<&Entry> = self.entries.iter().filter(runs).collect();
        let ones = self.stand_ins(last, squashed)?;
        let mut steps = Vec::new();
        for entry in pending {
            match ones.iter().find(|one| one.originals.contains(&entry.version)) {
                None => steps.push(Step::new(entry, Direction::Up)),
                Some(one) if one.originals.first() == Some(&entry.version) => steps.push(self.stand_in(one)),
                Some(_) => {}
            }
        }
        Ok(steps)
    }

    /// Those that run in the place of what they stand for, on the way to `last`.
    fn stand_ins<'a>(&self, last: Option<&str>, squashed: &'a [Squashed]) -> Result<Vec<&'a Squashed>, Error> {
        let mut ones: Vec<&Squashed> = Vec::new();
        for one in squashed.iter().filter(|one| last.is_none_or(|last| one.last() < last)) {
            let of = |version: &String| self.entries.iter().find(|entry| entry.version == *version);
            let entries: Vec<&Entry> = one.originals.iter().filter_map(of).collect();
            let (applied, missing): (Vec<&Entry>, Vec<&Entry>) =
                entries.into_iter().partition(|entry| entry.state.is_applied());
            let names = |entries: Vec<&Entry>| entries.into_iter().map(|entry| entry.name.clone()).collect();
            if !applied.is_empty() && !missing.is_empty() {
                let squashed = one.script.name.clone();
                return Err(Error::PartlyApplied { squashed, applied: names(applied), missing: names(missing) });
            }
            // Two that share one are for `check` to name: here the older one counts.
            let is_taken = |version| ones.iter().any(|other| other.originals.contains(version));
            if applied.is_empty() && !one.originals.iter().any(is_taken) {
                ones.push(one);
            }
        }
        Ok(ones)
    }

    fn stand_in(&self, one: &Squashed) -> Step {
        let instead_of = self.names(|entry| one.originals.contains(&entry.version));
        let (version, name) = (one.version.clone(), one.script.name.clone());
        Step { version, name, direction: Direction::Up, instead_of, manual_reason: one.manual_reason.clone() }
    }

    fn down(&self, target: Option<&str>, absent: Absent) -> Result<Vec<Step>, Error> {
        let goes =
            |entry: &Entry| entry.state.is_applied() && target.is_none_or(|target| entry.version.as_str() > target);
        if absent == Absent::Refused {
            self.refuse(goes)?;
        }
        let reverted = self.entries.iter().rev().filter(|entry| goes(entry));
        Ok(reverted.map(|entry| Step::new(entry, Direction::Down)).collect())
    }

    /// What goes when those go that are not here as they were applied: `count` of them, the newest ones, or all.
    ///
    /// # Errors
    /// When one that is here was applied after them.
    pub(crate) fn absent(&self, count: Option<usize>) -> Result<Vec<Step>, Error> {
        let is_absent = |entry: &&Entry| matches!(entry.state, State::Unknown | State::Edited);
        let absent = self.entries.iter().rev().filter(is_absent);
        let Some(last) = absent.take(count.unwrap_or(usize::MAX)).last() else { return Ok(Vec::new()) };
        let is_after = |entry: &&Entry| entry.state == State::Applied && entry.version > last.version;
        let after: Vec<_> = self.entries.iter().rev().filter(is_after).map(|entry| entry.name.clone()).collect();
        if after.is_empty() {
            let goes = |entry: &&Entry| entry.state.is_applied() && entry.version >= last.version;
            return Ok(self.entries.iter().rev().filter(goes).map(|entry| Step::new(entry, Direction::Down)).collect());
        }
        let before = self
            .entries
            .iter()
            .rfind(|entry| matches!(entry.state, State::Applied | State::Edited) && entry.version < last.version);
        let before = before.map(|entry| entry.name.clone());
        Err(Error::Interleaved { absent: last.name.clone(), after, before })
    }

    /// Fails for the applied migrations whose files are not what was applied.
    fn refuse(&self, concerns: impl Fn(&Entry) -> bool) -> Result<(), Error> {
        let in_state = |state| self.names(|entry| entry.state == state && concerns(entry));
        let (gone, edited) = (in_state(State::Unknown), in_state(State::Edited));
        if !edited.is_empty() {
            return Err(Error::Edited { migrations: edited });
        }
        if gone.is_empty() { Ok(()) } else { Err(Error::Gone { migrations: gone }) }
    }

    fn names(&self, belongs: impl Fn(&Entry) -> bool) -> Vec<String> {
        self.entries.iter().filter(|entry| belongs(entry)).map(|entry| entry.name.clone()).collect()
    }
}

impl Step {
    fn new(entry: &Entry, direction: Direction) -> Self {
        let (version, name) = (entry.version.clone(), entry.name.clone());
        Self { version, name, direction, instead_of: Vec::new(), manual_reason: None }
    }
}

fn is_of_up(finding: &Finding) -> bool {
    let file = finding.path.as_deref().and_then(|path| path.rsplit('/').next());
    file.is_none_or(|file| UP.contains(&file))
}

/// Whether a migration's files are other than those that were applied.
fn is_edited(migrations: &Migrations, name: &str, run: Option<&Run>) -> bool {
    let differs_from_lock = migrations
        .findings
        .iter()
        .any(|finding| finding.id == Id::Edited && finding.migration.as_deref() == Some(name) && is_of_up(finding));
    differs_from_lock || run.is_some_and(|run| migrations.differs(name, run))
}
