//! `makemigrations`: writes the next migration. Must not change one that is there.

use std::{borrow::Cow, collections::BTreeSet};

use makemigrations_gate::{Finding, Folder, Id, Lock, verify};
use makemigrations_plan::{
    diff::Answers,
    hint::Hint,
    migration::{self, Stamp},
    model::{Dialect, Schema},
    operation::{Operation, apply_all},
    record::Record,
};

use super::{
    rebase,
    schema::{self, Changed},
    tidy,
};
use crate::{
    arguments::Makemigrations,
    environment::Environment,
    error::{CliError, Result},
    terminal::{Terminal, questions::Asking},
    workflow::{
        context::Context,
        deferred, gate, online,
        planning::{self, Halt, State},
    },
    workspace::{
        lock::FolderLock,
        migrations::Migrations,
        view::View,
        write::{self, NewMigration},
    },
};

pub(crate) fn run(context: &Context<'_>, arguments: &Makemigrations) -> Result<()> {
    if arguments.merge {
        return rebase::merge(context, arguments);
    }
    if arguments.tidy {
        return tidy::run(context, arguments.dry_run);
    }
    let name = arguments.name.as_deref().map(checked_name).transpose()?;
    let answers = planning::answers(&arguments.given)?;
    let guard = if arguments.check || arguments.dry_run {
        None
    } else {
        let guard = FolderLock::acquire(&context.migrations(), context.terminal)?;
        write::clean(&guard)?;
        Some(guard)
    };
    let folder = context.view.migrations(&context.settings.migrations)?;
    let mut lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let dialect = context.dialect(&lock)?;
    lock.set_dialect(dialect.as_str());
    // What has no record is the gate's to name first.
    let migrations = Migrations::of(&folder);
    let nothing = Migrations::default();
    let (findings, loaded) = if arguments.empty {
        (verify(&folder), None)
    } else {
        let recorded = migrations.as_ref().unwrap_or(&nothing);
        let (findings, mut loaded) = planning::load(context, dialect, recorded, || verify(&folder));
        loaded.report_snapshots(context)?;
        (findings, Some(loaded))
    };
    let is_shorter = drop_gone(context, &folder, findings, &mut lock, arguments.check)?;
    let state = loaded.map(|loaded| loaded.into_state(context)).transpose()?;
    let migrations = migrations.as_ref().map_err(CliError::clone)?;
    let planned = match &state {
        Some(state) => operations(context, state, migrations, answers, arguments)?,
        None => {
            let record = record(migrations, 0, dialect, Vec::new(), true);
            vec![Planned { before: Schema::empty(dialect), record, name: None }]
        }
    };
    let generated = match &state {
        Some(state) if guard.is_some() => {
            let reached = reached(state, &planned, arguments)?;
            schema::plan(context, dialect, &reached)?
        }
        None if guard.is_some() => schema::follow(context, dialect, migrations),
        Some(_) | None => Changed::default(),
    };
    if planned.is_empty() {
        if let (Some(guard), true) = (&guard, is_shorter) {
            write::lock_file(guard, &lock)?;
        }
        context.terminal.say(if arguments.contract {
            "nothing is to be dropped"
        } else {
            "no changes: the migrations are up to date with the snapshots"
        });
        generated.write(context.terminal)?;
        return Ok(());
    }
    if arguments.check && !arguments.dry_run {
        return Err(missing(context.terminal, dialect, &planned));
    }
    let new = files(context.environment, migrations, &planned, name)?;
    if let Some(guard) = &guard {
        write::migrations(guard, lock, &new, generated.files(), &context.write_journal())?;
    }
    report(context, dialect, &planned, &new, guard.is_none());
    generated.say(context.terminal);
    if arguments.check { Err(CliError::check(MISSING).hint("cargo xtask makemigrations")) } else { Ok(()) }
}

/// The schema that `schema.rs` shows: the snapshots', or with `--domain` what is then reached of it.
fn reached<'s>(state: &'s State, planned: &[Planned], arguments: &Makemigrations) -> Result<Cow<'s, Schema>> {
    if arguments.domain.is_none() {
        return Ok(Cow::Borrowed(&state.wanted.schema));
    }
    let mut after = match planned.last() {
        Some(last) => apply_all(&last.before, &last.record.operations).map_err(defect)?,
        None => state.present.clone(),
    }
    .without_deferred();
    // The columns are as declared, wherever that is known.
    for (key, table) in &mut after.tables {
        if let Some(declared) = state.wanted.schema.tables.get(key) {
            table.columns.sort_by_cached_key(|name, _| declared.columns.get_index_of(name).unwrap_or(usize::MAX));
        }
    }
    Ok(Cow::Owned(after))
}

fn defect(error: impl std::fmt::Display) -> CliError {
    CliError::usage(format!("defect in makemigrations, please report it: {error}"))
}

const MISSING: &str = "the snapshots have changes without a migration";

/// A migration to come.
struct Planned {
    /// The schema before it.
    before: Schema,
    record: Record,
    /// Its name, where its operations alone do not give it: of a step of an online change.
    name: Option<String>,
}

