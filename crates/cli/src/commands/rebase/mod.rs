//! `rebase`, and `makemigrations --merge`: migrations that others overtook, on top of theirs under new numbers. Must not
//! touch what is merged.

mod database;
mod abort;
mod migration_line;
mod lock;
mod merge_state;
mod merged;
mod plan;
mod regenerate;
mod replay;
mod restored;
mod squash;
mod conflicted;

use std::collections::BTreeSet;

use makemigrations_gate::{DirectoryName, quoted};
use makemigrations_plan::diff::Answers;

use super::{
    makemigrations::checked_name,
    schema::{self, Changed},
};
use crate::{
    arguments::{Consent, Makemigrations, Rebase, Renewal, Squash},
    error::{CliError, Result},
    git::{
        self, Repository,
        merge_sides::{self, Ongoing},
    },
    terminal::Terminal,
    workflow::{
        backfills::{self, Backfills, Values},
        context::Context,
        planning::{self, Halt},
    },
    workspace::{
        journaled_swap::{self, JournaledSwap, State},
        lock::FolderLock,
        migrations::{Migrations, Recorded},
        write,
    },
};
use abort::GitOperation;
use database::Rollback;
use merge_state::MergeState;
use plan::Plan;

pub(crate) fn run(context: &Context<'_>, arguments: &Rebase) -> Result<()> {
    if arguments.abort {
        let answers = backfills::parse(&arguments.given.backfill)?;
        let backfills = Backfills { answers, command: "cargo xtask rebase --abort".to_owned() };
        return abort::abort(context, &arguments.renewal, &backfills);
    }
    let given = planning::answers(&arguments.given)?;
    go(context, &arguments.renewal, &RebaseCommand::Rebase(&given))
}

/// The same for migrations of which it can be proven that their order does not matter.
pub(super) fn merge(context: &Context<'_>, arguments: &Makemigrations) -> Result<()> {
    let consent = Consent { yes: arguments.yes };
    let renewal = Renewal { dry_run: arguments.dry_run, consent, ..Renewal::default() };
    go(context, &renewal, &RebaseCommand::Merge)
}

/// One's own migrations as one; merged ones only by one more that stands for them.
pub(super) fn squash(context: &Context<'_>, arguments: &Squash) -> Result<()> {
    arguments.name.as_deref().map(checked_name).transpose()?;
    let is_range = arguments.from.is_some() || arguments.to.is_some();
    if is_range && context.migrations().is_dir() && interrupted(context)?.is_none() {
        let guard = match arguments.renewal.dry_run {
            true => None,
            false => Some(FolderLock::acquire(&context.migrations(), context.terminal)?),
        };
        guard.as_ref().map_or(Ok(()), write::clean)?;
        let merge_state = MergeState::read(context)?;
        if merged::is_meant(&merge_state, arguments) {
            return merged::run(context, &merge_state, guard.as_ref(), arguments);
        }
    }
    let values = backfills::parse(&arguments.backfill)?;
    go(context, &arguments.renewal, &RebaseCommand::Squash(arguments, values))
}

