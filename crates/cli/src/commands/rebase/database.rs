//! The local database while migrations get other names: what is applied of them is rolled back before and applied again
//! after. Must not lose data that nobody agreed to lose.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use makemigrations_gate::{
    DirectoryName, LOCK_FILE, Lock, sum,
    wording::{below, counted},
};
use makemigrations_plan::model::Dialect;
use makemigrations_run::{
    Database, DatabaseUrl, Direction, Entry, MigrateOptions, RevertOptions, RollbackScript, Source, State, Step,
    Target, migrate, revert, status, up_checksum,
};

use super::merge_state::MergeState;
use crate::{
    arguments::Renewal,
    error::{CliError, Result},
    git::merge_sides::Ongoing,
    terminal::{Terminal, progress::Progress},
    workflow::{backfills::Backfills, context::Context, database, rollback_impact},
    workspace::{
        journaled_swap::{JournaledSwap, write_migration},
        migrations::{Migrations, RECORD, Recorded},
        stored_migration::StoredMigration,
    },
};

/// What is applied in the local database.
pub(super) struct Local {
    database: Database,
    /// Oldest first.
    applied: Vec<Applied>,
}

struct Applied {
    version: String,
    /// `None` where nothing of it is known but the version.
    name: Option<String>,
    shown: String,
    /// The checksum of the `up.sql` that ran; `None` where it is not recorded.
    up_checksum: Option<String>,
}

/// Applied migrations that have to be rolled back.
pub(super) struct Rollback {
    database: Database,
    /// All that is applied, oldest first.
    applied: Migrations,
    /// The command that is given.
    command: String,
    /// The newest first.
    pub(super) steps: Vec<Step>,
    /// What reverts a migration instead of its `down.sql`, by version.
    scripts: BTreeMap<String, RollbackScript>,
    /// How many of them are done.
    pub(super) done: usize,
}

/// Asks the local database. `None` when there is none, or it is to stay as it is.
///
/// # Errors
/// When one is named and cannot be asked: what is applied in it would be stranded.
pub(super) fn local(context: &Context<'_>, merge_state: &MergeState, arguments: &Renewal) -> Result<Option<Local>> {
    if arguments.files_only {
        return Ok(None);
    }
    let Some(url) = url(context, merge_state.dialect)? else { return Ok(None) };
    let note = |why: String| {
        context.terminal.say(&format!("note: {why}, so only the files change"));
        Ok(None)
    };
    if database::dialect(&url) != merge_state.dialect {
        return note(format!("`{url}` is no {} database", merge_state.dialect));
    }
    let mut database = match database::open(context.terminal, &url) {
        Ok(database) => database,
        Err(error) if context.environment.is_ci() => return note(error.message),
        Err(error) => {
            return Err(error
                .hint("nothing is changed: what is applied there has to be rolled back first")
                .hint("to change only the files all the same: the same command with `--files-only`"));
        }
    };
    // The folder cannot be used as it is: its lock file may be in conflict. All that is applied is then unknown, by name.
    let nowhere = super::merge_state::state(context)?.join("nowhere");
    let entries = status(&mut database, &Source::Folder(&nowhere))?.entries;
    let known = merge_state.known();
    let named = |entry: &Entry| {
        if let Some(same) = known.iter().find(|other| **other == entry.name) {
            return Ok(Some((*same).to_owned()));
        }
        let of_version = known.iter().find(|other| DirectoryName::parse(other).version == entry.version);
        let Some(renamed) = of_version else { return Ok(None) };
        let is_same = is_renamed(merge_state, entry, renamed)?;
        Ok::<_, CliError>(is_same.then(|| (*renamed).to_owned()))
    };
    let applied = entries
        .into_iter()
        .filter(|entry| entry.state.is_applied())
        .map(|entry| {
            let name = named(&entry)?;
            let up_checksum = entry.run.and_then(|run| run.up_checksum);
            Ok(Applied { name, version: entry.version, shown: entry.name, up_checksum })
        })
        .collect::<Result<_>>()?;
    Ok(Some(Local { database, applied }))
}

/// Whether what was applied under another name is the migration that has its version now. Two branches may have given the
/// same version to different ones; where nothing is recorded of what ran, the version is all there is.
fn is_renamed(merge_state: &MergeState, entry: &Entry, name: &str) -> Result<bool> {
    match entry.run.as_ref().and_then(|run| run.up_checksum.as_ref()) {
        Some(applied) => is_known(merge_state, name, applied),
        None => Ok(true),
    }
}

/// Whether a migration is known in the form of which `applied` is the checksum.
fn is_known(merge_state: &MergeState, name: &str, applied: &str) -> Result<bool> {
    let variants = merge_state.variants(name)?;
    Ok(variants.iter().any(|whole| is_applied_form(merge_state.dialect, whole, applied)))
}

/// Whether `applied` is the checksum of a migration in this form.
fn is_applied_form(dialect: Dialect, whole: &StoredMigration, applied: &str) -> bool {
    up_checksum(&lock_of(dialect, whole), &whole.name).as_deref() == Some(applied)
}

