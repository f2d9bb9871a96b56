//! `rebase`, and `makemigrations --merge`: migrations that others overtook, on top of theirs under new numbers. Must not
//! touch what is merged.

mod database;
mod line;
mod lock;
mod meeting;
mod merged;
mod plan;
mod regenerate;
mod replay;
mod squash;

use super::{
    context::Context,
    planning::{self, Halt},
};
use crate::{
    arguments::{Consent, Makemigrations, Rebase, Renewal, Squash},
    error::{CliError, Result},
    workspace::{
        exchange::{self, Exchange},
        lock::FolderLock,
        migrations::Migrations,
        write,
    },
};
use meeting::Meeting;
use plan::Plan;

pub(crate) fn run(context: &Context<'_>, arguments: &Rebase) -> Result<()> {
    if arguments.abort { abort(context) } else { go(context, &arguments.renewal, &Way::Rebase) }
}

/// The same for migrations of which it can be proven that their order does not matter.
pub(super) fn merge(context: &Context<'_>, arguments: &Makemigrations) -> Result<()> {
    let consent = Consent { yes: arguments.yes };
    let renewal = Renewal { dry_run: arguments.dry_run, consent, ..Renewal::default() };
    go(context, &renewal, &Way::Merge)
}

/// One's own migrations as one; merged ones only by one more that stands for them.
pub(super) fn squash(context: &Context<'_>, arguments: &Squash) -> Result<()> {
    let is_range = arguments.from.is_some() || arguments.to.is_some();
    if is_range && context.migrations().is_dir() && exchange::interrupted(&context.migrations()).is_none() {
        let guard = match arguments.renewal.dry_run {
            true => None,
            false => Some(FolderLock::acquire(&context.migrations(), context.terminal)?),
        };
        guard.as_ref().map_or(Ok(()), write::clean)?;
        let meeting = Meeting::read(context)?;
        if merged::is_meant(&meeting, arguments) {
            return merged::run(context, &meeting, guard.as_ref(), arguments);
        }
    }
    go(context, &arguments.renewal, &Way::Squash(arguments))
}

/// How the new line is planned.
enum Way<'a> {
    Rebase,
    Merge,
    Squash(&'a Squash),
}

impl Way<'_> {
    /// The command, as it is given again to go on.
    fn command(&self) -> String {
        match self {
            Self::Rebase => "rebase".to_owned(),
            Self::Merge => "makemigrations --merge".to_owned(),
            Self::Squash(Squash { from, to, name, .. }) => {
                let name = name.iter().flat_map(|name| ["--name", name]);
                let words = ["squash"].into_iter().chain(from.as_deref()).chain(to.as_deref()).chain(name);
                words.collect::<Vec<_>>().join(" ")
            }
        }
    }

    fn plan(&self, context: &Context<'_>, meeting: &Meeting) -> Result<Plan> {
        let plan = match self {
            Self::Rebase => plan::plan(context, meeting, false),
            Self::Merge => plan::plan(context, meeting, true),
            Self::Squash(arguments) => squash::plan(context, meeting, arguments),
        };
        replay::settled(meeting, plan?)
    }
}

/// Says, before another command looks at the folder, that it is half of one thing and half of another.
pub(super) fn warn_of_interruption(context: &Context<'_>) {
    // What is wrong with the applications, the command itself says.
    let applications = context.applications().unwrap_or_default();
    for settings in applications {
        if let Some(command) = exchange::interrupted(&context.root.join(&settings.migrations)) {
            context.terminal.speak_of(settings.app.as_deref());
            context.terminal.warning(&format!("`{command}` was interrupted"), Some(&resume(&command)));
        }
    }
    context.terminal.speak_of(None);
}

fn resume(command: &str) -> String {
    format!("to go on: `cargo xtask {command}`; to put everything back: `cargo xtask rebase --abort`")
}

