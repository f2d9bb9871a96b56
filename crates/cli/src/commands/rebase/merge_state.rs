//! The state of a merge in the migrations folder: what is merged, what is theirs, what is ours. Must not plan.

use std::{cell::RefCell, collections::BTreeSet, path::PathBuf};

use makemigrations_gate::{DirectoryName, Folder, LOCK_FILE, Lock};
use makemigrations_plan::{
    model::{Dialect, Schema},
    operation::Operation,
};

use super::{conflicted, plan::Plan, replay, restored};
use crate::{
    error::{CliError, Result},
    git::{
        self, Objects, Repository, Unknown,
        base::{self, Merged},
        history::history,
        merge_sides::{self, MergeSide, MergeSides, Ongoing},
    },
    workflow::{context::Context, gate},
    workspace::{
        journaled_swap::{self, Journal},
        migrations::{Migrations, RECORD, Recorded},
        stored_migration::StoredMigration,
    },
};

/// The migrations folder, and what git says of it.
pub(super) struct MergeState {
    pub(super) folder: Folder,
    /// The folders on disk that `folder` has from a commit, or not at all.
    pub(super) stale: Vec<String>,
    /// The merged migrations that `folder` has from the merge base.
    pub(super) restored: Vec<StoredMigration>,
    /// The folders on disk.
    pub(super) on_disk: BTreeSet<String>,
    pub(super) migrations: Migrations,
    pub(super) dialect: Dialect,
    pub(super) merged: Merged,
    pub(super) sides: MergeSides,
    /// Whether the branch that counts as merged is checked out.
    is_base: bool,
    /// The migrations that do not change any more.
    frozen: BTreeSet<String>,
    /// The commits of the work, those that brought a migration before those that only have it.
    history: Vec<MergeSide>,
    /// What a swap before has kept.
    kept: Vec<StoredMigration>,
    objects: RefCell<Objects>,
}

/// What a migration was made on top of.
#[derive(Debug, Clone)]
pub(super) struct Below {
    pub(super) names: BTreeSet<String>,
    /// The operations of those among them that are not merged: under another number they are still the same.
    pub(super) changes: Vec<Vec<Operation>>,
    /// The schema after them.
    pub(super) schema: Schema,
}

impl MergeState {
    /// # Errors
    /// When git cannot tell what is merged, or files are in conflict that only a person can settle.
    pub(super) fn read(context: &Context<'_>) -> Result<Self> {
        let path = &context.settings.migrations;
        let repository = Repository::discover(&context.root, context.environment).map_err(refused)?;
        let mut objects = Objects::open(&repository).map_err(refused)?;
        let all = context.applications()?;
        let merged = base::merged(&repository, &mut objects, &context.here(&all), context.environment);
        if let Some(unknown) = &merged.unknown {
            let message = format!("what is merged cannot be determined: {}", unknown.reason);
            return Err(CliError::check(message).hint(&unknown.hint));
        }
        let is_base = base::is_base(&repository, &merged);
        let mut sides = merge_sides::sides(&repository, &mut objects, path, is_base).map_err(refused)?;
        let state = state(context)?;
        let inside = format!("{}{path}", repository.prefix);
        if let Some(commit) = journaled_swap::onto(&state, &context.migrations())? {
            sides.before.extend(MergeSide::read(&mut objects, &commit, &inside).map_err(refused)?);
        }
        let revisions: Vec<&str> = merged.bases.iter().map(|point| point.base.revision.as_str()).collect();
        let history = history(&repository, &mut objects, path, &sides.lines, &revisions).map_err(refused)?;
        let mut frozen = gate::merged_names(&merged);
        frozen.extend(tips(&merged).iter().flat_map(|lock| lock.migrations().map(str::to_owned).collect::<Vec<_>>()));
        let on_disk = context.view.migrations(path)?;
        let names = on_disk.migrations().map(str::to_owned).collect();
        let (folder, stale) = match replay::folder(&sides, &mut objects, &frozen, &on_disk, path).map_err(refused)? {
            Some(folder) => {
                (folder, on_disk.migrations().filter(|name| !frozen.contains(*name)).map(str::to_owned).collect())
            }
            None => conflicted::folder(&sides, &mut objects, &on_disk, path)
                .map_err(refused)?
                .ok_or_else(|| replay::in_conflict(&sides, path))?,
        };
        let (folder, restored) = restored::folder(&mut objects, &merged, folder, (path, &inside)).map_err(refused)?;
        let migrations = Migrations::of(&folder)?;
        let mut merge_state = Self {
            folder,
            stale,
            restored,
            on_disk: names,
            migrations,
            dialect: Dialect::Sqlite,
            merged,
            sides,
            is_base,
            frozen,
            history,
            kept: journaled_swap::kept(&state)?,
            objects: RefCell::new(objects),
        };
        merge_state.dialect = context.dialect(&merge_state.header())?;
        Ok(merge_state)
    }

