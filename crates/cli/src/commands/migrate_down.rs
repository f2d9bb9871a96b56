//! `migrate:down`: reverts migrations, having said what is lost. Must not lose data that nobody agreed to lose.

use std::collections::BTreeSet;

use makemigrations_gate::DirectoryName;
use makemigrations_plan::diff::for_shell;
use makemigrations_run::{
    AbsentMigration, AbsentTarget, Database, Direction, RevertOptions, Source, Step, Target, plan, plan_absent, revert,
    status,
};

use crate::{
    arguments::MigrateDown,
    error::{CliError, Result},
    terminal::progress::Progress,
    workflow::{
        backfills::{self, Backfills},
        context::Context,
        database,
        rollback_impact::{self, Request},
    },
    workspace::migrations::{Migrations, Recorded},
};

pub(crate) fn run(context: &Context<'_>, arguments: &MigrateDown) -> Result<()> {
    let given = Backfills { answers: backfills::parse(&arguments.backfill)?, command: command(arguments) };
    let target = match &arguments.to {
        Some(to) => database::target(context, to)?,
        None => Target::Back(arguments.steps.unwrap_or(1) as usize),
    };
    let folder = context.migrations();
    let source = Source::Folder(&folder);
    let mut database = database::connect(context)?;
    let (steps, absent) = planned(&mut database, &source, arguments, &target)?;
    if steps.is_empty() {
        context.terminal.say(match arguments.absent {
            true => "nothing to revert: all that is applied is here",
            false => "nothing to revert",
        });
        return Ok(());
    }
    let (applied, unrecorded) = applied(context, &mut database, &source, absent)?;
    let dialect = database::dialect(database.url());
    let request = Request { dialect, applied: &applied, unrecorded: &unrecorded, steps: &steps, backfills: &given };
    let cost = rollback_impact::announce(context.terminal, &mut database, &request)?;
    if !cost.unused.is_empty() {
        return Err(CliError::usage(format!(
            "`--backfill` names nothing: `{}` is no NOT NULL column that comes back",
            cost.unused.join("`, `")
        )));
    }
    if cost.fails && !arguments.force {
        return Err(CliError::check("not reverted: it would fail on the rows that are there")
            .hint("change or delete those rows, and run the command again")
            .hint(format!(
                "where `down.sql` was written by hand and takes care of them: `{}`",
                command(&MigrateDown { force: true, ..arguments.clone() })
            )));
    }
    if cost.loses && !arguments.consent.yes && !context.terminal.confirm("Revert all the same?")? {
        let consent = crate::arguments::Consent { yes: true };
        let agreed = command(&MigrateDown { consent, ..arguments.clone() });
        return Err(
            CliError::check("not reverted: data would be lost").hint(format!("to go on all the same: `{agreed}`"))
        );
    }
    // What was announced is what runs: what somebody else reverts in the meantime is not taken from what is before it.
    let target = match (target, steps.last()) {
        // Others are refused, since only these are agreed to.
        _ if arguments.absent => Target::Back(steps.len()),
        (Target::Back(_), Some(last)) => before(&mut database, &source, last)?,
        (target, _) => target,
    };
    let agreed = Some(steps.into_iter().map(|step| step.version).collect());
    let lock_timeout = arguments.wait.lock_timeout();
    let (scripts, timeouts) = (cost.scripts, context.settings.timeouts.clone());
    let options = RevertOptions { target, agreed, absent: arguments.absent, scripts, lock_timeout, timeouts };
    let report = {
        let mut progress = Progress::new(context.terminal, false);
        revert(&mut database, &source, &options, &mut progress)?
    };
    let count = report.done.len();
    let noun = if count == 1 { "migration" } else { "migrations" };
    context.terminal.say(&format!("{count} {noun} reverted in `{}`", database.url()));
    Ok(())
}

/// What goes, newest first, and the applied migrations that are not here as they were applied.
fn planned(
    database: &mut Database,
    source: &Source<'_>,
    arguments: &MigrateDown,
    target: &Target,
) -> Result<(Vec<Step>, Vec<AbsentMigration>)> {
    if !arguments.absent {
        let mut steps = plan(database, source, target)?;
        steps.retain(|step| step.direction == Direction::Down);
        return Ok((steps, Vec::new()));
    }
    let target = match target {
        Target::Version(version) => AbsentTarget::After(Some(version.clone())),
        Target::Zero => AbsentTarget::After(None),
        Target::Latest | Target::Back(_) => AbsentTarget::Newest(arguments.steps.map(|steps| steps as usize)),
    };
    Ok(plan_absent(database, source, &target)?)
}

/// The command with all that it was given, to be typed again.
fn command(arguments: &MigrateDown) -> String {
    let mut words = vec!["cargo xtask migrate:down".to_owned()];
    words.extend(arguments.absent.then(|| "--absent".to_owned()));
    words.extend(arguments.to.as_ref().map(|to| format!("--to {to}")));
    match arguments.steps {
        Some(steps) => words.push(format!("--steps {steps}")),
        None if arguments.to.is_none() && !arguments.absent => words.push("--steps 1".to_owned()),
        None => {}
    }
    words.extend(arguments.backfill.iter().map(|text| format!("--backfill {}", for_shell(text.clone()))));
    words.extend(arguments.consent.yes.then(|| "--yes".to_owned()));
    words.extend(arguments.force.then(|| "--force".to_owned()));
    words.join(" ")
}

/// The applied migration before a step.
fn before(database: &mut Database, source: &Source<'_>, step: &Step) -> Result<Target> {
    let entries = status(database, source)?.entries;
    let mut earlier = entries.into_iter().filter(|entry| entry.state.is_applied() && entry.version < step.version);
    Ok(earlier.next_back().map_or(Target::Zero, |entry| Target::Version(entry.version)))
}

/// The applied migrations with their records, those that are not here from what the database stores of them; and the names
/// of those of which no record is known.
fn applied(
    context: &Context<'_>,
    database: &mut Database,
    source: &Source<'_>,
    absent: Vec<AbsentMigration>,
) -> Result<(Migrations, Vec<String>)> {
    let entries = status(database, source)?.entries;
    let applied: BTreeSet<String> =
        entries.into_iter().filter(|entry| entry.state.is_applied()).map(|entry| entry.name).collect();
    let mut migrations = Migrations::of(&context.view.migrations(&context.settings.migrations)?)?;
    let is_here = |name: &str| applied.contains(name) && !absent.iter().any(|other| other.name == name);
    migrations.all.retain(|recorded| is_here(&recorded.name));
    let mut unrecorded = Vec::new();
    for AbsentMigration { name, operations, .. } in absent {
        match operations {
            Some(text) => {
                let path = format!("{name}/operations.toml in the database");
                migrations.all.push(Recorded::new(&name, path, text.as_bytes()));
            }
            None => unrecorded.push(name),
        }
    }
    migrations.all.sort_by_cached_key(|recorded| DirectoryName::parse(&recorded.name).version);
    if !unrecorded.is_empty() || migrations.replay(database::dialect(database.url())).is_ok() {
        return Ok((migrations, unrecorded));
    }
    // Records of several branches can contradict each other: then nobody knows what the database looks like.
    let unrecorded = migrations.all.iter().map(|recorded| recorded.name.clone()).collect();
    Ok((migrations, unrecorded))
}
