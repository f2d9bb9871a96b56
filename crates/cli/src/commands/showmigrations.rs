//! `showmigrations`: every migration and how it stands. Must not change the database.

use makemigrations_plan::migration::STAND_IN;
use makemigrations_run::{Entry, Source, State, Target, plan, status};
use serde::Serialize;

use super::{context::Context, database, migrate};
use crate::{
    arguments::{Format, Showmigrations},
    error::Result,
};

pub(crate) fn run(context: &Context<'_>, arguments: &Showmigrations) -> Result<()> {
    let folder = context.migrations();
    let source = Source::Folder(&folder);
    let mut database = database::connect(context)?;
    if arguments.plan {
        let steps = plan(&mut database, &source, &Target::Latest)?;
        migrate::show(context, &steps);
        return Ok(());
    }
    let status = status(&mut database, &source)?;
    if context.terminal.format == Format::Json {
        context.terminal.data(&document(&status.entries));
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
        context.terminal.data(&format!("{state:<13} {}{reason}{by_hand}", entry.name));
    }
    Ok(())
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
    migrations: Vec<Listed<'a>>,
}

#[derive(Serialize)]
struct Listed<'a> {
    /// Why its `squashed.sql` was changed by hand; empty where no reason is declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    manual_reason: Option<&'a str>,
    name: &'a str,
    /// Why it was changed after it was merged.
    r#override: Option<&'a str>,
    state: &'static str,
    version: &'a str,
}

fn document(entries: &[Entry]) -> String {
    let listed = entries.iter().map(|entry| Listed {
        manual_reason: entry.manual_reason.as_deref(),
        name: &entry.name,
        r#override: entry.override_reason.as_deref(),
        state: word(entry.state),
        version: &entry.version,
    });
    let document = Document { format: 1, migrations: listed.collect() };
    serde_json::to_string_pretty(&document).expect("texts are always JSON")
}