    /// The migrations that stay as they are, oldest first.
    pub(super) fn frozen(&self) -> Vec<Recorded> {
        self.migrations.all.iter().filter(|recorded| self.frozen.contains(&recorded.name)).cloned().collect()
    }

    /// The migrations that may change, in the order in which they belong: what everything goes on top of first, then
    /// what is committed here, then what is not.
    pub(super) fn own(&self) -> Vec<Recorded> {
        let has = |side: &MergeSide, name: &str| side.lock.files(name).is_some();
        let rank = |name: &str| {
            if self.sides.onto.iter().any(|side| has(side, name)) {
                0
            } else {
                u8::from(!self.sides.head.iter().any(|side| has(side, name))) + 1
            }
        };
        let mut own: Vec<Recorded> =
            self.migrations.all.iter().filter(|recorded| !self.frozen.contains(&recorded.name)).cloned().collect();
        // Stable: within a rank the versions decide.
        own.sort_by_key(|recorded| rank(&recorded.name));
        own
    }

    /// The folders on disk that go, or are replaced.
    pub(super) fn old(&self, plan: &Plan) -> Vec<String> {
        let moved = plan.moves.iter().map(|step| &step.from).filter(|name| self.on_disk.contains(*name));
        let names: BTreeSet<&String> = self.stale.iter().chain(moved).collect();
        names.into_iter().cloned().collect()
    }

    /// Those among them that do not come again as they were: a database must not keep them.
    pub(super) fn gone(&self, plan: &Plan) -> Result<BTreeSet<String>> {
        let new = plan.new_ones();
        let mut gone = BTreeSet::new();
        for name in self.old(plan) {
            let again = new.iter().find(|whole| whole.name == name);
            let is_same =
                again.is_some_and(|whole| self.variants(&name).is_ok_and(|all| all.iter().all(|one| one == whole)));
            if !is_same {
                gone.insert(name);
            }
        }
        Ok(gone)
    }

    /// On the branch that counts as merged, the first parent of a merge is what was there: nothing of it may go. Where it has
    /// not been pushed, and others were faster, it is the branch that has to come on top of theirs.
    pub(super) fn refuse_first_parent(&self, plan: &Plan) -> Result<()> {
        let has = |side: &MergeSide, name: &str| side.lock.files(name).is_some();
        let (abort, is_there): (_, &dyn Fn(&str) -> bool) = match (self.sides.ongoing, self.sides.lines.as_slice()) {
            (Some(Ongoing::Merge), _) => {
                ("`git merge --abort`, ", &|name| self.sides.head.iter().any(|head| has(head, name)))
            }
            (None, [second, first, _]) => ("", &|name| has(first, name) && !has(second, name)),
            (Some(Ongoing::Rebase | Ongoing::CherryPick | Ongoing::Revert) | None, _) => return Ok(()),
        };
        if !self.is_base || !plan.moves.iter().any(|step| is_there(&step.from)) {
            return Ok(());
        }
        let name = self.merged.bases.first().map_or("the base", |point| point.base.name.as_str());
        Err(CliError::check(format!(
            "this is the branch that `{name}` is of, and a merge commit would take migrations back that its first parent has"
        ))
        .hint(format!("put your commits on top of the others instead: {abort}`git pull --rebase`, then this again")))
    }

    /// Merged migrations that git has not brought here yet.
    pub(super) fn elsewhere(&self) -> usize {
        let names: BTreeSet<&str> = self.frozen.iter().map(String::as_str).collect();
        names.into_iter().filter(|name| self.folder.files(name).is_none()).count()
    }

