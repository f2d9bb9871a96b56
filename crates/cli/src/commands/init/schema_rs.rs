//! The `schema.rs` that the settings or a `diesel.toml` ask for, so that the first `check` finds it. Must not replace one that
//! says something else.

use makemigrations_gate::Lock;
use makemigrations_plan::{
    model::{Dialect, Schema},
    schema_rs::HEADER,
};

use super::super::schema::{Configured, changed};
use crate::{
    error::Result,
    workflow::{context::Context, planning},
    workspace::{changes::Changes, migrations::Migrations},
};

/// Adds what is missing for the application at hand.
pub(super) fn add(context: &Context<'_>, asked: Option<Dialect>, changes: &mut Changes) -> Result<()> {
    if let Err(error) = try_to(context, asked, changes) {
        let lines = error.hints.into_iter().fold(error.message, |text, hint| format!("{text}\n{hint}"));
        changes.by_hand(format!("`schema.rs`: {lines}"));
    }
    Ok(())
}

fn try_to(context: &Context<'_>, asked: Option<Dialect>, changes: &mut Changes) -> Result<()> {
    let configured = Configured::read(context)?;
    if !configured.has_file(context) {
        return Ok(());
    }
    let folder = context.view.migrations(&context.settings.migrations)?;
    let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let dialect = asked.map_or_else(|| context.dialect(&lock), Ok)?;
    let has_snapshots =
        context.view.entries(&context.settings.snapshots)?.is_some() || !context.members()?.found.is_empty();
    let wanted = match has_snapshots {
        true => planning::wanted(context, dialect, &Migrations::of(&folder).unwrap_or_default())?,
        false => Schema::empty(dialect),
    };
    for file in changed(context, &configured.expected(context, dialect, &wanted)?)?.files() {
        let Some(text) = &file.text else { continue };
        let path = context.root.join(&file.path);
        let there = changes.read(&path)?;
        if there.is_none_or(|there| there.starts_with(HEADER) || below_header(&there) == below_header(text)) {
            changes.write(&path, text.as_str())?;
        } else {
            let typed = context.view.typed(&file.path);
            changes.by_hand(format!(
                "`{}` says something else than the snapshots\nto start from it: `cargo xtask inspect --from-schema-rs \
                 {typed} --write`\nto write it anew from the snapshots: `cargo xtask schema`",
                file.path
            ));
        }
    }
    Ok(())
}

/// What comes after the line that names the program.
fn below_header(text: &str) -> &str {
    text.split_once('\n').map_or("", |(_, rest)| rest)
}