impl Local {
    /// Whether one of these is not applied.
    pub(super) fn lacks(&self, names: &[String]) -> bool {
        let applied: BTreeSet<&str> = self.names().collect();
        names.iter().any(|name| !applied.contains(name.as_str()))
    }

    /// The applied migrations of which something is known.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.applied.iter().filter_map(|one| one.name.as_deref())
    }

    /// Migrations of one's own that are here in another form than the applied one: a commit that wrote them anew is reverted.
    pub(super) fn written_anew(&self, merge_state: &MergeState) -> impl Iterator<Item = &str> {
        let is_other = |one: &&Applied| {
            let (Some(name), Some(applied)) = (&one.name, &one.up_checksum) else { return false };
            let here = merge_state.own_form(name);
            here.is_some_and(|here| !is_applied_form(merge_state.dialect, &here, applied))
        };
        self.applied.iter().filter(is_other).filter_map(|one| one.name.as_deref())
    }

    /// What has to be rolled back so that none of `gone` is applied: what was applied after them goes back with them.
    /// `command` is the one that is given, for what helps when that cannot be.
    pub(super) fn without(
        self,
        merge_state: &MergeState,
        gone: &BTreeSet<String>,
        command: &str,
    ) -> Result<Option<Rollback>> {
        let Self { database, applied } = self;
        let is_gone = |one: &Applied| one.name.as_ref().is_some_and(|name| gone.contains(name));
        let Some(first) = applied.iter().position(is_gone) else { return Ok(None) };
        let mut steps = Vec::new();
        for Applied { version, name, shown, up_checksum } in applied.iter().skip(first).rev() {
            let Some(name) = name else {
                let message =
                    format!("`{shown}` is applied after migrations that have to be rolled back, and is not here");
                let give_up = merge_state.sides.ongoing.map(|ongoing| format!("`{}`, then ", ongoing.abort()));
                return Err(CliError::check(message)
                    .hint(format!(
                        "roll it back where it is: {}switch to the branch that has it, `cargo xtask migrate:down`, come \
                         back, and do the same again",
                        give_up.unwrap_or_default()
                    ))
                    .hint("or with the `down.sql` that the database has kept: `cargo xtask migrate:down --absent`, then the same again")
                    .hint(anew(command)));
            };
            if let Some(checksum) = up_checksum
                && !is_known(merge_state, name, checksum)?
            {
                return Err(CliError::check(format!("`{name}` was applied in a form that is not here any more"))
                    .hint("`cargo xtask migrate:down --absent` takes it back with the `down.sql` that the database has kept, then the same again")
                    .hint(anew(command)));
            }
            let (version, name) = (version.clone(), name.clone());
            steps.push(Step { version, name, direction: Direction::Down, instead_of: Vec::new(), manual_reason: None });
        }
        let mut all = Vec::new();
        for name in applied.into_iter().filter_map(|one| one.name) {
            all.extend(merge_state.whole(&name)?.and_then(|whole| record(merge_state, &whole)));
        }
        let applied = Migrations::recorded(all);
        let (command, scripts) = (command.to_owned(), BTreeMap::new());
        Ok(Some(Rollback { database, applied, command, steps, scripts, done: 0 }))
    }
}

/// For a database with nothing in it that has to be kept.
fn anew(command: &str) -> String {
    let reset = "cargo xtask reset";
    match command.strip_prefix("makemigrations") {
        Some(_) => format!("or make the database anew: `cargo xtask rebase --files-only`, then `{reset}`"),
        None => format!("or make the database anew: `cargo xtask {command} --files-only`, then `{reset}`"),
    }
}

impl Rollback {
    /// Says what is lost. Fails where a step would fail; the cost of the others is what [`Self::agree`] asks about.
    pub(super) fn announce(&mut self, terminal: &Terminal, dialect: Dialect, backfills: &Backfills) -> Result<bool> {
        let (applied, steps) = (&self.applied, self.steps.as_slice());
        let request = rollback_impact::Request { dialect, applied, unrecorded: &[], steps, backfills };
        let cost = rollback_impact::announce(terminal, &mut self.database, &request)?;
        self.scripts = cost.scripts;
        if cost.fails {
            return Err(CliError::check("nothing is changed: rolling back would fail on the rows that are there")
                .hint("change or delete those rows, and run the command again")
                .hint(anew(&self.command)));
        }
        Ok(cost.loses)
    }

    /// Says what is lost, and asks.
    pub(super) fn agree(
        &mut self,
        terminal: &Terminal,
        dialect: Dialect,
        arguments: &Renewal,
        backfills: &Backfills,
    ) -> Result<()> {
        let loses = self.announce(terminal, dialect, backfills)?;
        if loses && !arguments.consent.yes && !terminal.confirm("Roll back all the same?")? {
            return Err(CliError::check("nothing is changed: data would be lost")
                .hint("to go on all the same: the same command with `--yes`"));
        }
        Ok(())
    }

