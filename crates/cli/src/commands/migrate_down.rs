//! `migrate:down`: reverts migrations, having said what is lost. Must not lose data that nobody agreed to lose.

use std::collections::BTreeSet;

use makemigrations_run::{Database, Direction, RevertOptions, Source, Step, Target, plan, revert, status};

use super::{context::Context, database, way_back};
use crate::{
    arguments::MigrateDown,
    error::{CliError, Result},
    terminal::progress::Progress,
    workspace::migrations::Migrations,
};

pub(crate) fn run(context: &Context<'_>, arguments: &MigrateDown) -> Result<()> {
    let target = match &arguments.to {
        Some(to) => database::target(context, to)?,
        None => Target::Back(arguments.steps as usize),
    };
    let folder = context.migrations();
    let source = Source::Folder(&folder);
    let mut database = database::connect(context)?;
    let mut steps = plan(&mut database, &source, &target)?;
    steps.retain(|step| step.direction == Direction::Down);
    if steps.is_empty() {
        context.terminal.say("nothing to revert");
        return Ok(());
    }
    let applied = applied(context, &mut database, &source)?;
    let dialect = database::dialect(database.url());
    let cost = way_back::announce(context, &mut database, dialect, &applied, &steps)?;
    if cost.fails && !arguments.force {
        return Err(CliError::check("not reverted: it would fail on the rows that are there")
            .hint("change or delete those rows, and run the command again"));
    }
    if cost.loses && !arguments.consent.yes && !context.terminal.confirm("Revert all the same?")? {
        return Err(CliError::check("not reverted: data would be lost")
            .hint(format!("to go on all the same: `{}`", confirmed(arguments))));
    }
    // What was announced is what runs: what somebody else reverts in the meantime is not taken from what is before it.
    let target = match (target, steps.last()) {
        (Target::Back(_), Some(last)) => before(&mut database, &source, last)?,
        (target, _) => target,
    };
    let agreed = Some(steps.into_iter().map(|step| step.version).collect());
    let options = RevertOptions { target, agreed, lock_timeout: arguments.wait.lock_timeout() };
    let report = {
        let mut progress = Progress::new(context.terminal, false);
        revert(&mut database, &source, &options, &mut progress)?
    };
    let count = report.done.len();
    let noun = if count == 1 { "migration" } else { "migrations" };
    context.terminal.say(&format!("{count} {noun} reverted in `{}`", database.url()));
    Ok(())
}

/// The command that says yes.
fn confirmed(arguments: &MigrateDown) -> String {
    let force = if arguments.force { " --force" } else { "" };
    match &arguments.to {
        Some(to) => format!("cargo xtask migrate:down --to {to} --yes{force}"),
        None => format!("cargo xtask migrate:down --steps {} --yes{force}", arguments.steps),
    }
}

/// The applied migration before a step.
fn before(database: &mut Database, source: &Source<'_>, step: &Step) -> Result<Target> {
    let entries = status(database, source)?.entries;
    let mut earlier = entries.into_iter().filter(|entry| entry.state.is_applied() && entry.version < step.version);
    Ok(earlier.next_back().map_or(Target::Zero, |entry| Target::Version(entry.version)))
}

/// The applied migrations that are here.
fn applied(context: &Context<'_>, database: &mut Database, source: &Source<'_>) -> Result<Migrations> {
    let entries = status(database, source)?.entries;
    let applied: BTreeSet<String> =
        entries.into_iter().filter(|entry| entry.state.is_applied()).map(|entry| entry.name).collect();
    let mut migrations = Migrations::of(&context.view.migrations(&context.settings.migrations)?)?;
    migrations.all.retain(|recorded| applied.contains(&recorded.name));
    Ok(migrations)
}
