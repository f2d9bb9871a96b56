//! `check`: the gate, then whether the snapshots have their migrations. Must not write, and needs no database.

use std::thread;

use makemigrations_gate::Lock;
use makemigrations_plan::model::Dialect;

use super::{context, context::Context, gate, makemigrations, planning, regenerated};
use crate::{
    error::{CliError, Result},
    git::base::Merged,
    workspace::migrations::Migrations,
};

pub(crate) fn run(context: &Context<'_>) -> Result<()> {
    let (environment, root, settings) = (context.environment, &context.root, &context.settings);
    // Git is asked while the files are read.
    thread::scope(|scope| {
        let merged = scope.spawn(|| context::merged(environment, root, settings));
        judge(context, || merged.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

fn judge(context: &Context<'_>, merged: impl FnOnce() -> Merged + Send) -> Result<()> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    let dialect = context.dialect(&header(folder.lock_text().unwrap_or_default()));
    // What cannot be read is judged after the gate: it may be what the gate is there for.
    let migrations = Migrations::of(&folder);
    let nothing = Migrations::default();
    let compare = || {
        let merged = merged();
        let compared = gate::compared(&folder, &merged);
        (merged, compared)
    };
    let expected = *dialect.as_ref().unwrap_or(&Dialect::Sqlite);
    let recorded = migrations.as_ref().unwrap_or(&nothing);
    let ((merged, compared), mut loaded) = planning::load(context, expected, recorded, compare);
    let mut findings = gate::completed(context, compared, &merged)?;
    if let (true, Ok(dialect), Ok(migrations)) = (gate::passes(&findings), &dialect, &migrations) {
        findings.extend(regenerated::findings(&folder, &gate::merged_names(&merged), *dialect, migrations));
    }
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

/// What the comments at the start of a lock file say; the lines of files are for the gate to read.
fn header(text: &str) -> Lock {
    let comments: Vec<_> = text.lines().take_while(|line| line.starts_with('#')).collect();
    Lock::parse(&comments.join("\n")).0
}
