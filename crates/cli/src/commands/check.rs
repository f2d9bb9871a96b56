//! `check`: the gate, then whether the snapshots have their migrations, for every application. Must not write, and needs
//! no database.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use makemigrations_gate::{Finding, Lock};
use makemigrations_plan::model::Dialect;

use super::{lint, makemigrations, schema};
use crate::{
    error::{CliError, Result},
    git::base::{Merged, Point},
    settings::Settings,
    workflow::{
        committed_files,
        context::{self, Context},
        deferred, gate, planning, regenerated, squashed,
    },
    workspace::migrations::Migrations,
};

/// Checks the named application, else every one of the workspace, and what those that are gone left behind.
pub(crate) fn all(mut context: Context<'_>, app: Option<&str>) -> Result<()> {
    let mut applications = context.applications()?;
    if app.is_some() || applications.len() < 2 {
        context = context.for_app(app)?;
        applications = vec![context.settings.clone()];
    }
    let mut report = Report { several: applications.len() > 1, ..Report::default() };
    let mut failures = Vec::new();
    for settings in applications {
        context.settings = settings;
        report.title(&context);
        let failure = one(&context, &mut report).err();
        failures.extend(failure.map(|failure| (context.settings.app.clone(), failure)));
    }
    let gone = report.left_behind();
    for settings in gone.into_iter().filter(|_| app.is_none()) {
        context.settings = settings;
        report.title(&context);
        let failure = left_behind(&context).err();
        failures.extend(failure.map(|failure| (context.settings.app.clone(), failure)));
    }
    // The first one decides the exit code.
    let mut failures = failures.into_iter();
    let first = failures.next();
    for (app, failure) in failures {
        context.terminal.speak_of(app.as_deref());
        context.terminal.error(&failure);
    }
    first.map_or(Ok(()), |(app, failure)| {
        context.terminal.speak_of(app.as_deref());
        Err(failure)
    })
}

/// Checks the application at hand.
pub(crate) fn run(context: &Context<'_>) -> Result<()> {
    one(context, &mut Report::default())
}

/// What is shown of several checks.
#[derive(Default)]
struct Report {
    several: bool,
    /// The folders that were compared, each in a commit.
    compared: BTreeSet<(String, String)>,
    /// Those of applications that are merged and not in the settings any more.
    gone: BTreeMap<(String, String), Settings>,
}

impl Report {
    fn compared(&mut self, merged: &Merged) {
        for Point { base, path, gone, .. } in &merged.bases {
            self.compared.insert((base.revision.clone(), path.clone()));
            let gone = gone.iter().map(|(path, settings)| ((base.revision.clone(), path.clone()), settings.clone()));
            self.gone.extend(gone);
        }
    }

    /// What is merged, and nobody here has taken over.
    fn left_behind(&mut self) -> Vec<Settings> {
        let mut found: Vec<Settings> = Vec::new();
        for (place, settings) in std::mem::take(&mut self.gone) {
            if !self.compared.contains(&place) && !found.iter().any(|other| other.app == settings.app) {
                found.push(settings);
            }
        }
        self.several |= !found.is_empty();
        found
    }

    fn title(&self, context: &Context<'_>) {
        if self.several {
            context.terminal.speak_of(context.settings.app.as_deref());
            let name = context.settings.app.as_ref().map(|app| format!("application `{app}`"));
            let name = name.unwrap_or_else(|| "the workspace's own".to_owned());
            context.terminal.say(&format!("{name}, in `{}`", context.settings.migrations));
        }
    }
}

/// The gate alone, for migrations that no setting names any more.
fn left_behind(context: &Context<'_>) -> Result<()> {
    let folder = context.view.migrations(&context.settings.migrations)?;
    let findings = gate::findings(context, &folder, &context.merged())?;
    context.terminal.findings(&findings);
    if gate::passes(&findings) { Ok(()) } else { Err(gate::failure(&findings)) }
}

fn one(context: &Context<'_>, report: &mut Report) -> Result<()> {
    let (environment, root, settings) = (context.environment, &context.root, &context.settings);
    let (all, source) = (context.applications()?, context.view.source());
    let here = context.here(&all);
    // Git is asked while the files are read.
    thread::scope(|scope| {
        let merged = scope.spawn(|| context::merged(environment, root, &here));
        let tracked = scope.spawn(|| committed_files::findings(environment, root, settings, source));
        let merged = || merged.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let tracked = || tracked.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        judge(context, report, merged, tracked)
    })
}

fn judge(
    context: &Context<'_>,
    report: &mut Report,
    merged: impl FnOnce() -> Merged + Send,
    tracked: impl FnOnce() -> Vec<Finding>,
) -> Result<()> {
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
    findings.extend(tracked());
    findings.extend(gate::forbidden_overrides(&folder, &merged));
    if let (true, Ok(dialect), Ok(migrations)) = (gate::passes(&findings), &dialect, &migrations) {
        let frozen = gate::merged_names(&merged);
        findings.extend(regenerated::findings(&folder, &frozen, *dialect, migrations));
        findings.extend(squashed::findings(&folder, &frozen, *dialect, migrations));
    }
    report.compared(&merged);
    context.terminal.findings(&findings);
    if !gate::passes(&findings) {
        return Err(gate::failure(&findings));
    }
    dialect?;
    let migrations = migrations.as_ref().map_err(CliError::clone)?;
    loaded.report_snapshots(context)?;
    let state = loaded.into_state(context)?;
    let linted = lint::check(context, &folder, state.dialect, migrations, &gate::merged_names(&merged));
    makemigrations::up_to_date(context, &state, migrations)?;
    schema::check(context, &state)?;
    deferred::say(context.terminal, &state.present);
    linted?;
    let count = migrations.all.len() + migrations.adopted.len();
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
