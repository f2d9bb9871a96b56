//! `makemigrations --tidy`: takes the hints out of the snapshots that migrations have used. Must not change anything else in
//! them, and writes no migration.

use std::collections::BTreeMap;

use makemigrations_gate::Lock;
use makemigrations_plan::{
    hint::{Hint, UsedHints},
    snapshot::{Tidied, tidy},
};

use crate::{
    error::{CliError, Result},
    settings::Settings,
    workflow::{context::Context, planning},
    workspace::{changes::Changes, migrations::Migrations},
};

pub(crate) fn run(context: &Context<'_>, is_dry_run: bool) -> Result<()> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let dialect = context.dialect(&lock)?;
    let migrations = Migrations::of(&folder)?;
    let ((), mut loaded) = planning::load(context, dialect, &migrations, || ());
    loaded.report_snapshots(context)?;
    let state = loaded.into_state(context)?;
    let others = of_others(context)?;
    let is_used = |hint: &Hint| state.used.contains(hint) && others.values().all(|used| used.contains(hint));
    let tidied = tidy(state.sources(), &state.wanted.hints, is_used);
    if tidied.is_empty() {
        context.terminal.say("no hints to delete: no migration has used one that is still there");
        return Ok(());
    }
    let mut changes = Changes::new(&context.root);
    for Tidied { path, text, count } in tidied {
        let verb = if is_dry_run { "would delete" } else { "delete" };
        context.terminal.say(&format!("{verb} {count} {} from `{path}`", if count == 1 { "hint" } else { "hints" }));
        changes.write_exactly(&context.root.join(&path), text)?;
    }
    changes.finish(context.terminal, is_dry_run)
}

/// What the migrations of the other applications have used that read the same snapshots: a hint is theirs as well.
fn of_others(context: &Context<'_>) -> Result<BTreeMap<String, UsedHints>> {
    let is_other = |settings: &Settings| {
        settings.snapshots == context.settings.snapshots && settings.migrations != context.settings.migrations
    };
    let mut others = BTreeMap::new();
    for settings in context.applications()?.into_iter().filter(is_other) {
        let migrations = Migrations::of(&context.view.migrations(&settings.migrations)?)?;
        let used = migrations.used_hints().map_err(|errors| {
            let why = errors.first().map(|error| error.message.clone()).unwrap_or_default();
            CliError::usage(format!("the migrations in `{}` cannot be read: {why}", settings.migrations))
        })?;
        others.insert(settings.migrations, used);
    }
    Ok(others)
}