    /// What `migration` was made on top of: in the commit that brought it, or, where no commit has it, what may have been there
    /// when it was made, the likeliest first.
    pub(super) fn below(&self, migration: &str) -> Result<Vec<Below>> {
        let mut sides = self.history.iter().chain(&self.sides.lines);
        if let Some(side) = sides.find(|side| side.lock.files(migration).is_some()) {
            let is_recorded = |name: &&str| !side.lock.adopted().contains(*name);
            let names = side.lock.migrations().filter(is_recorded);
            return Ok(self.below_of(migration, names, |name| self.recorded(side, name))?.into_iter().collect());
        }
        // It is not committed: it was made on what was checked out, of which this is what comes before it.
        let here = self.migrations.all.iter().map(|recorded| recorded.name.as_str());
        let as_here = |name: &str| {
            let found = self.migrations.all.iter().find(|recorded| recorded.name == name);
            found.cloned().ok_or_else(|| CliError::usage(format!("`{name}` is not here")))
        };
        let mut all: Vec<Below> = self.below_of(migration, here, as_here)?.into_iter().collect();
        for side in self.sides.before.iter().chain(&self.sides.lines).chain(&self.sides.onto) {
            let is_recorded = |name: &&str| !side.lock.adopted().contains(*name);
            let names = side.lock.migrations().filter(is_recorded);
            all.extend(self.below_of(migration, names, |name| self.recorded(side, name))?);
        }
        Ok(all)
    }

