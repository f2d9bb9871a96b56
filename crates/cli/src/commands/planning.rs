//! From files to a plan: snapshots, recorded state, answers. Must not write.

use std::{collections::BTreeSet, thread};

use makemigrations_plan::{
    diagnostic::Diagnostic,
    diff::{self, Answers, Plan, Stop, diff},
    model::{Dialect, Domain, Schema},
    snapshot::{self, Wanted},
};

use super::context::Context;
use crate::{
    arguments,
    error::{CliError, Result},
    terminal::report::Texts,
    workspace::{members::Members, migrations::Migrations, sources::Sources},
};

/// What is recorded and what is wanted.
pub(crate) struct State {
    pub(crate) dialect: Dialect,
    pub(crate) present: Schema,
    pub(crate) wanted: Wanted,
    sources: Sources,
}

/// Reads the snapshots, and rebuilds what is recorded. `ahead` runs at the same time; what it gives decides whether the
/// rest matters, so nothing is said before `judge` let it through.
pub(crate) fn load<T: Send>(
    context: &Context<'_>,
    dialect: Dialect,
    migrations: &Migrations,
    ahead: impl FnOnce() -> T + Send,
    judge: impl FnOnce(T) -> Result<()>,
) -> Result<State> {
    let sources = Members::read(&context.root, &context.view)
        .and_then(|members| Sources::read(&context.view, &context.settings.snapshots, members));
    let (ahead, wanted, present) = thread::scope(|scope| {
        let ahead = scope.spawn(ahead);
        let wanted = sources.as_ref().ok().map(|sources| scope.spawn(|| snapshot::read(dialect, &sources.found)));
        let present = migrations.replay(dialect);
        (join(ahead), wanted.map(join), present)
    });
    judge(ahead)?;
    let sources = sources?;
    let texts = texts(&sources, migrations);
    let present = match present {
        Ok(present) => present,
        Err(errors) => {
            context.report(&errors, &texts, "the recorded migrations cannot be replayed")?;
            Schema::default()
        }
    };
    let mut found = sources.diagnostics.clone();
    let wanted = match wanted {
        Some(Ok(wanted)) => {
            found.extend(wanted.notes.iter().cloned());
            Some(wanted)
        }
        Some(Err(errors)) => {
            found.extend(errors);
            None
        }
        None => None,
    };
    context.report(&found, &texts, "the snapshots cannot be used, nothing is written")?;
    let wanted = wanted.ok_or_else(|| CliError::usage("the snapshots cannot be used"))?;
    Ok(State { dialect, present, wanted, sources })
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn texts<'a>(sources: &'a Sources, migrations: &'a Migrations) -> Texts<'a> {
    let snapshots = sources.found.iter().map(|source| (source.path.as_str(), source.text.as_str()));
    let others = sources.texts.iter().map(|(path, text)| (path.as_str(), text.as_str()));
    let records = migrations.all.iter().map(|record| (record.path.as_str(), record.text.as_str()));
    snapshots.chain(others).chain(records).collect()
}

/// Why there is no plan yet.
pub(crate) enum Halt {
    /// Only a person knows; there is something to write in any case.
    Questions(Vec<diff::Question>),
    Error(CliError),
}

/// The operations that are missing, as far as the answers lead.
pub(crate) fn plan(state: &State, answers: &Answers, only: Option<&Domain>) -> std::result::Result<Plan, Halt> {
    diff(state.dialect, &state.present, &state.wanted, answers, only).map_err(|stop| match stop {
        Stop::Questions(questions) => Halt::Questions(questions),
        Stop::Refused(reasons) => Halt::Error(CliError::usage(list("this change cannot be made", &reasons))),
        Stop::UnknownAnswers(reasons) => Halt::Error(CliError::usage(list("a flag names nothing", &reasons))),
    })
}

fn list(title: &str, reasons: &[String]) -> String {
    match reasons {
        [one] => format!("{title}: {one}"),
        several => format!("{title}:\n  {}", several.join("\n  ")),
    }
}

/// The answers that were given as flags.
pub(crate) fn answers(flags: &arguments::Makemigrations) -> Result<Answers> {
    let invalid = |flag: &str, error: diff::InvalidFlag| CliError::usage(format!("`{flag}`: {error}"));
    let mut answers = Answers { no_renames: flags.no_renames, ..Answers::default() };
    for text in &flags.rename {
        answers.renames.push(diff::parse_rename(text).map_err(|error| invalid("--rename", error))?);
    }
    for (flag, texts, found) in
        [("--backfill", &flags.backfill, &mut answers.backfills), ("--using", &flags.using, &mut answers.usings)]
    {
        for text in texts {
            let (place, sql) = diff::parse_assignment(text).map_err(|error| invalid(flag, error))?;
            if found.insert(place, sql).is_some() {
                return Err(CliError::usage(format!("`{flag}` is given twice for the same column: `{text}`")));
            }
        }
    }
    Ok(answers)
}

/// The domain that `--domain` names.
pub(crate) fn domain(state: &State, name: Option<&str>) -> Result<Option<Domain>> {
    let Some(name) = name else { return Ok(None) };
    let tables = state.present.tables.values().map(|table| &table.domain);
    let enums = state.present.enums.values().map(|item| &item.domain);
    let known: BTreeSet<&Domain> =
        state.sources.found.iter().map(|source| &source.domain).chain(tables).chain(enums).collect();
    known.iter().find(|domain| domain.as_str() == name).map(|domain| Some((*domain).clone())).ok_or_else(|| {
        let known: Vec<_> = known.iter().map(|domain| format!("`{domain}`")).collect();
        CliError::usage(format!("no domain is called `{name}`")).hint(format!("the domains are {}", known.join(", ")))
    })
}

/// Shows the notes of a plan.
pub(crate) fn notes(context: &Context<'_>, state: &State, notes: &[Diagnostic]) {
    context.terminal.diagnostics(notes, &texts(&state.sources, &Migrations::default()));
}
