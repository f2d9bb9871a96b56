//! `check`: the gate, then whether the snapshots have their migrations. Must not write, and needs no database.

use makemigrations_gate::{Finding, Folder, Lock};
use makemigrations_plan::model::Dialect;

use super::{context, context::Context, gate, makemigrations, planning, regenerated};
use crate::{
    error::{CliError, Result},
    git::base::Merged,
    workspace::migrations::Migrations,
};

pub(crate) fn run(context: &Context<'_>) -> Result<()> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let dialect = context.dialect(&lock);
    // What cannot be read is judged after the gate: it may be what the gate is there for.
    let migrations = Migrations::of(&folder);
    let nothing = Migrations::default();
    let (environment, root, settings) = (context.environment, &context.root, &context.settings);
    let (merged, mut loaded) = planning::load(
        context,
        *dialect.as_ref().unwrap_or(&Dialect::Sqlite),
        migrations.as_ref().unwrap_or(&nothing),
        || context::merged(environment, root, settings),
    );
    let findings = gate(context, &folder, &merged, dialect.as_ref().ok().copied(), migrations.as_ref().ok())?;
    context.terminal.findings(&findings);
    if !gate::passes(&findings) {
        return Err(gate::failure(&findings));
    }
    dialect?;
    let migrations = migrations.as_ref().map_err(CliError::clone)?;
    loaded.report_snapshots(context)?;
    let state = loaded.into_state(context)?;
    makemigrations::up_to_date(context, &state, migrations)?;
    let count = migrations.all.len();
    context.terminal.say(&format!(
        "{} {count} migration{} as recorded, and up to date with the snapshots",
        context.terminal.paint(crate::terminal::Paint::Good, "ok:"),
        if count == 1 { "" } else { "s" }
    ));
    Ok(())
}

/// All findings of the gate, those about generated SQL included.
fn gate(
    context: &Context<'_>,
    folder: &Folder,
    merged: &Merged,
    dialect: Option<Dialect>,
    migrations: Option<&Migrations>,
) -> Result<Vec<Finding>> {
    let mut findings = gate::findings(context, folder, merged)?;
    if let (true, Some(dialect), Some(migrations)) = (gate::passes(&findings), dialect, migrations) {
        findings.extend(regenerated::findings(folder, &gate::merged_names(merged), dialect, migrations));
    }
    Ok(findings)
}