    /// Those of `names` that can have been there when `migration` was made. `None` where they cannot be replayed.
    fn below_of<'n>(
        &self,
        migration: &str,
        names: impl Iterator<Item = &'n str>,
        read: impl Fn(&str) -> Result<Recorded>,
    ) -> Result<Option<Below>> {
        let last = DirectoryName::parse(migration);
        // The commit may have brought it beside others that it was not made on: who has its number came from elsewhere.
        let is_below = |name: &&str| {
            let other = DirectoryName::parse(name);
            other.version < last.version
                && (other.number.is_none() || last.number.is_none() || other.number < last.number)
        };
        let names: Vec<&str> = names.filter(is_below).collect();
        let all = names.iter().map(|name| read(name)).collect::<Result<Vec<_>>>()?;
        let unmerged = all.iter().filter(|recorded| !self.frozen.contains(&recorded.name));
        let changes = unmerged.filter_map(|recorded| Some(recorded.read().ok()?.operations.clone())).collect();
        let schema = Migrations::recorded(all.clone()).replay(self.dialect).ok();
        let names = names.into_iter().map(str::to_owned).collect();
        Ok(schema.map(|schema| Below { names, changes, schema }))
    }

    /// Whether two migrations can be one that both sides of what git puts together have given another number.
    pub(super) fn are_renumbered(&self, one: &str, other: &str) -> bool {
        let (Some(ours), Some((theirs, starts))) = (&self.sides.head, &self.sides.theirs) else { return false };
        let [ours, theirs] = [&ours.lock, &theirs.lock];
        let is_of = |lock: &Lock, one: &str, other: &str| lock.files(one).is_some() && lock.files(other).is_none();
        let suffix = DirectoryName::parse(one).name;
        let is_first = |name: &str| {
            DirectoryName::parse(name).name == suffix && ours.files(name).is_none() && theirs.files(name).is_none()
        };
        let are_of_two = is_of(ours, one, other) && is_of(theirs, other, one)
            || is_of(ours, other, one) && is_of(theirs, one, other);
        are_of_two && starts.iter().flat_map(|start| start.lock.migrations()).any(is_first)
    }

    /// Whether a commit has a migration.
    pub(super) fn is_committed(&self, name: &str) -> bool {
        let sides = self.sides.head.iter().chain(&self.sides.lines).chain(&self.sides.onto);
        sides.chain(&self.history).any(|side| side.lock.files(name).is_some())
    }

    /// The names of all migrations whose files are known: here, in a side of the merge or did so before, or kept of an
    /// swap. Those that are here come first.
    pub(super) fn known(&self) -> Vec<&str> {
        let elsewhere = self.elsewhere_known().flat_map(|side| side.lock.migrations());
        let kept = self.kept.iter().map(|whole| whole.name.as_str());
        self.folder.migrations().chain(elsewhere).chain(kept).collect()
    }

    fn elsewhere_known(&self) -> impl Iterator<Item = &MergeSide> {
        self.sides.lines.iter().chain(&self.sides.before)
    }

    /// Whether a migration belongs nowhere any more: it is not here, not merged, and git does not bring it either.
    pub(super) fn is_stray(&self, name: &str) -> bool {
        let comes = match &self.sides.to_come {
            Some(to_come) => to_come.contains(name),
            None => self.sides.ongoing == Some(Ongoing::Rebase),
        };
        !comes && self.folder.files(name).is_none() && !self.frozen.contains(name)
    }

    /// Whether git has given up what it was in the middle of when `journal` was written.
    pub(super) fn gave_up(&self, journal: &Journal) -> bool {
        let commits = &journal.commits;
        let is_of_git = commits.step.is_some() && commits.start.is_some();
        self.sides.ongoing.is_none() && is_of_git && commits.start == self.sides.commits.start
    }

    /// All files of a migration, from the folder, or from a side of the merge: while git rebases, what it has still to
    /// replay is nowhere else.
    pub(super) fn whole(&self, name: &str) -> Result<Option<StoredMigration>> {
        Ok(self.variants(name)?.into_iter().next())
    }

    /// A migration that may change, as it is here.
    pub(super) fn own_form(&self, name: &str) -> Option<StoredMigration> {
        StoredMigration::of(&self.folder, name).filter(|_| !self.frozen.contains(name))
    }

    /// A migration in each form that is known of it: as it is here, in a side of the merge, and as a swap has made
    /// or found it.
    pub(super) fn variants(&self, name: &str) -> Result<Vec<StoredMigration>> {
        let mut all: Vec<_> = StoredMigration::of(&self.folder, name).into_iter().collect();
        for side in self.elsewhere_known() {
            all.extend(side.migration(&mut self.objects.borrow_mut(), name).map_err(refused)?);
        }
        all.extend(self.kept.iter().filter(|whole| whole.name == name).cloned());
        let mut distinct: Vec<StoredMigration> = Vec::new();
        for whole in all {
            if !whole.files.is_empty() && !distinct.contains(&whole) {
                distinct.push(whole);
            }
        }
        Ok(distinct)
    }

    /// A migration as a commit has it: what has moved since is not in the folder any more.
    fn recorded(&self, side: &MergeSide, name: &str) -> Result<Recorded> {
        let here = self.migrations.all.iter().find(|recorded| recorded.name == name);
        if let Some(recorded) = here.filter(|_| self.frozen.contains(name)) {
            return Ok(recorded.clone());
        }
        let bytes = side.file(&mut self.objects.borrow_mut(), name, RECORD).map_err(refused)?.unwrap_or_default();
        Ok(Recorded::new(name, self.folder.path(&format!("{name}/{RECORD}")), &bytes))
    }

    /// What the lock files say besides their lines: the dialect. The one in the folder may be in conflict.
    fn header(&self) -> Lock {
        let here = self.folder.lock_text().unwrap_or_default();
        let comments: Vec<&str> = here.lines().take_while(|line| line.starts_with('#')).collect();
        let here = Lock::parse(&comments.join("\n")).0;
        let all = self.bases().into_iter().chain(self.sides.lines.iter().map(|side| side.lock.clone())).chain([here]);
        let mut header = Lock::default();
        if let Some(dialect) = all.into_iter().find_map(|lock| lock.dialect().map(str::to_owned)) {
            header.set_dialect(dialect);
        }
        header
    }

    /// The lock files of what is merged: where the work started, then the newest.
    pub(super) fn bases(&self) -> Vec<Lock> {
        let mut locks = starts(&self.merged);
        locks.extend(tips(&self.merged));
        locks
    }

    /// The lock files of all sides. What is declared in one of them stays declared.
    pub(super) fn locks(&self) -> Vec<Lock> {
        let mut locks = starts(&self.merged);
        let sides = self.sides.onto.iter().chain(&self.sides.lines).chain(&self.sides.head);
        locks.extend(sides.map(|side| side.lock.clone()));
        if let Some((lock, damage)) = self.folder.lock_text().map(Lock::parse)
            && damage.is_empty()
        {
            locks.push(lock);
        }
        locks
    }

    /// Where the lock file is, as messages show it.
    pub(super) fn lock_path(&self) -> String {
        self.folder.path(LOCK_FILE)
    }
}

fn starts(merged: &Merged) -> Vec<Lock> {
    merged.bases.iter().filter_map(|point| point.base.lock.clone()).collect()
}

fn tips(merged: &Merged) -> Vec<Lock> {
    merged.bases.iter().filter_map(|point| point.base.tip_lock.clone()).collect()
}

/// The folder in which a swap of the migrations at hand keeps its state.
///
/// # Errors
/// When there is no repository.
pub(super) fn state(context: &Context<'_>) -> Result<PathBuf> {
    git::state::folder(&context.root, context.environment, &context.settings.migrations).map_err(refused)
}

fn refused(unknown: Unknown) -> CliError {
    CliError::check(format!("git cannot tell what meets here: {}", unknown.reason)).hint(unknown.hint)
}
