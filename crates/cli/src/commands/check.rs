//! `check`: the gate, then whether the snapshots have their migrations. Must not write, and needs no database.

use makemigrations_gate::{Finding, Folder, Id, Lock, sum};
use makemigrations_plan::{diagnostic::Diagnostic, migration, model::Dialect};

use super::{context, context::Context, gate, makemigrations, planning};
use crate::{
    error::{CliError, Result},
    git::base::Merged,
    workspace::migrations::{Migrations, Recorded},
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
        findings.extend(undeclared(folder, merged, dialect, migrations));
    }
    Ok(findings)
}

/// Unmerged migrations whose SQL is not what their operations generate. Records that cannot be replayed give none: that
/// is reported as such.
fn undeclared(folder: &Folder, merged: &Merged, dialect: Dialect, migrations: &Migrations) -> Vec<Finding> {
    let frozen = gate::merged_names(merged);
    let Some(first) = migrations.all.iter().position(|recorded| !frozen.contains(&recorded.name)) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let visited = migrations.each_from(first, dialect, |recorded, record, before| {
        if !record.manual && !frozen.contains(&recorded.name) {
            let generated = migration::files(before, record)
                .map_err(|error| Diagnostic::error(&recorded.path, 0..0, error.to_string()))?;
            findings.extend(differences(folder, recorded, &generated));
        }
        Ok(())
    });
    if visited.is_err() { Vec::new() } else { findings }
}

fn differences(folder: &Folder, recorded: &Recorded, generated: &migration::Files) -> Vec<Finding> {
    const GENERATED: [&str; 4] = ["down.sql", "metadata.toml", "operations.toml", "up.sql"];
    let name = &recorded.name;
    let differs = |file: &str| {
        let found = folder.files(name).and_then(|files| files.get(file)).map(makemigrations_gate::File::sum);
        let expected = generated.entries().find(|(other, _)| *other == file).map(|(_, text)| sum(text.as_bytes()));
        found != expected
    };
    let hint = format!(
        "if it is meant, declare it: `cargo xtask seal {name}`; if not, delete the folder and run `cargo xtask makemigrations`"
    );
    let findings = GENERATED.into_iter().filter(|file| differs(file)).map(|file| {
        let message = format!("`{name}/{file}` is not what its operations generate");
        Finding::error(Id::UndeclaredSql, message, &hint).of(name).at(folder.path(&format!("{name}/{file}")), None)
    });
    findings.collect()
}