/// How the new line is planned.
enum RebaseCommand<'a> {
    Rebase(&'a Answers),
    Merge,
    Squash(&'a Squash, Values),
}

impl RebaseCommand<'_> {
    /// The command, as it is given again to go on.
    fn typed(&self) -> String {
        match self {
            Self::Rebase(_) => "rebase".to_owned(),
            Self::Merge => "makemigrations --merge".to_owned(),
            Self::Squash(Squash { from, to, name, .. }, _) => {
                let name = name.iter().flat_map(|name| ["--name", name]);
                let words = ["squash"].into_iter().chain(from.as_deref()).chain(to.as_deref()).chain(name);
                words.map(quoted).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// What rows get in the columns that rolling back restores.
    fn backfills(&self) -> Backfills {
        let (answers, command) = match self {
            Self::Rebase(given) => (given.backfills.clone().into_iter().collect(), self.typed()),
            // It takes no answers: `rebase` asks the same and takes them.
            Self::Merge => (Values::new(), "rebase".to_owned()),
            Self::Squash(_, values) => (values.clone(), self.typed()),
        };
        Backfills { answers, command: format!("cargo xtask {command}") }
    }

    fn plan(&self, context: &Context<'_>, merge_state: &MergeState) -> Result<Plan> {
        let plan = match self {
            Self::Rebase(given) => plan::plan(context, merge_state, given, false),
            Self::Merge => plan::plan(context, merge_state, &Answers::default(), true),
            Self::Squash(arguments, _) => squash::plan(context, merge_state, arguments),
        }?;
        merge_state.refuse_first_parent(&plan)?;
        replay::settled(merge_state, plan)
    }
}

/// Says, before another command looks at the folder, that it is half of one thing and half of another.
pub(super) fn warn_of_interruption(context: &Context<'_>) {
    // What is wrong with the applications, the command itself says.
    let applications = context.applications().unwrap_or_default();
    for settings in applications {
        let folder = context.root.join(&settings.migrations);
        let Some(state) = git::state::kept(&context.root, context.environment, &settings.migrations) else { continue };
        let (message, hint) = match journaled_swap::state(&state, &folder) {
            Ok(Some(State::Interrupted(command))) => (format!("`{command}` was interrupted"), resume(&command)),
            Ok(Some(State::Done(done))) => match abort::git_operation(context, (&state, &folder), &done) {
                GitOperation::Aborted => (abort::given_up(&done), abort::PUT_BACK.to_owned()),
                GitOperation::Finished | GitOperation::Ongoing => continue,
            },
            Ok(None) => continue,
            Err(error) => (error.message, error.hints.join("; ")),
        };
        context.terminal.speak_of(settings.app.as_deref());
        context.terminal.warning(&message, Some(&hint));
    }
    context.terminal.speak_of(None);
}

fn resume(command: &str) -> String {
    format!("to go on: `cargo xtask {command}`; to put everything back: `cargo xtask rebase --abort`")
}

/// The command at hand that was interrupted.
fn interrupted(context: &Context<'_>) -> Result<Option<String>> {
    journaled_swap::interrupted(&merge_state::state(context)?, &context.migrations())
}

fn go(context: &Context<'_>, arguments: &Renewal, command: &RebaseCommand<'_>) -> Result<()> {
    if !context.migrations().is_dir() {
        context.terminal.say("nothing to do: there are no migrations");
        return Ok(());
    }
    if arguments.dry_run {
        if let Some(command) = interrupted(context)? {
            let message = format!("`{command}` was interrupted: there is nothing to plan");
            return Err(CliError::check(message).hint(resume(&command)));
        }
        let merge_state = MergeState::read(context)?;
        let plan = command.plan(context, &merge_state)?;
        let lock = lock::lock(&merge_state, &plan);
        lock::judge(context, &merge_state, &plan, &lock)?;
        let generated = schema::follow(context, merge_state.dialect, &merge_state.migrations);
        return show(context, &merge_state, &plan, (&lock.render(), &generated), (arguments, &command.backfills()));
    }
    let state = merge_state::state(context)?;
    let guard = FolderLock::acquire(&context.migrations(), context.terminal)?;
    write::clean(&guard)?;
    let mut swap = JournaledSwap::open(&guard, &state, &context.root)?;
    if let Some(command) = swap.interrupted().map(str::to_owned) {
        return resumed(context, swap, &command, arguments);
    }
    let merge_state = MergeState::read(context)?;
    if let Some(done) = swap.done().filter(|done| merge_state.gave_up(done)) {
        return Err(CliError::check(abort::given_up(done)).hint(abort::PUT_BACK));
    }
    let plan = command.plan(context, &merge_state)?;
    let lock = lock::lock(&merge_state, &plan);
    lock::judge(context, &merge_state, &plan, &lock)?;
    let text = lock.render();
    notes(context.terminal, &merge_state, &plan);
    let old = merge_state.old(&plan);
    let (mut rollback, applied) = rollback(context, &merge_state, &plan, &command.typed(), arguments)?;
    if let Some(rollback) = &mut rollback {
        rollback.agree(context.terminal, merge_state.dialect, arguments, &command.backfills())?;
    }
    let new: Vec<_> = plan.new_ones().into_iter().chain(merge_state.restored.iter().cloned()).collect();
    let command = command.typed();
    let moves = !plan.moves.is_empty() || !old.is_empty() || !merge_state.restored.is_empty();
    let generated = schema::follow(context, merge_state.dialect, &merge_state.migrations);
    if moves {
        swap.prepare(&merge_state.sides.commits, &old, &new, (&text, generated.files()))?;
    }
    if let Some(rollback) = &mut rollback
        && let Err(error) = rollback.run(context, &merge_state, &swap, arguments)
    {
        if rollback.done == 0 && swap.done().is_none() {
            swap.end()?;
        }
        return Err(error.hint(format!("the files are as they were; to go on: `cargo xtask {command}`")));
    }
    if !moves {
        return only_lock(context, &merge_state, (&guard, swap), (&text, &generated), arguments);
    }
    let commits = merge_state.sides.commits.clone();
    if let Err(error) = swap.make(&command, commits, (&old, &new), generated.files()) {
        let rolled_back = if rollback.is_some() { ", and rolled back in the database" } else { "" };
        return Err(error.hint(format!("everything is where it was{rolled_back}; to go on: `cargo xtask {command}`")));
    }
    if let Some(applied) = applied {
        swap.forget_made(|name| !applied.contains(name))?;
    }
    swap.saved().iter().for_each(|saved| context.terminal.say(&format!("note: {saved}")));
    for line in lines(&merge_state, &plan) {
        context.terminal.say(&line);
    }
    generated.say(context.terminal);
    if arguments.files_only {
        context.terminal.say(
            "note: the database stays as it is; to take it along: `cargo xtask rebase`, to make it anew: `cargo xtask reset`",
        );
    }
    compare(context, &merge_state, &plan);
    let written = swap.written();
    finish(context, swap, &written, arguments)
}

/// Goes on with what was interrupted, unless git has given up what it was for.
fn resumed(context: &Context<'_>, swap: JournaledSwap<'_>, command: &str, arguments: &Renewal) -> Result<()> {
    let given_up = swap.last().filter(|journal| abort::is_given_up(context, journal));
    if let Some(journal) = given_up {
        return Err(CliError::check(abort::given_up(journal)).hint(abort::PUT_BACK));
    }
    context.terminal.say(&format!("going on with `{command}`, which was interrupted"));
    swap.go_on()?;
    swap.saved().iter().for_each(|saved| context.terminal.say(&format!("note: {saved}")));
    let written = swap.written();
    finish(context, swap, &written, arguments)
}

/// What has to be rolled back before the old migrations go, and what stays applied, as far as it is known. Where none of them
/// goes, a database that cannot be asked is no obstacle.
fn rollback(
    context: &Context<'_>,
    merge_state: &MergeState,
    plan: &Plan,
    command: &str,
    arguments: &Renewal,
) -> Result<(Option<Rollback>, Option<BTreeSet<String>>)> {
    let mut gone = merge_state.gone(plan)?;
    let local = match database::local(context, merge_state, arguments) {
        Err(_) if gone.is_empty() => return Ok((None, None)),
        local => local?,
    };
    // Where there is no database, nothing is applied anywhere.
    let Some(local) = local else { return Ok((None, (!arguments.files_only).then(BTreeSet::new))) };
    gone.extend(local.names().filter(|name| merge_state.is_stray(name)).map(str::to_owned));
    gone.extend(local.written_anew(merge_state).map(str::to_owned));
    let mut applied: BTreeSet<String> = local.names().map(str::to_owned).collect();
    gone.extend(out_of_order(merge_state, plan, &applied));
    let rollback = local.without(merge_state, &gone, command)?;
    for step in rollback.iter().flat_map(|rollback| &rollback.steps) {
        applied.remove(&step.name);
    }
    Ok((rollback, Some(applied)))
}

/// The migrations that keep their names and are applied here before merged ones that would have to run first.
fn out_of_order(merge_state: &MergeState, plan: &Plan, applied: &BTreeSet<String>) -> Vec<String> {
    // What stands for others, or for what was there, may have nothing to run.
    let runs = |merged: &Recorded| {
        let is_here = merge_state.folder.files(&merged.name).is_some();
        let has_sql = || merged.read().is_ok_and(|record| !record.is_stand_in() && !record.baseline);
        is_here && !applied.contains(&merged.name) && has_sql()
    };
    let version = |name: &str| DirectoryName::parse(name).version;
    let frozen = merge_state.frozen();
    let Some(first) = frozen.iter().filter(|merged| runs(merged)).map(|merged| version(&merged.name)).min() else {
        return Vec::new();
    };
    let kept = plan.kept.iter().filter(|name| applied.contains(*name) && version(name) > first);
    kept.cloned().collect()
}

/// Writes the lock file and the generated files where nothing has to move.
fn only_lock(
    context: &Context<'_>,
    merge_state: &MergeState,
    (guard, swap): (&FolderLock, JournaledSwap<'_>),
    (text, generated): (&str, &Changed),
    arguments: &Renewal,
) -> Result<()> {
    let is_same = merge_state.folder.lock_text() == Some(text);
    if is_same && generated.is_empty() && swap.rolled_back()?.is_empty() {
        context.terminal.say("nothing to do: your migrations come after everything that is merged");
        let Some(ongoing) = merge_state.sides.ongoing else { return swap.end() };
        next(context, ongoing, merge_state, &[]);
        return Ok(());
    }
    let lock: &[(&str, &str)] = if is_same { &[] } else { &[(makemigrations_gate::LOCK_FILE, text)] };
    write::files(guard, lock, &generated.texts())?;
    generated.delete_leftovers()?;
    if !is_same {
        context.terminal.say(&format!("wrote `{}`: no migration has to move", merge_state.lock_path()));
    }
    generated.say(context.terminal);
    let written: Vec<String> = generated.files().iter().map(|file| file.path.clone()).collect();
    finish(context, swap, &written, arguments)
}

/// Applies again what was rolled back, and says what is left to a person. Until git is done as well the swap is kept.
/// `written` are generated files.
fn finish(context: &Context<'_>, swap: JournaledSwap<'_>, written: &[String], arguments: &Renewal) -> Result<()> {
    if !swap.rolled_back()?.is_empty() {
        let folder = context.view.migrations(&context.settings.migrations)?;
        let lock = folder.lock_text().map(|text| makemigrations_gate::Lock::parse(text).0).unwrap_or_default();
        let command = swap.interrupted().unwrap_or("rebase");
        database::reapply(context, context.dialect(&lock)?, arguments)
            .map_err(|error| error.hint(format!("the files are done; {}", resume(command))))?;
    }
    let Some((ongoing, merge_state)) =
        MergeState::read(context).ok().and_then(|merge_state| Some((merge_state.sides.ongoing?, merge_state)))
    else {
        return swap.end();
    };
    let is_skipped = next(context, ongoing, &merge_state, written);
    // Nothing is left of the commit, so that going on and giving up are the same.
    if is_skipped && matches!(ongoing, Ongoing::CherryPick | Ongoing::Revert) {
        return swap.end();
    }
    if swap.interrupted().is_none() && swap.done().is_none() {
        return swap.end();
    }
    context.terminal.say(&format!("to give up: `cargo xtask rebase --abort`, then `{}`", ongoing.abort()));
    swap.keep()
}

/// Says what is left to a person before git can go on; gives whether nothing is left of the commit.
fn next(context: &Context<'_>, ongoing: Ongoing, merge_state: &MergeState, written: &[String]) -> bool {
    let unsettled = merge_state.sides.unsettled.iter().filter(|path| !written.contains(path));
    let settle: Vec<_> = unsettled.map(|path| format!("`{path}`")).collect();
    let settle = if settle.is_empty() { String::new() } else { format!("settle {}, then ", settle.join(", ")) };
    let generated = written.iter().map(|path| format!(" {}", context.view.typed(path)));
    let here = || merge_state.folder.typed("") + &generated.collect::<String>();
    let add = if settle.is_empty() { here() } else { "--all".to_owned() };
    let is_unchanged = || {
        let repository = Repository::discover(&context.root, context.environment);
        repository.is_ok_and(|repository| merge_sides::is_unchanged(&repository))
    };
    let is_skipped = settle.is_empty() && is_unchanged();
    let go_on = if is_skipped { ongoing.skip() } else { ongoing.next() };
    context.terminal.say(&format!("next: {settle}`git add {add} && {go_on}`"));
    is_skipped
}

/// What would be done, for `--dry-run`.
fn show(
    context: &Context<'_>,
    merge_state: &MergeState,
    plan: &Plan,
    (lock, generated): (&str, &Changed),
    (arguments, backfills): (&Renewal, &Backfills),
) -> Result<()> {
    notes(context.terminal, merge_state, plan);
    let old = merge_state.old(plan);
    let (mut rollback, _) = rollback(context, merge_state, plan, "rebase", arguments)?;
    let is_same = old.is_empty() && merge_state.restored.is_empty() && merge_state.folder.lock_text() == Some(lock);
    if is_same && rollback.is_none() && generated.is_empty() {
        context.terminal.say("nothing to do: your migrations come after everything that is merged");
        return Ok(());
    }
    if let Some(rollback) = &mut rollback
        && rollback.announce(context.terminal, merge_state.dialect, backfills)?
        && !arguments.consent.yes
    {
        context.terminal.say("note: data would be lost: the run asks, or wants `--yes`");
    }
    let steps = rollback.map(|rollback| rollback.steps).unwrap_or_default();
    steps.iter().for_each(|step| context.terminal.data(&format!("roll back {}", step.name)));
    lines(merge_state, plan).iter().for_each(|line| context.terminal.data(line));
    context.terminal.data(&format!("write {}", merge_state.lock_path()));
    generated.files().iter().for_each(|file| context.terminal.data(&format!("write {}", file.shown())));
    if !steps.is_empty() {
        context.terminal.data("migrate");
    }
    compare(context, merge_state, plan);
    Ok(())
}

/// What is brought back, and each move as a line: old name, new name.
fn lines(merge_state: &MergeState, plan: &Plan) -> Vec<String> {
    let restored = merge_state.restored.iter().map(|whole| format!("{} is merged, and restored", whole.name));
    let mut lines: Vec<_> = restored.collect();
    let is_same = |step: &&plan::Move| !matches!(step.to.as_slice(), [one] if one.name == step.from);
    for step in plan.moves.iter().filter(is_same) {
        let to: Vec<&str> = step.to.iter().map(|whole| whole.name.as_str()).collect();
        lines.push(match (to.as_slice(), &step.within) {
            ([], Some(name)) => format!("{} -> {name}", step.from),
            ([], None) => format!("{} -> nothing is left of it", step.from),
            (several, _) => format!("{} -> {}", step.from, several.join(", ")),
        });
    }
    lines
}

fn notes(terminal: &Terminal, merge_state: &MergeState, plan: &Plan) {
    plan.notes.iter().for_each(|note| terminal.say(&format!("note: {note}")));
    let elsewhere = merge_state.elsewhere();
    if elsewhere > 0 {
        let noun = if elsewhere == 1 { "migration is" } else { "migrations are" };
        let name = merge_state.merged.bases.first().map_or("the base", |point| point.base.name.as_str());
        terminal.say(&format!(
            "note: {elsewhere} {noun} merged into `{name}` and not here yet: `git merge {name}` or `git rebase {name}`, \
             then this again"
        ));
    }
}

/// Says so when the snapshots want more than the migrations do now.
fn compare(context: &Context<'_>, merge_state: &MergeState, plan: &Plan) {
    let nothing = Migrations { adopted: merge_state.migrations.adopted.clone(), ..Migrations::default() };
    let ((), loaded) = planning::load(context, merge_state.dialect, &nothing, || ());
    let hint = "cargo xtask makemigrations";
    let Ok(mut state) = loaded.into_state(context) else {
        let message = "the snapshots cannot be read, so they are not compared with the migrations";
        return context.terminal.warning(message, Some("settle them, then `cargo xtask makemigrations`"));
    };
    state.present = plan.line.schema.clone();
    state.used = plan.line.used_hints();
    let is_same = match planning::plan(context, &state, &Answers::default(), None) {
        Ok(plan) => plan.operations.is_empty(),
        Err(Halt::Questions(_) | Halt::Error(_)) => false,
    };
    if !is_same {
        context.terminal.warning("the snapshots have changes without a migration", Some(hint));
    }
}
