//! `showmigrations`: every migration and how it stands. Must not change the database.

use makemigrations_run::{Source, State, Target, plan, status};

use super::{context::Context, database, migrate};
use crate::{arguments::Showmigrations, error::Result};

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
    context.terminal.findings_for_people(&status.findings);
    if status.entries.is_empty() {
        context.terminal.say("there are no migrations");
    }
    for entry in &status.entries {
        let state = match entry.state {
            State::Applied => "applied",
            State::Edited => "edited",
            State::Unknown => "unknown",
            State::Pending => "pending",
            State::OutOfOrder => "out of order",
        };
        let reason = entry.override_reason.as_ref().map(|reason| format!("  (override: {reason})")).unwrap_or_default();
        context.terminal.data(&format!("{state:<13} {}{reason}", entry.name));
    }
    Ok(())
}