/// Fails when the migrations are not what they were recorded as; takes lines out of the lock file whose migration was
/// deleted before it was merged, and says whether there were any.
fn drop_gone(
    context: &Context<'_>,
    folder: &Folder,
    mut findings: Vec<Finding>,
    lock: &mut Lock,
    is_check: bool,
) -> Result<bool> {
    if findings.iter().any(|finding| finding.id == Id::Gone) {
        let is_gone = |name: &str| folder.files(name).is_none();
        // Only git tells a deleted draft from a deleted merged migration.
        findings = gate::findings(context, folder, &context.merged())?;
        let gone: Vec<String> = findings.iter().filter_map(|finding| droppable(finding, is_gone)).collect();
        findings.retain(|finding| droppable(finding, is_gone).is_none());
        for migration in &gone {
            lock.remove(migration);
        }
        report_or_fail(context.terminal, &findings, is_check)?;
        return Ok(!gone.is_empty());
    }
    report_or_fail(context.terminal, &findings, is_check)?;
    Ok(false)
}

/// The migration, when the finding is only that a draft was deleted as a whole.
pub(super) fn droppable(finding: &Finding, is_gone: impl Fn(&str) -> bool) -> Option<String> {
    let migration = finding.migration.as_deref().filter(|_| finding.id == Id::Gone)?;
    is_gone(migration).then(|| migration.to_owned())
}

/// With `--check` the findings are the result; else they stand beside it.
fn report_or_fail(terminal: &Terminal, findings: &[Finding], is_check: bool) -> Result<()> {
    if gate::passes(findings) && !is_check {
        terminal.findings_for_people(findings);
        return Ok(());
    }
    terminal.findings(findings);
    if gate::passes(findings) { Ok(()) } else { Err(gate::failure(findings)) }
}

fn operations(
    context: &Context<'_>,
    state: &State,
    migrations: &Migrations,
    mut answers: Answers,
    arguments: &Makemigrations,
) -> Result<Vec<Planned>> {
    if arguments.contract {
        let drops = deferred::contract(context, (state.dialect, &state.present), migrations);
        return planned(context, state, migrations, &drops, &BTreeSet::new(), arguments);
    }
    let only = planning::domain(state, arguments.domain.as_deref())?;
    let may_ask = !arguments.no_input && !arguments.check;
    let given = answers.clone();
    let plan = loop {
        match planning::plan(context, state, &answers, only.as_ref()) {
            Ok(plan) => break plan,
            Err(Halt::Error(error)) => return Err(error),
            Err(Halt::Questions(questions)) if arguments.check => return Err(unanswered(&questions)),
            Err(Halt::Questions(questions)) => {
                let command = command(arguments);
                let asking = Asking { dialect: state.dialect, may_ask, command: &command, is_of_snapshots: true };
                context.terminal.answer(&questions, &mut answers, &asking)?;
            }
        }
    };
    planning::refuse_unused(&given, &plan.operations)?;
    planning::notes(context.terminal, state, &plan.notes);
    let operations = deferred::in_plan(context, (state.dialect, &state.present), migrations, plan.operations)?;
    planned(context, state, migrations, &operations, &plan.used_hints, arguments)
}

/// The migrations that operations come to.
fn planned(
    context: &Context<'_>,
    state: &State,
    migrations: &Migrations,
    operations: &[Operation],
    used_hints: &BTreeSet<Hint>,
    arguments: &Makemigrations,
) -> Result<Vec<Planned>> {
    if operations.is_empty() {
        return Ok(Vec::new());
    }
    let flag = if arguments.online { Some(true) } else { arguments.no_online.then_some(false) };
    // Whether one is missing does not depend on its form, and SQL of people's has the form that they give it.
    let is_direct = arguments.check || arguments.manual;
    let online = if is_direct { None } else { online::of(context, state.dialect, migrations, flag)? };
    let groups = online::groups(state.dialect, &state.present, operations, online.as_ref())?;
    let change =
        arguments.name.clone().unwrap_or_else(|| migration::automatic_name(migrations.next_number(), operations));
    let mut before = state.present.clone();
    let mut planned = Vec::new();
    let operations: Vec<Vec<Operation>> = groups.iter().map(|group| group.operations.clone()).collect();
    let named = planning::hints_to_name(&state.used, &operations, used_hints);
    for (index, (group, used_hints)) in groups.into_iter().zip(named).enumerate() {
        let after = apply_all(&before, &group.operations).map_err(defect)?;
        let name = group.in_name().map(|(number, word)| migration::step_name(&change, number, word));
        let step = group.recorded_step();
        let record = record(migrations, index as u64, state.dialect, group.operations, arguments.manual);
        let record = Record { used_hints, step, ..record };
        planned.push(Planned { before: std::mem::replace(&mut before, after), record, name });
    }
    Ok(planned)
}

