//! `migrate:down`: reverts migrations, having said what is lost. Must not lose data that nobody agreed to lose.

use std::{collections::BTreeSet, time::Duration};

use makemigrations_plan::{
    model::Dialect,
    operation::{Operation, inverse},
    probe::{Severity, probes},
};
use makemigrations_run::{Database, Direction, RevertOptions, Source, Step, Target, plan, revert, status};

use super::{context::Context, database};
use crate::{
    arguments::MigrateDown,
    error::{CliError, Result},
    terminal::{Paint, progress::Progress, report::Texts},
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
    let cost = announce(context, &mut database, &source, &steps)?;
    if cost.fails {
        return Err(CliError::check("not reverted: it would fail on the rows that are there")
            .hint("change or delete those rows, and run the command again"));
    }
    if cost.loses && !arguments.yes && !context.terminal.confirm("Revert all the same?")? {
        return Err(CliError::check("not reverted: data would be lost")
            .hint(format!("to go on all the same: `{}`", confirmed(arguments))));
    }
    // What was announced is what runs, also when somebody else applies another migration in the meantime.
    let target = match (target, steps.last()) {
        (Target::Back(_), Some(last)) => before(&mut database, &source, last)?,
        (target, _) => target,
    };
    let options = RevertOptions { target, lock_timeout: Duration::from_secs(arguments.lock_timeout) };
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
    match &arguments.to {
        Some(to) => format!("cargo xtask migrate:down --to {to} --yes"),
        None => format!("cargo xtask migrate:down --steps {} --yes", arguments.steps),
    }
}

/// The applied migration before a step.
fn before(database: &mut Database, source: &Source<'_>, step: &Step) -> Result<Target> {
    let entries = status(database, source)?.entries;
    let mut earlier = entries.into_iter().filter(|entry| entry.state.is_applied() && entry.version < step.version);
    Ok(earlier.next_back().map_or(Target::Zero, |entry| Target::Version(entry.version)))
}

/// What going down would do to the rows that are there.
#[derive(Default)]
struct Cost {
    /// Data is lost, or may be.
    loses: bool,
    /// A step would fail.
    fails: bool,
}

/// Says what the steps revert, lose and fail on, having counted the rows.
fn announce(context: &Context<'_>, database: &mut Database, source: &Source<'_>, steps: &[Step]) -> Result<Cost> {
    let terminal = context.terminal;
    for step in steps {
        terminal.say(&format!("revert {}", step.name));
    }
    let applied: BTreeSet<String> = {
        let entries = status(database, source)?.entries;
        entries.into_iter().filter(|entry| entry.state.is_applied()).map(|entry| entry.name).collect()
    };
    let way = WayBack::read(context, database::dialect(database.url()), &applied, steps)?;
    let mut cost = Cost::default();
    for name in &way.manual {
        cost.loses = true;
        terminal.warning(&format!("`{name}` is written by hand: what it loses is not known"), None);
    }
    for probe in probes(&way.current, &way.operations) {
        let (word, paint) = match probe.severity {
            Severity::Loses => ("loses", Paint::Error),
            Severity::Fails => ("fails on", Paint::Error),
        };
        let word = terminal.paint(paint, word);
        match database.count(&probe.count_sql) {
            Ok(0) => continue,
            Ok(count) => {
                terminal.always(&format!("  {word} {count} {}", probe.text));
                cost.fails |= probe.severity == Severity::Fails;
            }
            // The step itself finds out, and takes back what it did.
            Err(error) => {
                terminal.detail(&error.to_string());
                terminal.always(&format!("  {word} {}, which could not be counted", probe.text));
            }
        }
        cost.loses |= probe.severity == Severity::Loses;
    }
    Ok(cost)
}

/// The operations that lead back, newest first, and the schema that they start from.
struct WayBack {
    current: makemigrations_plan::model::Schema,
    operations: Vec<Operation>,
    /// Migrations whose SQL people wrote.
    manual: Vec<String>,
}

impl WayBack {
    fn read(context: &Context<'_>, dialect: Dialect, applied: &BTreeSet<String>, steps: &[Step]) -> Result<Self> {
        let folder = context.view.migrations(&context.settings.migrations)?;
        let mut all = Migrations::of(&folder)?.all;
        all.retain(|recorded| applied.contains(&recorded.name));
        let migrations = Migrations { all };
        let reverted: BTreeSet<&str> = steps.iter().map(|step| step.name.as_str()).collect();
        let mut manual = Vec::new();
        let mut back: Vec<Vec<Operation>> = Vec::new();
        let visited = migrations.each_from(0, dialect, |recorded, record, before| {
            if !reverted.contains(recorded.name.as_str()) {
                return Ok(());
            }
            if record.manual {
                manual.push(recorded.name.clone());
            }
            back.push(inverse(before, &record.operations).map_err(|error| {
                makemigrations_plan::diagnostic::Diagnostic::error(&recorded.path, 0..0, error.to_string())
            })?);
            Ok(())
        });
        let current = visited.and_then(|()| migrations.replay(dialect));
        match current {
            Ok(current) => Ok(Self { current, operations: back.into_iter().rev().flatten().collect(), manual }),
            Err(errors) => {
                let texts: Texts<'_> = migrations.all.iter().map(|m| (m.path.as_str(), m.text.as_str())).collect();
                context.terminal.diagnostics(&errors, &texts);
                Err(CliError::usage("the recorded migrations cannot be replayed"))
            }
        }
    }
}
