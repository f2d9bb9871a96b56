//! From files to a plan: snapshots, recorded state, answers. Must not write.

use std::{borrow::Cow, collections::BTreeSet, thread};

use makemigrations_plan::{
    diagnostic::{Diagnostic, Severity},
    diff::{self, Answers, Plan, Stop, diff},
    hint::{Hint, UsedHints},
    model::{Dialect, Domain, Schema},
    operation::Operation,
    snapshot::{self, Hints, Wanted},
};

use super::context::Context;
use crate::{
    arguments,
    error::{CliError, Result},
    terminal::{Terminal, report::Texts},
    workspace::{migrations::Migrations, sources::Sources},
};

/// What is recorded and what is wanted.
pub(crate) struct State {
    pub(crate) dialect: Dialect,
    pub(crate) present: Schema,
    pub(crate) wanted: Wanted,
    sources: Sources,
    /// The hints that earlier migrations have used; only looked up where the snapshots have some.
    pub(crate) used: UsedHints,
}

impl State {
    /// The snapshot files.
    pub(crate) fn sources(&self) -> &[snapshot::Source] {
        &self.sources.found
    }
}

/// What was read, with nothing said about it yet: the caller knows what comes first.
pub(crate) struct Loaded<'a> {
    dialect: Dialect,
    migrations: &'a Migrations,
    sources: Result<Sources>,
    wanted: Option<std::result::Result<Wanted, Vec<Diagnostic>>>,
    present: std::result::Result<Schema, Vec<Diagnostic>>,
}

/// Reads the snapshots, and rebuilds what is recorded. `beside` runs at the same time.
pub(crate) fn load<'a, T: Send>(
    context: &Context<'_>,
    dialect: Dialect,
    migrations: &'a Migrations,
    beside: impl FnOnce() -> T + Send,
) -> (T, Loaded<'a>) {
    thread::scope(|scope| {
        let beside = scope.spawn(beside);
        let sources =
            context.members().and_then(|members| Sources::read(&context.view, &context.settings.snapshots, members));
        let wanted = sources.as_ref().ok().map(|sources| &sources.found);
        let (wanted, present) = thread::scope(|scope| {
            let analytics_schema = context.settings.analytics_schema.clone();
            let is_adopted = migrations.is_adopted();
            let options = snapshot::Options { dialect, analytics_schema, is_adopted };
            let wanted = wanted.map(|found| scope.spawn(|| snapshot::read(options, found)));
            let present = migrations.replay(dialect);
            (wanted.map(join), present)
        });
        (join(beside), Loaded { dialect, migrations, sources, wanted, present })
    })
}

impl Loaded<'_> {
    /// Says what is wrong with the snapshots, and fails when they cannot be used.
    pub(crate) fn report_snapshots(&mut self, context: &Context<'_>) -> Result<()> {
        let sources = std::mem::replace(&mut self.sources, Ok(Sources::default()))?;
        let mut found = sources.diagnostics.clone();
        match &self.wanted {
            Some(Ok(wanted)) => found.extend(wanted.notes.iter().cloned()),
            Some(Err(errors)) => found.extend(errors.iter().cloned()),
            None => {}
        }
        let reported = context.report(&found, &texts(&sources, self.migrations), UNUSABLE);
        self.sources = Ok(sources);
        reported
    }

    /// The schema that the snapshots want, whatever is recorded. The snapshots have to be reported before.
    pub(crate) fn into_wanted(self) -> Result<Schema> {
        match self.wanted {
            Some(Ok(wanted)) => Ok(wanted.schema),
            Some(Err(_)) | None => Err(CliError::usage(UNUSABLE)),
        }
    }

    /// What is wanted and what is recorded, as far as either can be read.
    pub(crate) fn schemas(self) -> (Option<Schema>, Option<Schema>) {
        (self.wanted.and_then(|wanted| Some(wanted.ok()?.schema)), self.present.ok())
    }

    /// Says what is wrong with the records, and gives both states. The snapshots have to be reported before.
    pub(crate) fn into_state(self, context: &Context<'_>) -> Result<State> {
        let sources = self.sources?;
        let present = match self.present {
            Ok(present) => present,
            Err(errors) => {
                let texts = texts(&sources, self.migrations);
                context.report(&errors, &texts, "the recorded migrations cannot be replayed")?;
                Schema::empty(self.dialect)
            }
        };
        match self.wanted {
            Some(Ok(wanted)) => {
                let has_hints = wanted.hints != Hints::default();
                let used =
                    if has_hints { self.migrations.used_hints().unwrap_or_default() } else { UsedHints::default() };
                Ok(State { dialect: self.dialect, present, wanted, sources, used })
            }
            Some(Err(_)) | None => Err(CliError::usage(UNUSABLE)),
        }
    }
}