    /// Rolls back, the newest first. Each from a folder of its own: together they have the numbers that clash.
    pub(super) fn run(
        &mut self,
        context: &Context<'_>,
        merge_state: &MergeState,
        swap: &JournaledSwap<'_>,
        arguments: &Renewal,
    ) -> Result<()> {
        swap.roll_back(self.steps.iter().map(|step| step.name.as_str()))?;
        let lock_timeout = arguments.wait.lock_timeout();
        let mut progress = Progress::new(context.terminal, false);
        for step in &self.steps.clone() {
            let stage = self.stage(merge_state, swap, step)?;
            let (target, scripts) = (Target::Back(1), self.scripts.clone());
            let timeouts = context.settings.timeouts.clone();
            let options = RevertOptions { target, scripts, lock_timeout, timeouts, ..RevertOptions::default() };
            let reverted = revert(&mut self.database, &Source::Folder(&stage), &options, &mut progress);
            reverted.map_err(CliError::from)?;
            self.done += 1;
        }
        // What git has still to play again.
        let is_rebase = merge_state.sides.ongoing == Some(Ongoing::Rebase);
        let comes = |step: &&Step| {
            is_rebase && merge_state.folder.files(&step.name).is_none() && !merge_state.is_stray(&step.name)
        };
        let elsewhere: Vec<_> = self.steps.iter().filter(comes).map(|step| step.name.as_str()).collect();
        if !elsewhere.is_empty() {
            context.terminal.say(&format!(
                "note: rolled back as well, and not here before git goes on: {}; in the end `cargo xtask migrate`{}",
                counted(&elsewhere),
                below(&elsewhere)
            ));
        }
        Ok(())
    }
}

impl Rollback {
    /// A folder with a migration alone, in the form in which it was applied: it may have been edited or sealed since.
    fn stage(&mut self, merge_state: &MergeState, swap: &JournaledSwap<'_>, step: &Step) -> Result<PathBuf> {
        let variants = merge_state.variants(&step.name)?;
        let first = variants.first().cloned().unwrap_or_default();
        for whole in &variants {
            let stage = swap.stage()?;
            stage_alone(&stage, merge_state.dialect, whole)?;
            let entries = status(&mut self.database, &Source::Folder(&stage))?.entries;
            if entries.iter().any(|entry| entry.version == step.version && entry.state == State::Applied) {
                return Ok(stage);
            }
        }
        let stage = swap.stage()?;
        stage_alone(&stage, merge_state.dialect, &first)?;
        Ok(stage)
    }
}

/// Applies what is pending.
pub(super) fn reapply(context: &Context<'_>, dialect: Dialect, arguments: &Renewal) -> Result<()> {
    let Some(url) = url(context, dialect)? else { return Ok(()) };
    let apply = || -> Result<usize> {
        let mut database = database::open(context.terminal, &url)?;
        let (lock_timeout, timeouts) = (arguments.wait.lock_timeout(), context.settings.timeouts.clone());
        let options = MigrateOptions { lock_timeout, timeouts, ..MigrateOptions::default() };
        let folder = context.migrations();
        let mut progress = Progress::new(context.terminal, false);
        Ok(migrate(&mut database, &Source::Folder(&folder), &options, &mut progress)?.done.len())
    };
    let count = apply()?;
    let noun = if count == 1 { "migration" } else { "migrations" };
    context.terminal.say(&format!("{count} {noun} applied to `{url}`"));
    Ok(())
}

/// The database of the workspace, if there is one already.
fn url(context: &Context<'_>, dialect: Dialect) -> Result<Option<DatabaseUrl>> {
    let url = match database::configured(context)? {
        Some(url) => url,
        None if !dialect.is_embedded() || !database::has_default(context) => return Ok(None),
        None => database::chosen(context)?,
    };
    // Connecting to a file that is not there would make it.
    let is_absent = database::dialect(&url).is_embedded() && !Path::new(&url.database()).is_file();
    Ok(Some(url).filter(|_| !is_absent))
}

/// The record of a migration.
fn record(merge_state: &MergeState, whole: &StoredMigration) -> Option<Recorded> {
    let (_, bytes) = whole.files.iter().find(|(file, _)| file == RECORD)?;
    let path = merge_state.folder.path(&format!("{}/{RECORD}", whole.name));
    Some(Recorded::new(&whole.name, path, bytes))
}

/// A folder with one migration and its lock file.
fn stage_alone(folder: &Path, dialect: Dialect, whole: &StoredMigration) -> Result<()> {
    write_migration(folder, whole)?;
    let path = folder.join(LOCK_FILE);
    std::fs::write(&path, lock_of(dialect, whole).render()).map_err(|error| CliError::io("write", &path, &error))
}

/// A lock file with the lines of one migration.
fn lock_of(dialect: Dialect, whole: &StoredMigration) -> Lock {
    let mut lock = Lock::new(dialect.as_str());
    whole.files.iter().for_each(|(file, bytes)| lock.record(&whole.name, file, sum(bytes)));
    lock
}