/// The command line without its answers, as people type it again.
fn command(arguments: &Makemigrations) -> String {
    let mut command = "cargo xtask makemigrations".to_owned();
    for (flag, is_given) in [
        ("--manual", arguments.manual),
        ("--contract", arguments.contract),
        ("--online", arguments.online),
        ("--no-online", arguments.no_online),
        ("--dry-run", arguments.dry_run),
    ] {
        if is_given {
            command = format!("{command} {flag}");
        }
    }
    // Both are plain words: they have been checked.
    for (flag, value) in [("--domain", &arguments.domain), ("--name", &arguments.name)] {
        if let Some(value) = value {
            command = format!("{command} {flag} {value}");
        }
    }
    command
}

fn record(migrations: &Migrations, ahead: u64, dialect: Dialect, operations: Vec<Operation>, manual: bool) -> Record {
    Record { manual, ..Record::new(migrations.next_number() + ahead, dialect, operations) }
}

/// Names and contents. A name that was given goes to the last migration, which is the one that was asked for.
fn files(
    environment: &Environment,
    migrations: &Migrations,
    planned: &[Planned],
    name: Option<&str>,
) -> Result<Vec<NewMigration>> {
    let now = Stamp::at(environment.now()?);
    let mut newest = migrations.newest().map(str::to_owned);
    let mut new = Vec::new();
    for (index, Planned { before, record, name: of_step }) in planned.iter().enumerate() {
        let given = of_step.as_deref().or(name.filter(|_| index + 1 == planned.len()));
        let name = given.map_or_else(|| migration::automatic_name(record.number, &record.operations), str::to_owned);
        let folder = migration::directory_name(Stamp::after(newest.as_deref(), now), record.number, &name);
        let files = if record.operations.is_empty() {
            migration::empty(record)
        } else {
            migration::files(before, record).map_err(|error| CliError::usage(error.to_string()))?
        };
        let files = files.entries().map(|(file, text)| (file.to_owned(), text.to_owned())).collect();
        newest = Some(folder.clone());
        new.push(NewMigration { name: folder, files });
    }
    Ok(new)
}

fn report(context: &Context<'_>, dialect: Dialect, planned: &[Planned], new: &[NewMigration], is_dry: bool) {
    let terminal = context.terminal;
    for (Planned { before, record, .. }, migration) in planned.iter().zip(new) {
        let path = format!("{}/{}", context.settings.migrations, migration.name);
        if is_dry {
            let up = migration.files.iter().filter(|(file, _)| file == "up.sql");
            up.for_each(|(file, text)| terminal.data(&format!("-- {path}/{file}\n{text}")));
        } else {
            terminal.say(&path);
        }
        let rollback_impact = if record.operations.is_empty() {
            String::new()
        } else {
            terminal.rollback_impact(dialect, before, &record.operations)
        };
        let summary = terminal.summary_of(before, record);
        terminal.say(format!("{summary}{rollback_impact}").trim_end());
        if record.manual && !is_dry {
            let what = if record.operations.is_empty() { "write its SQL" } else { "change its SQL as you need it" };
            terminal.say(&format!("{what}, then record it: `cargo xtask seal {}`", migration.name));
        }
    }
}

fn missing(terminal: &Terminal, dialect: Dialect, planned: &[Planned]) -> CliError {
    let summaries: String =
        planned.iter().map(|one| terminal.summary(dialect, &one.before, &one.record.operations)).collect();
    CliError::check(format!("{MISSING}\n{}", summaries.trim_end())).hint("cargo xtask makemigrations")
}

fn unanswered(questions: &[makemigrations_plan::diff::Question]) -> CliError {
    let questions: Vec<_> = questions.iter().map(|question| format!("  ? {}", question.text())).collect();
    CliError::check(format!("{MISSING}\n{}", questions.join("\n"))).hint("cargo xtask makemigrations")
}

/// Whether every change of the snapshots has its migration; the second half of `check`.
pub(super) fn up_to_date(context: &Context<'_>, state: &State, migrations: &Migrations) -> Result<()> {
    let arguments = Makemigrations { check: true, ..Makemigrations::default() };
    let planned = operations(context, state, migrations, Answers::default(), &arguments)?;
    if planned.is_empty() {
        return Ok(());
    }
    let error = missing(context.terminal, state.dialect, &planned);
    let folder = &context.settings.migrations;
    let staged: BTreeSet<String> = context.view.migrations(folder)?.migrations().map(str::to_owned).collect();
    let is_left_out = context.view.is_staged()
        && View::disk(&context.root).migrations(folder)?.migrations().any(|name| !staged.contains(name));
    // `git commit -a` takes no new folders.
    let hint = format!("a migration is not staged: `git add {}`", context.view.typed(folder));
    Err(if is_left_out { CliError { hints: vec![hint], ..error } } else { error })
}

pub(super) fn checked_name(name: &str) -> Result<&str> {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if is_plain && !name.is_empty() && name.len() <= 100 {
        Ok(name)
    } else {
        Err(CliError::usage(format!("`{name}` cannot name a migration"))
            .hint("up to 100 letters, digits, `_` and `-`: `--name ticket_priority`"))
    }
}