fn go(context: &Context<'_>, arguments: &Renewal, way: &Way<'_>) -> Result<()> {
    if !context.migrations().is_dir() {
        context.terminal.say("nothing to do: there are no migrations");
        return Ok(());
    }
    if arguments.dry_run {
        if let Some(command) = exchange::interrupted(&context.migrations()) {
            let message = format!("`{command}` was interrupted: there is nothing to plan");
            return Err(CliError::check(message).hint(resume(&command)));
        }
        let meeting = Meeting::read(context)?;
        let plan = way.plan(context, &meeting)?;
        let lock = lock::lock(&meeting, &plan);
        lock::judge(context, &meeting, &plan, &lock)?;
        return show(context, &meeting, &plan, &lock.render());
    }
    let guard = FolderLock::acquire(&context.migrations(), context.terminal)?;
    write::clean(&guard)?;
    let mut exchange = Exchange::open(&guard)?;
    if let Some(command) = exchange.interrupted() {
        context.terminal.say(&format!("going on with `{command}`, which was interrupted"));
        exchange.go_on()?;
        return finish(context, exchange, arguments);
    }
    let meeting = Meeting::read(context)?;
    let plan = way.plan(context, &meeting)?;
    let lock = lock::lock(&meeting, &plan);
    lock::judge(context, &meeting, &plan, &lock)?;
    let text = lock.render();
    notes(context, &meeting, &plan);
    let old = meeting.old(&plan);
    if plan.moves.is_empty() && old.is_empty() {
        return only_lock(context, &meeting, &guard, exchange, &text, arguments);
    }
    let mut rollback = database::find(context, &meeting, &plan)?;
    if let Some(rollback) = &mut rollback {
        rollback.agree(context, meeting.dialect, arguments)?;
    }
    let (new, command) = (plan.new_ones(), way.command());
    exchange.prepare(&new, &text)?;
    if let Some(rollback) = &mut rollback
        && let Err(error) = rollback.run(context, &meeting, &exchange, arguments)
    {
        if rollback.done == 0 {
            exchange.end()?;
        }
        return Err(error.hint(format!("the files are as they were; to go on: `cargo xtask {command}`")));
    }
    if let Err(error) = exchange.make(&command, &old, &new) {
        let rolled_back = if rollback.is_some() { ", and rolled back in the database" } else { "" };
        return Err(error.hint(format!("everything is where it was{rolled_back}; to go on: `cargo xtask {command}`")));
    }
    for line in lines(&plan) {
        context.terminal.say(&line);
    }
    compare(context, &meeting, &plan);
    finish(context, exchange, arguments)
}

/// Writes the lock file where nothing has to move.
fn only_lock(
    context: &Context<'_>,
    meeting: &Meeting,
    guard: &FolderLock,
    exchange: Exchange<'_>,
    text: &str,
    arguments: &Renewal,
) -> Result<()> {
    if meeting.folder.lock_text() == Some(text) && !exchange.has_rolled_back() {
        context.terminal.say("nothing to do: your migrations come after everything that is merged");
        return exchange.end();
    }
    if meeting.folder.lock_text() != Some(text) {
        write::replace(guard, &guard.folder().join(makemigrations_gate::LOCK_FILE), text)?;
        context.terminal.say(&format!("wrote `{}`: no migration has to move", meeting.lock_path()));
    }
    finish(context, exchange, arguments)
}

/// Applies again what was rolled back, forgets the exchange, and says what is left to a person.
fn finish(context: &Context<'_>, mut exchange: Exchange<'_>, arguments: &Renewal) -> Result<()> {
    exchange.settle()?;
    let applied = if exchange.has_rolled_back() {
        let folder = context.view.migrations(&context.settings.migrations)?;
        let lock = folder.lock_text().map(|text| makemigrations_gate::Lock::parse(text).0).unwrap_or_default();
        database::reapply(context, context.dialect(&lock)?, arguments)
    } else {
        Ok(())
    };
    exchange.end()?;
    if let Some(next) = Meeting::read(context).ok().and_then(|meeting| meeting.sides.ongoing) {
        context.terminal.say(&format!("next: `git add {} && {}`", context.settings.migrations, next.next()));
    }
    applied
}

