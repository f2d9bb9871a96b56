//! The gate as commands use it: the migrations folder, with all that git says is merged. Must not read snapshots.

use std::collections::{BTreeMap, BTreeSet};

use makemigrations_gate::{Base, Finding, Folder, Id, Lock, Severity, verify, verify_merged};

use super::{context::Context, edited};
use crate::{
    environment::Environment,
    error::{CliError, Result},
    git::base::Merged,
};

/// What the gate finds in the folder, knowing what is merged.
pub(crate) fn findings(context: &Context<'_>, folder: &Folder, merged: &Merged) -> Result<Vec<Finding>> {
    let mut found = completed(context, compared(folder, merged), merged)?;
    found.extend(forbidden_overrides(folder, merged));
    Ok(found)
}

/// The overrides that are new since a base whose settings forbid them.
pub(crate) fn forbidden_overrides(folder: &Folder, merged: &Merged) -> Vec<Finding> {
    let lock = folder.lock_text().map(|text| Lock::parse(text).0).unwrap_or_default();
    let merged_before = |over| {
        let bases = merged.bases.iter().filter(|point| point.forbids_overrides);
        bases.into_iter().all(|point| point.base.lock.as_ref().is_some_and(|lock| lock.overrides().contains(over)))
    };
    let new = lock.overrides().iter().filter(|over| !merged_before(over));
    new.map(|over| {
        let migration = &over.migration;
        let message = format!("override of `{migration}`: the settings of the base say `overrides = \"forbidden\"`");
        let hint = "take the line out of the lock file, restore the migration, and write a new one";
        Finding::error(Id::ForbiddenOverride, message, hint).of(migration).at(folder.lock_path(), None)
    })
    .collect()
}

/// The folder compared with every base. Needs no context, so that it can run beside what reads the snapshots.
pub(crate) fn compared(folder: &Folder, merged: &Merged) -> Vec<Finding> {
    if merged.bases.is_empty() {
        return verify(folder);
    }
    merged.bases.iter().flat_map(|point| verify_merged(folder, &point.base)).collect()
}

/// The findings of the comparison with those that need more than the folder, in order.
pub(crate) fn completed(context: &Context<'_>, mut found: Vec<Finding>, merged: &Merged) -> Result<Vec<Finding>> {
    let mut moved = BTreeSet::new();
    for point in &merged.bases {
        context.terminal.detail(&format!("compared with `{}` at {}", point.base.name, point.base.revision));
        // A branch may move the folder. What it leaves behind under the old name must not be a changed copy that
        // applications still embed.
        if point.migrations != context.settings.migrations && moved.insert(&point.migrations) {
            let left = context.view.migrations(&point.migrations)?;
            if left.migrations().next().is_some() {
                found.extend(verify_merged(&left, &point.base));
            }
        }
    }
    found.sort();
    found.dedup_by(|a, b| (a.id, &a.migration, &a.path) == (b.id, &b.migration, &b.path) && a.line == b.line);
    edited::place(context, merged, &mut found);
    // Last: what is certain comes before what is not known.
    found.extend(unknown(context.environment, merged));
    Ok(found)
}

/// That git cannot tell what is merged: in CI nothing may pass because of that.
pub(crate) fn unknown(environment: &Environment, merged: &Merged) -> Option<Finding> {
    let unknown = merged.unknown.as_ref()?;
    let message = format!("what is merged cannot be determined: {}", unknown.reason);
    let is_ci = environment.is_ci() || merged.is_asked_by_ci;
    let severity = if is_ci { Severity::Error } else { Severity::Warning };
    Some(Finding::error(Id::UnknownBase, message, &unknown.hint).with_severity(severity))
}

/// Whether all that is found may stay.
pub(crate) fn passes(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity == Severity::Warning)
}

/// The failure after findings were shown.
pub(crate) fn failure(findings: &[Finding]) -> CliError {
    let count = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let noun = if count == 1 { "finding" } else { "findings" };
    CliError::check(format!("the migrations did not pass the gate: {count} {noun}"))
}

/// A migration that `seal` must not record as it is: merged where the work started, with the command that brings it back.
/// Or merged since then, and not the same here: that one nobody can override before it is here.
pub(crate) enum Frozen<'m> {
    AtStart { restore: String },
    Since { restore: String, base: &'m str },
}

/// Whether a migration is frozen as it is here.
pub(crate) fn frozen<'m>(merged: &'m Merged, folder: &Folder, name: &str) -> Option<Frozen<'m>> {
    let has = |base: &Base| {
        base.tree.files(name).is_some() || base.lock.as_ref().is_some_and(|lock| lock.files(name).is_some())
    };
    let bases = || merged.bases.iter().map(|point| &point.base);
    if let Some(base) = bases().find(|base| has(base)) {
        return Some(Frozen::AtStart { restore: base.restore(folder, name) });
    }
    let here: BTreeMap<_, _> =
        folder.files(name).into_iter().flatten().map(|(file, content)| (file.clone(), content.sum())).collect();
    let differs = |base: &&Base| {
        let there = base.tip_lock.as_ref().and_then(|lock| lock.files(name));
        there.is_some_and(|there| *there != here)
    };
    bases().find(differs).map(|base| Frozen::Since { restore: folder.restore(&base.name, &[name]), base: &base.name })
}

/// The migrations that are merged, as far as git knows.
pub(crate) fn merged_names(merged: &Merged) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for point in &merged.bases {
        names.extend(point.base.lock.iter().flat_map(Lock::migrations).map(str::to_owned));
        names.extend(point.base.tree.migrations().map(str::to_owned));
    }
    names
}
