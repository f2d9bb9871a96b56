//! `showmigrations`: every migration and how it stands. Must not change the database.

use makemigrations_gate::Lock;
use makemigrations_plan::migration::STAND_IN;
use makemigrations_run::{Entry, NextAction, RunState, Source, State, Status, Target, plan, status};
use serde::Serialize;

use super::migrate;
use crate::{
    arguments::{Format, Showmigrations},
    error::Result,
    workflow::{context::Context, database, deferred},
    workspace::migrations::Migrations,
};

pub(crate) fn run(context: &Context<'_>, arguments: &Showmigrations) -> Result<()> {
    let folder = context.migrations();
    let source = Source::Folder(&folder);
    let mut database = database::connect(context)?;
    if arguments.plan {
        let steps = plan(&mut database, &source, &Target::Latest)?;
        migrate::show(context.terminal, &steps);
        return Ok(());
    }
    let status = status(&mut database, &source)?;
    let owed = owed(context);
    if context.terminal.format == Format::Json {
        context.terminal.data(&document(&status, &owed));
        return Ok(());
    }
    context.terminal.findings_for_people(&status.findings);
    if status.entries.is_empty() {
        context.terminal.say("there are no migrations");
    }
    for entry in &status.entries {
        let state = word(entry.state);
        let reason = entry.override_reason.as_ref().map(|reason| format!("  (override: {reason})")).unwrap_or_default();
        let by_hand = changed_by_hand(entry.manual_reason.as_deref());
        context.terminal.data(&format!("{state:<13} {}{reason}{by_hand}{}", entry.name, unfinished(entry)));
    }
    for what in &owed {
        context.terminal.data(&format!("{:<13} {what}", "owed"));
    }
    for index in &status.invalid_indexes {
        let is_pending =
            |entry: &Entry| matches!(&entry.next, Some(NextAction::Rebuild { objects }) if objects.contains(index));
        if !status.entries.iter().any(is_pending) {
            let hint = format!(
                "`REINDEX INDEX CONCURRENTLY {index}` builds it; one whose name ends in `_ccnew` or `_ccold` can be dropped"
            );
            context
                .terminal
                .warning(&format!("index `{index}` is invalid: nothing uses it, every write pays for it"), Some(&hint));
        }
    }
    Ok(())
}

/// What the next run does about it, where that is more than to run it.
fn next(entry: &Entry) -> Option<&NextAction> {
    entry.next.as_ref().filter(|next| !matches!(next, NextAction::Apply))
}

/// How the last run of a pending migration stands, in one word.
fn last_run(entry: &Entry) -> Option<&'static str> {
    match (next(entry)?, entry.run.as_ref().map(|run| run.state)) {
        (NextAction::Rebuild { .. }, _) => Some("invalid"),
        (NextAction::Wait { .. }, Some(RunState::Running)) => Some("running"),
        (_, Some(RunState::Running)) => Some("interrupted"),
        (_, Some(RunState::Failed)) => Some("failed"),
        (_, Some(RunState::Applied) | None) => None,
    }
}

/// What a line says of a migration whose last run did not end well, or whose way is not free.
fn unfinished(entry: &Entry) -> String {
    let Some(next) = next(entry) else { return String::new() };
    let run = match last_run(entry) {
        Some("interrupted") => "interrupted while running, ",
        Some(word) => &format!("{word}, "),
        None => "",
    };
    let started = entry.run.as_ref().and_then(|run| run.started_at.as_deref());
    let started = started.map(|started| format!("started at {started}; ")).unwrap_or_default();
    format!("  ({run}{started}{next})")
}

/// The drops that the recorded migrations defer; none where the records cannot be read, which `check` says.
fn owed(context: &Context<'_>) -> Vec<String> {
    let folder = context.view.migrations(&context.settings.migrations).ok();
    let read = folder.and_then(|folder| {
        let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
        let dialect = context.dialect(&lock).ok()?;
        Migrations::of(&folder).ok()?.replay(dialect).ok()
    });
    read.map(|schema| deferred::owed(&schema)).unwrap_or_default()
}

/// What a line about a migration says of a `squashed.sql` that people changed.
pub(super) fn changed_by_hand(reason: Option<&str>) -> String {
    match reason {
        None => String::new(),
        Some("") => format!("  ({STAND_IN} changed by hand, no reason is declared)"),
        Some(reason) => format!("  ({STAND_IN} changed by hand: {reason})"),
    }
}

fn word(state: State) -> &'static str {
    match state {
        State::Applied => "applied",
        State::Edited => "edited",
        State::Unknown => "unknown",
        State::Pending => "pending",
        State::OutOfOrder => "out of order",
    }
}

/// What programs read: stable names, one entry for each migration.
#[derive(Serialize)]
struct Document<'a> {
    format: u8,
    /// Indexes that nothing uses.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    invalid_indexes: &'a [String],
    migrations: Vec<Listed<'a>>,
    /// What has left the snapshots and is not dropped yet.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    owed: &'a [String],
}

#[derive(Serialize)]
struct Listed<'a> {
    /// Why its `squashed.sql` was changed by hand; empty where no reason is declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    manual_reason: Option<&'a str>,
    name: &'a str,
    /// What the next `migrate` does about it, and that in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_text: Option<String>,
    /// Why it was changed after it was merged.
    r#override: Option<&'a str>,
    /// How its last run stands, where that did not end well.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<&'static str>,
    state: &'static str,
    version: &'a str,
}

fn document(status: &Status, owed: &[String]) -> String {
    let listed = status.entries.iter().map(|entry| Listed {
        manual_reason: entry.manual_reason.as_deref(),
        name: &entry.name,
        next: next(entry).map(NextAction::name),
        next_text: next(entry).map(ToString::to_string),
        r#override: entry.override_reason.as_deref(),
        run: last_run(entry),
        state: word(entry.state),
        version: &entry.version,
    });
    let invalid_indexes = &status.invalid_indexes;
    let document = Document { format: 1, invalid_indexes, migrations: listed.collect(), owed };
    serde_json::to_string_pretty(&document).expect("texts are always JSON")
}