fn abort(context: &Context<'_>) -> Result<()> {
    if !context.migrations().is_dir() {
        context.terminal.say("nothing to put back: there are no migrations");
        return Ok(());
    }
    let guard = FolderLock::acquire(&context.migrations(), context.terminal)?;
    write::clean(&guard)?;
    let mut exchange = Exchange::open(&guard)?;
    if exchange.interrupted().is_none() && !exchange.has_rolled_back() {
        context.terminal.say("nothing to put back: nothing was interrupted");
        return exchange.end();
    }
    exchange.put_back()?;
    let has_rolled_back = exchange.has_rolled_back();
    exchange.end()?;
    context.terminal.say("the migrations are where they were");
    if has_rolled_back {
        context.terminal.say("some of them are rolled back in the database: `cargo xtask migrate` applies them again");
    }
    Ok(())
}

/// What would be done, for `--dry-run`.
fn show(context: &Context<'_>, meeting: &Meeting, plan: &Plan, lock: &str) -> Result<()> {
    notes(context, meeting, plan);
    let old = meeting.old(plan);
    if old.is_empty() && meeting.folder.lock_text() == Some(lock) {
        context.terminal.say("nothing to do: your migrations come after everything that is merged");
        return Ok(());
    }
    let rollback = if old.is_empty() { None } else { database::find(context, meeting, plan)? };
    let steps = rollback.map(|rollback| rollback.steps).unwrap_or_default();
    steps.iter().for_each(|step| context.terminal.data(&format!("roll back {}", step.name)));
    lines(plan).iter().for_each(|line| context.terminal.data(line));
    context.terminal.data(&format!("write {}", meeting.lock_path()));
    if !steps.is_empty() {
        context.terminal.data("migrate");
    }
    compare(context, meeting, plan);
    Ok(())
}

/// Each move as a line: old name, new name.
fn lines(plan: &Plan) -> Vec<String> {
    let mut lines = Vec::new();
    for step in &plan.moves {
        let to: Vec<&str> = step.to.iter().map(|whole| whole.name.as_str()).collect();
        lines.push(match to.as_slice() {
            [] => format!("{} -> nothing is left of it", step.from),
            several => format!("{} -> {}", step.from, several.join(", ")),
        });
    }
    lines
}

fn notes(context: &Context<'_>, meeting: &Meeting, plan: &Plan) {
    plan.notes.iter().for_each(|note| context.terminal.say(&format!("note: {note}")));
    let elsewhere = meeting.elsewhere();
    if elsewhere > 0 {
        let noun = if elsewhere == 1 { "migration is" } else { "migrations are" };
        let name = meeting.merged.bases.first().map_or("the base", |point| point.base.name.as_str());
        context.terminal.say(&format!(
            "note: {elsewhere} {noun} merged into `{name}` and not here yet: `git merge {name}` or `git rebase {name}`, \
             then this again"
        ));
    }
}

/// Says so when the snapshots want more than the migrations do now.
fn compare(context: &Context<'_>, meeting: &Meeting, plan: &Plan) {
    let nothing = Migrations::default();
    let ((), loaded) = planning::load(context, meeting.dialect, &nothing, || ());
    let hint = "cargo xtask makemigrations";
    let Ok(mut state) = loaded.into_state(context) else {
        let message = "the snapshots cannot be read, so they are not compared with the migrations";
        return context.terminal.warning(message, Some("settle them, then `cargo xtask makemigrations`"));
    };
    state.present = plan.line.schema.clone();
    let is_same = match planning::plan(&state, &makemigrations_plan::diff::Answers::default(), None) {
        Ok(plan) => plan.operations.is_empty(),
        Err(Halt::Questions(_) | Halt::Error(_)) => false,
    };
    if !is_same {
        context.terminal.warning("the snapshots have changes without a migration", Some(hint));
    }
}