const UNUSABLE: &str = "the snapshots cannot be used, nothing is written";

/// The schema that the snapshots want, with nothing said about them.
///
/// # Errors
/// When something is wrong with them.
pub(crate) fn wanted(context: &Context<'_>, dialect: Dialect, migrations: &Migrations) -> Result<Schema> {
    let nothing = Migrations { adopted: migrations.adopted.clone(), ..Migrations::default() };
    let ((), loaded) = load(context, dialect, &nothing, || ());
    let diagnostics = loaded.sources.as_ref().map_err(CliError::clone)?.diagnostics.iter();
    let is_broken = diagnostics.clone().any(|diagnostic| diagnostic.severity == Severity::Error);
    match loaded.wanted {
        Some(Ok(wanted)) if !is_broken => Ok(wanted.schema),
        Some(_) | None => Err(CliError::usage("the snapshots cannot be read").hint("`cargo xtask check` says why")),
    }
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
pub(crate) fn plan(
    context: &Context<'_>,
    state: &State,
    answers: &Answers,
    only: Option<&Domain>,
) -> std::result::Result<Plan, Halt> {
    let answers = &Answers { used: state.used.clone(), ..answers.clone() };
    // What is to be dropped later has left the snapshots already.
    let present = if state.present.deferred.is_empty() {
        Cow::Borrowed(&state.present)
    } else {
        Cow::Owned(state.present.without_deferred())
    };
    diff(state.dialect, &present, &state.wanted, answers, only).map_err(|stop| match stop {
        Stop::Questions(questions) => Halt::Questions(questions),
        Stop::InvalidHints(errors) => {
            let reported = context.report(&errors, &texts(&state.sources, &Migrations::default()), UNUSABLE);
            Halt::Error(reported.err().unwrap_or_else(|| CliError::usage(UNUSABLE)))
        }
        Stop::Refused(reasons) => Halt::Error(CliError::usage(list("this change cannot be made", &reasons))),
        Stop::UnknownAnswers(reasons) => Halt::Error(CliError::usage(list("a flag cannot be followed", &reasons))),
    })
}

/// Fails when a flag was given that changes nothing.
pub(crate) fn refuse_unused(given: &Answers, operations: &[Operation]) -> Result<()> {
    let reasons = given.unused(operations);
    if reasons.is_empty() { Ok(()) } else { Err(CliError::usage(list("a flag changes nothing", &reasons))) }
}

fn list(title: &str, reasons: &[String]) -> String {
    match reasons {
        [one] => format!("{title}: {one}"),
        several => format!("{title}:\n  {}", several.join("\n  ")),
    }
}

/// The answers that were given as flags.
pub(crate) fn answers(flags: &arguments::Given) -> Result<Answers> {
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

/// The hints that the records of a plan have to name, one list for each group of its operations: all of them with the last.
pub(crate) fn hints_to_name(
    used: &UsedHints,
    groups: &[Vec<Operation>],
    wanted: &BTreeSet<Hint>,
) -> Vec<BTreeSet<Hint>> {
    let mut used = used.clone();
    let mut named = vec![BTreeSet::new(); groups.len()];
    if let Some((last, others)) = groups.split_last() {
        others.iter().for_each(|operations| used.advance(operations, &BTreeSet::new()));
        named[groups.len() - 1] = used.to_name(last, wanted);
    }
    named
}

/// Shows the notes of a plan.
pub(crate) fn notes(terminal: &Terminal, state: &State, notes: &[Diagnostic]) {
    terminal.diagnostics(notes, &texts(&state.sources, &Migrations::default()));
}
